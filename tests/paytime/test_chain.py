"""The hash chain finds what was done behind the application's back, and stays whole when a person is forgotten."""

import asyncio
import hashlib
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text

from app.core.ids import new_id
from app.core.runtime import Runtime
from app.paytime import jobs
from app.paytime.domain.chain import Checked, Facts, genesis, linked, youngest_retired
from app.paytime.models import PayEntryRow
from app.paytime.service import chain
from app.paytime.store.chain import COLUMNS
from tests.builders import Plant
from tests.conftest import NOON
from tests.paytime.builders import add_shift, at, learned
from tests.servers import Postgres, sync_engine


@pytest.fixture
def owner(database: Postgres) -> Iterator[Any]:
    engine = sync_engine(database.owner)
    yield engine
    engine.dispose()


async def written(plant: Plant, entries: int = 6) -> list[UUID]:
    """Some credits of two workers, one of them reversed, all linked."""
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
        await add_shift(tx, plant, "colleague")
    made = [(await learned(plant, ("worker", "colleague")[n % 2], 10 * n, 10 * n + 4))[0] for n in range(entries)]
    await plant.post("payroll", f"/v1/pay-entries/{made[0]}/reversals", {"reason": "Recorded on the wrong badge"})
    await sealed(plant)
    return made


async def sealed(plant: Plant) -> None:
    async with plant.write() as tx:
        await chain.seal_all(tx)


async def verified(plant: Plant, limit: int = chain.STEP) -> list[Checked]:
    """Every step of a verification."""
    async with plant.write() as tx:
        steps = [await chain.verify(tx, limit=limit)]
        while steps[-1].next:
            steps.append(await chain.verify(tx, steps[-1].next, limit))
    return steps


async def faults(plant: Plant, limit: int = chain.STEP) -> set[str]:
    return {finding.fault.value for step in await verified(plant, limit) for finding in step.findings}


def tamper(owner: Any, statement: str, plant: Plant, **values: Any) -> None:
    """Change something as the superuser, with every trigger off."""
    with owner.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        done = connection.execute(text(statement), {"org": plant.organization_id, **values})
        assert done.rowcount >= 1


@pytest.mark.parametrize("limit", [1, 3, 20_000])
async def test_an_untouched_ledger_verifies_in_steps_of_any_size(plant: Plant, limit: int) -> None:
    await written(plant)
    assert await faults(plant, limit) == set()
    assert sum(step.rows for step in await verified(plant, limit)) == 7


