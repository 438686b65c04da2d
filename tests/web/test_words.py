"""Fields of requests are explained in the API document."""

from typing import Any

import httpx
import pytest

from app.web.words import WORDS, explained


@pytest.fixture
async def document(http: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get("/openapi.json")).json()
    return found


def fields(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every field of every request by `operation.field`."""
    found: dict[str, dict[str, Any]] = {}
    for item in document["paths"].values():
        for operation in item.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                schema = content["schema"]
                shape = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
                found |= {f"{operation['operationId']}.{name}": value for name, value in shape.get("properties", {}).items()}
    return found


def test_most_fields_of_requests_say_what_they_mean(document: dict[str, Any]) -> None:
    said = {name: bool(value.get("description")) for name, value in fields(document).items()}
    assert sum(said.values()) > 0.75 * len(said), sorted(name for name, told in said.items() if not told)


def test_every_word_is_used(document: dict[str, Any]) -> None:
    assert set(WORDS) - {name.rsplit(".", 1)[1] for name in fields(document)} == set()


def test_a_fields_own_description_stays_and_references_stay_alone() -> None:
    body = {"properties": {"site_id": {"description": "Mine."}, "skill": {"$ref": "#/x"}, "url": {"type": "string"}}}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}
    document: dict[str, Any] = {
        "paths": {"/v1/things": {"post": {"requestBody": {"content": content}}}},
        "components": {"schemas": {"Body": body}},
    }
    told = explained(document)["components"]["schemas"]["Body"]["properties"]
    assert told["site_id"] == {"description": "Mine."}
    assert told["skill"] == {"$ref": "#/x"}
    assert told["url"]["description"] == WORDS["url"]
