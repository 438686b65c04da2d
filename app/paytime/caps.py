"""Caps of a site's policy: what goes beyond a shift's, a day's or a week's is kept for a supervisor to decide."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from app.core.intervals import Interval, between, subtract
from app.paytime.domain import Claim, Reason, Segment, Settlement, Shortfall
from app.paytime.domain.rules import PayPolicy
from app.paytime.lines import Places

# Worker, business date, shift (None outside every shift), net seconds.
Used = tuple[UUID, date, UUID | None, int]


class Caps:
    """What counts towards caps so far, and what is left."""

    def __init__(self, places: Places, used: Iterable[Used] = ()) -> None:
        self._places = places
        self._shifts: dict[tuple[UUID, UUID | None], int] = defaultdict(int)
        self._days: dict[tuple[UUID, date], int] = defaultdict(int)
        self._weeks: dict[tuple[UUID, date], int] = defaultdict(int)
        for worker_id, day, shift_id, seconds in used:
            self._count(worker_id, day, shift_id, seconds)

    def _count(self, worker_id: UUID, day: date, shift_id: UUID | None, seconds: int) -> None:
        self._shifts[worker_id, shift_id] += seconds
        self._days[worker_id, day] += seconds
        self._weeks[worker_id, _monday(day)] += seconds

    def _left(self, policy: PayPolicy, worker_id: UUID, day: date, shift_id: UUID | None) -> int | None:
        caps = [
            (policy.shift_cap if shift_id else None, self._shifts[worker_id, shift_id]),
            (policy.day_cap, self._days[worker_id, day]),
            (policy.week_cap, self._weeks[worker_id, _monday(day)]),
        ]
        left = [max(0, cap - used) for cap, used in caps if cap is not None]
        return min(left) if left else None

    def within(self, claim: Claim, settlement: Settlement) -> Settlement:
        """The settlement without what goes beyond a cap; the first seconds of a claim count first."""
        kept: list[Segment] = []
        beyond: list[Shortfall] = []
        for segment in settlement.segments:
            policy = self._places.policy(claim.worker_id, segment.shift)
            day = self._places.business_date(claim.worker_id, segment.shift, segment.interval.start)
            shift_id = segment.shift.id if segment.shift else None
            left = self._left(policy, claim.worker_id, day, shift_id)
            taken, rest = _split(segment.interval, left)
            if taken:
                self._count(claim.worker_id, day, shift_id, taken.seconds)
                kept.append(Segment(taken, segment.shift, segment.classification))
            if rest:
                beyond.append(Shortfall(rest, Reason.OVER_CAP, segment.shift))
        if not beyond:
            return settlement
        over = [shortfall.interval for shortfall in beyond]
        shown = [
            Shortfall(piece, one.reason, one.shift, one.paid)
            for one in settlement.shortfalls
            for piece in (subtract((one.interval,), over) if one.paid else (one.interval,))
        ]
        return Settlement(tuple(kept), tuple(sorted([*shown, *beyond], key=lambda one: one.interval)))


def _split(interval: Interval, left: int | None) -> tuple[Interval | None, Interval | None]:
    if left is None or interval.seconds <= left:
        return interval, None
    cut = interval.start + timedelta(seconds=left)
    return between(interval.start, cut), between(cut, interval.end)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
