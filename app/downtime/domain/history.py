"""From a line's cleaned stoppages to proposed window patterns: how long, how often, how reliably, at what time of day.

The usable length is a low quantile, because plans made on it keep most of their promises; everything is counted in
whole seconds and rounded down.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.intervals import DAY, Interval, local_day, union
from app.downtime.domain.classify import WINDOW_KINDS, StoppageKind
from app.downtime.domain.patterns import WindowKind, WindowPattern
from app.downtime.domain.recurrence import Every
from app.downtime.domain.stoppages import Origin, Stoppage


class TooLittle(StrEnum):
    """Why a line and kind give no pattern."""

    FEW_STOPPAGES = "few_stoppages"
    FEW_OPPORTUNITIES = "few_opportunities"
    TOO_SHORT = "too_short"
    NOBODY_THERE = "nobody_there"


@dataclass(frozen=True, slots=True)
class ProposalRules:
    """What a proposal needs: quantile of length, sample sizes, the shortest usable time, buffers, width of a time slot.

    A slot of the day is typical when at least `typical_share` of the opportunities saw a usable stop begin in it.
    Stops beyond `longest_seconds` are left out: the line was closed.
    """

    quantile: float = 0.2
    minimum_stoppages: int = 10
    minimum_opportunities: int = 5
    shortest_seconds: int = 120
    setup_seconds: int = 0
    return_seconds: int = 0
    slot_minutes: int = 30
    typical_share: float = 0.5
    longest_seconds: int = 8 * 3600

    def __post_init__(self) -> None:
        if not 0 <= self.quantile <= 1 or not 0 < self.typical_share <= 1:
            raise ValueError("quantile and typical share are shares")
        if not 1 <= self.slot_minutes <= 240 or 1440 % self.slot_minutes:
            raise ValueError("a slot is a part of the day that divides it")
        if self.minimum_stoppages < 1 or self.minimum_opportunities < 1:
            raise ValueError("a proposal needs at least one stoppage and one opportunity")


@dataclass(frozen=True, slots=True)
class TypicalTime:
    """A time of day at which a kind of stop comes back, with the share of days on which it did and was long enough."""

    at: time
    reliability: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the history of one line says about one kind of stop; no windows come of it while `too_little` is set.

    `length_seconds` is the low quantile, `usable_seconds` what buffers leave of it. An opportunity is a shift of the
    line or, without a roster, a day; `reliability` is the share of them with at least one stop of that length.
    """

    line: str
    kind: StoppageKind
    window_kind: WindowKind | None
    stoppages: int
    opportunities: int
    length_seconds: int
    usable_seconds: int
    median_seconds: int
    expected_per_opportunity: float
    reliability: float
    typical_times: tuple[TypicalTime, ...]
    too_little: TooLittle | None = None


def low_quantile(values: Sequence[int], share: float) -> int:
    """The lower empirical quantile: the largest observed value with at most `share` of the observations below it."""
    if not values:
        raise ValueError("no observations")
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def propose(
    stoppages: Iterable[Stoppage],
    zone: ZoneInfo,
    rules: ProposalRules | None = None,
    shifts: Mapping[str, Sequence[Interval]] | None = None,
    days: Mapping[str, Iterable[date]] | None = None,
) -> tuple[Proposal, ...]:
    """One proposal per line and kind of stop, in order of line and kind.

    Overlapping stops of several machines count once. `shifts` are the worked spans per line; without them the days
    of the log count (`days`, or those with a stop), filled up with the weekdays between that the line is known to run.
    """
    rules = rules or ProposalRules()
    grouped: dict[tuple[str, StoppageKind], list[Stoppage]] = defaultdict(list)
    seen: dict[str, set[date]] = defaultdict(set)
    for stoppage in stoppages:
        if stoppage.doubtful or stoppage.seconds > rules.longest_seconds:
            continue
        grouped[stoppage.line, stoppage.kind].append(stoppage)
        if stoppage.starts_at:
            seen[stoppage.line].add(stoppage.starts_at.astimezone(zone).date())
    proposals = []
    for line, kind in sorted(grouped):
        if shifts is None:
            known = seen[line] | set((days or {}).get(line, ()))
            chances = [span for day in running_days(known) if (span := local_day(day, zone))]
        else:
            chances = list(union_of_equal(shifts.get(line, ())))
        proposals.append(_proposal(line, kind, grouped[line, kind], chances, zone, rules))
    return tuple(proposals)


def running_days(known: Iterable[date]) -> list[date]:
    """The known days and the days between them that fall on a weekday on which the line has been seen running.

    A day without any stop leaves no row; leaving it out would make every stop look more reliable than it is.
    """
    days = set(known)
    if not days:
        return []
    weekdays = {day.weekday() for day in days}
    span = range(min(days).toordinal(), max(days).toordinal() + 1)
    return [day for day in map(date.fromordinal, span) if day.weekday() in weekdays]


def union_of_equal(spans: Iterable[Interval]) -> tuple[Interval, ...]:
    """Each different shift span once: a crew of twenty is one opportunity."""
    return tuple(sorted(set(spans)))


