"""What a phone sends after a shift without a network: fifty right results, one after the other, three minutes each."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import orjson

from app.catalog.domain import Checklist, Module, PhotoRule, Published, Quiz, content_hash, draw, kind_of
from app.core.ids import new_id
from benchmarks.plant import Person, Plant

ITEMS = 50
LENGTH = timedelta(minutes=3)


class Phones:
    """Makes batches that have not been sent before."""

    def __init__(self, plant: Plant, items: int = ITEMS) -> None:
        self.plant = plant
        self.items = items
        self._numbers = count()
        pack = plant.pack
        # Mostly modules, some quizzes and checklists, as people learn.
        self._turns: list[Published] = [*pack.modules[:12], *pack.quizzes[:5], *pack.checklists[:3]]
        self._hashes = {id(version): content_hash(version) for version in self._turns}

    def next(self) -> tuple[Person, bytes]:
        """Whoever sends, and the body."""
        person, start = self.plant.slot(next(self._numbers))
        results = [self._result(place, start + place * LENGTH) for place in range(self.items)]
        return person, orjson.dumps({"sent_at": start + self.items * LENGTH, "items": results})

    def many(self, number: int) -> Iterator[tuple[Person, bytes]]:
        """So many of them."""
        return (self.next() for _ in range(number))

    def _result(self, place: int, start: datetime) -> dict[str, Any]:
        version, attempt_id = self._turns[place % len(self._turns)], new_id()
        return {
            "id": str(attempt_id),
            "kind": kind_of(version),
            "key": version.id,
            "hash": self._hashes[id(version)],
            "language": "en",
            "started_at": start,
            "finished_at": start + LENGTH,
            **_work(version, attempt_id),
        }


def _work(version: Published, attempt_id: UUID) -> dict[str, Any]:
    if isinstance(version, Module):
        asked = [card.question.item for card in version.cards if card.question is not None]
        return {"cards": [card.id for card in version.cards], "answers": {item.id: list(item.key) for item in asked}}
    if isinstance(version, Quiz):
        bank = {item.id: item for item in version.items}
        return {"answers": {one.item: list(bank[one.item].key) for one in draw(version, str(attempt_id))}}
    assert isinstance(version, Checklist)
    photo = {"photo": "media-0001"}
    return {
        "items": {item.id: {"state": "done", **(photo if item.photo is PhotoRule.REQUIRED else {})} for item in version.items}
    }
