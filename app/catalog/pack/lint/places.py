"""Where in the files of a pack a value came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from app.catalog.domain import (
    Checklist,
    Item,
    Localized,
    LocalizedText,
    Module,
    Pack,
    Published,
    Quiz,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A localized text, or list of lines, with the file and the pointer it stands at."""

    file: str
    pointer: str
    text: LocalizedText | Localized[tuple[str, ...]]


def file_of(version: Published) -> str:
    """The file that a module, quiz or checklist was read from, relative to its pack."""
    if isinstance(version, Module):
        return f"modules/{version.id}/module.yaml"
    return f"{'quizzes' if isinstance(version, Quiz) else 'checklists'}/{version.id}.yaml"


def body_of(module: Module, language: str) -> str:
    """The body file of a module in a language."""
    return f"modules/{module.id}/body.{language}.md"


def texts_of(pack: Pack) -> Iterator[Place]:
    """Every localized text of the pack's YAML files. Card headings and texts are in body files and not among them."""
    yield Place("pack.yaml", "/title", pack.title)
    for skill in pack.skills:
        yield Place("pack.yaml", f"/skills/{skill.id}/title", skill.title)
    for version in pack.published:
        yield Place(file_of(version), "/title", version.title)
    yield from chain.from_iterable(map(_module_texts, pack.modules))
    yield from chain.from_iterable(map(_quiz_texts, pack.quizzes))
    yield from chain.from_iterable(map(_checklist_texts, pack.checklists))


def _module_texts(module: Module) -> Iterator[Place]:
    file = file_of(module)
    yield Place(file, "/summary", module.summary)
    yield Place(file, "/objectives", module.objectives)
    for card in module.cards:
        if card.media is not None:
            yield Place(file, f"/cards/{card.id}/alt", card.media.alt)


def _quiz_texts(quiz: Quiz) -> Iterator[Place]:
    for item in quiz.items:
        yield from _item_texts(file_of(quiz), item)


def _item_texts(file: str, item: Item) -> Iterator[Place]:
    at = f"/items/{item.id}"
    yield Place(file, f"{at}/stem", item.stem)
    yield Place(file, f"{at}/rationale", item.rationale)
    for choice in item.choices:
        yield Place(file, f"{at}/choices/{choice.id}", choice.text)
        if choice.feedback:
            yield Place(file, f"{at}/feedback/{choice.id}", choice.feedback)


def _checklist_texts(checklist: Checklist) -> Iterator[Place]:
    for item in checklist.items:
        yield Place(file_of(checklist), f"/items/{item.id}/text", item.text)
