"""A published version as anybody in the organization may read it: in every language, without the answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.catalog.domain.drawing import choice_order
from app.catalog.domain.values import Item, Module, Published, Quiz
from app.catalog.domain.versions import to_json

# What may be told is listed, not what must be hidden: a field added to items later stays private.
_ITEM = ("id", "type", "difficulty", "stem")


def open_json(version: Published) -> dict[str, Any]:
    """The version as JSON values for a learner's device. Key, rationale and feedback of questions are not in it.

    Choices come in an order of their own, since authors like to write the right one first.
    """
    stored = to_json(version)
    if isinstance(version, Quiz):
        stored["items"] = [_item(item, told) for item, told in zip(version.items, stored["items"], strict=True)]
    elif isinstance(version, Module):
        for card, told in zip(version.cards, stored["cards"], strict=True):
            if card.question is not None:
                told["question"]["item"] = _item(card.question.item, told["question"]["item"])
    return stored


def _item(item: Item, stored: Mapping[str, Any]) -> dict[str, Any]:
    texts = {choice["id"]: choice["text"] for choice in stored["choices"]}
    choices = [{"id": choice, "text": texts[choice]} for choice in choice_order(item, item.id)]
    return {**{name: stored[name] for name in _ITEM}, "choices": choices}
