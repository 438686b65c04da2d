"""Where a line could open one more short window for somebody: paid time in which nothing else is and enough others stay."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass

from app.planning.domain.floor import Floor
from app.planning.domain.index import Span
from app.planning.domain.problem import ItemKind, PaidInterval
from app.planning.domain.segments import epoch

# So many moments of a shift are tried; whoever is free at none of them is busy all day.
TRIES = 40


@dataclass(frozen=True, slots=True)
class Opening:
    """Time for one item of one worker at a work center, and the day and week it counts in."""

    center: str
    worker: int
    start: int
    day: tuple[int, int]
    week: tuple[int, int, int]


class Openings:
    """People and windows by work center, made once for all questions about one floor."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        index = floor.index
        # Windows and blackouts of each work center by start, and the longest: how far back a search must look.
        self._windows: dict[str, list[Span]] = defaultdict(list)
        self._longest: dict[str, int] = {}
        self._minimum: dict[str, int] = defaultdict(int)
        self._tablets: dict[str, bool] = defaultdict(lambda: True)
        for at, window in enumerate(index.problem.windows):
            center = window.work_center_id
            self._windows[center].append(index.window_span[at])
            self._minimum[center] = max(self._minimum[center], window.minimum_staying)
            self._tablets[center] &= window.tablets is None or window.tablets > 0
        for center, spans in self._windows.items():
            self._windows[center] = sorted([*spans, *index.blackouts[center]])
            self._longest[center] = max(end - start for start, end in self._windows[center])
        self._people: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        self._places: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        for span in index.problem.presence:
            times = (epoch(span.starts_at), epoch(span.ends_at))
            self._people[span.work_center_id].append((*times, span.worker_id))
            self._places[span.worker_id].append((*times, span.work_center_id))
        for people in self._people.values():
            people.sort()
        self._shift = max((until - since for people in self._people.values() for since, until, _ in people), default=0)

    def add(self, opening: Opening, seconds: int) -> None:
        """Count a window that would be opened as one of the line's."""
        insort(self._windows[opening.center], (opening.start, opening.start + seconds))

    def remove(self, opening: Opening, seconds: int) -> None:
        """Count it no longer."""
        self._windows[opening.center].remove((opening.start, opening.start + seconds))

    def find(self, item: int) -> Opening | None:
        """The earliest time for an item outside every window, or None. Caps and languages are not looked at."""
        index = self.floor.index
        worker = index.worker_of[item]
        centers = index.problem.items[item].work_centers
        for shift in sorted(index.problem.workers[worker].shifts, key=lambda one: one.starts_at):
            center = shift.work_center_id
            if center is None or center not in self._windows or (centers is not None and center not in centers):
                continue
            if index.problem.items[item].needs_tablet and not self._tablets[center]:
                continue
            start = self._in_shift(item, worker, center, shift)
            if start is not None:
                year, week, _ = shift.business_date.isocalendar()
                released = index.problem.items[item].kind is ItemKind.PROTECTED_BLOCK
                day = index.day_of(worker, shift.business_date.toordinal(), released=released)
                return Opening(center, worker, start, day, (worker, year, week))
        return None

    def hour(self, trainee: int, trainer: int, center: str, span: Span, seconds: int) -> int | None:
        """The earliest start in a stretch of time at which both are free and enough others stay; None when there is none."""
        if center not in self._windows:
            return None
        start, closes = span
        for _ in range(TRIES):
            if start + seconds > closes:
                return None
            end = start + seconds
            busy = [self._busy_until(who, center, start, end) for who in (trainee, trainer)]
            later = max((until for until in busy if until is not None), default=None)
            if later is None and self._covered(trainee, center, start, end):
                return start
            start = later if later is not None else self._next(center, start)
        return None

    def _in_shift(self, item: int, worker: int, center: str, shift: PaidInterval) -> int | None:
        index, seconds = self.floor.index, self.floor.index.seconds[item]
        start = max(epoch(shift.starts_at), self.floor.earliest(item), index.now)
        last = min(epoch(shift.ends_at), self.floor.latest(item), index.until) - seconds
        for _ in range(TRIES):
            if start > last:
                return None
            later = self._busy_until(worker, center, start, start + seconds)
            if later is None and self._covered(worker, center, start, start + seconds):
                return start
            start = later if later is not None else self._next(center, start)
        return None

    def _busy_until(self, worker: int, center: str, start: int, end: int) -> int | None:
        """When what lies in the way ends: the worker's own, the line's windows and blackouts, time at another line."""
        floor, name = self.floor, self.floor.index.problem.workers[worker].id
        later = [until for since, until in floor.busy[worker] if since < end and start < until]
        later += [until for since, until, _ in floor.holds[worker] if since < end and start < until]
        later += [until for since, until, at in self._places[name] if at != center and since < end and start < until]
        windows = self._windows[center]
        at = bisect_left(windows, (start - self._longest[center], 0))
        while at < len(windows) and windows[at][0] < end:
            if start < windows[at][1]:
                later.append(windows[at][1])
            at += 1
        return max(later, default=None)

    def _covered(self, worker: int, center: str, start: int, end: int) -> bool:
        """Whether enough people stay throughout who hold no place anywhere meanwhile."""
        index = self.floor.index
        me = index.problem.workers[worker].id
        staying: set[str] = set()
        people, wanted = self._people[center], self._minimum[center]
        at = bisect_left(people, (start - self._shift, 0, ""))
        while at < len(people) and people[at][0] <= start and len(staying) < wanted:
            _, until, name = people[at]
            if end <= until and name != me and name not in staying and not self._away(name, start, end):
                staying.add(name)
            at += 1
        return len(staying) >= wanted and self._qualified_stay(worker, center, start, end)

    def _qualified_stay(self, worker: int, center: str, start: int, end: int) -> bool:
        """Whether enough of those stay throughout who are qualified for what the worker is."""
        problem, at = self.floor.index.problem, self.floor.index.worker_at
        me = problem.workers[worker]
        for rule in problem.skill_minimums:
            if rule.work_center_id == center and rule.skill in me.skills:
                staying = {
                    name
                    for since, until, name in self._people[center]
                    if since <= start and end <= until and name != me.id and not self._away(name, start, end)
                    if name in at and rule.skill in problem.workers[at[name]].skills
                }
                if len(staying) < rule.minimum:
                    return False
        return True

    def _away(self, name: str, start: int, end: int) -> bool:
        at = self.floor.index.worker_at.get(name)
        return at is not None and any(since < end and start < until for since, until, _ in self.floor.holds[at])

    def _next(self, center: str, start: int) -> int:
        """The next moment at which somebody comes to the line; far away when nobody does."""
        people = self._people[center]
        at = bisect_right(people, (start, 1 << 40, ""))
        return people[at][0] if at < len(people) else 1 << 40
