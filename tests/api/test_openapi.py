"""The API document: valid, readable, complete, and true to what is sent."""

import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import jsonschema
import orjson
import pytest
from fastapi import FastAPI
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.core.access import Role
from app.core.events import EVENT_TYPES
from app.core.http.idempotency import KEY_PATTERN
from app.integrations import domain as integrations

SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
PASCAL = re.compile(r"[A-Z][A-Za-z0-9]*")
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
# There is nothing yet whose version could be named; where there is, its absence is answered by 428.
MAKING_THE_FIRST = {"put_site_pay_calendar"}
UNSAFE = ("post", "put", "patch", "delete")
# Signing in has no caller yet to whom a key could belong; each result of an upload carries an id of its own; setting the
# same secret twice is the same as once.
WITHOUT_KEYS = {"sign_in", "refresh_session", "upload_attempts", "change_my_credential", "set_worker_credential"}


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def each(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, spec) for path, item in document["paths"].items() for method, spec in item.items()]


def checked(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    """The faults of a value, formats included."""
    whole = {**schema, "components": document["components"]}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    faults = jsonschema.Draft202012Validator(whole, format_checker=checker).iter_errors(value)
    return [f"{fault.json_path}: {fault.message[:200]}" for fault in faults]


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert [str(error)[:300] for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_the_document_survives_json(document: dict[str, Any]) -> None:
    assert orjson.loads(orjson.dumps(document)) == document


def test_operation_ids_are_unique_and_read_like_code(document: dict[str, Any]) -> None:
    ids = [spec["operationId"] for _, _, spec in each(document)]
    ids += [item["post"]["operationId"] for item in document["webhooks"].values()]
    assert [name for name, times in Counter(ids).items() if times > 1] == []
    assert [name for name in ids if not SNAKE.fullmatch(name)] == []
    assert len(ids) > 150


def test_schemas_have_names_a_client_can_keep(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert [name for name in schemas if not PASCAL.fullmatch(name)] == []
    assert [name for name, schema in schemas.items() if schema["title"] != name] == []
    used = set(re.findall(r"#/components/schemas/(\w+)", orjson.dumps(document).decode()))
    assert used - set(schemas) == set()


def test_every_operation_says_what_it_is_and_who_may_call_it(document: dict[str, Any]) -> None:
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    for method, path, spec in each(document):
        assert spec["summary"] and not spec["summary"].endswith("."), path
        assert spec["description"], path
        assert spec["tags"] and set(spec["tags"]) <= set(tags), path
        policy = spec["x-policy"]
        assert set(policy["roles"]) <= set(Role), path
        assert policy["public"] == (spec["security"] == []), (method, path)
        asked = {name for scheme in spec["security"] for name in scheme}
        assert asked <= set(document["components"]["securitySchemes"]), path
        assert ("integrationKey" in asked) == bool(policy["scope"]), path
    assert all(tags.values())


def test_every_parameter_has_a_schema_and_every_reading_one_a_meaning(document: dict[str, Any]) -> None:
    for _, path, spec in each(document):
        names = [(given["in"], given["name"].lower()) for given in spec["parameters"]]
        assert len(names) == len(set(names)), path
        for given in spec["parameters"]:
            assert given["schema"].get("type") or {"$ref", "anyOf", "enum"} & set(given["schema"]), (path, given["name"])
            assert {"type": "null"} not in given["schema"].get("anyOf", []), (path, given["name"])
        assert re.findall(r"\{(\w+)\}", path) == [g["name"] for g in spec["parameters"] if g["in"] == "path"], path


def test_every_refusal_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    for method, path, spec in each(document):
        refusals = {code: answer for code, answer in spec["responses"].items() if code[0] in "45"}
        expected = {"400", "500", "503"} | (set() if spec["x-policy"]["public"] else {"401", "403", "404", "429"})
        expected |= {"409", "413", "415"} if method in UNSAFE else set()
        expected |= {"422"} if spec["parameters"] or "requestBody" in spec else set()
        assert expected <= set(refusals), (path, expected - set(refusals))
        for code, answer in refusals.items():
            assert answer["description"], (path, code)
            assert answer["content"] == PROBLEM, (path, code)
        assert "www-authenticate" in {name.lower() for name in refusals.get("401", {"headers": ["WWW-Authenticate"]})["headers"]}
        assert any(code[0] == "2" for code in spec["responses"]), path


def test_every_answer_but_files_and_empty_ones_has_a_schema(document: dict[str, Any]) -> None:
    for _, path, spec in each(document):
        for code, answer in spec["responses"].items():
            if code[0] == "2" and code not in ("204", "202"):
                assert all(kind.get("schema") for kind in answer["content"].values()), (path, code)


def test_every_body_has_an_example_that_its_own_schema_takes(document: dict[str, Any]) -> None:
    bodies = 0
    for _, path, spec in each(document):
        for kind, content in spec.get("requestBody", {}).get("content", {}).items():
            schema = content["schema"]
            shown = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
            examples = shown.get("examples", []) + ([content["example"]] if "example" in content else [])
            assert examples, (path, kind)
            bodies += 1
            for example in examples:
                assert checked(document, schema, example) == [], (path, kind)
    assert bodies > 40


def test_examples_of_parameters_are_taken_by_their_schemas(document: dict[str, Any]) -> None:
    for _, path, spec in each(document):
        for given in spec["parameters"]:
            for example in given["schema"].get("examples", []):
                assert checked(document, given["schema"], example) == [], (path, given["name"])


def test_every_bound_is_written_as_json_schema(document: dict[str, Any]) -> None:
    """Pydantic's own names for bounds mean nothing to a client; whole numbers of bodies always have both."""
    text = orjson.dumps(document).decode()
    assert re.findall(r'"(ge|le|gt|lt)":\s*-?\d', text) == []
    loose = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        if schema.get("additionalProperties") is False and schema.get("examples")
        for field, shape in schema.get("properties", {}).items()
        for kind in [shape, *shape.get("anyOf", [])]
        if kind.get("type") == "integer"
        and not {"minimum", "maximum"} <= set(kind)
        and "enum" not in kind
        and "const" not in kind
    ]
    assert loose == []


def test_unsafe_operations_take_an_idempotency_key(document: dict[str, Any]) -> None:
    without = set()
    for method, path, spec in each(document):
        given = [g for g in spec["parameters"] if g["name"] == "Idempotency-Key"]
        assert not given or method in UNSAFE, path
        assert all(g["schema"]["pattern"] == KEY_PATTERN and not g["required"] for g in given)
        without |= {spec["operationId"]} if method in UNSAFE and not given else set()
    assert without == WITHOUT_KEYS


def test_edits_of_versions_require_if_match(document: dict[str, Any]) -> None:
    edits = [spec for _, _, spec in each(document) if any(g["name"] == "if-match" for g in spec["parameters"])]
    assert len(edits) > 15
    for spec in edits:
        required = next(g for g in spec["parameters"] if g["name"] == "if-match")["required"]
        assert required is (spec["operationId"] not in MAKING_THE_FIRST), spec["operationId"]
        assert {"412", "428"} <= set(spec["responses"]), spec["operationId"]


def test_every_event_is_a_webhook_with_a_schema_and_an_example(document: dict[str, Any]) -> None:
    assert set(document["webhooks"]) == set(EVENT_TYPES)
    for name, item in document["webhooks"].items():
        spec = item["post"]
        content = spec["requestBody"]["content"]["application/json"]
        assert checked(document, content["schema"], content["example"]) == [], name
        assert content["example"]["type"] == name
        assert {g["name"] for g in spec["parameters"]} == {"webhook-id", "webhook-timestamp", "webhook-signature"}
        assert spec["summary"] and spec["description"] and spec["tags"] == ["webhooks"]


def test_the_messages_we_send_are_the_messages_we_document(document: dict[str, Any]) -> None:
    for name, item in document["webhooks"].items():
        content = item["post"]["requestBody"]["content"]["application/json"]
        told = {k: v for k, v in content["example"]["data"].items() if k not in ("organization_id", "event_id", "subject_id")}
        for facts in (told, {**told, "long": "x" * integrations.MAX_BODY}):
            data = integrations.facts(uuid4(), uuid4(), uuid4(), facts)
            sent = orjson.loads(integrations.body(name, datetime(2026, 3, 18, 9, tzinfo=UTC), data))
            assert checked(document, content["schema"], sent) == [], name
        assert sent["data"]["facts_omitted"] is True
        assert checked(document, content["schema"], {**content["example"], "type": "other.thing"}) != []