def binary(kind: int, value: Any) -> bytes:
    """PostgreSQL's binary form of a value in a record, written down here a second time."""
    since = datetime(2000, 1, 1, tzinfo=UTC)
    if value is None:
        return struct.pack(">Ii", kind, -1)
    sent = {
        16: lambda: bytes([value]),
        17: lambda: bytes(value),
        20: lambda: struct.pack(">q", value),
        23: lambda: struct.pack(">i", value),
        1043: lambda: str(value).encode(),
        1082: lambda: struct.pack(">i", (value - since.date()).days),
        1184: lambda: struct.pack(">q", (value - since) // timedelta(microseconds=1)),
        2950: lambda: UUID(str(value)).bytes,
    }[kind]()
    return struct.pack(">Ii", kind, len(sent)) + sent


def kind_of(column: str) -> int:
    """The number of a column's type."""
    if column == "reason":  # its digest stands there
        return 17
    found = type(PayEntryRow.__table__.columns[column].type).__name__  # type: ignore[attr-defined]
    numbers = {"Boolean": 16, "Integer": 23, "String": 1043, "AutoString": 1043, "Date": 1082, "DateTime": 1184, "Uuid": 2950}
    return numbers[found]


async def test_the_chain_is_what_anybody_can_compute(plant: Plant) -> None:
    """Recomputed from the stored rows in plain Python, following only the documented form."""
    await written(plant)
    async with plant.write() as tx:
        rows = await tx.rows(
            text(
                "select l.*, e.* from ledger_link l join pay_entry e on e.id = l.entry_id "
                "where l.organization_id = :organization_id order by position"
            )
        )
    before = hashlib.sha256(f"interlude-ledger|{plant.organization_id}".encode()).digest()
    for place, row in enumerate(rows, 1):
        columns = COLUMNS[row.form]
        replaced = {"worker_id": row.who, "actor_id": row.actor, "reason": row.note}
        values = [(kind_of(column), replaced.get(column, getattr(row, column))) for column in columns]
        facts = struct.pack(">i", len(columns)) + b"".join(binary(*value) for value in values)
        assert hashlib.sha256(facts).digest() == row.facts
        own = [
            (17, before),
            (17, row.facts),
            (20, place),
            (23, row.form),
            (2950, row.entry_id),
            (2950, row.who),
            (2950, row.actor),
        ]
        link = struct.pack(">i", 8) + b"".join(binary(*value) for value in (*own, (1184, row.sealed_at)))
        before = hashlib.sha256(link).digest()
        assert row.hash == before


def test_every_column_of_an_entry_is_in_the_newest_form() -> None:
    assert set(COLUMNS[max(COLUMNS)]) == set(PayEntryRow.__table__.columns.keys())  # type: ignore[attr-defined]


async def test_a_waiting_entry_is_announced_with_all_its_columns(plant: Plant) -> None:
    async with plant.write() as tx:
        source = await tx.scalar(text("select prosrc from pg_proc where proname = 'ledger_announce'"))
        other = await tx.scalar(text("select prosrc from pg_proc where proname = 'ledger_digest'"))
    for column in COLUMNS[max(COLUMNS)]:
        assert f"a.{column}" in source
        assert f"e.{column}" in other


CHANGES = {
    "organization_id": "gen_random_uuid()",
    "id": "gen_random_uuid()",
    "worker_id": "(select id from worker where organization_id = :org and number = '0003')",
    "source_id": "gen_random_uuid()",
    "kind": "'quiz'",
    "mandatory": "not mandatory",
    "entry_type": "case entry_type when 'credit' then 'reversal' else 'credit' end",
    "reverses_id": "gen_random_uuid()",
    "starts_at": "starts_at - interval '1 microsecond'",
    "ends_at": "ends_at + interval '1 second'",
    "seconds": "seconds + 1",
    "reason": "coalesce(reason, '') || '.'",
    "actor_id": "gen_random_uuid()",
    "shift_id": "gen_random_uuid()",
    "business_date": "business_date + 1",
    "site_id": "(select id from site where organization_id = :org and code = 'CHI')",
    "work_center_id": "gen_random_uuid()",
    "time_zone": "'Europe/Madrid'",
    "utc_offset_seconds": "utc_offset_seconds + 1",
    "tzdata_version": "'2019a'",
    "recorded_at": "recorded_at + interval '1 second'",
    "classification": "'off_shift'",
    "reason_code": "'dispute'",
    "replaces_id": "gen_random_uuid()",
    "pay_code": "'X'",
    "cost_center": "'X'",
    "night_seconds": "night_seconds + 1",
    "weekend_seconds": "weekend_seconds + 1",
    "device_at": "now()",
}


@pytest.mark.parametrize("column", CHANGES)
async def test_a_changed_column_of_an_entry_is_found(plant: Plant, owner: Any, column: str) -> None:
    made = await written(plant)
    with owner.begin() as connection:  # constraints must not save it
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text("alter table pay_entry drop constraint if exists ck_pay_entry_seconds"))
        for name in connection.execute(
            text("select conname from pg_constraint where conrelid = 'pay_entry'::regclass and contype = 'c'")
        ).scalars():
            connection.execute(text(f'alter table pay_entry drop constraint "{name}"'))
        changed = f"update pay_entry set {column} = {CHANGES[column]} where organization_id = :org and id = :id"
        if "gen_random" in CHANGES[column] and column == "actor_id":
            changed = changed.replace("gen_random_uuid()", ":other")
        connection.execute(text(changed), {"org": plant.organization_id, "id": made[2], "other": new_id()})
        connection.execute(text("savepoint looked"))
        # The superuser looks with the same statements, before the damage is taken back.
        found = _faults_as(connection, plant)
        connection.rollback()
    assert found & {"changed", "wrong_person", "removed"}


def _faults_as(connection: Any, plant: Plant) -> set[str]:
    from app.paytime.store import chain as store

    values = {"organization_id": plant.organization_id, "after": 0, "before": genesis(plant.organization_id).hash, "limit": 100}
    values["youngest"] = youngest_retired(NOON)
    return {row.fault for row in connection.execute(store.CHECK, values)}


LINK = "where organization_id = :org and position = 3"
LINK_CHANGES = {
    "entry_id": "gen_random_uuid()",
    "form": "1",
    "who": "gen_random_uuid()",
    "actor": "gen_random_uuid()",
    "note": "'\\x00'",
    "facts": "sha256('x')",
    "hash": "sha256('x')",
    "sealed_at": "sealed_at + interval '1 microsecond'",
    "position": "33",
}


@pytest.mark.parametrize("column", LINK_CHANGES)
async def test_a_changed_link_is_found(plant: Plant, owner: Any, column: str) -> None:
    await written(plant)
    tamper(owner, f"update ledger_link set {column} = {LINK_CHANGES[column]} {LINK}", plant)
    assert await faults(plant)


