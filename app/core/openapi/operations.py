"""What one operation's description lacks in FastAPI's own: callers, refusals, the Idempotency-Key, plain parameters."""

from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app.core.access import Policy, policy_of
from app.core.db import write_transaction
from app.core.http.etags import known_version
from app.core.http.idempotency import KEY_PATTERN
from app.core.http.problems import documented

BODY_METHODS = {"post", "put", "patch", "delete"}
IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": (
        "Your name for this request, such as a UUID. Sent again with the same body within 30 days it gets the first "
        "answer again (`Idempotency-Replayed: true`) and nothing happens twice; with another body it gets 422, while the "
        "first still runs 409. Refusals and failures are not kept: repeat them under the same key."
    ),
    "schema": {
        "type": "string",
        "maxLength": 200,
        "pattern": KEY_PATTERN,
        "examples": ["0190f5d0-7a2b-7c3d-8e4f-5a6b7c8d9e0f"],
    },
}


def complete(method: str, operation: dict[str, Any], route: APIRoute) -> None:
    """Add to FastAPI's description of `route` what its policy, its method and its parameters imply."""
    policy = policy_of(route.endpoint)
    parameters = operation.setdefault("parameters", [])
    optional = any(needed.call is known_version for needed in route.dependant.dependencies)
    for given in parameters:
        _without_null(given)
        # Optional to FastAPI only, so that its absence is answered by 428 and not as a malformed request.
        given["required"] |= given["name"] == "if-match" and not optional
    _responses(method, operation, policy)
    if method in BODY_METHODS and _writes(route.dependant):
        parameters.append(IDEMPOTENCY_KEY)
    if policy is not None:
        operation["security"] = _security(policy)
        operation["x-policy"] = policy.document()
        callers = "Anybody may call this." if policy.public else f"Needs {policy.describe()}."
        operation["description"] = "\n\n".join(filter(None, [operation.get("description"), callers]))


def _responses(method: str, operation: dict[str, Any], policy: Policy | None) -> None:
    answers = operation["responses"]
    answers.pop("422", None)
    codes = [400, 500, 503]
    if policy is not None and not policy.public:
        codes += [401, 403, 404, 429]
    if method in BODY_METHODS:
        codes += [408, 409, 413, 415]
    if operation["parameters"] or operation.get("requestBody"):
        codes.append(422)
    if any(p["name"] == "if-match" for p in operation["parameters"]):
        codes += [412, 428]
    for code, answer in documented(*codes).items():
        answers.setdefault(str(code), answer)


def _security(policy: Policy) -> list[dict[str, list[str]]]:
    people: list[dict[str, list[str]]] = [{"accessToken": []}] if policy.roles or policy.own else []
    return people + ([{"integrationKey": []}] if policy.scope else [])


def _without_null(given: dict[str, Any]) -> None:
    """An optional parameter is left out, not sent as the word `null`."""
    schema = given.get("schema", {})
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) == 1 and len(kinds) < len(schema["anyOf"]):
        del schema["anyOf"]
        given["schema"] = {**schema, **kinds[0]}


def _writes(needs: Dependant) -> bool:
    """Whether a route opens a writing transaction: those keep answers for an Idempotency-Key."""
    return needs.call is write_transaction or any(_writes(need) for need in needs.dependencies)
