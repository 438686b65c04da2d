"""Crediting: what the ledger stores and answers."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event, text

from app.core.errors import NotFound
from app.core.ids import new_id
from app.paytime import service as paytime
from app.paytime.domain import Claim, PayKind, Reason
from app.roster.domain import Absence
from app.roster.store import add_absence
from tests.builders import Plant
from tests.paytime.builders import add_shift, at, claim, pause

LEDGER = text("select * from pay_entry where organization_id = :organization_id order by id")
EXCEPTIONS = text("select * from pay_exception where organization_id = :organization_id order by id")
EVENTS = text(
    "select type, subject_id, data from event where organization_id = :organization_id and type like 'pplt.session.%' order by id"
)
BUCKETS = text(
    "select c.seconds, coalesce((select sum(e.seconds) from pay_entry e where e.source_id = c.source_id "
    "and e.worker_id = c.worker_id and e.entry_type = 'credit'), 0) "
    "+ coalesce((select sum(x.seconds) from pay_exception x where x.source_id = c.source_id "
    "and x.worker_id = c.worker_id), 0) as settled from pay_claim c where c.organization_id = :organization_id"
)


async def test_an_entry_knows_its_shift_date_place_and_zone(plant: Plant) -> None:
    async with plant.write() as tx:
        shift_id = await add_shift(tx, plant, "worker")
        asked = Claim(plant.people["worker"], at(5), at(8), PayKind.QUIZ, new_id(), mandatory=True)
        (credit,) = await paytime.credit(tx, [asked])
        (row,) = await tx.rows(LEDGER)
    assert (credit.claim, credit.seconds, credit.entry_ids, credit.exceptions) == (asked, 180, (row.id,), ())
    assert (row.shift_id, row.site_id, row.work_center_id) == (shift_id, plant.site_id, plant.line_id)
    assert (row.business_date, row.time_zone, row.utc_offset_seconds) == (date(2026, 3, 18), "Europe/Berlin", 3600)
    assert (row.kind, row.mandatory, row.seconds, row.entry_type, row.recorded_at) == ("quiz", True, 180, "credit", tx.now)
    assert row.tzdata_version


async def test_uncredited_seconds_are_stored_with_their_reasons(plant: Plant) -> None:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker", 0, 480, pause(60, 90))
        worker = plant.people["worker"]
        given = await paytime.credit(tx, [claim(worker, -5, 5), claim(worker, 0, 5), claim(worker, 85, 95)])
        rows = await tx.rows(EXCEPTIONS)
        assert all(bucket.seconds == bucket.settled for bucket in await tx.rows(BUCKETS))
    assert [c.seconds for c in given] == [300, 0, 300]
    assert [c.exceptions for c in given] == [
        ((Reason.OFF_SHIFT, 300),), ((Reason.ALREADY_CREDITED, 300),), ((Reason.MEAL_BREAK, 300),)
    ]  # fmt: skip
    assert {(r.reason, r.seconds, r.site_id) for r in rows} == {
        ("off_shift", 300, plant.site_id), ("already_credited", 300, plant.site_id), ("meal_break", 300, plant.site_id)
    }  # fmt: skip


async def test_off_shift_learning_belongs_to_the_home_sites_own_date(plant: Plant) -> None:
    night = Claim(plant.people["stranger"], at(-120), at(-118), PayKind.MODULE, new_id())
    async with plant.write() as tx:
        await paytime.credit(tx, [night])
        (row,) = await tx.rows(EXCEPTIONS)
    # 04:00 UTC is 23:00 of the day before in Chicago.
    assert (row.site_id, row.business_date, row.utc_offset_seconds) == (plant.other_site_id, date(2026, 3, 17), -5 * 3600)


async def test_the_same_source_gets_the_same_answer_and_nothing_twice(plant: Plant) -> None:
    asked = claim(plant.people["worker"], -1, 3)
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
        first = await paytime.credit(tx, [asked])
    async with plant.write() as tx:
        again = await paytime.credit(tx, [asked, claim(plant.people["worker"], 3, 4), asked])
        rows, told = await tx.rows(LEDGER), await tx.rows(EVENTS)
    assert again[0] == again[2] == first[0]
    assert again[1].seconds == 60
    assert (len(rows), len(told)) == (2, 2)


async def test_a_source_repeated_in_one_upload_counts_once(plant: Plant) -> None:
    asked = claim(plant.people["worker"], 0, 3)
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
        given = await paytime.credit(tx, [asked, asked])
        rows = await tx.rows(LEDGER)
    assert given[0] == given[1]
    assert [row.seconds for row in rows] == [180]


async def test_a_repeated_source_keeps_its_first_place_in_the_upload(plant: Plant) -> None:
    first, second = claim(plant.people["worker"], 0, 3), claim(plant.people["worker"], 2, 4)
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
        given = await paytime.credit(tx, [first, second, first])
    assert [c.seconds for c in given] == [180, 60, 180]


async def test_one_source_credits_each_of_two_workers(plant: Plant) -> None:
    source = new_id()
    async with plant.write() as tx:
        for who in ("worker", "colleague"):
            await add_shift(tx, plant, who)
        claims = [claim(plant.people[w], 0, 3, PayKind.PEER_ASSIST, source) for w in ("worker", "colleague")]
        assert [c.seconds for c in await paytime.credit(tx, claims)] == [180, 180]


async def test_an_absence_in_the_shift_is_not_paid(plant: Plant) -> None:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
        await add_absence(tx, new_id(), Absence(plant.people["worker"], at(60), at(120)))
        (credit,) = await paytime.credit(tx, [claim(plant.people["worker"], 50, 70)])
    assert (credit.seconds, credit.exceptions) == (600, ((Reason.OFF_SHIFT, 600),))


async def test_an_unknown_worker_is_not_found_and_nothing_is_written(plant: Plant) -> None:
    with pytest.raises(NotFound):
        async with plant.write() as tx:
            await paytime.credit(tx, [claim(new_id(), 0, 3)])


async def test_no_claims_need_no_statement(plant: Plant) -> None:
    async with plant.write() as tx:
        assert await paytime.credit(tx, []) == []


async def test_a_sub_second_claim_is_remembered_and_tells_nothing(plant: Plant) -> None:
    asked = Claim(plant.people["worker"], at(1), at(1) + timedelta(milliseconds=20), PayKind.MODULE, new_id())
    async with plant.write() as tx:
        (credit,) = await paytime.credit(tx, [asked])
        assert (credit.seconds, credit.entry_ids, credit.exceptions) == (0, (), ())
        assert await paytime.credit(tx, [asked]) == [credit]
        assert await tx.rows(EVENTS) == []


async def test_the_event_names_ids_and_seconds_only(plant: Plant) -> None:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
        (credit,) = await paytime.credit(tx, [claim(plant.people["worker"], -1, 2)])
        (told,) = await tx.rows(EVENTS)
    assert (told.type, told.subject_id) == ("pplt.session.recorded", plant.people["worker"])
    assert told.data == {
        "source_id": str(credit.claim.source_id), "kind": "module", "mandatory": False, "seconds": 120,
        "uncredited_seconds": 60, "entry_ids": [str(i) for i in credit.entry_ids],
    }  # fmt: skip


async def test_fifty_claims_cost_as_many_statements_as_one(plant: Plant) -> None:
    engine = plant.runtime.database.engine.sync_engine
    counts: list[int] = []
    async with plant.write() as tx:
        for who in ("worker", "colleague"):
            await add_shift(tx, plant, who)
    for size in (1, 50):
        seen: list[str] = []
        listen = lambda *args, seen=seen: seen.append(args[2])  # noqa: E731
        async with plant.write() as tx:
            event.listen(engine, "before_cursor_execute", listen)
            people = [plant.people["worker"], plant.people["colleague"]]
            given = await paytime.credit(tx, [claim(people[i % 2], size + i, size + i + 1) for i in range(size)])
            event.remove(engine, "before_cursor_execute", listen)
        assert sum(c.seconds for c in given) == size * 60
        counts.append(len(seen))
    assert counts == [2, 2]


async def test_what_the_ledger_knows_is_planned_once(plant: Plant) -> None:
    async with plant.write() as tx:
        config = await tx.scalar(text("select proconfig from pg_proc where proname = 'pay_state'"))
    assert "plan_cache_mode=force_generic_plan" in config
