"""Statements about window patterns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.jsonb import as_json
from app.downtime.domain.anchors import anchor_of, document_of
from app.downtime.domain.patterns import WindowKind, WindowPattern

COLUMNS = (
    "id, work_center_id, kind, anchor, minutes, setup_seconds, return_seconds, max_learners, minimum_staying, valid_from, "
    "valid_until, reliability, origin, retired_at, version"
)
# What a pattern's own windows have taught goes before what was mapped.
PATTERNS = text(
    "select p.id, work_center_id, kind, anchor, minutes, setup_seconds, return_seconds, max_learners, minimum_staying, valid_from, "
    "valid_until, coalesce(f.reliability, p.reliability) as reliability, origin, retired_at, version, "
    "f.usable_seconds as learned_seconds from window_pattern p "
    "left join pattern_feedback f on f.organization_id = p.organization_id and f.pattern_id = p.id "
    "where p.organization_id = :organization_id and work_center_id = any(cast(:centers as uuid[])) "
    "and (retired_at is null or retired_at > cast(:since as timestamptz)) order by p.id"
)
PAGE = text(
    f"select {COLUMNS} from window_pattern where organization_id = :organization_id and id > :after "  # noqa: S608  # constant columns
    "and retired_at is null and work_center_id = any(cast(:centers as uuid[])) order by id limit :limit"
)
ONE = text(
    f"select {COLUMNS} from window_pattern where organization_id = :organization_id and id = :id "  # noqa: S608  # constant columns
    "and retired_at is null"
)
# A pattern found in a log again comes back with what the log says now; one made by hand keeps its first values.
ADD = text(
    "insert into window_pattern (organization_id, id, work_center_id, kind, anchor, minutes, setup_seconds, return_seconds, "
    "max_learners, minimum_staying, valid_from, valid_until, reliability, origin, created_at, version) "
    "values (:organization_id, :id, :work_center_id, :kind, cast(:anchor as jsonb), :minutes, :setup_seconds, :return_seconds, "
    ":max_learners, :minimum_staying, :valid_from, :valid_until, :reliability, :origin, :now, 1) "
    "on conflict (organization_id, id) do update set minutes = excluded.minutes, setup_seconds = excluded.setup_seconds, "
    "return_seconds = excluded.return_seconds, max_learners = excluded.max_learners, "
    "minimum_staying = excluded.minimum_staying, reliability = excluded.reliability, retired_at = null, "
    "version = window_pattern.version + 1 "
    "where window_pattern.origin = 'history' and excluded.origin = 'history' and (window_pattern.retired_at is not null or "
    "(window_pattern.minutes, window_pattern.setup_seconds, window_pattern.return_seconds, window_pattern.max_learners, "
    "window_pattern.minimum_staying, window_pattern.reliability) is distinct from (excluded.minutes, excluded.setup_seconds, "
    "excluded.return_seconds, excluded.max_learners, excluded.minimum_staying, excluded.reliability))"
)
CHANGE = text(
    "update window_pattern set kind = :kind, anchor = cast(:anchor as jsonb), minutes = :minutes, setup_seconds = :setup_seconds, "
    "return_seconds = :return_seconds, max_learners = :max_learners, minimum_staying = :minimum_staying, "
    "valid_from = :valid_from, valid_until = :valid_until, reliability = :reliability, version = version + 1 "
    "where organization_id = :organization_id and id = :id and version = :version and retired_at is null"
)
RETIRE = text(
    "update window_pattern set retired_at = :now, version = version + 1 "
    "where organization_id = :organization_id and id = :id and version = :version and retired_at is null"
)


@dataclass(frozen=True, slots=True)
class StoredPattern:
    """A pattern as stored."""

    pattern: WindowPattern
    origin: str
    retired_at: datetime | None
    version: int

    @property
    def id(self) -> UUID:
        """The pattern's id."""
        return self.pattern.id


def _stored(row: Row[Any]) -> StoredPattern:
    pattern = WindowPattern(
        id=row.id,
        work_center_id=row.work_center_id,
        kind=WindowKind(row.kind),
        anchor=anchor_of(row.anchor),
        minutes=row.minutes,
        setup_seconds=row.setup_seconds,
        return_seconds=row.return_seconds,
        max_learners=row.max_learners,
        minimum_staying=row.minimum_staying,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        reliability=row.reliability,
        learned_seconds=getattr(row, "learned_seconds", None),
    )
    return StoredPattern(pattern, row.origin, row.retired_at, row.version)


def _values(pattern: WindowPattern) -> Mapping[str, Any]:
    names = (
        "id", "work_center_id", "minutes", "setup_seconds", "return_seconds", "max_learners", "minimum_staying", "valid_from",
        "valid_until", "reliability",
    )  # fmt: skip
    values = {name: getattr(pattern, name) for name in names}
    return {**values, "kind": pattern.kind.value, "anchor": as_json(document_of(pattern.anchor))}


async def patterns(tx: ReadTransaction, centers: Sequence[UUID], since: datetime) -> list[StoredPattern]:
    """Patterns of work centers that have windows at or after an instant."""
    return [_stored(row) for row in await tx.rows(PATTERNS, centers=list(centers), since=since)]


async def page(tx: ReadTransaction, centers: Sequence[UUID], after: UUID, limit: int) -> list[StoredPattern]:
    """One page of the patterns in force."""
    return [_stored(row) for row in await tx.rows(PAGE, centers=list(centers), after=after, limit=limit)]


async def pattern(tx: ReadTransaction, pattern_id: UUID) -> StoredPattern | None:
    """One pattern in force."""
    row = await tx.row(ONE, id=pattern_id)
    return _stored(row) if row else None


async def add(tx: WriteTransaction, pattern: WindowPattern, origin: str) -> bool:
    """Insert a pattern; one known from a log is refreshed. False when nothing changed."""
    return await tx.run(ADD, now=tx.now, origin=origin, **_values(pattern)) == 1


async def change(tx: WriteTransaction, pattern: WindowPattern, version: int) -> bool:
    """Replace a pattern if it still has the expected version."""
    values = {name: value for name, value in _values(pattern).items() if name != "work_center_id"}
    return await tx.run(CHANGE, version=version, **values) == 1


async def retire(tx: WriteTransaction, pattern_id: UUID, version: int) -> bool:
    """Let a pattern give no windows from now on, if it still has the expected version."""
    return await tx.run(RETIRE, id=pattern_id, version=version, now=tx.now) == 1
