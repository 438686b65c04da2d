"""How often a hot request asks the database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import event

from app.core.ids import new_id
from app.core.runtime import Runtime
from tests.builders import Plant
from tests.learning.builders import School, module_result, open_school, quiz_result, run_result

FRAME = ("BEGIN", "COMMIT", "ROLLBACK")


@pytest.fixture
async def school(plant: Plant) -> School:
    return await open_school(plant)


@asynccontextmanager
async def counted(runtime: Runtime) -> AsyncIterator[list[str]]:
    """Every statement sent meanwhile, through SQLAlchemy or on the bare driver, except what begins and ends transactions."""
    seen: list[str] = []
    watched: list[Any] = []

    def executed(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    def logged(record: Any) -> None:
        # What SQLAlchemy prepares is not logged here, so nothing counts twice.
        if not record.query.upper().rstrip(";").startswith(FRAME):
            seen.append(record.query)

    def checked_out(connection: Any, *_: Any) -> None:
        connection.driver_connection.add_query_logger(logged)
        watched.append(connection.driver_connection)

    # Requests that ask once have connections of their own; the one put back last is taken next.
    watched += runtime.database.quick._free[-1:]
    for driver in watched:
        driver.add_query_logger(logged)
    engine = runtime.database.engine.sync_engine
    event.listen(engine, "checkout", checked_out)
    event.listen(engine, "before_cursor_execute", executed)
    try:
        yield seen
        # The driver reports a statement a turn of the loop later.
        await asyncio.sleep(0.01)
    finally:
        event.remove(engine, "checkout", checked_out)
        event.remove(engine, "before_cursor_execute", executed)
        for driver in watched:
            driver.remove_query_logger(logged)


def batch() -> list[dict[str, Any]]:
    return [module_result(-60), quiz_result(-50), run_result(-40), module_result(-30, outcome="interrupted", reason="safety")]


async def test_what_now_asks_once(school: School, runtime: Runtime) -> None:
    assert (await school.plant.get("worker", "/v1/me/now")).status_code == 200
    async with counted(runtime) as seen:
        assert (await school.plant.get("worker", "/v1/me/now")).status_code == 200
    assert len(seen) == 1, seen


async def test_an_upload_of_new_results_asks_twice(school: School, runtime: Runtime) -> None:
    await school.assign(mandatory=True, due_at="2026-04-01T00:00:00Z")
    await school.upload("colleague", *batch())
    async with counted(runtime) as seen:
        verdicts = await school.upload("worker", *batch())
    assert {verdict["verdict"] for verdict in verdicts} == {"created"}
    assert await school.paid() == sum(verdict["paid_seconds"] for verdict in verdicts) > 0
    assert len(seen) == 2, seen


async def test_a_replay_asks_once(school: School, runtime: Runtime) -> None:
    given = batch()
    first = await school.upload("worker", *given)
    async with counted(runtime) as seen:
        again = await school.upload("worker", *given)
    assert [v["paid_seconds"] for v in again] == [v["paid_seconds"] for v in first]
    assert len(seen) == 1, seen


async def test_a_result_that_contradicts_costs_one_statement_more(school: School, runtime: Runtime) -> None:
    (first,) = [module_result(-20)]
    await school.upload("worker", first)
    async with counted(runtime) as seen:
        (verdict,) = await school.upload("worker", {**first, "language": "es"})
    assert verdict["verdict"] == "conflict"
    assert len(seen) == 2, seen


async def test_the_end_of_an_attempt_begun_elsewhere_long_ago_asks_the_ledger_again(school: School, runtime: Runtime) -> None:
    attempt_id = str(new_id())
    body = {"id": attempt_id, "kind": "module", "key": "stop-the-line"}
    begun = await school.plant.post("worker", "/v1/attempts", body)
    assert begun.status_code < 300, begun.text
    async with counted(runtime) as seen:
        (verdict,) = await school.upload("worker", module_result(-10, id=attempt_id))
    assert verdict["verdict"] == "created"
    assert len(seen) <= 3, seen
