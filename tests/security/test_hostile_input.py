"""Bad input of every kind against every route that takes a body: a clear 4xx, never a failure, nothing half-written."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.builders import Plant
from tests.security.bodies import JSON, Operation, operations

ROLES = ("admin", "supervisor", "payroll", "author", "learning_manager")
AT_ONCE = 8
# Routes are dealt into parts so that test processes share them.
PARTS = 6
Send = Callable[[], Awaitable[httpx.Response]]


def taking_json(app: FastAPI) -> list[Operation]:
    return [o for o in operations(app.openapi()) if (found := o.schema()) is not None and found[0] == JSON]


def caller_of(operation: Operation) -> str:
    roles = operation.policy.get("roles") or []
    return next((who for who in ROLES if who in roles), "worker")


def known(plant: Plant) -> dict[str, Any]:
    return {
        "site_id": plant.site_id,
        "work_center_id": plant.line_id,
        "crew_id": plant.crew_id,
        "worker_id": plant.people["worker"],
        "colleague_id": plant.people["colleague"],
        "station_id": plant.station_id,
        "area_id": plant.area_id,
        "node_id": plant.line_id,
    }


async def all_of(sends: list[tuple[str, Send]]) -> list[tuple[str, httpx.Response]]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(name: str, send: Send) -> tuple[str, httpx.Response]:
        async with gate:
            return name, await send()

    return list(await asyncio.gather(*(one(name, send) for name, send in sends)))


def is_a_problem(response: httpx.Response) -> bool:
    body = response.json()
    return response.headers["content-type"] == "application/problem+json" and bool(body["code"]) and bool(body["detail"])


def sender(plant: Plant, operation: Operation, **options: Any) -> Send:
    made = operation.request(known(plant))
    made.pop("json", None)
    made["headers"] |= plant.headers[caller_of(operation)] | options.pop("headers", {})

    async def send() -> httpx.Response:
        return await plant.http.request(**made, **options)

    return send


@pytest.mark.external
@pytest.mark.parametrize("part", range(PARTS))
async def test_every_odd_json_text_is_refused_by_every_route(app: FastAPI, plant: Plant, shared_data: Path, part: int) -> None:
    files = sorted((shared_data / "json-test-suite").glob("*.json"))
    assert len(files) > 200
    sends = [
        (f"{operation.id} {file.name}", sender(plant, operation, content=file.read_bytes(), headers={"Content-Type": JSON}))
        for operation in taking_json(app)[part::PARTS]
        for file in files
    ]
    answers = await all_of(sends)
    wrong = [f"{name} {a.status_code}" for name, a in answers if not (400 <= a.status_code < 500 and is_a_problem(a))]
    # Where every field is optional an empty object is an edit that changes nothing, not bad input.
    wrong = [line for line in wrong if not ("object_empty" in line and line.endswith((" 200", " 201", " 204")))]
    assert wrong == []


def with_text(value: Any, text: str) -> Any:
    """The same body with every text replaced."""
    if isinstance(value, dict):
        return {key: with_text(part, text) for key, part in value.items()}
    if isinstance(value, list):
        return [with_text(part, text) for part in value]
    return text if isinstance(value, str) else value


def one_text_at_a_time(value: Any, text: str) -> Iterator[Any]:
    """The body once for each of its texts, with only that one replaced."""
    if isinstance(value, dict):
        for key, part in value.items():
            for changed in one_text_at_a_time(part, text):
                yield {**value, key: changed}
    elif isinstance(value, list):
        for place, part in enumerate(value[:2]):
            for changed in one_text_at_a_time(part, text):
                yield [*value[:place], changed, *value[place + 1 :]]
    elif isinstance(value, str):
        yield text


def fields(value: Any) -> int:
    return sum(1 for _ in one_text_at_a_time(value, ""))


@pytest.mark.external
@pytest.mark.parametrize("part", range(PARTS))
async def test_no_naughty_text_makes_any_route_fail(app: FastAPI, plant: Plant, shared_data: Path, part: int) -> None:
    texts = json.loads(next((shared_data / "naughty-strings").glob("*.json")).read_text())
    assert len(texts) > 400
    sends = []
    for operation in taking_json(app)[part::PARTS]:
        for number, text in enumerate(texts):
            body = operation.body(known(plant))
            choices = list(one_text_at_a_time(body, text))
            # Each text goes to each route; over the list every field of the route gets many of them.
            chosen = choices[number % len(choices)] if choices else with_text(body, text)
            sends.append((f"{operation.id} {text!r:.60}", sender(plant, operation, json=chosen)))
    answers = await all_of(sends)
    assert [f"{name} {a.status_code} {a.text[:200]}" for name, a in answers if a.status_code >= 500] == []
    assert [name for name, a in answers if a.status_code >= 400 and not is_a_problem(a)] == []


@pytest.mark.parametrize("number", [2**31, 2**63, -(2**63), 10**30, 1.5, True, "5", None, [], {}])
async def test_a_wrong_number_is_refused_by_every_route(app: FastAPI, plant: Plant, number: Any) -> None:
    def spoiled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: spoiled(part) for key, part in value.items()}
        if isinstance(value, list):
            return [spoiled(part) for part in value]
        return number if isinstance(value, int) and not isinstance(value, bool) else value

    sends = []
    for operation in taking_json(app):
        body = operation.body(known(plant))
        if spoiled(body) != body:
            sends.append((operation.id, sender(plant, operation, json=spoiled(body))))
    answers = await all_of(sends)
    wrong = [f"{name} {a.status_code} {a.text[:200]}" for name, a in answers if not 400 <= a.status_code < 500]
    # An optional number may be left out as null; a switch may be true.
    assert wrong == [] or (number is None and all(" 20" in line for line in wrong))


async def test_unknown_fields_are_refused_by_every_route(app: FastAPI, plant: Plant) -> None:
    sends = []
    for operation in taking_json(app):
        body = operation.body(known(plant))
        if isinstance(body, dict):
            sends.append((operation.id, sender(plant, operation, json={**body, "organization_id": str(plant.organization_id)})))
    answers = await all_of(sends)
    assert [f"{name} {a.status_code}" for name, a in answers if not 400 <= a.status_code < 500] == []


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_a_body_of_another_kind_is_refused_by_every_route(app: FastAPI, plant: Plant, media_type: str) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    sends = [(o.id, sender(plant, o, content=b"a=1&b=2", headers=headers)) for o in taking_json(app)]
    answers = await all_of(sends)
    assert [f"{name} {a.status_code}" for name, a in answers if not 400 <= a.status_code < 500] == []
