"""Records stay as long as the law asks and go the day after; each removal is proved, and the ledger verifies as before."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.clock import ManualClock
from app.core.ids import new_id
from app.core.runtime import Runtime
from app.paytime.service import chain
from app.privacy.domain.retention import LIMITS, Kind, begins, first_kept
from app.privacy.jobs import retain
from app.privacy.service import retention
from tests.builders import Plant
from tests.conftest import NOON
from tests.learning.builders import module_result, open_school
from tests.paytime.builders import MORNING, add_shift, learned
from tests.paytime.test_disputes import answer, dispute, reply
from tests.paytime.test_periods import AFTER, cut, make, period_of, settle
from tests.planning.builders import open_line
from tests.servers import Postgres, sync_engine

# What is written on 18 March 2026 and exported on 24 March is kept for three years through 24 March 2029.
WRITTEN = date(2026, 3, 18)
EXPORTED = AFTER.date()


def three_years_after(day: date, *, days: int) -> datetime:
    return datetime(day.year + 3, day.month, day.day, 3, 37, tzinfo=UTC) + timedelta(days=days)


async def remove(plant: Plant, kind: Kind, limit: int = 2000) -> None:
    more = True
    while more:
        async with plant.write() as tx:
            more = await retention.remove_batch(tx, kind, limit)


async def counts(plant: Plant, *tables: str) -> list[int]:
    async with plant.write() as tx:
        return [await tx.scalar(text(f"select count(*) from {t} where organization_id = :organization_id")) for t in tables]


async def findings(plant: Plant) -> list[str]:
    """Everything a whole verification says."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        async with plant.write() as tx:
            step = await chain.verify(tx, cursor or None)
        found += [finding.fault.value for finding in step.findings]
        cursor = step.next
    return found


async def told(plant: Plant, kind: Kind) -> list[Any]:
    answer = await plant.get("admin", f"/v1/retention-proofs?kind={kind.value}")
    assert answer.status_code == 200, answer.text
    listed: list[Any] = answer.json()["items"]
    return listed


@pytest.fixture
async def paid(plant: Plant, clock: ManualClock) -> Plant:
    """Two weeks closed and exported on 24 and 31 March, with three lines on 18 March, one taken back in part."""
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
        await add_shift(tx, plant, "colleague")
    await learned(plant, "worker", 0, 4)
    await learned(plant, "colleague", 0, 2)
    (entry_id,) = await learned(plant, "worker", 10, 20)
    body = {"reason": "Not there", "starts_at": "2026-03-18T06:12:00Z", "ends_at": "2026-03-18T06:14:00Z"}
    assert (await plant.post("payroll", f"/v1/pay-entries/{entry_id}/reversals", body)).status_code == 201
    await learned(plant, "worker", -60, -50)
    await cut(plant, starts_on="2026-03-16")
    for at, first in ((AFTER, "2026-03-16"), (AFTER + timedelta(days=7), "2026-03-23")):
        clock.at = at
        await settle(plant, await period_of(plant, first))
        await make(plant, await period_of(plant, first))
    return plant


# The periods themselves.


async def test_the_usual_periods_hold_until_an_admin_chooses_others(plant: Plant) -> None:
    first = await plant.get("payroll", "/v1/retention")
    assert {one["kind"]: one["months"] for one in first.json()["items"]} == {k.value: v.usual for k, v in LIMITS.items()}
    wanted = {"pay_records": 72, "attempts": 12}
    put = await plant.call("admin", "PUT", "/v1/retention", json=wanted, headers={"If-Match": first.headers["etag"]})
    assert put.status_code == 200
    months = {one["kind"]: one["months"] for one in put.json()["items"]}
    assert (months["pay_records"], months["attempts"], months["time_cards"]) == (72, 12, 36)
    again = await plant.call("admin", "PUT", "/v1/retention", json=wanted, headers={"If-Match": first.headers["etag"]})
    assert again.status_code == 412


@pytest.mark.parametrize(
    ("short", "law"), [({"pay_records": 35}, "516.5"), ({"time_cards": 23}, "516.6"), ({"audit_trail": 0}, "516.5")]
)
async def test_less_than_the_law_asks_is_refused(plant: Plant, short: dict[str, int], law: str) -> None:
    answer = await plant.call("admin", "PUT", "/v1/retention", json=short, headers={"If-Match": '"v0"'})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (f"#/{next(iter(short))}", "too_short")
    assert law in error["detail"]
    assert (await plant.get("admin", "/v1/retention")).headers["etag"] == '"v0"'


