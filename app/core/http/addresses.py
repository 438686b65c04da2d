"""Which addresses there are, and which methods each takes."""

import re

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import compile_path


def api_routes(app: FastAPI) -> list[APIRoute]:
    """Every route of the application that runs our code; FastAPI itself keeps included routers as a tree."""
    found = (getattr(context, "original_route", context) for context in iter_route_contexts(app.routes))
    return [route for route in found if isinstance(route, APIRoute)]


def methods_at(app: FastAPI, path: str) -> list[str]:
    """What the address takes, for the Allow header: Starlette tells only the methods of the first route that fits."""
    table: dict[str, tuple[re.Pattern[str], set[str]]] = app.state.runtime.memory.setdefault("core.http.methods", {})
    if not table:
        for context in iter_route_contexts(app.routes):
            template = context.path or ""
            known = table.setdefault(template, (compile_path(template)[0], set()))
            known[1].update(context.methods or ())
    fitting = [template for template, (pattern, _) in table.items() if pattern.match(path)]
    closest = min(fitting, key=lambda template: template.count("{"), default="")
    return sorted(table[closest][1]) if closest else []
