"""Patterns, shifts and logs that downtime tests share."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.intervals import Interval
from app.downtime.domain.patterns import Handover, WindowKind, WindowPattern
from app.downtime.domain.recurrence import Every, Rule
from app.downtime.domain.stoppages import ReadingRules, RowReason, StoppageLog
from app.roster.domain import Post, Shift, ShiftType, expand_shift

BERLIN = ZoneInfo("Europe/Berlin")
UTC_ZONE = ZoneInfo("UTC")
CENTER, OTHER_CENTER = UUID(int=2), UUID(int=3)
PATTERN = UUID(int=500)


def pattern(anchor: Handover | Every | Rule, minutes: int = 0, **fields: object) -> WindowPattern:
    values: dict[str, object] = {"id": PATTERN, "work_center_id": CENTER, "kind": WindowKind.CHANGEOVER}
    return WindowPattern(**(values | {"anchor": anchor, "minutes": minutes} | fields))  # type: ignore[arg-type]


def shifts(day: date, *kinds: ShiftType, days: int = 1, center: UUID = CENTER, workers: int = 2) -> list[Shift]:
    return [
        expand_shift(kind, day + timedelta(days=number), BERLIN, Post(UUID(int=worker), UUID(int=1), center))
        for number in range(days)
        for kind in kinds
        for worker in range(workers)
    ]


def horizon(start: str, end: str, zone: ZoneInfo = BERLIN) -> Interval:
    return Interval(
        datetime.fromisoformat(start).replace(tzinfo=zone).astimezone(UTC),
        datetime.fromisoformat(end).replace(tzinfo=zone).astimezone(UTC),
    )


def rules(zone: ZoneInfo = BERLIN, line: str = "line 1", **fields: object) -> ReadingRules:
    return ReadingRules(zone=zone, line=line, **fields)  # type: ignore[arg-type]


def reasons(log: StoppageLog) -> dict[int, set[RowReason]]:
    """What was said about each row."""
    said: dict[int, set[RowReason]] = {}
    for remark in log.remarks:
        said.setdefault(remark.row, set()).add(remark.reason)
    return said
