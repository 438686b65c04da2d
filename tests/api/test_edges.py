"""Addresses and methods that are not there, bodies of another kind, and callers nobody knows: always a problem document."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.builders import Plant
from tests.security.bodies import JSON, Operation, operations

PROBLEM = "application/problem+json"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "BREW")


def described(app: FastAPI) -> list[Operation]:
    return operations(app.openapi())


def code_of(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == PROBLEM, answer.text[:200]
    if answer.request.method == "HEAD":
        assert answer.content == b""
        return {404: "no_route", 405: "method_not_allowed"}[answer.status_code]
    found: dict[str, Any] = answer.json()
    assert found["status"] == answer.status_code
    assert found["type"] == f"/problems/{found['code']}"
    assert found["title"] and found["detail"] and found["request_id"] == answer.headers["x-request-id"]
    return str(found["code"])


async def test_a_method_an_address_does_not_take_is_refused_with_those_it_takes(app: FastAPI, plant: Plant) -> None:
    taken: dict[str, set[str]] = {}
    for operation in described(app):
        taken.setdefault(operation.path, set()).add(operation.method)
    for operation in described(app):
        url = operation.request({})["url"]
        for method in set(METHODS) - taken[operation.path]:
            answer = await plant.call("admin", method, url)
            # A fixed address beside one with an id: the id's route may take the method.
            if answer.status_code != 405 and "{" not in operation.path:
                assert method in {m for path, of in taken.items() if "{" in path for m in of}, (method, url)
                continue
            assert (answer.status_code, code_of(answer)) == (405, "method_not_allowed"), (method, url)
            assert set(answer.headers["allow"].split(", ")) == taken[operation.path], (method, url)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "path", ["/nowhere", "/v1", "/v1/nowhere", "/v1/sites/", "/v1/sites//x", "/V1/sites", "/v1/%2e%2e/sites"]
)
async def test_an_address_that_is_not_there_is_a_problem(plant: Plant, method: str, path: str) -> None:
    answer = await plant.call("admin", method, path)
    assert (answer.status_code, code_of(answer)) == (404, "no_route")
    assert "location" not in answer.headers


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "text/json", None])
async def test_a_body_that_is_not_called_json_is_415_everywhere(app: FastAPI, plant: Plant, kind: str | None) -> None:
    asked = [o for o in described(app) if (found := o.schema()) and found[0] == JSON and "admin" in o.policy.get("roles", [])]
    assert len(asked) > 20
    for operation in asked:
        made = operation.request({})
        made["content"] = b'{"name": "x"}'
        made.pop("json")
        made["headers"] |= {"Content-Type": kind} if kind else {}
        answer = await plant.call("admin", made.pop("method"), made.pop("url"), **made)
        assert (answer.status_code, code_of(answer)) == (415, "unsupported_media_type"), operation.id


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"])
async def test_every_spelling_of_json_is_read(plant: Plant, kind: str) -> None:
    current = await plant.get("admin", f"/v1/sites/{plant.site_id}")
    headers = {"Content-Type": kind, "If-Match": current.headers["etag"]}
    answer = await plant.call("admin", "PATCH", f"/v1/sites/{plant.site_id}", content=b'{"name": "x"}', headers=headers)
    assert answer.status_code == 200, answer.text


async def test_a_missing_body_is_a_field_to_correct(plant: Plant) -> None:
    answer = await plant.call("admin", "POST", "/v1/sites")
    assert (answer.status_code, code_of(answer)) == (422, "invalid")


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer x", "Basic dXNlcjpwYXNz", "bearer ilk_short", "Bearer a.b.c", "Token x", "Bearer x y"]
)
async def test_nobody_we_know_is_told_how_to_identify(app: FastAPI, http: httpx.AsyncClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    for operation in described(app)[::7]:
        if not operation.policy["public"]:
            made = operation.request({})
            made["headers"] |= headers
            answer = await http.request(**made)
            assert answer.status_code == 401 and code_of(answer) in ("unauthenticated", "invalid_credential"), operation.id
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_edit_without_the_version_it_edits_is_428_and_of_an_older_one_412(app: FastAPI, plant: Plant) -> None:
    path = f"/v1/sites/{plant.site_id}"
    for given, expected in ((None, (428, "if_match_required")), ("v1", (400, "malformed_if_match")), ('"v9"', (412, "stale"))):
        answer = await plant.call("admin", "PATCH", path, json={"name": "x"}, headers={"If-Match": given} if given else {})
        assert (answer.status_code, code_of(answer)) == expected
