"""A real PostgreSQL, migrated once and copied for each test process; every test makes an organization of its own."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.core.clock import ManualClock
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.main import create_app
from tests.servers import Postgres, postgres

# A Wednesday, 09:00 UTC: tests that need time set it, none reads the machine's clock.
NOON = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
FORGET_JOBS = text("delete from procrastinate_jobs")
SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def database() -> Iterator[Postgres]:
    """URLs of a migrated database that only this test process uses."""
    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real inputs from outside the project."""
    if not SHARED.is_dir():
        pytest.skip("the real inputs in ../shared/data are absent")
    return SHARED


@pytest.fixture(scope="session")
def settings(database: Postgres) -> Settings:
    return Settings(
        environment="test",
        database_url=database.application,
        migration_database_url=database.owner,
        log_level="error",
        webhooks_allow_loopback=True,
        pool_size=8,
        # Whoever asks for every route must not wait at this one; tests of streams stay longer.
        stream_seconds=0,
    )


@pytest.fixture(scope="session")
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture(autouse=True)
def set_clock(clock: ManualClock) -> None:
    """Every test starts at the same instant."""
    clock.at = NOON


@pytest.fixture(scope="session")
async def app(settings: Settings, clock: ManualClock) -> AsyncIterator[FastAPI]:
    made = create_app(settings, clock)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture(scope="session")
def runtime(app: FastAPI) -> Runtime:
    found: Runtime = app.state.runtime
    return found


@pytest.fixture(scope="session")
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client without credentials, in process. Errors become answers, as over a socket."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.fixture
async def plant(runtime: Runtime, http: httpx.AsyncClient) -> Any:
    """A fresh organization with one site, two work centers, two crews, eight workers and everybody's role."""
    from tests.builders import build_plant  # a late import: builders use the features' services

    # A worker that a test runs shall not work off what other tests left behind.
    async with runtime.database.engine.begin() as connection:
        await connection.execute(FORGET_JOBS)
    return await build_plant(runtime, http)