@pytest.mark.parametrize("who", ["worker", "supervisor", "learning_manager", "integration"])
async def test_nobody_else_reads_or_chooses(plant: Plant, who: str) -> None:
    assert (await plant.get(who, "/v1/retention")).status_code == 403
    assert (await plant.get(who, "/v1/retention-proofs")).status_code == 403
    assert (await plant.call(who, "PUT", "/v1/retention", json={}, headers={"If-Match": '"v0"'})).status_code == 403


@pytest.mark.parametrize(
    ("today", "months", "first"),
    [
        (date(2029, 3, 18), 36, date(2026, 3, 18)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2028, 2, 29), 24, date(2026, 2, 28)),
        (date(2026, 1, 15), 13, date(2024, 12, 15)),
        (date(2026, 12, 1), 12, date(2025, 12, 1)),
    ],
)
def test_the_first_day_that_stays(today: date, months: int, first: date) -> None:
    assert first_kept(today, months) == first


# To the day.


async def test_a_pay_record_stays_through_its_last_day_and_goes_the_day_after(paid: Plant, clock: ManualClock) -> None:
    before = await counts(paid, "pay_claim", "pay_entry", "pay_exception")
    assert before == [4, 4, 1]
    clock.at = three_years_after(EXPORTED, days=0)
    await remove(paid, Kind.PAY_RECORDS)
    # Nobody exported it later than that; only what was decided about no period holds could go, and it was never credited.
    assert (await counts(paid, "pay_entry"))[0] == 4
    assert await findings(paid) == []
    clock.at = three_years_after(EXPORTED, days=1)
    await remove(paid, Kind.PAY_RECORDS)
    assert await counts(paid, "pay_claim", "pay_entry", "pay_exception", "pay_interval", "pay_pseudonym") == [0, 0, 0, 0, 0]
    assert await findings(paid) == []
    clock.at = AFTER
    lines = [one for one in await told(paid, Kind.PAY_RECORDS) if "pay_entry" in one["tables"]]
    assert [(one["until"], one["tables"]["pay_entry"], one["tables"]["pay_claim"]) for one in lines] == [("2026-03-25", 4, 3)]


async def test_a_period_goes_with_its_file_once_nothing_of_it_stands(paid: Plant, clock: ManualClock) -> None:
    clock.at = three_years_after(EXPORTED, days=1)
    periods = (await counts(paid, "pay_period"))[0]
    await remove(paid, Kind.PAY_RECORDS)
    assert await counts(paid, "pay_period", "pay_export") == [periods - 1, 1]
    # The last settled one stays: what comes after it is counted from it.
    clock.at = three_years_after(EXPORTED, days=3000)
    await remove(paid, Kind.PAY_RECORDS)
    assert await counts(paid, "pay_period", "pay_export") == [periods - 1, 1]


AUDIT = (
    "insert into audit_entry (organization_id, id, at, access, action, actor_kind, actor_id, target) "
    "values (:organization_id, gen_random_uuid(), :at, '{}', 'x', 'worker', gen_random_uuid(), '/v1/x')"
)
COPY = (
    "insert into {0} select (jsonb_populate_record(cast(null as {0}), s.j || "
    "jsonb_build_object('id', gen_random_uuid(), {1}))).* "
    "from (select to_jsonb(t) as j from {0} t where t.organization_id = :organization_id limit 1) s"
)
ATTEMPT = COPY.format("attempt", "'finished_at', cast(:at as timestamptz), 'received_at', cast(:at as timestamptz)")
BLOCK = COPY.format("block", "'starts_at', cast(:at as timestamptz) - interval '1 second', 'ends_at', cast(:at as timestamptz)")
EDGES = {
    Kind.TIME_CARDS: ("shift", "", ""),
    Kind.AUDIT_TRAIL: ("audit_entry", AUDIT.format("write"), " and access <> 'sign_in'"),
    Kind.SIGN_INS: ("audit_entry", AUDIT.format("sign_in"), " and access = 'sign_in'"),
    Kind.ATTEMPTS: ("attempt", ATTEMPT, ""),
    Kind.PLANS: ("block", BLOCK, ""),
}


