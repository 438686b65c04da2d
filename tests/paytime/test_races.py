"""Many connections credit at once: no second twice, no deadlock, nothing lost."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.db import Database
from app.core.ids import new_id
from app.core.intervals import Interval, clip, total_seconds, union
from app.core.runtime import Runtime
from app.paytime import service as paytime
from app.paytime.domain import Claim, Credit, PayKind
from tests.builders import Plant
from tests.paytime.builders import HOURS, add_shift, add_worker, at, claim

CONNECTIONS = 8
OVERLAPS = text(
    "select count(*) from pay_entry a join pay_entry b on b.organization_id = a.organization_id and b.worker_id = a.worker_id "
    "and b.id > a.id and b.starts_at < a.ends_at and b.ends_at > a.starts_at where a.organization_id = :organization_id"
)
SUMS = text(
    "select (select sum(seconds) from pay_claim where organization_id = :organization_id) as claimed, "
    "(select sum(seconds) from pay_entry where organization_id = :organization_id) as credited, "
    "(select sum(seconds) from pay_exception where organization_id = :organization_id) as kept, "
    "(select count(*) from pay_claim where organization_id = :organization_id) as claims"
)


@pytest.fixture
async def second_process(runtime: Runtime) -> AsyncIterator[Database]:
    """A pool of its own, as another process would have."""
    database = Database(runtime.settings, runtime.clock)
    yield database
    await database.close()


async def race(plant: Plant, databases: Sequence[Database], batches: Sequence[list[Claim]]) -> list[list[Credit]]:
    """Every batch in a transaction of its own, as many at once as there are connections; any error fails the test."""

    async def submit(number: int, batch: list[Claim]) -> list[Credit]:
        async with databases[number % len(databases)].write(plant.organization_id) as tx:
            return await paytime.credit(tx, batch)

    return list(await asyncio.gather(*(submit(n, batch) for n, batch in enumerate(batches))))


async def verdict(plant: Plant, claims: int) -> None:
    async with plant.write() as tx:
        assert await tx.scalar(OVERLAPS) == 0
        sums = (await tx.rows(SUMS))[0]
    assert sums.claims == claims
    assert sums.claimed == sums.credited + (sums.kept or 0)


async def workers(plant: Plant, number: int) -> list[UUID]:
    async with plant.write() as tx:
        found = [await add_worker(tx, plant, f"racer-{n}") for n in range(number)]
        for n in range(number):
            await add_shift(tx, plant, f"racer-{n}")
    return found


async def test_two_hundred_credits_race_for_one_worker(plant: Plant, second_process: Database) -> None:
    (worker,) = await workers(plant, 1)
    rng = random.Random(7)
    batches = [[claim(worker, start, start + rng.randint(1, 6))] for start in (rng.randint(-5, 60) for _ in range(240))]
    given = await race(plant, [plant.runtime.database, second_process], batches)
    await verdict(plant, 240)
    # However the race goes, each claimed second inside the shift is paid exactly once.
    wanted = union(one.interval for (one,) in batches if one.interval)
    assert sum(c.seconds for (c,) in given) == total_seconds(clip(wanted, Interval(at(0), at(HOURS))))


async def test_batches_over_many_workers_in_any_order_never_deadlock(plant: Plant, second_process: Database) -> None:
    people = await workers(plant, 12)
    rng = random.Random(11)
    batches = []
    for _ in range(200):
        several = rng.sample(people, rng.randint(2, 5))
        batches.append([claim(worker, start := rng.randint(0, 100), start + rng.randint(1, 10)) for worker in several])
    await race(plant, [plant.runtime.database, second_process], batches)
    await verdict(plant, sum(len(batch) for batch in batches))


async def test_one_source_sent_by_many_phones_at_once_is_credited_once(plant: Plant, second_process: Database) -> None:
    (worker,) = await workers(plant, 1)
    asked = claim(worker, -1, 4, PayKind.QUIZ, new_id())
    given = await race(plant, [plant.runtime.database, second_process], [[asked]] * 40)
    assert {(c.seconds, c.entry_ids, c.exceptions) for (c,) in given} == {(240, given[0][0].entry_ids, given[0][0].exceptions)}
    await verdict(plant, 1)
