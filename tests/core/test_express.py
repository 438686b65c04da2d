"""The express lane answers exactly as the usual way does."""

import asyncio
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from app.core.http.express import ExpressApi
from tests.builders import Plant
from tests.servers import Postgres, sync_engine

# A declared body, even an empty one, sends a request the usual way.
USUAL = {"content-length": "0"}
CHANGING = {"x-request-id", "content-length"}
END_THEM = text(
    "select pg_terminate_backend(pid) from pg_stat_activity "
    "where datname = current_database() and application_name = 'interlude-quick'"
)
LINE = {"method": "GET", "operation": "learn_now", "status": "200"}


async def both(plant: Plant, who: str, **headers: str) -> list[httpx.Response]:
    return [
        await plant.call(who, "GET", "/v1/me/now", headers=headers),
        await plant.call(who, "GET", "/v1/me/now", headers=headers | USUAL),
    ]


def alike(quick: httpx.Response, usual: httpx.Response) -> None:
    bodies = [one.json() for one in (quick, usual)]
    for body in bodies:
        body.pop("request_id", None)
    assert quick.status_code == usual.status_code
    assert bodies[0] == bodies[1]
    heads = [{name: value for name, value in one.headers.items() if name not in CHANGING} for one in (quick, usual)]
    assert heads[0] == heads[1]


@pytest.fixture
def taken(app: ExpressApi, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths the lane took: counted around it, so that no comparison is between the usual way and itself."""
    lane, found = app.lane, list[str]()

    async def counted(scope: Any, receive: Any, send: Any) -> None:
        found.append(scope["path"])
        assert lane is not None
        await lane(scope, receive, send)

    monkeypatch.setattr(app, "lane", counted)
    return found


async def test_an_answer_is_the_same_on_both_ways(plant: Plant, taken: list[str]) -> None:
    alike(*await both(plant, "worker"))
    assert taken == ["/v1/me/now"]


async def test_who_may_not_ask_is_refused_alike(plant: Plant, taken: list[str]) -> None:
    for who, status in (("integration", 403), ("nobody", 401)):
        headers = {"authorization": "Bearer nonsense"} if who == "nobody" else {}
        quick, usual = await both(plant, "worker" if who == "nobody" else who, **headers)
        assert quick.status_code == status
        alike(quick, usual)
    assert len(taken) == 2


async def test_a_query_or_another_method_takes_the_usual_way(plant: Plant, taken: list[str]) -> None:
    assert (await plant.get("worker", "/v1/me/now", params={"minutes": 5})).status_code == 200
    assert (await plant.get("worker", "/v1/me/now", params={"minutes": 0})).status_code == 422
    assert (await plant.call("worker", "POST", "/v1/me/now")).status_code == 405
    assert taken == []


async def test_a_request_is_counted_once_and_keeps_its_given_id(plant: Plant, taken: list[str]) -> None:
    def seen() -> float:
        return REGISTRY.get_sample_value("interlude_requests_total", LINE) or 0.0

    before = seen()
    answer = await plant.call("worker", "GET", "/v1/me/now", headers={"x-request-id": "given-by-client"})
    assert answer.headers["x-request-id"] == "given-by-client"
    assert seen() == before + 1
    assert len(taken) == 1


async def test_connections_cut_by_the_server_are_replaced(plant: Plant, taken: list[str], database: Postgres) -> None:
    """Nobody sees an error: the question is a reading one and is asked again."""
    await asyncio.gather(*(plant.get("worker", "/v1/me/now") for _ in range(6)))
    owner = sync_engine(database.owner)
    with owner.begin() as connection:
        ended = connection.execute(END_THEM).all()
    owner.dispose()
    assert ended
    answers = [(await plant.get("worker", "/v1/me/now")).status_code for _ in range(8)]
    assert set(answers) == {200}
    assert len(taken) == 14


async def test_a_caller_who_hangs_up_leaves_no_broken_connection(plant: Plant, taken: list[str]) -> None:
    for pause in (0.0, 0.0005, 0.001, 0.002, 0.003):
        asked = asyncio.create_task(plant.get("worker", "/v1/me/now"))
        await asyncio.sleep(pause)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
    answers = await asyncio.gather(*(plant.get("worker", "/v1/me/now") for _ in range(8)))
    assert {one.status_code for one in answers} == {200}
