"""Servers for tests: `TEST_DATABASE_URL` (an owner's URL) if given, else the embedded PostgreSQL. Never a silent skip."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from app import local
from migrations.fence import APPLICATION_ROLE

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Postgres:
    """One migrated database: the owner's URL and the application role's."""

    owner: str
    application: str
    server: Any = None


def sync_engine(url: str, **options: Any) -> Any:
    """A psycopg engine for set-up and for oracles that look past the application."""
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"), **options)


def migrate(owner_url: str, revision: str = "head") -> None:
    """Run the migrations on one database."""
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    engine = sync_engine(owner_url)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
    engine.dispose()


def _urls(owner: str) -> Postgres:
    application = make_url(owner).set(username=APPLICATION_ROLE).render_as_string(hide_password=False)
    return Postgres(owner, application)


def copy_of_template(admin_url: str, lock: Path) -> Postgres:
    """A fresh copy of the migrated template database; the first caller migrates it."""
    name = f"test_{uuid4().hex[:12]}"
    template = f"template_{schema_fingerprint()}"
    engine = sync_engine(admin_url, isolation_level="AUTOCOMMIT")
    with lock.open("w") as held, engine.connect() as connection:
        fcntl.flock(held, fcntl.LOCK_EX)
        connection.execute(text(local.ROLE))
        if not connection.execute(text("select 1 from pg_database where datname = :n"), {"n": template}).first():
            connection.execute(text(f"create database {template}_new"))
            migrate(make_url(admin_url).set(database=f"{template}_new").render_as_string(hide_password=False))
            connection.execute(text(f"alter database {template}_new rename to {template}"))
        connection.execute(text(f"create database {name} template {template}"))
    engine.dispose()
    return _urls(make_url(admin_url).set(database=name).render_as_string(hide_password=False))


def wait_for_disk(database: Postgres, *, wait: bool) -> None:
    """Whether commits of new connections wait until they are on disk, as they always do outside tests.

    Without it the suite spends its time on flushes that no test looks at; what they are good for is proved by `make chaos`.
    """
    engine = sync_engine(database.owner, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        name = make_url(database.owner).database
        connection.execute(text(f"alter database {name} set synchronous_commit = {'on' if wait else 'off'}"))
    engine.dispose()


def schema_fingerprint() -> str:
    """Changes with any migration or table, so that a kept server never serves an old schema."""
    files = sorted([*(ROOT / "migrations").rglob("*.py")])
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()[:12]


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A migrated database of its own, dropped afterwards."""
    given = os.environ.get("TEST_DATABASE_URL")
    folder = (
        Path(tempfile.gettempdir()) / f"interlude-tests-{os.getuid()}-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
    )
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    server = None if given else local.start(folder / "postgres")
    admin = given or local.owner_url(server)
    made = copy_of_template(admin, folder / "lock")
    wait_for_disk(made, wait=False)
    try:
        yield Postgres(made.owner, made.application, server)
    finally:
        engine = sync_engine(admin, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            name = make_url(made.owner).database
            connection.execute(text(f"drop database if exists {name} with (force)"))
        engine.dispose()
