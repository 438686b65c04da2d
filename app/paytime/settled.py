"""The rule of the ledger for many claims at once: the same answer as `settle_all`, without weighing what lies far away.

Most learning lies wholly in one paid stretch of one shift and touches nothing credited. Then the claim itself is the
credited segment; everything else goes through the rule, with only the shifts and credits that share time with it.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.core.intervals import Interval
from app.paytime.caps import Caps
from app.paytime.domain import Claim, Classification, Segment, Settlement
from app.paytime.domain.rules import pays_outside
from app.paytime.domain.settling import settle
from app.paytime.lines import Places
from app.roster.domain import Shift, paid_intervals

Paid = tuple[Shift, tuple[Interval, ...]]


class _Credited:
    """Credited intervals of one worker in order; they never share time."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        self._ordered = sorted(intervals)

    def around(self, start: datetime, end: datetime) -> list[Interval]:
        """Those that share time with [start, end)."""
        first = bisect_left(self._ordered, start, key=lambda interval: interval.end)
        found = []
        for interval in self._ordered[first:]:
            if interval.start >= end:
                break
            if interval.end > start:
                found.append(interval)
        return found

    def add(self, interval: Interval) -> None:
        """Remember one more."""
        insort(self._ordered, interval)


def settled(
    claims: Sequence[Claim], shifts: Iterable[Shift], credited: Mapping[UUID, Iterable[Interval]], places: Places, caps: Caps
) -> list[Settlement]:
    """Settle claims one after the other: what an earlier claim earned, a later one of the same worker cannot.

    Time outside paid shift time is credited where the site's policy says so, and shown all the same.
    """
    rosters: dict[UUID, list[Paid]] = defaultdict(list)
    for shift in shifts:
        rosters[shift.worker_id].append((shift, paid_intervals(shift)))
    taken = {worker: _Credited(intervals) for worker, intervals in credited.items()}
    found = []
    for claim in claims:
        own = taken.setdefault(claim.worker_id, _Credited(()))
        settlement = _one(claim, rosters[claim.worker_id], own)
        if settlement.shortfalls:
            settlement = by_policy(claim, settlement, places)
        settlement = caps.within(claim, settlement)
        for segment in settlement.segments:
            own.add(segment.interval)
        found.append(settlement)
    return found


def _one(claim: Claim, roster: Sequence[Paid], own: _Credited) -> Settlement:
    start, end = claim.starts_at, claim.ends_at
    around = [(shift, paid) for shift, paid in roster if shift.starts_at < end and shift.ends_at > start]
    before = own.around(start, end)
    if len(around) == 1 and not before and start < end:
        shift, paid = around[0]
        for stretch in paid:
            if stretch.start <= start and end <= stretch.end:
                return Settlement((Segment(Interval(start, end), shift, _where(claim)),), ())
    settlement = settle(claim, [shift for shift, _ in around], before)
    if not claim.travel:
        return settlement
    return replace(settlement, segments=tuple(replace(s, classification=_where(claim)) for s in settlement.segments))


def _where(claim: Claim) -> Classification:
    return Classification.TRAVEL if claim.travel else Classification.ON_SHIFT


def by_policy(claim: Claim, settlement: Settlement, places: Places) -> Settlement:
    """Credit what the site's policy pays outside paid shift time; each such stretch stays among the shortfalls, as paid."""
    segments, shortfalls = list(settlement.segments), []
    for one in settlement.shortfalls:
        pays = pays_outside(places.policy(claim.worker_id, one.shift), claim, one.reason)
        shortfalls.append(replace(one, paid=True) if pays else one)
        if pays:
            segments.append(Segment(one.interval, one.shift, Classification(one.reason.value)))
    return Settlement(tuple(sorted(segments, key=lambda segment: segment.interval)), tuple(shortfalls))
