"""Statements that show a person everything that is kept of them, table by table."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import DateTime

from app.core.db import ReadTransaction
from app.core.tables import metadata
from app.privacy.domain import Held
from app.privacy.store.tables import TABLES

NAMES = tuple(sorted(TABLES))


def _key(table: Table) -> str:
    """The rest of the primary key as text that sorts."""
    return " || '|' || ".join(
        f"cast(t.{column.name} as text)" for column in table.primary_key if column.name != "organization_id"
    )


def _acted(table: Table, held: Held) -> str:
    """Of what somebody did for others: the keys, when, and which columns name them."""
    shown = {column.name for column in table.primary_key} | set(held.by)
    shown |= {column.name for column in table.columns if isinstance(column.type, DateTime)}
    left_out = ", ".join(f"'{column.name}'" for column in table.columns if column.name not in shown)
    return f"to_jsonb(t) - cast(array[{left_out}] as text[])"


def _about(held: Held) -> str:
    hidden = ", ".join(f"'{column}'" for column in ("organization_id", *held.hidden))
    return f"to_jsonb(t) - cast(array[{hidden}] as text[])"


def statement(name: str) -> str:
    """The rows of one table: whole where they are about the person, otherwise that they acted."""
    held, table = TABLES[name], metadata.tables[name]
    mine = f"coalesce({held.about}, false)" if held.about else "false"
    acted = " or ".join(f"t.{column} = :person" for column in held.by) or "false"
    return (
        f"select k, row from (select {_key(table)} as k, case when {mine} then {_about(held)} "  # noqa: S608  # constants
        f"else {_acted(table, held)} - 'organization_id' end as row from {name} t "
        f"where t.organization_id = :organization_id and ({mine} or {acted})) found "
        'where k collate "C" > :after order by k collate "C" limit :limit'
    )


async def rows(tx: ReadTransaction, name: str, person: UUID, after: str, limit: int) -> Sequence[tuple[str, dict[str, Any]]]:
    """Rows of one table after a key."""
    found = await tx.rows(text(statement(name)).columns(row=JSONB), person=person, after=after, limit=limit)
    return [(row.k, row.row) for row in found]