async def test_a_removed_entry_is_found(plant: Plant, owner: Any) -> None:
    made = await written(plant)
    tamper(owner, "delete from pay_entry where organization_id = :org and id = :id", plant, id=made[2])
    assert await faults(plant) == {"removed"}


INSERT = (
    "insert into pay_entry select r.* from pay_entry e, jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid())) r "
    "where e.organization_id = :org and e.id = :id"
)


async def test_an_inserted_entry_is_found(plant: Plant, owner: Any) -> None:
    made = await written(plant)
    tamper(owner, INSERT, plant, id=made[2])
    assert await faults(plant) == {"inserted"}
    # Sealing does not make it true.
    await sealed(plant)
    assert await faults(plant) == {"inserted"}


@pytest.mark.parametrize("position", [1, 3, 7])
async def test_a_removed_link_is_found(plant: Plant, owner: Any, position: int) -> None:
    await written(plant)
    tamper(owner, "delete from ledger_link where organization_id = :org and position = :at", plant, at=position)
    assert "inserted" in await faults(plant)


async def test_reordered_links_are_found(plant: Plant, owner: Any) -> None:
    await written(plant)
    with owner.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        for old, new in ((3, 99), (4, 3), (99, 4)):
            connection.execute(
                text("update ledger_link set position = :new where organization_id = :org and position = :old"),
                {"org": plant.organization_id, "old": old, "new": new},
            )
    assert "broken" in await faults(plant)


async def test_a_cut_off_end_is_found_by_the_published_head(plant: Plant, owner: Any) -> None:
    await written(plant)
    async with plant.write() as tx:
        assert await chain.publish_head(tx)
    cut = "with gone as (delete from ledger_link where organization_id = :org and position = 7 returning entry_id) "
    tamper(owner, cut + "delete from pay_entry where organization_id = :org and id = (select entry_id from gone)", plant)
    assert await faults(plant) == {"wrong_head"}


async def test_an_entry_that_vanishes_before_it_is_linked_is_found(plant: Plant, owner: Any) -> None:
    await written(plant)
    (fresh,) = await learned(plant, "worker", 200, 204)
    assert await faults(plant) == set()
    tamper(owner, "delete from pay_entry where organization_id = :org and id = :id", plant, id=fresh)
    assert await faults(plant) == {"removed"}
    await sealed(plant)
    assert await faults(plant) == {"removed"}


async def test_an_entry_that_changes_before_it_is_linked_is_found_and_never_linked(plant: Plant, owner: Any) -> None:
    await written(plant)
    (fresh,) = await learned(plant, "worker", 200, 204)
    tamper(owner, "update pay_entry set kind = 'quiz' where organization_id = :org and id = :id", plant, id=fresh)
    assert await faults(plant) == {"changed"}
    await sealed(plant)
    assert await faults(plant) == {"changed"}
    assert sum(step.rows for step in await verified(plant)) == 7


@pytest.mark.parametrize("change", ["pseudonym = gen_random_uuid()", "proof = sha256('x')"])
async def test_a_changed_map_is_found(plant: Plant, owner: Any, change: str) -> None:
    await written(plant)
    tamper(owner, f"update pay_pseudonym set {change} where organization_id = :org", plant)
    assert await faults(plant) == {"wrong_person"}


async def test_a_forgotten_person_leaves_the_chain_whole_and_still_guarded(plant: Plant, owner: Any) -> None:
    made = await written(plant)
    async with plant.write() as tx:
        before = await chain.head(tx)
        assert await chain.forget_person(tx, plant.people["worker"])
        assert not await chain.forget_person(tx, plant.people["worker"])
        assert await tx.scalar(text("select count(*) from pay_pseudonym where pseudonym is null")) == 1
    assert await faults(plant) == set()
    async with plant.write() as tx:
        assert await chain.head(tx) == before
    # A late correction of theirs still joins the same pseudonym.
    await plant.post("payroll", f"/v1/pay-entries/{made[2]}/reversals", {"reason": "Found after they left"})
    await sealed(plant)
    assert await faults(plant) == set()
    other = "(select id from worker where organization_id = :org and number = '0002')"
    tamper(owner, f"update pay_entry set worker_id = {other} where organization_id = :org and id = :id", plant, id=made[4])
    assert await faults(plant) == {"wrong_person"}


async def test_sealers_race_and_credits_go_on_meanwhile(plant: Plant) -> None:
    async with plant.write() as tx:
        for who in ("worker", "colleague", "third"):
            await add_shift(tx, plant, who)

    async def credit(n: int) -> None:
        await learned(plant, ("worker", "colleague", "third")[n % 3], 2 * n, 2 * n + 1)

    await asyncio.gather(*(credit(n) if n % 4 else sealed(plant) for n in range(80)))
    await sealed(plant)
    steps = await verified(plant)
    assert [finding for step in steps for finding in step.findings] == []
    assert sum(step.rows for step in steps) == 60


