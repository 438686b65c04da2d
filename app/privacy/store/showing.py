"""Statements that show a person everything that is kept of them, table by table."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB

from app.core.db import ReadTransaction
from app.privacy.domain import Held
from app.privacy.store.tables import TABLES

NAMES = tuple(sorted(TABLES))
# The database is asked, for a process loads the tables of the features it serves only: the key's columns in order first.
COLUMNS = text(
    "select a.attname as name, a.atttypid = cast('timestamptz' as regtype) as moment, "
    "array_position(cast(i.indkey as int2[]), a.attnum) as place from pg_attribute a "
    "left join pg_index i on i.indrelid = a.attrelid and i.indisprimary "
    "where a.attrelid = cast(:name as regclass) and a.attnum > 0 and not a.attisdropped order by place nulls last, a.attnum"
)


def _key(columns: Sequence[Row[Any]]) -> str:
    """The rest of the primary key as text that sorts."""
    keys = (column.name for column in columns if column.place is not None and column.name != "organization_id")
    return " || '|' || ".join(f"cast(t.{name} as text)" for name in keys) or "''"


def _acted(columns: Sequence[Row[Any]], held: Held) -> str:
    """Of what somebody did for others: the keys, when, and which columns name them."""
    left_out = ", ".join(
        f"'{column.name}'" for column in columns if column.place is None and not column.moment and column.name not in held.by
    )
    return f"to_jsonb(t) - cast(array[{left_out}] as text[])"


def _about(held: Held) -> str:
    hidden = ", ".join(f"'{column}'" for column in ("organization_id", *held.hidden))
    return f"to_jsonb(t) - cast(array[{hidden}] as text[])"


def statement(name: str, columns: Sequence[Row[Any]]) -> str:
    """The rows of one table: whole where they are about the person, otherwise that they acted."""
    held = TABLES[name]
    mine = f"coalesce({held.about}, false)" if held.about else "false"
    acted = " or ".join(f"t.{column} = :person" for column in held.by) or "false"
    return (
        f"select k, row from (select {_key(columns)} as k, case when {mine} then {_about(held)} "  # noqa: S608  # constants
        f"else {_acted(columns, held)} - 'organization_id' end as row from {name} t "
        f"where t.organization_id = :organization_id and ({mine} or {acted})) found "
        'where k collate "C" > :after order by k collate "C" limit :limit'
    )


async def rows(tx: ReadTransaction, name: str, person: UUID, after: str, limit: int) -> Sequence[tuple[str, dict[str, Any]]]:
    """Rows of one table after a key."""
    columns = await tx.rows(COLUMNS, name=name)
    found = await tx.rows(text(statement(name, columns)).columns(row=JSONB), person=person, after=after, limit=limit)
    return [(row.k, row.row) for row in found]
