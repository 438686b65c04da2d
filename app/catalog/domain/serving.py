"""What a learner is shown. Before submission there is no field that could carry a key, a rationale or feedback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.catalog.domain.drawing import DrawnItem, choice_order
from app.catalog.domain.grading import Grade, ItemGrade
from app.catalog.domain.text import LocalizedLines
from app.catalog.domain.values import (
    Card,
    CardKind,
    Checklist,
    Item,
    ItemType,
    Media,
    Module,
    PhotoRule,
    Quiz,
)


@dataclass(frozen=True, slots=True)
class ChoiceShown:
    """A choice as text."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class QuestionShown:
    """An item before submission. `language` is the one its stem is in, for the screen reader."""

    item: str
    type: ItemType
    language: str
    stem: str
    choices: tuple[ChoiceShown, ...]


@dataclass(frozen=True, slots=True)
class QuestionReviewed:
    """An item after submission: what was right and why, and a word on each wrong choice that was made."""

    question: QuestionShown
    chosen: tuple[str, ...]
    correct: bool
    key: tuple[str, ...]
    rationale: str | None
    feedback: tuple[ChoiceShown, ...]


@dataclass(frozen=True, slots=True)
class MediaShown:
    """A picture or recording with the text that stands for it."""

    src: str
    sha256: str
    alt: str
    seconds: int


@dataclass(frozen=True, slots=True)
class CardShown:
    """A card in one language; `text` is Markdown."""

    id: str
    kind: CardKind
    language: str
    heading: str | None
    text: str | None
    question: QuestionShown | None
    media: MediaShown | None


@dataclass(frozen=True, slots=True)
class ModuleShown:
    """A module in one language."""

    id: str
    seconds: int
    language: str
    title: str
    summary: str
    objectives: tuple[str, ...]
    cards: tuple[CardShown, ...]


@dataclass(frozen=True, slots=True)
class ChecklistItemShown:
    """One thing to look at, as text."""

    id: str
    text: str
    required: bool
    photo: PhotoRule


@dataclass(frozen=True, slots=True)
class ChecklistShown:
    """A checklist in one language."""

    id: str
    seconds: int
    language: str
    title: str
    items: tuple[ChecklistItemShown, ...]


def show_question(item: Item, choices: Sequence[str], *, wanted: str, default: str) -> QuestionShown:
    """An item for a learner who has not answered, its choices in the given order."""
    texts = {choice.id: choice.text.pick(wanted, default)[1] for choice in item.choices}
    language, stem = item.stem.pick(wanted, default)
    shown = tuple(ChoiceShown(choice, texts[choice]) for choice in choices)
    return QuestionShown(item.id, item.type, language, stem, shown)


def review_question(item: Item, choices: Sequence[str], graded: ItemGrade, *, wanted: str, default: str) -> QuestionReviewed:
    """An item for a learner whose answer is in and graded."""
    told = tuple(
        ChoiceShown(choice.id, choice.feedback.pick(wanted, default)[1])
        for choice in item.choices
        if choice.feedback and choice.id in graded.chosen and not graded.correct
    )
    return QuestionReviewed(
        question=show_question(item, choices, wanted=wanted, default=default),
        chosen=graded.chosen,
        correct=graded.correct,
        key=item.key,
        rationale=item.rationale.get(wanted, default),
        feedback=told,
    )


def show_quiz(quiz: Quiz, drawn: Sequence[DrawnItem], *, wanted: str) -> tuple[QuestionShown, ...]:
    """The drawn items of an attempt that is still open."""
    bank = {item.id: item for item in quiz.items}
    return tuple(show_question(bank[entry.item], entry.choices, wanted=wanted, default=quiz.default_language) for entry in drawn)


def review_quiz(quiz: Quiz, drawn: Sequence[DrawnItem], grade: Grade, *, wanted: str) -> tuple[QuestionReviewed, ...]:
    """The drawn items of an attempt that was graded."""
    bank = {item.id: item for item in quiz.items}
    return tuple(
        review_question(bank[entry.item], entry.choices, graded, wanted=wanted, default=quiz.default_language)
        for entry, graded in zip(drawn, grade.items, strict=True)
    )


def show_module(module: Module, *, wanted: str) -> ModuleShown:
    """A module with its cards; questions come without their answers, in an order that is the same for everybody."""
    default = module.default_language
    language, title = module.title.pick(wanted, default)
    return ModuleShown(
        id=module.id,
        seconds=module.seconds,
        language=language,
        title=title,
        summary=module.summary.get(wanted, default) or "",
        objectives=_lines(module.objectives, wanted, default),
        cards=tuple(_show_card(card, module, wanted) for card in module.cards),
    )


def show_checklist(checklist: Checklist, *, wanted: str) -> ChecklistShown:
    """A checklist with its items."""
    default = checklist.default_language
    language, title = checklist.title.pick(wanted, default)
    items = tuple(
        ChecklistItemShown(item.id, item.text.pick(wanted, default)[1], item.required, item.photo) for item in checklist.items
    )
    return ChecklistShown(checklist.id, checklist.seconds, language, title, items)


def _lines(lines: LocalizedLines, wanted: str, default: str) -> tuple[str, ...]:
    return lines.get(wanted, default) or ()


def _show_card(card: Card, module: Module, wanted: str) -> CardShown:
    default = module.default_language
    question = None
    if card.question is not None:
        order = choice_order(card.question.item, f"{module.id}/{card.id}")
        question = show_question(card.question.item, order, wanted=wanted, default=default)
    spoken = card.text.pick(wanted, default)[0] if card.text else None
    return CardShown(
        id=card.id,
        kind=card.kind,
        language=spoken or (question.language if question else wanted),
        heading=card.heading.get(wanted, default),
        text=card.text.get(wanted, default),
        question=question,
        media=_show_media(card.media, wanted, default) if card.media else None,
    )


def _show_media(media: Media, wanted: str, default: str) -> MediaShown:
    return MediaShown(media.src, media.sha256, media.alt.get(wanted, default) or "", media.seconds)
