"""Statements about windows on the floor and the signals of machines."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.core.db import ReadTransaction, WriteTransaction
from app.downtime.domain.live import Cause, Effect, EndedBy, LiveWindow, Signal
from app.downtime.domain.patterns import WindowKind

COLUMNS = "id, work_center_id, pattern_id, kind, cause, opened_at, expected_ends_at, closed_at, ended_by, opened_by, version"
# Whoever changes what happens at a work center now takes turns: openings, closings, offers and answers.
LOCK = text("select pg_advisory_xact_lock(hashtextextended(cast(cast(:work_center_id as uuid) as text), 41))")
ONE = text(f"select {COLUMNS} from live_window where organization_id = :organization_id and id = :id")  # noqa: S608  # constant columns
OPEN = text(
    f"select {COLUMNS} from live_window where organization_id = :organization_id and work_center_id = :work_center_id "  # noqa: S608  # constant columns
    "and closed_at is null"
)
ADD = text(
    f"insert into live_window (organization_id, {COLUMNS}) values (:organization_id, :id, :work_center_id, :pattern_id, :kind, :cause, "  # noqa: S608  # constant columns
    ":opened_at, :expected_ends_at, :closed_at, :ended_by, :opened_by, 1) on conflict do nothing"
)
EXTEND = text(
    "update live_window set expected_ends_at = :ends_at, version = version + 1 where organization_id = :organization_id and id = :id "
    "and closed_at is null"
)
CLOSE = text(
    "update live_window set closed_at = :closed_at, ended_by = :ended_by, version = version + 1 "
    "where organization_id = :organization_id and id = :id and closed_at is null"
)
SIGNAL = text(
    "select source, external_id, work_center_id, kind, at, expected_seconds, effect, window_id from machine_signal "
    "where organization_id = :organization_id and source = :source and external_id = :external_id"
)
NEWEST = text("select max(at) from machine_signal where organization_id = :organization_id and work_center_id = :work_center_id")
ADD_SIGNAL = text(
    "insert into machine_signal (organization_id, source, external_id, work_center_id, kind, at, expected_seconds, received_at, "
    "effect, window_id) values (:organization_id, :source, :external_id, :work_center_id, :kind, :at, :expected_seconds, :now, "
    ":effect, :window_id) on conflict (organization_id, source, external_id) do nothing"
)
LENGTHS = text(
    "select seconds from ((select o.usable_seconds as seconds, o.starts_at as at from window_outcome o "
    "where o.organization_id = :organization_id and o.work_center_id = :work_center_id and o.kind = :kind and o.usable_seconds > 0 "
    "order by o.starts_at desc limit :most) union all (select s.seconds, s.observed_at from stoppage s "
    "where s.organization_id = :organization_id and s.work_center_id = :work_center_id and s.kind = any(cast(:stops as text[])) "
    "and not s.doubtful and s.seconds between 60 and 28800 order by s.observed_at desc limit :most)) found "
    "order by at desc limit :most"
)


def _live(row: Row[Any] | None) -> LiveWindow | None:
    if row is None:
        return None
    values = row._asdict() | {
        "kind": WindowKind(row.kind),
        "cause": Cause(row.cause),
        "ended_by": EndedBy(row.ended_by) if row.ended_by else None,
    }
    return LiveWindow(**values)


async def lock(tx: WriteTransaction, work_center_id: UUID) -> None:
    """Let whoever changes the line's present take turns until the transaction ends."""
    await tx.rows(LOCK, work_center_id=work_center_id)


async def one(tx: ReadTransaction, window_id: UUID) -> LiveWindow | None:
    """One window of the floor."""
    return _live(await tx.row(ONE, id=window_id))


async def open_one(tx: ReadTransaction, work_center_id: UUID) -> LiveWindow | None:
    """The window of a work center that nobody closed yet, though its time may be over."""
    return _live(await tx.row(OPEN, work_center_id=work_center_id))


async def add(tx: WriteTransaction, live: LiveWindow) -> bool:
    """Store a window; False when the work center has another open one, or the window was opened before."""
    names = LiveWindow.__dataclass_fields__
    return bool(await tx.run(ADD, **{name: getattr(live, name) for name in names if name != "version"}))


async def extend(tx: WriteTransaction, window_id: UUID, ends_at: datetime) -> bool:
    """Expect another end; False when the window was closed."""
    return bool(await tx.run(EXTEND, id=window_id, ends_at=ends_at))


async def close(tx: WriteTransaction, window_id: UUID, at: datetime, ended_by: EndedBy) -> bool:
    """Close a window; False when somebody did before."""
    return bool(await tx.run(CLOSE, id=window_id, closed_at=at, ended_by=ended_by))


async def signal(tx: ReadTransaction, source: str, external_id: str) -> Row[Any] | None:
    """A signal as it was received."""
    return await tx.row(SIGNAL, source=source, external_id=external_id)


async def newest_signal(tx: ReadTransaction, work_center_id: UUID) -> datetime | None:
    """When the newest signal of a work center happened."""
    found: datetime | None = await tx.scalar(NEWEST, work_center_id=work_center_id)
    return found


async def add_signal(tx: WriteTransaction, given: Signal, effect: Effect, window_id: UUID | None) -> bool:
    """Keep a signal and what it did; False when its source sent it before."""
    values = {name: getattr(given, name) for name in Signal.__dataclass_fields__}
    return bool(await tx.run(ADD_SIGNAL, **values, effect=effect, window_id=window_id, now=tx.now))


async def lengths(tx: ReadTransaction, work_center_id: UUID, kind: WindowKind, stops: list[str], most: int) -> list[int]:
    """Seconds that the newest stops of a work center and kind lasted, from its windows and its own log."""
    rows = await tx.rows(LENGTHS, work_center_id=work_center_id, kind=kind, stops=stops, most=most)
    return [row.seconds for row in rows]