def _proposal(
    line: str,
    kind: StoppageKind,
    stoppages: Sequence[Stoppage],
    chances: Sequence[Interval],
    zone: ZoneInfo,
    rules: ProposalRules,
) -> Proposal:
    spans = union(span for stoppage in stoppages if (span := _whole(stoppage)))
    lengths = [span.seconds for span in spans]
    lengths += [_sure_seconds(stoppage) for stoppage in stoppages if _whole(stoppage) is None]
    length = low_quantile(lengths, rules.quantile)
    usable = max(0, length - rules.setup_seconds - rules.return_seconds)
    within = sum(_starts_in(spans, union(chances)))
    long_enough = [span for span in spans if span.seconds >= length]
    reached = sum(starts > 0 for starts in _starts_in(long_enough, chances))
    exact = all(stoppage.exact for stoppage in stoppages)
    return Proposal(
        line=line,
        kind=kind,
        window_kind=WINDOW_KINDS.get(kind),
        stoppages=len(lengths),
        opportunities=len(chances),
        length_seconds=length,
        usable_seconds=usable,
        median_seconds=low_quantile(lengths, 0.5),
        expected_per_opportunity=within / len(chances) if chances else 0.0,
        reliability=reached / len(chances) if chances else 0.0,
        typical_times=_typical_times(long_enough, chances, zone, rules) if exact else (),
        too_little=_too_little(kind, len(lengths), len(chances), usable, rules),
    )


def _whole(stoppage: Stoppage) -> Interval | None:
    """The stop's interval if its length is known; bounds of a change, or a stop cut at its batch's end, are not."""
    span = stoppage.interval
    measured = stoppage.origin is not Origin.PRODUCT_CHANGE
    return span if span and measured and span.seconds == stoppage.seconds else None


def _sure_seconds(stoppage: Stoppage) -> int:
    """What a stop without whole times lasted for sure: a change between two samples may have taken no time at all."""
    return 0 if stoppage.origin is Origin.PRODUCT_CHANGE else stoppage.seconds


def _starts_in(spans: Sequence[Interval], chances: Iterable[Interval]) -> list[int]:
    """For each chance, how many of the sorted spans start in it."""
    starts = [span.start for span in spans]
    return [bisect_left(starts, chance.end) - bisect_left(starts, chance.start) for chance in chances]


def _too_little(kind: StoppageKind, stoppages: int, opportunities: int, usable: int, rules: ProposalRules) -> TooLittle | None:
    if kind not in WINDOW_KINDS:
        return TooLittle.NOBODY_THERE
    if stoppages < rules.minimum_stoppages:
        return TooLittle.FEW_STOPPAGES
    if opportunities < rules.minimum_opportunities:
        return TooLittle.FEW_OPPORTUNITIES
    return TooLittle.TOO_SHORT if usable < rules.shortest_seconds else None


def _typical_times(
    spans: Iterable[Interval], chances: Sequence[Interval], zone: ZoneInfo, rules: ProposalRules
) -> tuple[TypicalTime, ...]:
    hits: dict[int, set[date]] = defaultdict(set)
    for span in spans:
        wall = span.start.astimezone(zone)
        hits[(wall.hour * 60 + wall.minute) // rules.slot_minutes].add(wall.date())
    typical = []
    for slot, days in sorted(hits.items()):
        at = time(*divmod(slot * rules.slot_minutes, 60))
        possible = _days_with(at, chances, zone)
        if possible and len(days) / possible >= rules.typical_share:
            typical.append(TypicalTime(at, min(1.0, len(days) / possible)))
    return tuple(typical)


def _days_with(at: time, chances: Sequence[Interval], zone: ZoneInfo) -> int:
    """On how many local dates an opportunity includes that time of day."""
    dates = set()
    for chance in chances:
        day, last = chance.start.astimezone(zone).date(), chance.end.astimezone(zone).date()
        while day <= last:
            slot = local_day(day, zone, at)
            if slot and chance.contains(slot.start):
                dates.add(day)
            day += DAY
    return len(dates)


def patterns_from(
    proposal: Proposal,
    *,
    ids: Sequence[UUID],
    work_center_id: UUID,
    rules: ProposalRules,
    max_learners: int = 1,
    minimum_staying: int = 0,
) -> tuple[WindowPattern, ...]:
    """One daily pattern per typical time of a proposal, whole minutes rounded down; ids are taken in order.

    Empty when the history says too little, when no time of day is typical, or when rounding leaves nothing usable:
    such stops serve learning when they happen, not a plan.
    """
    minutes = proposal.length_seconds // 60
    usable = minutes * 60 - rules.setup_seconds - rules.return_seconds
    if proposal.too_little or proposal.window_kind is None or usable < rules.shortest_seconds:
        return ()
    return tuple(
        WindowPattern(
            id=pattern_id,
            work_center_id=work_center_id,
            kind=proposal.window_kind,
            anchor=Every(24 * 60, typical.at),
            minutes=minutes,
            setup_seconds=rules.setup_seconds,
            return_seconds=rules.return_seconds,
            max_learners=max_learners,
            minimum_staying=minimum_staying,
            reliability=typical.reliability,
        )
        for typical, pattern_id in zip(proposal.typical_times, ids, strict=False)
    )
