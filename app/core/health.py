"""Liveness, readiness and metrics."""

from pathlib import Path
from typing import Literal

import asyncpg
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.access import PUBLIC, allow
from app.core.errors import Unavailable
from app.core.http.problems import documented
from app.core.runtime import Runtime

router = APIRouter(tags=["operations"])
STATE = text("select version_num, extract(epoch from clock_timestamp()) from alembic_version")
MAX_SKEW_SECONDS = 2.0


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"]


def newest_revision() -> str:
    """The revision this code was written for."""
    # File names carry the revision in front of the slug; reading them spares the API the migration tool.
    names = sorted(path.stem for path in Path("migrations/versions").glob("20*.py"))
    return names[-1].split("_")[3] if names else ""


@router.get("/healthz", summary="Is the process alive?")
@allow(PUBLIC)
async def healthz() -> Health:
    """Answers as long as the process can answer anything."""
    return Health(status="ok")


@router.get("/readyz", summary="Can it take work?", responses=documented(503))
@allow(PUBLIC)
async def readyz(request: Request) -> Health:
    """False while stopping, without the database, with another schema, or with a clock over 2 s from the database's."""
    runtime: Runtime = request.app.state.runtime
    if runtime.memory.get("stopping"):
        raise Unavailable("The process is stopping.", code="stopping")
    try:
        async with runtime.database.unfenced() as connection:
            revision, seconds = (await connection.execute(STATE)).one()
    except (SQLAlchemyError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unavailable("The database does not answer.", code="database_unavailable") from error
    if revision != runtime.memory.setdefault("newest_revision", newest_revision()):
        raise Unavailable("The database has another schema version.", code="wrong_schema")
    system_clock = type(runtime.clock).__name__ == "SystemClock"
    if system_clock and abs(runtime.clock.now().timestamp() - float(seconds)) > MAX_SKEW_SECONDS:
        raise Unavailable("This machine's clock differs from the database's.", code="clock_skew")
    return Health(status="ok")


@router.get("/metrics", summary="Counters for Prometheus", response_class=Response, include_in_schema=False)
@allow(PUBLIC)
async def metrics() -> Response:
    """Prometheus text format; keep it inside the network."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
