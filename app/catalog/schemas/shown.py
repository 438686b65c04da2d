"""Items as they are read. No answer has a field that could carry the key of a question."""

from datetime import date
from typing import Any, Self

import orjson
from pydantic import BaseModel

from app.catalog.domain import (
    CardKind,
    CardShown,
    Checklist,
    ContentKind,
    ItemType,
    Module,
    PhotoRule,
    Published,
    PublishedItem,
    Quiz,
    open_json,
    show_checklist,
    show_module,
)
from app.catalog.memory import Memory
from app.catalog.pack.render import card_html, card_text
from app.core.schemas import Output

# Answers as bytes, by hash and language: a version never changes, so neither does what it looks like.
_SHOWN: Memory[tuple[str, str], bytes] = Memory(8_000_000)


class SourceOut(Output):
    """A public source the facts were checked against."""

    title: str
    publisher: str
    url: str


class ShownOut(Output):
    """What every item tells of itself in one language; `fallback` is true where some text is in another one than asked."""

    key: str
    hash: str
    language: str
    fallback: bool
    languages: list[str]
    title: str
    seconds: int
    skills: list[str]
    tags: list[str]
    sources: list[SourceOut]
    review_by: date | None


def _common(item: PublishedItem, value: Published, asked: str | None) -> dict[str, Any]:
    language, title = value.title.pick(asked or value.default_language, value.default_language)
    return {
        "key": item.key,
        "hash": item.hash,
        "language": language,
        "fallback": asked is not None and asked not in item.languages,
        "languages": list(item.languages),
        "title": title,
        "seconds": item.seconds,
        "skills": list(item.skills),
        "tags": list(item.tags),
        "sources": [SourceOut.model_validate(source) for source in value.sources],
        "review_by": value.review_by,
    }


class ChoiceOut(Output):
    """A choice as text."""

    id: str
    text: str


class QuestionOut(Output):
    """The formative question of a card, without its answer."""

    item: str
    type: ItemType
    language: str
    stem: str
    choices: list[ChoiceOut]


class MediaOut(Output):
    """A picture or recording with the text that stands for it."""

    src: str
    sha256: str
    alt: str
    seconds: int


class CardOut(Output):
    """A card. `html` has only p, strong, em, ul, ol, li and br; `text` is the same for reading aloud."""

    id: str
    kind: CardKind
    language: str
    heading: str | None
    html: str | None
    text: str | None
    question: QuestionOut | None
    media: MediaOut | None

    @classmethod
    def of(cls, card: CardShown) -> Self:
        """The answer for one card."""
        return cls(
            id=card.id,
            kind=card.kind,
            language=card.language,
            heading=card.heading,
            html=None if card.text is None else card_html(card.text),
            text=None if card.text is None else card_text(card.text),
            question=None if card.question is None else QuestionOut.model_validate(card.question),
            media=None if card.media is None else MediaOut.model_validate(card.media),
        )


class ModuleOut(ShownOut):
    """A module in one language."""

    summary: str
    objectives: list[str]
    prerequisites: list[str]
    needs_tablet: bool
    cards: list[CardOut]

    @classmethod
    def of(cls, item: PublishedItem, module: Module, asked: str | None) -> Self:
        """The module for a reader who asked for a language, or for none."""
        shown = show_module(module, wanted=asked or module.default_language)
        return cls(
            **_common(item, module, asked),
            summary=shown.summary,
            objectives=list(shown.objectives),
            prerequisites=list(item.prerequisites),
            needs_tablet=item.needs_tablet,
            cards=[CardOut.of(card) for card in shown.cards],
        )


class QuizOut(ShownOut):
    """A quiz without its questions: an attempt draws `draw` of the `items` and passes with `pass_percent`."""

    draw: int
    items: int
    pass_percent: int

    @classmethod
    def of(cls, item: PublishedItem, quiz: Quiz, asked: str | None) -> Self:
        """The quiz for a reader who asked for a language, or for none."""
        return cls(**_common(item, quiz, asked), draw=quiz.draw, items=len(quiz.items), pass_percent=quiz.pass_percent)


class ChecklistItemOut(Output):
    """One thing to look at."""

    id: str
    text: str
    required: bool
    photo: PhotoRule


class ChecklistOut(ShownOut):
    """A checklist in one language."""

    items: list[ChecklistItemOut]

    @classmethod
    def of(cls, item: PublishedItem, checklist: Checklist, asked: str | None) -> Self:
        """The checklist for a reader who asked for a language, or for none."""
        shown = show_checklist(checklist, wanted=asked or checklist.default_language)
        items = [ChecklistItemOut.model_validate(entry) for entry in shown.items]
        return cls(**_common(item, checklist, asked), items=items)


class ContentOut(BaseModel):
    """A version in every language for devices that keep it: `content` never has keys, rationales or feedback."""

    kind: ContentKind
    hash: str
    content: dict[str, Any]


def module_bytes(item: PublishedItem, module: Module, asked: str | None) -> bytes:
    """`ModuleOut` as JSON, rendered once for each version and language."""
    place = (item.hash, asked or "")
    return _SHOWN.get(place) or _remember(place, ModuleOut.of(item, module, asked).model_dump_json().encode())


def content_bytes(kind: ContentKind, address: str, version: Published) -> bytes:
    """`ContentOut` as JSON, made once for each version."""
    # No language is written like this, so the place is its own.
    place = (address, "*")
    known = _SHOWN.get(place)
    return known or _remember(place, orjson.dumps({"kind": kind, "hash": address, "content": open_json(version)}))


def _remember(place: tuple[str, str], shown: bytes) -> bytes:
    _SHOWN.put(place, shown, weight=len(shown))
    return shown
