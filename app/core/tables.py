"""The base of every table: constraint names, the organization in front of every key, and what personal data it holds.

Tables are storage only: never a request or response body (table classes do not validate).
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata: MetaData = SQLModel.metadata
metadata.naming_convention = NAMING


class Table(SQLModel):
    """A table of one feature. `personal_data` says in one line what it holds about people and how long it stays."""

    personal_data: ClassVar[str]

    organization_id: UUID = Field(primary_key=True)


class Identified(Table):
    """A table whose rows have an id of their own, second in the primary key."""

    id: UUID = Field(primary_key=True)


def instant(**options: Any) -> Any:
    """A column for an instant, stored with time zone (UTC)."""
    return Field(sa_type=DateTime(timezone=True), **options)


def document(**options: Any) -> Any:
    """A JSONB column for true documents (quiz bodies, payloads); replace, never mutate."""
    return Field(sa_type=JSONB, **options)


def stored_enum(**options: Any) -> Any:
    """A text column of 32 characters holding a StrEnum's value; pair it with `one_of` in the table's arguments."""
    return Field(sa_type=String(32), **options)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """A check that a column holds one of an enum's values."""
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} in ({listed})", name=column)


Instant = datetime
