"""Roster facts that arrive late: what was learned is settled anew, by reversal and replacement, to the second."""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.ids import new_id
from app.core.intervals import Interval
from app.paytime import service as paytime
from app.paytime.domain import Claim, PayKind
from app.paytime.jobs import reclassify
from app.roster.domain import BreakKind
from tests.builders import Plant
from tests.paytime.builders import add_shift, add_worker, at, claim, learned, pause

MARCH = "from=2026-03-01&to=2026-03-31"
CHANGED = text("select id from event where organization_id = :organization_id and type = 'roster.changed' order by id")
MOVE = text("update shift set starts_at = :start, ends_at = :end where organization_id = :organization_id and id = :id")
CANCEL = text("update shift set status = 'cancelled' where organization_id = :organization_id and worker_id = :worker_id")
# Shares nothing with the product: every second a claim covers counts once where a planned shift has it outside unpaid
# and meal breaks, whatever order things came in.
INDEPENDENT = text(
    "with claimed as (select distinct generate_series(extract(epoch from c.starts_at)::bigint, "
    "extract(epoch from c.ends_at)::bigint - 1) as second from pay_claim c "
    "where c.organization_id = :organization_id and c.worker_id = :worker_id and c.ends_at > c.starts_at) "
    "select count(*) from claimed k where exists (select from shift s where s.organization_id = :organization_id "
    "and s.worker_id = :worker_id and s.status = 'planned' and extract(epoch from s.starts_at) <= k.second "
    "and k.second < extract(epoch from s.ends_at) and not exists (select from jsonb_array_elements(s.breaks) b "
    "where ((b->>'kind') = 'meal' or not (b->>'paid')::boolean) "
    "and extract(epoch from (b->>'starts_at')::timestamptz) <= k.second "
    "and k.second < extract(epoch from (b->>'ends_at')::timestamptz)))"
)
NET = text("select coalesce(sum(seconds), 0) from pay_entry where organization_id = :organization_id and worker_id = :worker_id")
STANDING = text(
    "select coalesce(sum(extract(epoch from ends_at - starts_at)), 0)::bigint from pay_interval "
    "where organization_id = :organization_id and worker_id = :worker_id"
)
BUCKETS = text(
    "select (select sum(seconds) from pay_claim where organization_id = :organization_id and worker_id = :worker_id) as claimed, "
    "(select coalesce(sum(x.seconds), 0) from pay_exception x where x.organization_id = :organization_id "
    "and x.worker_id = :worker_id and not x.paid "
    "and not exists (select from pay_outcome o where o.exception_id = x.id)) as waiting"
)


async def review(plant: Plant, who: str = "worker") -> int:
    async with plant.write() as tx:
        return await paytime.review(tx, plant.people[who], Interval(at(-2000), at(4000)))


async def mine(plant: Plant) -> Any:
    return (await plant.get("worker", f"/v1/me/pay-time?{MARCH}")).json()


async def test_a_sickness_that_is_told_late_takes_back_and_shows_what_was_credited(plant: Plant) -> None:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
    (entry_id,) = await learned(plant, "worker", 10, 20)
    sick = {
        "worker_id": str(plant.people["worker"]), "starts_at": "2026-03-18T06:15:00Z", "ends_at": "2026-03-18T14:00:00Z",
        "kind": "sick",
    }  # fmt: skip
    assert (await plant.post("supervisor", "/v1/absences", sick)).status_code == 201
    async with plant.write() as tx:
        events = [str(row.id) for row in await tx.rows(CHANGED)]
    for _ in range(2):
        await reclassify(plant.runtime, str(plant.organization_id), events)
    account = await mine(plant)
    back = account["entries"][-1]
    assert (account["seconds"], account["uncredited"]) == (300, [{"reason": "off_shift", "seconds": 300}])
    assert (back["reverses_id"], back["seconds"], back["reason_code"], back["reason"]) == (
        str(entry_id), -300, "roster_changed", "The roster was changed",
    )  # fmt: skip


async def test_a_shift_that_is_added_late_credits_what_waited(plant: Plant) -> None:
    await learned(plant, "worker", 10, 20)
    assert (await mine(plant))["seconds"] == 0
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker", 0, 480, pause(12, 14))
    assert await review(plant) > 0
    account = await mine(plant)
    assert (account["seconds"], account["uncredited"]) == (480, [{"reason": "meal_break", "seconds": 120}])
    assert await review(plant) == 0


