"""The independent calculator: from raw facts to seconds, in plain Python. It shares no code with the product."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from benchmarks.year.facts import Facts, Span, Worked

NIGHT_FROM, NIGHT_UNTIL = 22, 6


def joined(spans: list[Span]) -> list[Span]:
    """Spans without overlaps."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def within(spans: list[Span], others: list[Span]) -> list[Span]:
    """What two lists have in common, in one pass."""
    found, place = [], 0
    for start, end in spans:
        while place < len(others) and others[place][1] <= start:
            place += 1
        at = place
        while at < len(others) and others[at][0] < end:
            found.append((max(start, others[at][0]), min(end, others[at][1])))
            at += 1
    return found


def without(spans: list[Span], others: list[Span]) -> list[Span]:
    """Spans less others."""
    found = []
    for begin, end in spans:
        at = begin
        for cut_start, cut_end in others:
            if at < cut_end and cut_start < end:
                found.append((at, cut_start))
                at = cut_end
        found.append((at, end))
    return [span for span in found if span[0] < span[1]]


def paid(facts: Facts) -> dict[int, list[Span]]:
    """For each worker the stretches that are paid in the end."""
    shifts: dict[int, list[Worked]] = defaultdict(list)
    for shift in facts.shifts:
        if not shift.cancelled:
            shifts[shift.worker].append(shift)
    claims: dict[int, list[Span]] = defaultdict(list)
    for one in facts.learned:
        claims[one.worker].append((one.start, one.end))
    taken: dict[int, list[Span]] = defaultdict(list)
    for worker, start, end in facts.reversed:
        taken[worker].append((start, end))
    restored: dict[int, list[Span]] = defaultdict(list)
    for worker, start, end in facts.restored:
        restored[worker].append((start, end))
    found = {}
    for worker, place in enumerate(facts.people):
        learned = joined(claims[worker])
        if place.strict:
            there = joined([(s.start, s.end) for s in shifts[worker]])
            there = without(there, joined([s.meal for s in shifts[worker]]))
            learned = within(learned, without(there, joined(facts.absent.get(worker, []))))
        found[worker] = joined([*without(learned, joined(taken[worker])), *restored[worker]])
    return found


def pieces(span: Span, zone: ZoneInfo) -> list[tuple[date, bool, int]]:
    """A stretch by local day and by night or day: (day, at night, seconds)."""
    found, (start, end) = [], span
    while start < end:
        here = start.astimezone(zone)
        edges = [datetime(here.year, here.month, here.day, hour, tzinfo=zone) for hour in (NIGHT_UNTIL, NIGHT_FROM)]
        midnight = here.date() + timedelta(days=1)
        edges.append(datetime(midnight.year, midnight.month, midnight.day, tzinfo=zone))
        stop = min([end, *(edge.astimezone(UTC) for edge in edges if edge.astimezone(UTC) > start)])
        night = not NIGHT_UNTIL <= here.hour < NIGHT_FROM
        found.append((here.date(), night, int((stop - start).total_seconds())))
        start = stop
    return found


def totals(facts: Facts) -> tuple[dict[tuple[int, date], int], dict[int, tuple[int, int, int]]]:
    """Seconds by worker and local day, and by worker: all, at night, on weekends."""
    days: dict[tuple[int, date], int] = defaultdict(int)
    sums: dict[int, list[int]] = {worker: [0, 0, 0] for worker in range(len(facts.people))}
    for worker, spans in paid(facts).items():
        zone = ZoneInfo(facts.people[worker].zone)
        for span in spans:
            for day, night, seconds in pieces(span, zone):
                days[worker, day] += seconds
                sums[worker][0] += seconds
                sums[worker][1] += seconds * night
                sums[worker][2] += seconds * (day.weekday() >= 5)
    return {key: value for key, value in days.items() if value}, {worker: tuple(s) for worker, s in sums.items()}  # type: ignore[misc]
