"""Rows as named values."""

from typing import Any

from sqlalchemy import Row


def named(row: Row[Any]) -> dict[str, Any]:
    """A row's values by column name."""
    return dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for a row as a mapping
