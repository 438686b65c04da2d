"""The API document: FastAPI's own, with policies, problems, security schemes and webhooks added."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from app.core.access import Policy, policy_of
from app.core.events import EVENT_TYPES
from app.core.http.problems import MEANINGS, MEDIA_TYPE, Problem, documented

SECURITY: dict[str, Any] = {
    "accessToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token of a person, from `POST /v1/auth/sign-in`.",
    },
    "integrationKey": {"type": "http", "scheme": "bearer", "description": "A key of an integration (`ilk_...`)."},
}
BODY_METHODS = {"post", "put", "patch", "delete"}


def undeclared(app: FastAPI) -> list[str]:
    """Routes without a policy; the project's checks insist there are none."""
    return [f"{sorted(r.methods or ())} {r.path}" for r in api_routes(app) if policy_of(r.endpoint) is None]


def api_routes(app: FastAPI) -> list[APIRoute]:
    """Every route of the application that runs our code."""
    from fastapi.routing import iter_route_contexts  # noqa: PLC0415  # FastAPI keeps included routers as a tree

    found = []
    for context in iter_route_contexts(app.routes):
        route = context.original_route if hasattr(context, "original_route") else context
        if isinstance(route, APIRoute):
            found.append(route)
    return found


def document(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1 of every operation."""
    made = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, openapi_version="3.1.0"
    )
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    _add_problem_schema(schemas)
    components["securitySchemes"] = SECURITY
    policies = {route.name: policy_of(route.endpoint) for route in api_routes(app)}
    for item in made["paths"].values():
        for method, operation in item.items():
            _complete(method, operation, policies.get(operation["operationId"]))
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    made["webhooks"] = webhooks()
    return made


def _add_problem_schema(schemas: dict[str, Any]) -> None:
    shape = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(shape.pop("$defs", {}))
    schemas["Problem"] = shape


def _complete(method: str, operation: dict[str, Any], policy: Policy | None) -> None:
    answers = operation["responses"]
    answers.pop("422", None)
    codes = [400, 503]
    if policy is not None and not policy.public:
        operation["security"] = [{"accessToken": []}] if policy.roles or policy.own else []
        operation["security"] += [{"integrationKey": []}] if policy.scope else []
        codes += [401, 403, 404, 429]
    if method in BODY_METHODS:
        codes += [409, 413, 415]
    if operation.get("parameters") or operation.get("requestBody"):
        codes.append(422)
    if any(p["name"] == "if-match" for p in operation.get("parameters", [])):
        codes += [412, 428]
    for code, answer in documented(*codes).items():
        answers.setdefault(str(code), answer)
    if policy is not None:
        operation["x-policy"] = policy.document()


def webhooks() -> dict[str, Any]:
    """The webhooks section: one entry an event type, body as it is sent."""
    found: dict[str, Any] = {}
    for name, kind in sorted(EVENT_TYPES.items()):
        summary = (kind.__doc__ or name).strip().splitlines()[0]
        found[name] = {
            "post": {
                "operationId": "webhook_" + name.replace(".", "_"),
                "summary": summary,
                "tags": ["webhooks"],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": _event_schema(name, kind)}},
                },
                "responses": {"2XX": {"description": "Taken; anything else is sent again later"}},
            }
        }
    return found


def _event_schema(name: str, kind: type[Any]) -> dict[str, Any]:
    from pydantic import TypeAdapter  # noqa: PLC0415  # only needed when the document is built

    data = TypeAdapter(kind).json_schema()
    data.pop("$defs", None)
    # Every message names its organization and event beside what the event itself tells.
    for own in ("organization_id", "event_id"):
        data["properties"][own] = {"type": "string", "format": "uuid"}
    data["required"] = ["organization_id", "event_id", *data["required"]]
    return {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": name},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": data,
        },
    }


__all__ = ["MEANINGS", "MEDIA_TYPE", "api_routes", "document", "undeclared"]
