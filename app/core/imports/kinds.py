"""Kinds of import: their columns, their policy and the function that applies a few hundred rows at a time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core.access import Policy
from app.core.db import WriteTransaction
from app.core.models import Verdict

__all__ = ["KINDS", "Column", "ImportKind", "ImportRow", "RowVerdict", "Verdict", "import_kind"]

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Column:
    """What one column of a kind means."""

    meaning: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row under our column names; an absent or empty cell is an empty text. `number` is its place in the input."""

    number: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """What became of one row. `reason` says in words why a row is flagged or refused, without naming people."""

    row_number: int
    verdict: Verdict
    reason: str = ""
    thing_id: UUID | None = None


Handler = Callable[[WriteTransaction, Sequence[ImportRow], str, Mapping[str, Any]], Awaitable[list[RowVerdict]]]


@dataclass(frozen=True, slots=True)
class ImportKind:
    """A registered kind. `other_columns` hands columns nobody mapped to the handler under their own names.

    `whole` hands all rows to the handler at once, for inputs whose rows explain each other.
    """

    name: str
    policy: Policy
    columns: Mapping[str, Column]
    handler: Handler
    options: Mapping[str, str] = field(default_factory=dict)
    other_columns: bool = False
    whole: bool = False

    @property
    def meaning(self) -> str:
        """The first line of the handler's docstring."""
        return (self.handler.__doc__ or self.name).strip().splitlines()[0]


KINDS: dict[str, ImportKind] = {}


def import_kind(
    name: str,
    *,
    policy: Policy,
    columns: Mapping[str, str | Column],
    options: Mapping[str, str] | None = None,
    other_columns: bool = False,
    whole: bool = False,
) -> Callable[[Handler], Handler]:
    """Register a kind. The handler answers one verdict a row, must be repeatable, and must not commit.

    `columns` maps each of our columns to its meaning, `options` each option to its meaning. The handler checks
    which things the caller reaches, exactly as a route's use case does; rows it sees never exceed 500 unless the kind
    is `whole`. Beside the options it finds the caller's column mapping under `mapping`.
    """
    described = {key: value if isinstance(value, Column) else Column(value) for key, value in columns.items()}

    def register(handler: Handler) -> Handler:
        KINDS[name] = ImportKind(name, policy, described, handler, options or {}, other_columns, whole)
        return handler

    return register
