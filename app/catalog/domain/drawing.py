"""Which items of the bank an attempt gets, and in which order its choices are shown.

Everything is sorted by sha256(seed / item / choice): the same on every machine and in every release, which
`random.shuffle` does not promise, so that a phone without a network draws the very items that the server will grade.
Use the attempt's id as the seed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from app.catalog.domain.values import Item, ItemType, Quiz


@dataclass(frozen=True, slots=True)
class DrawnItem:
    """An item of one attempt, with its choices in the order they are shown."""

    item: str
    choices: tuple[str, ...]


def draw(quiz: Quiz, seed: str) -> tuple[DrawnItem, ...]:
    """The `quiz.draw` items of the attempt with this seed, in the order they are asked; never the same item twice."""
    return tuple(DrawnItem(item.id, choice_order(item, seed)) for item in draw_items(quiz, seed))


def draw_items(quiz: Quiz, seed: str) -> list[Item]:
    """The same items without the order of their choices, which grading does not ask for."""
    return sorted(quiz.items, key=lambda item: _place(seed, item.id))[: quiz.draw]


def choice_order(item: Item, seed: str) -> tuple[str, ...]:
    """The order in which the choices of an item are shown; true and false stay where everybody expects them."""
    if item.type is ItemType.TRUE_FALSE:
        return item.choice_ids
    return tuple(sorted(item.choice_ids, key=lambda choice: _place(seed, item.id, choice)))


def _place(*parts: str) -> bytes:
    # Ids hold no slash, so different parts never make the same text.
    return hashlib.sha256("/".join(parts).encode()).digest()
