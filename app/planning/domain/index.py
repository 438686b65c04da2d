"""A problem as positions and whole seconds: who can reach which window, what comes before what."""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, replace
from operator import attrgetter

from app.planning.domain.problem import PaidInterval, Problem
from app.planning.domain.segments import UNLIMITED, Segments, epoch

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reach:
    """A worker in a window in one paid interval: learning fits in `opens`..`closes`, a place is held `starts`..`ends`.

    `leaves` are the segments, at whatever work center, in which the worker is missed while holding the place.
    """

    worker: int
    window: int
    opens: int
    closes: int
    starts: int
    ends: int
    day: tuple[int, int]
    week: tuple[int, int, int]
    leaves: tuple[int, ...]


class Index:
    """Read-only look-ups over one problem, built once; items, workers and windows are numbered by id."""

    def __init__(self, problem: Problem) -> None:
        # Sorted once, so that no answer can depend on the order in which a caller lists things.
        self.problem = problem = replace(
            problem,
            workers=tuple(sorted(problem.workers, key=attrgetter("id"))),
            windows=tuple(sorted(problem.windows, key=attrgetter("id"))),
            items=tuple(sorted(problem.items, key=attrgetter("id"))),
        )
        self.now, self.until = epoch(problem.starts_at), epoch(problem.ends_at)
        self.worker_at = {worker.id: at for at, worker in enumerate(problem.workers)}
        self.window_at = {window.id: at for at, window in enumerate(problem.windows)}
        self.item_at = {item.id: at for at, item in enumerate(problem.items)}
        self.worker_of = [self.worker_at[item.worker_id] for item in problem.items]
        self.seconds = [item.seconds for item in problem.items]
        self.segments = Segments(problem.windows, problem.presence, self.worker_at)
        self.release = [self.now if item.release_at is None else max(self.now, epoch(item.release_at)) for item in problem.items]
        self.due = [self.until if item.due_at is None else epoch(item.due_at) for item in problem.items]
        self.items_of: list[list[int]] = [[] for _ in problem.workers]
        for at, worker in enumerate(self.worker_of):
            self.items_of[worker].append(at)
        self._index_order()
        self._index_presence()
        self._index_blackouts()
        self._index_skills()
        self._index_windows()
        self.reach = [self._reach_of(at) for at in range(len(problem.workers))]

    def _index_order(self) -> None:
        """Who must come before whom. A prerequisite is an item, a published item or a content of the same worker."""
        count = len(self.problem.items)
        self.before: list[list[int]] = [[] for _ in range(count)]
        self.after: list[list[int]] = [[] for _ in range(count)]
        self.missing: list[list[str]] = [[] for _ in range(count)]
        self.published_until = [self.now] * count
        by_content: dict[tuple[str, str], list[int]] = defaultdict(list)
        for at, item in enumerate(self.problem.items):
            by_content[item.worker_id, item.content_id].append(at)
        published: dict[str, int] = {}
        for block in self.problem.busy:
            if block.item_id is not None:
                published[block.item_id] = max(published.get(block.item_id, 0), epoch(block.ends_at))
        for at, item in enumerate(self.problem.items):
            for name in item.prerequisites:
                if name in self.item_at:
                    self._link(self.item_at[name], at)
                elif name in published:
                    self.published_until[at] = max(self.published_until[at], published[name])
                elif (item.worker_id, name) in by_content:
                    for earlier in by_content[item.worker_id, name]:
                        self._link(earlier, at)
                else:
                    self.missing[at].append(name)

    def _link(self, earlier: int, later: int) -> None:
        if earlier == later:
            # What waits for itself waits for ever, like one that waits for something nobody knows.
            self.missing[later].append(self.problem.items[later].id)
        elif earlier not in self.before[later]:
            self.before[later].append(earlier)
            self.after[earlier].append(later)

    def chain(self, item: int) -> list[int]:
        """An item after everything it waits for, the deepest first; a circle is listed once."""
        listed: list[int] = []
        seen = {item}
        stack = [(item, iter(self.before[item]))]
        while stack:
            at, waiting = stack[-1]
            earlier = next(waiting, None)
            if earlier is None:
                listed.append(at)
                stack.pop()
            elif earlier not in seen:
                seen.add(earlier)
                stack.append((earlier, iter(self.before[earlier])))
        return listed

    def _index_presence(self) -> None:
        self._presence: list[list[tuple[int, int, str]]] = [[] for _ in self.problem.workers]
        for span in self.problem.presence:
            at = self.worker_at.get(span.worker_id)
            if at is not None:
                self._presence[at].append((epoch(span.starts_at), epoch(span.ends_at), span.work_center_id))

    def _index_skills(self) -> None:
        """By segment: the skills of which so many must stay, and who of those present has them."""
        self.skill_rules: dict[int, list[tuple[str, frozenset[int], int]]] = {}
        skills = [worker.skills for worker in self.problem.workers]
        for rule in sorted(self.problem.skill_minimums, key=lambda one: (one.work_center_id, one.skill)):
            for at, center in enumerate(self.segments.work_centers):
                if center == rule.work_center_id and rule.minimum > 0:
                    people = frozenset(who for who in self.segments.present[at] if who >= 0 and rule.skill in skills[who])
                    self.skill_rules.setdefault(at, []).append((rule.skill, people, rule.minimum))

    def _index_blackouts(self) -> None:
        centers = {window.work_center_id for window in self.problem.windows}
        self.blackouts: dict[str, list[Span]] = {center: [] for center in centers}
        for blackout in self.problem.blackouts:
            span = (epoch(blackout.starts_at), epoch(blackout.ends_at))
            touched = centers if blackout.work_center_id is None else centers & {blackout.work_center_id}
            for center in touched:
                self.blackouts[center].append(span)
        for spans in self.blackouts.values():
            spans.sort()

    def _index_windows(self) -> None:
        """Windows by work center and start, and the longest of each center: how far back a search must look."""
        self.window_span = [(epoch(window.starts_at), epoch(window.ends_at)) for window in self.problem.windows]
        self._by_center: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._longest: dict[str, int] = defaultdict(int)
        for at, window in enumerate(self.problem.windows):
            starts, ends = self.window_span[at]
            self._by_center[window.work_center_id].append((starts, at))
            self._longest[window.work_center_id] = max(self._longest[window.work_center_id], ends - starts)
        for listed in self._by_center.values():
            listed.sort()

    def _reach_of(self, worker: int) -> list[Reach]:
        """Windows a worker can learn in, earliest first, the more reliable first among equals."""
        found: list[Reach] = []
        for shift in self.problem.workers[worker].shifts:
            centers = sorted(self._by_center) if shift.work_center_id is None else [shift.work_center_id]
            for center in centers:
                found += self._reach_in(worker, shift, center)
        windows = self.problem.windows
        found.sort(key=lambda r: (r.opens, -windows[r.window].reliability_percent, windows[r.window].id, r.closes))
        return found

    def _reach_in(self, worker: int, shift: PaidInterval, center: str) -> list[Reach]:
        listed = self._by_center.get(center, [])
        paid_from, paid_to = max(epoch(shift.starts_at), self.now), min(epoch(shift.ends_at), self.until)
        found: list[Reach] = []
        at = bisect_left(listed, (paid_from - self._longest[center], -1))
        ordinal, (year, number, _) = shift.business_date.toordinal(), shift.business_date.isocalendar()
        while at < len(listed) and listed[at][0] < paid_to:
            window = listed[at][1]
            opens, closes = self.learning_span(window)
            opens, closes = max(opens, paid_from), min(closes, paid_to)
            if opens < closes:
                day = self.day_of(worker, ordinal, released=self.problem.windows[window].is_release)
                span, week = self.window_span[window], (worker, year, number)
                found.append(Reach(worker, window, opens, closes, *span, day, week, self.leaves(worker, window)))
            at += 1
        return found

    def learning_span(self, window: int) -> Span:
        """When learning may run in a window: its usable seconds after the set-up buffer, before the return buffer."""
        value = self.problem.windows[window]
        starts, ends = self.window_span[window]
        opens = starts + value.setup_seconds
        return opens, min(ends - value.return_seconds, opens + value.usable_seconds)

    def leaves(self, worker: int, window: int) -> tuple[int, ...]:
        """Segments where a worker is on the floor and is missed while holding a place in a window."""
        segments, (starts, ends) = self.segments, self.window_span[window]
        here = self.problem.windows[window].work_center_id
        missed = {at for at in segments.of_window[window] if worker in segments.present[at]}
        for since, until, center in self._presence[worker]:
            if center != here and since < ends and starts < until:
                around = segments.in_center(center, max(since, starts), min(until, ends))
                missed.update(at for at in around if worker in segments.present[at])
        return tuple(sorted(missed))

    def speaks(self, item: int) -> bool:
        """Whether the worker reads one of the languages the content exists in."""
        wanted = self.problem.items[item].languages
        return not wanted or not wanted.isdisjoint(self.problem.workers[self.worker_of[item]].languages)

    def allowed(self, item: int, reach: Reach) -> bool:
        """Whether the item may be done at the window's work center, and in a window of its kind."""
        value, window = self.problem.items[item], self.problem.windows[reach.window]
        return (value.work_centers is None or window.work_center_id in value.work_centers) and window.takes(value.kind)

    @staticmethod
    def day_of(worker: int, ordinal: int, *, released: bool) -> tuple[int, int]:
        """The day in which seconds count; releases have days of their own, before the first of all, without a limit."""
        return (worker, -ordinal if released else ordinal)

    def daily_cap(self, day: tuple[int, int]) -> int:
        """Most learning seconds of a day."""
        most = self.problem.workers[day[0]].daily_cap_seconds
        return UNLIMITED if most is None or day[1] < 0 else most

    def weekly_cap(self, worker: int) -> int:
        """Most learning seconds of a week."""
        most = self.problem.workers[worker].weekly_cap_seconds
        return UNLIMITED if most is None else most
