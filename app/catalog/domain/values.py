"""The values of the catalog, as published: modules, quizzes, checklists, skills and the pack that carries them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from app.catalog.domain.text import NO_TEXT, LocalizedLines, LocalizedText


class SkillClass(StrEnum):
    """What sort of skill it is."""

    TECHNICAL = "technical"
    SOFT = "soft"
    AI = "ai"
    SAFETY = "safety"


class PackOrigin(StrEnum):
    """Whether the pack ships with Interlude or was written for one customer."""

    OFF_THE_SHELF = "off_the_shelf"
    CUSTOM = "custom"


class CardKind(StrEnum):
    """What a card shows first."""

    TEXT = "text"
    QUESTION = "question"
    MEDIA = "media"


class ItemType(StrEnum):
    """How an item of a quiz is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    ORDER = "order"


class PhotoRule(StrEnum):
    """Whether a checklist item takes a photo."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill that content names. Level scales and evidence belong to the skills feature."""

    id: str
    title: LocalizedText
    skill_class: SkillClass


@dataclass(frozen=True, slots=True)
class Source:
    """A public source the facts were checked against."""

    title: str
    publisher: str
    url: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer of an item; `feedback` is the word on it when it was chosen wrongly."""

    id: str
    text: LocalizedText
    feedback: LocalizedText = NO_TEXT


@dataclass(frozen=True, slots=True)
class Item:
    """A question of an item bank. `key` is the right choices; for `order`, all choices in the right order."""

    id: str
    type: ItemType
    difficulty: int
    stem: LocalizedText
    choices: tuple[Choice, ...]
    key: tuple[str, ...]
    rationale: LocalizedText

    @property
    def choice_ids(self) -> tuple[str, ...]:
        """The ids of the choices in the author's order."""
        return tuple(choice.id for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Question:
    """The formative question on a card: a copy of the item, so that a published module never changes."""

    quiz: str
    item: Item


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or recording, by path in the pack and hash of its bytes; `seconds` is how long it is looked at."""

    src: str
    sha256: str
    alt: LocalizedText
    seconds: int


@dataclass(frozen=True, slots=True)
class Card:
    """One screen of a module. Heading and text are Markdown from the body files; a text card always has them."""

    id: str
    kind: CardKind
    heading: LocalizedText = NO_TEXT
    text: LocalizedText = NO_TEXT
    question: Question | None = None
    media: Media | None = None


@dataclass(frozen=True, slots=True)
class Module:
    """Two to five minutes of learning made of cards. `seconds` is the planned learning time."""

    id: str
    default_language: str
    seconds: int
    title: LocalizedText
    summary: LocalizedText
    objectives: LocalizedLines
    skills: tuple[str, ...]
    prerequisites: tuple[str, ...]
    tags: tuple[str, ...]
    needs_tablet: bool
    sources: tuple[Source, ...]
    cards: tuple[Card, ...]
    review_by: date | None = None


@dataclass(frozen=True, slots=True)
class Quiz:
    """An item bank; an attempt draws `draw` items of it and passes with `pass_percent` of the points."""

    id: str
    default_language: str
    seconds: int
    title: LocalizedText
    skills: tuple[str, ...]
    tags: tuple[str, ...]
    draw: int
    pass_percent: int
    sources: tuple[Source, ...]
    items: tuple[Item, ...]
    review_by: date | None = None


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One thing to look at, with whether it may be skipped and whether it takes a photo."""

    id: str
    text: LocalizedText
    required: bool
    photo: PhotoRule


@dataclass(frozen=True, slots=True)
class Checklist:
    """A list to work through at the machine."""

    id: str
    default_language: str
    seconds: int
    title: LocalizedText
    skills: tuple[str, ...]
    tags: tuple[str, ...]
    sources: tuple[Source, ...]
    items: tuple[ChecklistItem, ...]
    review_by: date | None = None


# What is published as an immutable version of its own.
Published: TypeAlias = Module | Quiz | Checklist


@dataclass(frozen=True, slots=True)
class Pack:
    """Everything one folder of content holds, in file order."""

    id: str
    version: str
    title: LocalizedText
    license: str
    origin: PackOrigin
    default_language: str
    languages: tuple[str, ...]
    skills: tuple[Skill, ...]
    modules: tuple[Module, ...] = ()
    quizzes: tuple[Quiz, ...] = ()
    checklists: tuple[Checklist, ...] = ()

    @property
    def published(self) -> tuple[Published, ...]:
        """Everything of the pack that becomes a version: modules, then quizzes, then checklists."""
        return (*self.modules, *self.quizzes, *self.checklists)
