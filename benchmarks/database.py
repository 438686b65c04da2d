"""A PostgreSQL of the benchmark's own in a temporary folder, migrated once and copied for each size of history."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # it ships no types
import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from app import local

ROOT = Path(__file__).resolve().parents[1]
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL and where its files are."""

    handle: Any
    folder: Path

    def owner(self, database: str) -> str:
        """URL of the owner, whom row-level security does not bind."""
        return local.owner_url(self.handle, database)

    def application(self, database: str) -> str:
        """URL of the role the API runs as."""
        return local.application_url(self.handle, database)

    def run(self, database: str, statement: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run one statement as the owner; answers its rows."""
        with psycopg.connect(self.owner(database), autocommit=True) as connection:
            found = connection.execute(statement.encode(), values)
            return found.fetchall() if found.description else []

    def copy(self, source: str, name: str) -> None:
        """A database with everything that `source` holds; nobody may be connected to that one."""
        self.run("postgres", f'create database "{name}" template "{source}" strategy file_copy')

    def cpu_seconds(self) -> float:
        """CPU used so far by the server's living processes."""
        postmaster = psutil.Process(int((self.folder / "postgres" / "postmaster.pid").read_text().splitlines()[0]))
        return sum(cpu_seconds(one) for one in (postmaster, *postmaster.children()))


def cpu_seconds(process: psutil.Process) -> float:
    """User and system time of one process; nothing for one that has just ended."""
    try:
        used = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(used.user + used.system)


@contextmanager
def server() -> Iterator[Server]:
    """Start a server, and remove all of it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="interlude-bench-"))
    # PostgreSQL runs as a user of its own when we are root.
    folder.chmod(0o755)
    started = local.start(folder / "postgres")
    try:
        yield Server(started, folder)
    finally:
        started.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def migrated(on: Server, name: str) -> None:
    """A database at the newest revision."""
    local.create_database(on.handle, name)
    engine = create_engine(make_url(on.owner(name)).set(drivername="postgresql+psycopg"))
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    engine.dispose()


def durability(on: Server) -> dict[str, str]:
    """The settings that decide whether an answered commit survives a power cut."""
    rows = on.run("postgres", "select name, setting from pg_settings where name = any(%(names)s)", {"names": list(DURABLE)})
    return {str(name): str(setting) for name, setting in rows}