async def test_what_people_decided_stays(plant: Plant) -> None:
    async with plant.write() as tx:
        shift_id = await add_shift(tx, plant, "worker")
    (entry_id,) = await learned(plant, "worker", 10, 20)
    body = {"reason": "Not at the station", "starts_at": "2026-03-18T06:10:00Z", "ends_at": "2026-03-18T06:12:00Z"}
    await plant.post("payroll", f"/v1/pay-entries/{entry_id}/reversals", body)
    async with plant.write() as tx:
        await tx.run(MOVE, id=shift_id, start=at(5), end=at(15))
    await review(plant)
    assert (await mine(plant))["seconds"] == 180
    async with plant.write() as tx:
        await tx.run(MOVE, id=shift_id, start=at(0), end=at(480))
    await review(plant)
    assert (await mine(plant))["seconds"] == 480


async def test_whoever_came_second_is_credited_when_the_time_comes_free(plant: Plant) -> None:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
    await learned(plant, "worker", 10, 20)
    async with plant.write() as tx:
        (second,) = await paytime.credit(tx, [claim(plant.people["worker"], 15, 25)])
    assert second.seconds == 300
    (first, _) = (await mine(plant))["entries"]
    await plant.post("payroll", f"/v1/pay-entries/{first['id']}/reversals", {"reason": "Wrong badge"})
    await review(plant)
    assert (await mine(plant))["seconds"] == 600


async def a_year(plant: Plant, seed: int, steps: int) -> None:
    """Claims, swaps, cancelled shifts and moved ones of one worker in random order; the calculator agrees after each."""
    rng, name = random.Random(seed), f"w{seed}"
    async with plant.write() as tx:
        worker_id = await add_worker(tx, plant, name)
        shifts: list[UUID] = []
        for day in range(rng.randint(1, 3)):
            start = day * 1440 + rng.randint(-60, 60)
            breaks = [pause(start + 100, start + 100 + rng.randint(1, 30), rng.choice(list(BreakKind)), paid=rng.random() < 0.5)]
            shifts.append(await add_shift(tx, plant, name, start, start + rng.choice([420, 480, 540]), *breaks))
        for _ in range(steps):
            await one_step(tx, rng, worker_id, shifts)
            net, standing = await tx.scalar(NET, worker_id=worker_id), await tx.scalar(STANDING, worker_id=worker_id)
            buckets = await tx.row(BUCKETS, worker_id=worker_id)
            assert net == standing == await tx.scalar(INDEPENDENT, worker_id=worker_id), (seed, net, standing)
            assert buckets is not None
            assert (buckets.claimed or 0) == net + buckets.waiting, seed


async def one_step(tx: Any, rng: random.Random, worker_id: UUID, shifts: list[UUID]) -> None:
    kind = rng.random()
    if kind < 0.6:
        start = timedelta(minutes=rng.choice([0, 1440, 2880]) + rng.randint(-80, 600), seconds=rng.randint(0, 59))
        length = timedelta(seconds=rng.randint(1, 1500))
        await paytime.credit(tx, [Claim(worker_id, at(0) + start, at(0) + start + length, PayKind.MODULE, new_id())])
        return
    if kind < 0.7:
        await tx.run(CANCEL, worker_id=worker_id)
    else:
        shift_id = rng.choice(shifts)
        statement = text(
            "update shift set ends_at = starts_at + make_interval(mins => :mins), status = 'planned' "
            "where organization_id = :organization_id and id = :id"
        )
        await tx.run(statement, id=shift_id, mins=rng.randint(140, 600))
    await paytime.review(tx, worker_id, Interval(at(-2000), at(6000)))


async def test_the_independent_calculator_agrees_after_every_step(plant: Plant) -> None:
    for seed in range(25):
        await a_year(plant, seed, 10)


@pytest.mark.long
async def test_the_independent_calculator_agrees_over_a_year_of_five_hundred(plant: Plant) -> None:
    for seed in range(1000, 1500):
        await a_year(plant, seed, 60)
