"""The API document: FastAPI's own, with policies, problems, security schemes, readable names and webhooks added.

It must not describe what the code does not do: whatever it says is read from the routes, their policies and events.
"""

from importlib import import_module
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from app.core.access import policy_of
from app.core.http.addresses import api_routes
from app.core.http.problems import Problem
from app.core.openapi.names import readable
from app.core.openapi.operations import complete
from app.core.openapi.webhooks import message_schemas, webhooks

SECURITY: dict[str, Any] = {
    "accessToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token of a person, from `POST /v1/auth/sign-in`.",
    },
    "integrationKey": {"type": "http", "scheme": "bearer", "description": "A key of an integration (`ilk_...`)."},
}


def undeclared(app: FastAPI) -> list[str]:
    """Routes without a policy; the project's checks insist there are none."""
    return [f"{sorted(r.methods or ())} {r.path}" for r in api_routes(app) if policy_of(r.endpoint) is None]


def document(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1 of every operation."""
    made = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, openapi_version="3.1.0"
    )
    routes = {route.name: route for route in api_routes(app)}
    for item in made["paths"].values():
        for method, operation in item.items():
            complete(method, operation, routes[operation["operationId"]])
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    messages = message_schemas()
    for name, schema in {**_problem_schemas(), **messages}.items():
        schemas.setdefault(name, schema)
    components["securitySchemes"] = SECURITY
    made["tags"] = _tags(made, routes)
    made["webhooks"] = webhooks(messages)
    named: dict[str, Any] = readable(made)
    return named


def _problem_schemas() -> dict[str, Any]:
    shape = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**shape.pop("$defs", {}), "Problem": shape}


def _tags(made: dict[str, Any], routes: dict[str, APIRoute]) -> list[dict[str, str]]:
    """Every tag in the order it appears, described by the file of its routes, or by the feature if there are several."""
    modules: dict[str, dict[str, None]] = {}
    for item in made["paths"].values():
        for operation in item.values():
            for tag in operation["tags"]:
                modules.setdefault(tag, {})[routes[operation["operationId"]].endpoint.__module__.removesuffix(".routes")] = None
    meanings = {}
    for tag, found in modules.items():
        described = next(iter(found)) if len(found) == 1 else ".".join(next(iter(found)).split(".")[:2])
        meanings[tag] = (import_module(described).__doc__ or tag).strip().splitlines()[0]
    return [
        *({"name": name, "description": meaning} for name, meaning in meanings.items()),
        {"name": "webhooks", "description": "What your endpoint is sent: signed by the rules of Standard Webhooks."},
    ]


__all__ = ["api_routes", "document", "undeclared"]
