"""The database itself keeps the ledger: nothing written is changed, no second counts twice."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.core.ids import new_id
from tests.builders import Plant
from tests.paytime.builders import add_shift, at, learned
from tests.servers import Postgres, sync_engine

TABLES = ("pay_claim", "pay_entry", "pay_exception")
CHANGES = ("update {} set seconds = 1", "update {} set actor_id = gen_random_uuid()", "delete from {}", "truncate {} cascade")
COPY = (
    "insert into pay_entry (organization_id, id, worker_id, source_id, kind, mandatory, entry_type, reverses_id, starts_at, "
    "ends_at, seconds, reason, actor_id, shift_id, business_date, site_id, work_center_id, time_zone, utc_offset_seconds, "
    "tzdata_version, recorded_at) select organization_id, :id, {worker}, source_id, kind, mandatory, :type, :reverses, "
    "starts_at + cast(:shift as interval), ends_at + cast(:shift as interval), cast(:seconds as int), :reason, "
    "actor_id, shift_id, business_date, site_id, work_center_id, time_zone, utc_offset_seconds, tzdata_version, recorded_at "
    "from pay_entry where organization_id = :organization_id and entry_type = 'credit' limit 1"
)


@pytest.fixture
def owner(database: Postgres) -> Iterator[Any]:
    engine = sync_engine(database.owner)
    yield engine
    engine.dispose()


async def a_credit(plant: Plant) -> Any:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
    return (await learned(plant, "worker", -1, 3))[0]


async def copy(plant: Plant, worker: str = "worker_id", **values: Any) -> None:
    given = {"id": new_id(), "type": "credit", "reverses": None, "shift": timedelta(), "seconds": 180, "reason": None}
    async with plant.write() as tx:
        await tx.run(text(COPY.format(worker=worker)), **given | values)


async def ledger(plant: Plant) -> list[Any]:
    async with plant.write() as tx:
        return [list(await tx.rows(text(f"select * from {t} where organization_id = :organization_id"))) for t in TABLES]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", CHANGES)
async def test_neither_the_application_nor_the_owner_changes_a_written_line(
    plant: Plant, owner: Any, table: str, change: str
) -> None:
    await a_credit(plant)
    before = await ledger(plant)
    with pytest.raises(DBAPIError, match="permission denied"):
        async with plant.write() as tx:
            await tx.run(text(change.format(table)))
    with pytest.raises(DBAPIError, match="append-only"), owner.begin() as connection:
        connection.execute(text(change.format(table)))
    assert await ledger(plant) == before
    assert all(before[TABLES.index(table)])


@pytest.mark.parametrize(
    "change",
    [
        "insert into pay_interval select organization_id, gen_random_uuid(), worker_id, starts_at, ends_at from pay_interval",
        "update pay_interval set ends_at = starts_at",
        "delete from pay_interval",
        "truncate pay_interval",
    ],
)
async def test_the_application_cannot_touch_the_guarded_intervals(plant: Plant, change: str) -> None:
    await a_credit(plant)
    with pytest.raises(DBAPIError, match="permission denied"):
        async with plant.write() as tx:
            await tx.run(text(change))


async def test_an_overlapping_credit_is_refused_by_the_database_alone(plant: Plant) -> None:
    await a_credit(plant)
    with pytest.raises(IntegrityError, match="ex_pay_interval_overlap"):
        await copy(plant, shift=timedelta(seconds=179))
    await copy(plant, shift=timedelta(seconds=180))


async def test_seconds_must_be_the_length_of_the_interval(plant: Plant) -> None:
    await a_credit(plant)
    for seconds in (179, 181, -180, 0):
        with pytest.raises(IntegrityError, match="ck_pay_entry_seconds"):
            await copy(plant, shift=timedelta(hours=1), seconds=seconds)


async def test_a_reversal_must_mirror_a_standing_credit(plant: Plant) -> None:
    entry_id = await a_credit(plant)
    back = {"type": "reversal", "reverses": entry_id, "seconds": -180, "reason": "test"}
    somebody_else = f"cast('{plant.people['colleague']}' as uuid)"
    for wrong in ({"shift": timedelta(seconds=1)}, {"worker": somebody_else}, {"reverses": new_id()}):
        with pytest.raises(IntegrityError, match=r"standing credit|fk_pay_entry"):
            await copy(plant, **back | wrong)
    for missing in ({"reason": None}, {"reverses": None}, {"seconds": 180}):
        with pytest.raises(IntegrityError, match="ck_pay_entry"):
            await copy(plant, **back | missing)
    await copy(plant, **back)
    with pytest.raises(IntegrityError, match="ex_pay_entry_reversed_once"):
        await copy(plant, **back)
    # The time is free again.
    await copy(plant)


async def test_a_credit_of_another_organization_is_refused(plant: Plant) -> None:
    await a_credit(plant)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with plant.write() as tx:
            await tx.run(
                text(
                    "insert into pay_claim (organization_id, worker_id, source_id, kind, mandatory, starts_at, ends_at, seconds, "
                    "actor_id, recorded_at) values (:other, :w, :w, 'quiz', false, :t, :t, 0, :w, :t)"
                ),
                other=new_id(), w=plant.people["worker"], t=at(0),
            )  # fmt: skip
