"""Shift types to shifts, and the paid and learnable time in them. Every length is computed in UTC."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from app.core.intervals import DAY, Interval, covered, date_exists, local_day, overlapping_pairs, resolve_local, subtract
from app.roster.domain.values import Absence, Break, BreakKind, BreakRule, ImpossibleShift, Post, Shift, ShiftType

SHIFT_IDS = UUID("6b1f3a52-3d0f-5a53-9d0e-4b1f6f1d2c77")


def shift_span(shift_type: ShiftType, business_date: date, zone: ZoneInfo) -> Interval:
    """The real extent of a shift type on a business date; ImpossibleShift when no time is left."""
    if not date_exists(business_date, zone):
        raise ImpossibleShift(f"{business_date} does not exist in {zone.key}")
    start = resolve_local(datetime.combine(business_date, shift_type.starts), zone)
    end_date = business_date + DAY if shift_type.crosses_midnight else business_date
    end = resolve_local(datetime.combine(end_date, shift_type.ends), zone)
    if end <= start:
        raise ImpossibleShift(f"the clock of {zone.key} jumps over {shift_type.name} on {business_date}")
    return Interval(start, end)


def expand_shift(shift_type: ShiftType, business_date: date, zone: ZoneInfo, post: Post) -> Shift:
    """One worker's shift on a business date; repeating gives the same id, so building a roster twice adds nothing."""
    span = shift_span(shift_type, business_date, zone)
    key = f"{post.worker_id}/{shift_type.id}/{business_date.isoformat()}"
    return Shift(
        id=uuid5(SHIFT_IDS, key),
        worker_id=post.worker_id,
        site_id=post.site_id,
        work_center_id=post.work_center_id,
        crew_id=post.crew_id,
        business_date=business_date,
        starts_at=span.start,
        ends_at=span.end,
        breaks=_breaks_within(shift_type.breaks, span),
    )


def _breaks_within(rules: Iterable[BreakRule], span: Interval) -> tuple[Break, ...]:
    breaks = []
    for rule in sorted(rules, key=lambda rule: rule.offset_minutes):
        start = span.start + timedelta(minutes=rule.offset_minutes)
        # On a night that the clock shortens, a late break may reach past the real end: it ends with the shift.
        end = min(start + timedelta(minutes=rule.minutes), span.end)
        if start < end:
            breaks.append(Break(start, end, rule.kind, rule.paid))
    return tuple(breaks)


def attended_intervals(shift: Shift, absences: Iterable[Absence] = ()) -> tuple[Interval, ...]:
    """The shift without the worker's own absences; other workers' absences are ignored."""
    return subtract((shift.interval,), (gone.interval for gone in absences if gone.worker_id == shift.worker_id))


def paid_intervals(shift: Shift, absences: Iterable[Absence] = ()) -> tuple[Interval, ...]:
    """The time that may be credited: attended, and outside unpaid breaks and every meal break."""
    pauses = (pause.interval for pause in shift.breaks if not pause.paid or pause.kind is BreakKind.MEAL)
    return subtract(attended_intervals(shift, absences), pauses)


def learnable_intervals(shift: Shift, absences: Iterable[Absence] = ()) -> tuple[Interval, ...]:
    """The time in which learning may be planned: attended, and outside every break, paid or not."""
    return subtract(attended_intervals(shift, absences), (pause.interval for pause in shift.breaks))


def may_learn(interval: Interval, shift: Shift, absences: Iterable[Absence] = ()) -> bool:
    """Whether the whole interval lies in learnable time of the shift."""
    return covered(interval, learnable_intervals(shift, absences))


def seconds_by_workday(intervals: Iterable[Interval], zone: ZoneInfo, day_starts: time = time()) -> dict[date, int]:
    """Whole seconds per local workday, split where the workday starts (local midnight unless the employer says other).

    Days are real days of the zone, so the sum equals the length of the intervals on clock changes too.
    """
    seconds: dict[date, int] = defaultdict(int)
    for interval in intervals:
        day = interval.start.astimezone(zone).date() - DAY
        while day <= interval.end.astimezone(zone).date():
            workday = local_day(day, zone, day_starts)
            piece = workday and workday.intersection(interval)
            if piece:
                seconds[day] += piece.seconds
            day += DAY
    return dict(seconds)


def double_booked(shifts: Iterable[Shift]) -> tuple[tuple[Interval, Interval], ...]:
    """Pairs of shifts of one worker that share time, which no roster may hold."""
    by_worker: dict[UUID, list[Interval]] = defaultdict(list)
    for shift in shifts:
        by_worker[shift.worker_id].append(shift.interval)
    return tuple(pair for intervals in by_worker.values() for pair in overlapping_pairs(intervals))
