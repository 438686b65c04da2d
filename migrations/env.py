"""Alembic's environment: one transaction a revision, the owner's connection, our metadata."""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, pool
from sqlalchemy.engine import make_url

from app.core.settings import Settings
from app.registry import load_tables

metadata = load_tables()


def ours(name: str | None, type_: str, _parents: Any) -> bool:
    """Leave procrastinate's own tables alone."""
    return not (type_ == "table" and (name or "").startswith("procrastinate_"))


def compare(**options: Any) -> None:
    context.configure(
        target_metadata=metadata,
        include_name=ours,
        compare_type=True,
        transaction_per_migration=True,
        **options,
    )


def run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is not None:
        compare(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
        return
    url = make_url(Settings().owner_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as opened:
        compare(connection=opened)
        with context.begin_transaction():
            context.run_migrations()


run()