@pytest.mark.parametrize("kind", list(EDGES))
async def test_every_other_kind_goes_on_its_day(plant: Plant, clock: ManualClock, kind: Kind) -> None:
    table, insert, only = EDGES[kind]
    if kind is Kind.ATTEMPTS:
        await (await open_school(plant)).upload("worker", module_result())
    elif kind is Kind.PLANS:
        line = await open_line(plant)
        await line.window()
        await line.assign()
        await line.published()
    else:
        async with plant.write() as tx:
            await add_shift(tx, plant, "worker")
    number = text(f"select count(*) from {table} where organization_id = :organization_id{only}")
    edge = begins(first_kept(WRITTEN, LIMITS[kind].usual))
    async with plant.write() as tx:
        before = await tx.scalar(number)
        for who, at in (("colleague", edge - timedelta(seconds=1)), ("third", edge)):
            if kind is Kind.TIME_CARDS:
                minutes = (at - MORNING) / timedelta(minutes=1)
                await add_shift(tx, plant, who, minutes - 480, minutes)
            else:
                await tx.run(text(insert), at=at)
    clock.at = begins(WRITTEN) + timedelta(hours=23, minutes=59)
    await remove(plant, kind)
    async with plant.write() as tx:
        assert await tx.scalar(number) == before + 1
    clock.at += timedelta(days=1)
    await remove(plant, kind)
    async with plant.write() as tx:
        assert await tx.scalar(number) == before
    clock.at = NOON
    assert [(one["until"], one["tables"].get(table)) for one in await told(plant, kind)] == [
        (edge.date().isoformat(), 1), ((edge + timedelta(days=1)).date().isoformat(), 1),
    ]  # fmt: skip


# What must not go, however old.


async def test_an_open_dispute_holds_its_line_for_ever_and_a_settled_one_from_its_end(paid: Plant, clock: ManualClock) -> None:
    async with paid.write() as tx:
        entry_id = await tx.scalar(
            text("select id from pay_entry where organization_id = :organization_id and entry_type = 'reversal'")
        )
    clock.at = AFTER
    opened = (await dispute(paid, str(entry_id))).json()
    clock.at = datetime(2040, 1, 1, tzinfo=UTC)
    await remove(paid, Kind.PAY_RECORDS)
    assert await counts(paid, "pay_entry", "pay_dispute") == [2, 1]
    assert await findings(paid) == []
    clock.at = AFTER + timedelta(days=2)
    assert (await answer(paid, opened, "upheld")).status_code in (200, 201)
    assert (await reply(paid, opened, "accepted")).status_code in (200, 201)
    clock.at = three_years_after(EXPORTED + timedelta(days=2), days=0)
    await remove(paid, Kind.PAY_RECORDS)
    assert await counts(paid, "pay_entry", "pay_dispute") == [2, 1]
    clock.at += timedelta(days=1)
    await remove(paid, Kind.PAY_RECORDS)
    assert await counts(paid, "pay_entry", "pay_dispute", "pay_dispute_step") == [0, 0, 0]
    assert await findings(paid) == []


async def test_what_payroll_has_not_exported_stays_with_its_shift_and_attempt(plant: Plant, clock: ManualClock) -> None:
    await (await open_school(plant)).upload("worker", module_result())
    await cut(plant, starts_on="2026-03-16")
    clock.at = datetime(2040, 1, 1, tzinfo=UTC)
    async with plant.write() as tx:
        await chain.seal_all(tx)
    for kind in (Kind.PAY_RECORDS, Kind.TIME_CARDS, Kind.ATTEMPTS):
        await remove(plant, kind)
    async with plant.write() as tx:
        shift = text(
            "select count(*) from shift s join pay_entry e on e.organization_id = s.organization_id and e.shift_id = s.id "
            "where s.organization_id = :organization_id"
        )
        assert await tx.scalar(shift) == 1
    assert await counts(plant, "pay_entry", "attempt") == [1, 1]


