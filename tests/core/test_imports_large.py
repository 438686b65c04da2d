"""Large imports: stored in chunks, applied in the background, resumed where a dead process stopped."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.errors import AppError, Conflict, Invalid
from app.core.imports import kinds, service, store
from app.core.imports.jobs import import_run
from app.core.imports.kinds import ImportRow, RowVerdict, Verdict
from tests.builders import Plant

CHUNKS = text("select count(*) from import_chunk where organization_id = :organization_id")
CREWS = text("select count(*) from crew where organization_id = :organization_id")
JOBS = text(
    "select task_name, args from procrastinate_jobs where task_name = 'core.import_run' "
    "and args->>'organization_id' = cast(:organization_id as text)"
)


def file_of(rows: int, first: int = 0) -> bytes:
    """Crews as a file."""
    lines = [f"e{n};N{n};Nights {n};BER" for n in range(first, first + rows)]
    return "\n".join(["external_id;code;name;site", *lines]).encode()


async def sent(plant: Plant, content: bytes, more: str = "") -> Any:
    path = f"/v1/imports?kind=crews&source=hr{more}"
    return await plant.call("admin", "POST", path, content=content, headers={"Content-Type": "text/csv"})


async def count(plant: Plant, statement: Any) -> int:
    async with plant.write() as tx:
        return int(await tx.scalar(statement))


async def run_job(plant: Plant, run_id: str) -> None:
    await import_run(plant.runtime, organization_id=str(plant.organization_id), run_id=run_id)


async def progress(plant: Plant, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await plant.get("admin", f"/v1/imports/{run_id}")).json()
    return found


async def test_five_hundred_rows_are_answered_at_once_and_one_more_is_a_job(plant: Plant) -> None:
    assert (await sent(plant, file_of(500))).status_code == 201
    answer = await sent(plant, file_of(501))
    assert (answer.status_code, answer.json()["status"], answer.json()["row_count"]) == (202, "waiting", 501)
    async with plant.write() as tx:
        jobs = await tx.rows(JOBS, organization_id=str(plant.organization_id))
    assert [job.args["run_id"] for job in jobs] == [answer.json()["id"]]


async def test_a_large_import_runs_chunk_by_chunk_to_its_end(plant: Plant) -> None:
    run_id = (await sent(plant, file_of(1201))).json()["id"]
    assert await count(plant, CHUNKS) == 3
    assert await service.advance(plant.runtime, plant.organization_id, UUID(run_id))
    half = await progress(plant, run_id)
    assert (half["status"], half["created"], half["finished_at"]) == ("running", 500, None)
    await run_job(plant, run_id)
    done = await progress(plant, run_id)
    assert (done["status"], done["created"], await count(plant, CHUNKS), await count(plant, CREWS)) == ("finished", 1201, 0, 1203)
    await run_job(plant, run_id)
    assert await progress(plant, run_id) == done


async def stored(plant: Plant, run_id: str) -> store.ImportRun:
    async with plant.write() as tx:
        found = await store.run(tx, UUID(run_id))
    assert found is not None
    return found


async def test_a_process_that_dies_in_a_chunk_leaves_it_for_the_next(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = (await sent(plant, file_of(1100))).json()["id"]
    kind, calls = kinds.KINDS["crews"], 0

    async def dying(tx: Any, rows: Any, source: str, options: Any) -> list[RowVerdict]:
        nonlocal calls
        calls += 1
        verdicts = await kind.handler(tx, rows, source, options)
        if calls == 2:
            raise RuntimeError("the process was killed")
        return verdicts

    monkeypatch.setitem(kinds.KINDS, "crews", kinds.ImportKind("crews", kind.policy, kind.columns, dying))
    with pytest.raises(RuntimeError):
        await run_job(plant, run_id)
    halfway = await progress(plant, run_id)
    assert (halfway["created"], await count(plant, CREWS), await count(plant, CHUNKS)) == (500, 502, 2)
    await run_job(plant, run_id)
    done = await progress(plant, run_id)
    assert (done["status"], done["created"], done["unchanged"]) == ("finished", 1100, 0)


async def test_a_large_dry_run_sees_its_own_rows_and_keeps_none(plant: Plant) -> None:
    repeated = file_of(600) + b"\ne3;N3;Other name;BER"
    run_id = (await sent(plant, repeated, "&dry_run=true")).json()["id"]
    await run_job(plant, run_id)
    done = await progress(plant, run_id)
    assert (done["status"], done["created"], done["updated"], await count(plant, CREWS)) == ("finished", 600, 1, 2)
    rows = (await plant.get("admin", f"/v1/imports/{run_id}/rows?verdict=updated")).json()["items"]
    assert [row["row_number"] for row in rows] == [602]


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (Conflict("The period is closed."), "The period is closed."),
        (Invalid.field("#/mapping/ends_at", "No row has it", "absent_column"), "ends_at: No row has it"),
    ],
)
async def test_a_refused_import_says_why_and_drops_its_rows(
    plant: Plant, monkeypatch: pytest.MonkeyPatch, refusal: AppError, told: str
) -> None:
    run_id = (await sent(plant, file_of(700))).json()["id"]
    kind = kinds.KINDS["crews"]

    async def refusing(*_: Any) -> list[RowVerdict]:
        raise refusal

    monkeypatch.setitem(kinds.KINDS, "crews", kinds.ImportKind("crews", kind.policy, kind.columns, refusing))
    await run_job(plant, run_id)
    failed = await progress(plant, run_id)
    assert (failed["status"], failed["failure"], await count(plant, CHUNKS)) == ("failed", told, 0)


async def test_what_the_database_refuses_is_one_rows_fault(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = kinds.KINDS["crews"]
    clash = text("update crew set code = 'C2' where organization_id = :organization_id and code = 'C1'")

    async def clashing(tx: Any, rows: Sequence[ImportRow], source: str, options: Any) -> list[RowVerdict]:
        verdicts = await kind.handler(tx, rows, source, options)
        if any(row.values["code"] == "N2" for row in rows):
            await tx.run(clash)
        return verdicts

    monkeypatch.setitem(kinds.KINDS, "crews", kinds.ImportKind("crews", kind.policy, kind.columns, clashing))
    run = (await sent(plant, file_of(3, first=1))).json()
    rows = (await plant.get("admin", f"/v1/imports/{run['id']}/rows")).json()["items"]
    assert [row["verdict"] for row in rows] == [Verdict.CREATED, Verdict.REFUSED, Verdict.CREATED]
    assert rows[1]["reason"] == "it contradicts what is stored"


async def test_an_import_acts_with_the_rights_held_when_it_was_sent(plant: Plant) -> None:
    run_id = (await sent(plant, file_of(501))).json()["id"]
    run = await stored(plant, run_id)
    caller = service.caller_of(plant.organization_id, run.created_by, run.acting_as)
    assert (caller.kind, caller.worker_id, [g.role.value for g in caller.grants]) == ("person", plant.people["admin"], ["admin"])


async def test_too_many_rows_are_refused_whole(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_ROWS", 1000)
    answer = await sent(plant, file_of(1001))
    assert (answer.status_code, answer.json()["errors"][0]["code"], await count(plant, CHUNKS)) == (422, "too_many_rows", 0)


@pytest.mark.slow
async def test_a_file_of_nearly_twenty_megabytes_is_taken(plant: Plant) -> None:
    lines = [f"e{n};N{n};{'x' * 170};BER" for n in range(100_000)]
    content = "\n".join(["external_id;code;name;site", *lines]).encode()
    assert 18_000_000 < len(content) < 20_000_000
    answer = await sent(plant, content)
    assert (answer.status_code, answer.json()["row_count"]) == (202, 100_000)
    assert (await sent(plant, b"x" * 20_000_001)).status_code == 413