async def test_no_credit_waits_for_a_sealer(plant: Plant) -> None:
    await written(plant)
    async with plant.write() as sealing:
        await chain.seal_all(sealing)
        async with asyncio.timeout(5):
            await learned(plant, "worker", 300, 304)


async def test_the_job_links_what_was_written(plant: Plant, runtime: Runtime) -> None:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
    await learned(plant, "worker", 0, 4)
    assert (await plant.get("payroll", "/v1/ledger/head")).json()["unsealed"] == 1
    await jobs.seal(runtime)
    told = (await plant.get("payroll", "/v1/ledger/head")).json()
    assert (told["position"], told["unsealed"]) == (1, 0)


async def test_the_head_goes_out_once_a_day_by_event_and_file(plant: Plant, runtime: Runtime, tmp_path: Any) -> None:
    await written(plant)
    file = tmp_path / "heads" / "heads.jsonl"
    kept = runtime.settings
    runtime.settings = kept.model_copy(update={"ledger_heads_file": str(file)})
    try:
        await jobs.publish_heads(runtime)
        await jobs.publish_heads(runtime)
    finally:
        runtime.settings = kept
    lines = [orjson.loads(line) for line in file.read_bytes().splitlines()]
    (mine,) = [line for line in lines if line["organization_id"] == str(plant.organization_id)]
    told = (await plant.get("payroll", "/v1/ledger/head")).json()
    assert (mine["position"], mine["hash"]) == (told["position"], told["hash"])
    published = (await plant.get("admin", "/v1/ledger/heads")).json()["items"]
    assert [(p["day"], p["hash"]) for p in published] == [("2026-03-18", told["hash"])]
    events = (await plant.get("admin", "/v1/events?limit=200")).json()["items"]
    assert len([e for e in events if e["type"] == "ledger.head.published"]) <= 1


async def test_the_verification_is_asked_over_http(plant: Plant) -> None:
    await written(plant)
    first = (await plant.get("payroll", "/v1/ledger/verification?limit=4")).json()
    assert (first["intact"], first["links"], first["next_cursor"]) == (True, 4, "links:4")
    again = (await plant.get("payroll", f"/v1/ledger/verification?cursor={first['next_cursor']}")).json()
    assert (again["links"], again["next_cursor"].split(":")[0]) == (3, "entries")
    for cursor in ("links:x", "links:-1", "entries:1", "links:99999999999999999999", "x"):
        assert (await plant.get("payroll", f"/v1/ledger/verification?cursor={cursor}")).status_code == 400
    assert (await plant.get("worker", "/v1/ledger/verification")).status_code == 403


def test_links_hang_together() -> None:
    entries = [Facts(new_id(), 1, new_id(), new_id(), None, bytes([n]) * 32) for n in range(5)]
    start = genesis(new_id())
    whole = linked(start, entries, at(0))
    assert [link.position for link in whole] == [1, 2, 3, 4, 5]
    # In two parts, the same chain.
    from app.paytime.domain.chain import Head

    first = linked(start, entries[:2], at(0))
    rest = linked(Head(2, first[-1].hash), entries[2:], at(0))
    assert [link.hash for link in whole] == [link.hash for link in first + rest]
    assert linked(start, entries[::-1], at(0))[-1].hash != whole[-1].hash


async def test_the_command_says_what_is_wrong(plant: Plant, owner: Any, runtime: Runtime) -> None:
    from io import StringIO

    from rich.console import Console

    from app.ledger_cli import verify_one

    made = await written(plant)
    async with plant.write() as tx:
        end, _ = await chain.head(tx)
    head = {"position": end.position, "hash": end.hash.hex(), "day": "2026-03-18"}

    async def said(*heads: dict[str, Any]) -> tuple[bool, str]:
        out = StringIO()
        return await verify_one(
            runtime, plant.organization_id, "plant", list(heads), Console(file=out, width=300)
        ), out.getvalue()

    whole, text_said = await said(head)
    assert whole, text_said
    assert "intact; 7 entries linked, 0 waiting" in text_said
    whole, text_said = await said({**head, "hash": "00" * 32})
    assert not whole
    assert "no longer passes through the head of 2026-03-18" in text_said
    tamper(owner, "update pay_entry set kind = 'quiz' where organization_id = :org and id = :id", plant, id=made[3])
    whole, text_said = await said(head)
    assert not whole
    assert f"changed: position 4 {made[3]}" in text_said
