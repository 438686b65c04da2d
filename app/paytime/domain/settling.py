"""The rule of the ledger: what part of a claim is paid. No clock, no storage.

A second is credited when it lies in paid shift time and is not credited yet. Unpaid breaks and every meal break are
not paid shift time, because time in a meal break must never be taken for work silently (29 CFR 785.19).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.core.intervals import Interval, between, intersect, subtract
from app.paytime.domain import Claim, Reason, Segment, Settlement, Shortfall, on_the_second
from app.roster.domain import BreakKind, Shift, paid_intervals

SECOND = timedelta(seconds=1)


def settle(claim: Claim, shifts: Sequence[Shift], credited: Iterable[Interval]) -> Settlement:
    """Take a claim apart: segments to credit, and shortfalls with their reasons.

    `shifts` are the worker's own; where two of them overlap the earlier one pays. `credited` is what already counts.
    """
    if claim.interval is None:
        return Settlement((), ())
    taken = intersect((claim.interval,), credited)
    rest = subtract((claim.interval,), taken)
    segments: list[Segment] = []
    for shift in sorted(shifts, key=lambda shift: (shift.starts_at, shift.id)):
        payable = intersect(rest, _whole_seconds_within(paid_intervals(shift)))
        segments.extend(Segment(interval, shift) for interval in payable)
        rest = subtract(rest, payable)
    reasons = [(Reason.ALREADY_CREDITED, taken)]
    for kind, reason in ((BreakKind.MEAL, Reason.MEAL_BREAK), (BreakKind.REST, Reason.REST_BREAK)):
        paused = intersect(rest, _whole_seconds_touching(_breaks(shifts, kind)))
        reasons.append((reason, paused))
        rest = subtract(rest, paused)
    reasons.append((Reason.OFF_SHIFT, rest))
    shortfalls = [Shortfall(i, reason, _around(i.start, shifts)) for reason, found in reasons for i in found]
    return Settlement(
        tuple(sorted(segments, key=lambda segment: segment.interval)),
        tuple(sorted(shortfalls, key=lambda shortfall: shortfall.interval)),
    )


def settle_all(claims: Sequence[Claim], shifts: Iterable[Shift], credited: Mapping[UUID, Iterable[Interval]]) -> list[Settlement]:
    """Settle claims one after the other: what an earlier claim earned, a later one of the same worker cannot."""
    rosters: dict[UUID, list[Shift]] = defaultdict(list)
    for shift in shifts:
        rosters[shift.worker_id].append(shift)
    taken: dict[UUID, list[Interval]] = {worker: list(intervals) for worker, intervals in credited.items()}
    settled = []
    for claim in claims:
        own = taken.setdefault(claim.worker_id, [])
        settlement = settle(claim, rosters[claim.worker_id], own)
        own.extend(segment.interval for segment in settlement.segments)
        settled.append(settlement)
    return settled


def seconds_by_reason(shortfalls: Iterable[Shortfall]) -> tuple[tuple[Reason, int], ...]:
    """Uncredited seconds summed by reason, in the order the reasons are declared."""
    sums: dict[Reason, int] = defaultdict(int)
    for shortfall in shortfalls:
        sums[shortfall.reason] += shortfall.interval.seconds
    return tuple((reason, sums[reason]) for reason in Reason if sums[reason])


def _breaks(shifts: Iterable[Shift], kind: BreakKind) -> list[Interval]:
    return [pause.interval for shift in shifts for pause in shift.breaks if pause.kind is kind]


def _around(instant: datetime, shifts: Iterable[Shift]) -> Shift | None:
    return next((shift for shift in shifts if shift.interval.contains(instant)), None)


def _up(instant: datetime) -> datetime:
    cut = on_the_second(instant)
    return cut if cut == instant else cut + SECOND


def _whole_seconds_within(intervals: Iterable[Interval]) -> list[Interval]:
    # A second that is only partly paid shift time is not credited: credit never reaches beyond the shift.
    found = (between(_up(i.start), on_the_second(i.end)) for i in intervals)
    return [interval for interval in found if interval is not None]


def _whole_seconds_touching(intervals: Iterable[Interval]) -> list[Interval]:
    return [Interval(on_the_second(i.start), _up(i.end)) for i in intervals]
