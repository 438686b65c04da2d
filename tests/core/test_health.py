"""Liveness, readiness, metrics."""

import httpx
from alembic.script import ScriptDirectory

from app.core.health import newest_revision
from tests.builders import Plant


async def test_a_live_process_says_so(http: httpx.AsyncClient) -> None:
    answer = await http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_it_is_ready_with_its_own_schema(http: httpx.AsyncClient) -> None:
    answer = await http.get("/readyz")
    assert answer.status_code == 200, answer.text


async def test_an_unknown_address_is_a_problem(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "no_route"


async def test_metrics_name_the_operation_and_no_id(http: httpx.AsyncClient, plant: Plant) -> None:
    await plant.get("admin", f"/v1/workers/{plant.people['worker']}")
    told = (await http.get("/metrics")).text
    assert 'operation="read_worker"' in told or 'operation="get_worker"' in told
    assert str(plant.people["worker"]) not in told


def test_the_newest_revision_is_the_one_the_migration_tool_knows() -> None:
    assert newest_revision() == ScriptDirectory("migrations").get_current_head()
