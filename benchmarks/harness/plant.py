"""A plant for one harness: an organization of its own, learners on shift for a month, and results they bring in."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlmodel import insert

from app.catalog import service as catalog
from app.core.db import WriteTransaction
from app.core.ids import new_id
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.identity.models import SessionRow
from app.people.models import WorkerRow
from app.roster.models import ShiftRow, ShiftStatus
from tests.builders import Plant, build_plant
from tests.learning.builders import FOUND, HASHES, PACK, drawn

DAYS, HOURS, SLOT = 30, 12, 20
SLOTS_A_DAY = HOURS * 3600 // SLOT


@dataclass(slots=True)
class Learner:
    """Somebody with a token, on shift twelve hours a day for the last month. Each slot of 20 s is used once."""

    id: UUID
    headers: dict[str, str]
    first_day: datetime
    slot: int = 0

    def next_result(self) -> dict[str, Any]:
        """A result of 20 s that no other result of this learner overlaps."""
        day, place = divmod(self.slot, SLOTS_A_DAY)
        self.slot += 1
        start = self.first_day + timedelta(days=day % DAYS, seconds=place * SLOT)
        return result(start, SLOT)

    def any_result(self, chance: random.Random, within: int) -> dict[str, Any]:
        """A result somewhere in the first `within` seconds of the first shift, so that results overlap."""
        start = self.first_day + timedelta(seconds=chance.randrange(within))
        return result(start, chance.randrange(20, 240))


@dataclass(slots=True)
class Place:
    """One organization of the chaos database and its learners."""

    plant: Plant
    learners: list[Learner] = field(default_factory=list)

    @property
    def organization_id(self) -> UUID:
        """The organization every check is limited to."""
        return self.plant.organization_id


def instant(at: datetime) -> str:
    """RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def result(start: datetime, seconds: int) -> dict[str, Any]:
    """A module, quiz or checklist run done without a network, with an id of its own."""
    made = str(new_id())
    common = {"id": made, "started_at": instant(start), "finished_at": instant(start + timedelta(seconds=seconds))}
    if int(made[-1], 16) % 5 == 0:
        return {**common, "kind": "checklist", "key": "truck-check", "hash": HASHES["truck-check"], "items": FOUND}
    if int(made[-1], 16) % 3 == 0:
        answers = {name: ["right"] for name in drawn(made)}
        return {**common, "kind": "quiz", "key": "stop-quiz", "hash": HASHES["stop-quiz"], "answers": answers}
    cards, answers = ["why", "check"], {"first-step": ["right"]}
    return {
        **common,
        "kind": "module",
        "key": "stop-the-line",
        "hash": HASHES["stop-the-line"],
        "cards": cards,
        "answers": answers,
    }


@asynccontextmanager
async def runtime_of(application_url: str) -> AsyncIterator[Runtime]:
    """The application's parts in the harness, only to seed with."""
    runtime = Runtime.build(Settings(environment="development", database_url=application_url, pool_size=2))
    try:
        yield runtime
    finally:
        await runtime.stop()


async def seed(application_url: str, learners: int) -> Place:
    """Build a plant with so many learners and the small library published."""
    async with runtime_of(application_url) as runtime, httpx.AsyncClient() as nobody:
        place = Place(await build_plant(runtime, nobody))
        async with place.plant.write() as tx:
            await catalog.load_pack(tx, PACK)
            for number in range(learners):
                place.learners.append(await _enlist(tx, place.plant, number))
    return place


async def _enlist(tx: WriteTransaction, plant: Plant, number: int) -> Learner:
    worker_id, session_id = new_id(), new_id()
    first = tx.now.replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=DAYS + 1)
    own = {"organization_id": plant.organization_id, "created_at": tx.now}
    await tx.run(insert(WorkerRow).values(
        **own, id=worker_id, site_id=plant.site_id, number=f"9{number:03d}", display_name=f"Learner {number}", languages=["en"],
    ))  # fmt: skip
    await tx.run(insert(SessionRow).values(
        **own, id=session_id, worker_id=worker_id, client="chaos", expires_at=tx.now + timedelta(days=2)))  # fmt: skip
    shift = {**own, "worker_id": worker_id, "site_id": plant.site_id, "work_center_id": plant.line_id, "breaks": [], "version": 1}
    # The first day is worked at two sites, an hour and the rest; the last shift is on now, for sessions.
    away = {"site_id": plant.other_site_id, "work_center_id": plant.other_line_id}
    spans = [(first + timedelta(days=day), HOURS, {}) for day in range(1, DAYS)]
    spans += [(first, 1, {}), (first + timedelta(hours=1), HOURS - 1, away), (tx.now - timedelta(hours=1), HOURS, {})]
    await tx.run_many(insert(ShiftRow), [
        {**shift, **there, "id": new_id(), "business_date": start.date(), "starts_at": start,
         "ends_at": start + timedelta(hours=hours), "status": ShiftStatus.PLANNED}
        for start, hours, there in spans
    ])  # fmt: skip
    token = plant.runtime.tokens.issue(plant.organization_id, worker_id, session_id, issued_at=tx.now, seconds=86_400)
    return Learner(worker_id, {"Authorization": f"Bearer {token}"}, first)