async def test_the_database_refuses_what_is_too_young(paid: Plant, clock: ManualClock) -> None:
    clock.at = three_years_after(EXPORTED, days=30)
    calls = (
        "retire_claims(:organization_id, gen_random_uuid(), :until, :now, 10)",
        "retire_beside(:organization_id, :until, :now, 10)",
        "retire_audit(:organization_id, false, :until, :now, 10)",
    )
    for call in calls:
        with pytest.raises(DBAPIError, match="must be kept"):
            async with paid.write() as tx:
                await tx.run(text(f"select {call}"), until=date(2026, 4, 24), now=clock.at)
    for table in ("pay_entry", "pay_export", "audit_entry"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with paid.write() as tx:
                await tx.run(text(f"delete from {table}"))


# What proves it.


@pytest.fixture
async def removed(paid: Plant, clock: ManualClock) -> Plant:
    """A line written two years later, after the old ones went."""
    clock.at = three_years_after(EXPORTED, days=1)
    await remove(paid, Kind.PAY_RECORDS)
    async with paid.write() as tx:
        await add_shift(tx, paid, "third")
    await learned(paid, "third", 0, 5)
    async with paid.write() as tx:
        await chain.seal_all(tx)
    assert await findings(paid) == []
    return paid


def as_owner(database: Postgres, statement: str, plant: Plant) -> None:
    engine = sync_engine(database.owner)
    with engine.begin() as connection:
        connection.execute(text("set session_replication_role = replica"))
        assert connection.execute(text(statement), {"o": plant.organization_id}).rowcount >= 1
    engine.dispose()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("delete from pay_entry where organization_id = :o", "removed"),
        (
            (
                "with gone as (delete from pay_entry e where organization_id = :o returning id) insert into ledger_retired "
                "select l.organization_id, l.position, gen_random_uuid() from ledger_link l join gone g on g.id = l.entry_id "
                "where l.organization_id = :o"
            ),
            "removed",
        ),
        ("delete from ledger_retired where organization_id = :o and position = 2", "removed"),
        ("update ledger_retired set proof_id = gen_random_uuid() where organization_id = :o and position = 2", "wrong_proof"),
        ("delete from ledger_link where organization_id = :o and position = 2", "misplaced"),
        ("update retention_proof set tables = tables || '{\"pay_entry\": 9}' where organization_id = :o", "wrong_proof"),
        ("delete from retention_proof where organization_id = :o and number = 1", "wrong_proof"),
        ("update retention_proof set until = until - 1 where organization_id = :o and number = 1", "wrong_proof"),
        (
            (
                "insert into pay_entry select (jsonb_populate_record(e, jsonb_build_object('id', l.entry_id))).* from "
                "ledger_link l, pay_entry e where l.organization_id = :o and l.position = 1 and e.organization_id = :o"
            ),
            "inserted",
        ),
    ],
)
async def test_what_retention_did_not_remove_is_still_found(removed: Plant, database: Postgres, change: str, fault: str) -> None:
    as_owner(database, change, removed)
    assert fault in await findings(removed)


async def test_an_old_line_that_somebody_else_took_away_is_found(paid: Plant, clock: ManualClock, database: Postgres) -> None:
    # Old enough to go, but no proof names it: a mark of one's own does not help.
    clock.at = three_years_after(EXPORTED, days=400)
    take = (
        "with gone as (delete from pay_entry e where organization_id = :o returning id) insert into ledger_retired "
        "select l.organization_id, l.position, gen_random_uuid() from ledger_link l join gone g on g.id = l.entry_id"
    )
    as_owner(database, take, paid)
    assert set(await findings(paid)) == {"wrong_proof"}


async def test_small_batches_remove_the_same_and_prove_each(paid: Plant, clock: ManualClock) -> None:
    clock.at = three_years_after(EXPORTED, days=1)
    await remove(paid, Kind.PAY_RECORDS, limit=1)
    assert await counts(paid, "pay_claim", "pay_entry") == [0, 0]
    assert await findings(paid) == []
    clock.at = AFTER
    proofs = await told(paid, Kind.PAY_RECORDS)
    assert sum(one["tables"].get("pay_entry", 0) for one in proofs) == 4
    assert [one["number"] for one in proofs] == list(range(1, len(proofs) + 1))
    assert len({one["hash"] for one in proofs}) == len(proofs)


async def test_the_nightly_job_removes_every_kind_and_tells_it(paid: Plant, clock: ManualClock, runtime: Runtime) -> None:
    clock.at = three_years_after(EXPORTED, days=30)
    await retain(runtime)
    # Again, for this organization only: the database has those of all other tests.
    async with paid.write() as tx:
        assert not any([await retention.remove_batch(tx, kind) for kind in Kind])
    assert await counts(paid, "pay_entry", "shift") == [0, 0]
    assert await findings(paid) == []
    async with paid.write() as tx:
        events = text(
            "select data from event where organization_id = :organization_id and type = 'retention.records_removed' order by id"
        )
        data = [row.data for row in await tx.rows(events)]
    clock.at = AFTER
    listed = (await paid.get("admin", "/v1/retention-proofs?limit=200")).json()["items"]
    assert [(one["number"], one["hash"], one["rows"]) for one in data] == [(o["number"], o["hash"], o["rows"]) for o in listed]
    assert {one["kind"] for one in listed} >= {"pay_records", "time_cards", "audit_trail"}


async def test_no_other_organization_sees_or_loses_anything(paid: Plant, clock: ManualClock) -> None:
    other = new_id()
    clock.at = three_years_after(EXPORTED, days=30)
    async with paid.runtime.database.write(other) as tx:
        for kind in Kind:
            await retention.remove_batch(tx, kind)
    assert (await counts(paid, "pay_entry"))[0] == 4
    with pytest.raises(DBAPIError, match="must be kept"):
        async with paid.runtime.database.write(other) as tx:
            await tx.rows(
                text("select retire_claims(cast(:org as uuid), gen_random_uuid(), :until, :now, 10)"),
                org=UUID(str(paid.organization_id)), until=date(2026, 3, 25), now=clock.at,
            )  # fmt: skip
