"""The API application."""

import gc
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from app import __version__
from app.core import health, logs
from app.core.allocator import give_back_large_blocks
from app.core.clock import Clock
from app.core.http import idempotency, problems
from app.core.http.express import ExpressApi
from app.core.http.limits import Limits
from app.core.http.observe import Observe
from app.core.imports.admission import admit
from app.core.openapi import document
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.registry import load_imports, load_jobs, routers, starters
from app.web.words import explained

# Seconds that a thread keeps Python to itself while another waits.
SWITCH = 0.001
DESCRIPTION = """
Interlude fits 2-5 minute modules, quizzes and checklists into the minutes a shift already has, keeps line coverage
safe, and counts every second as Paid Protected Learning Time.

Sign in with `POST /v1/auth/sign-in` (people) or send an integration key, both as `Authorization: Bearer ...`.
"""


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> FastAPI:
    """Build the application; nothing is connected until it starts."""
    settings = settings or Settings()
    give_back_large_blocks()
    logs.configure(settings.log_level)
    load_jobs()
    load_imports()
    runtime = Runtime.build(settings, clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await runtime.start()
        for start in starters():
            await start(runtime)
        gc.collect()
        gc.freeze()
        # Requests leave few cycles behind, and looking for them after every 700 objects takes a twentieth of the CPU.
        gc.set_threshold(20_000, 20, 20)
        # A thread that works, on a password or a page, would keep the loop waiting for five times as long.
        sys.setswitchinterval(SWITCH)
        yield
        runtime.memory["stopping"] = True
        await runtime.stop()

    app = ExpressApi(
        title="Interlude",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.runtime = runtime
    problems.install(app)
    app.add_exception_handler(idempotency.Replayed, idempotency.answer_again)
    take(app, [*routers(), health.router])
    app.add_middleware(Limits, admit=admit)
    app.add_middleware(Observe, tokens=runtime.tokens)
    app.open_lane(runtime.tokens)
    app.openapi = lambda: described(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


def described(app: FastAPI) -> dict[str, Any]:
    """The API document, built once."""
    if app.openapi_schema is None:
        app.openapi_schema = explained(document(app))
    return app.openapi_schema


def take(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Add the routes themselves: `include_router` builds every one of them a second time, at 0.4 s and 5 MB a process."""
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                # The functions' names are unique and readable.
                route.operation_id = route.unique_id = route.name
            app.router.routes.append(route)
