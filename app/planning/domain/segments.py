"""Window time cut where the head count or the set of open windows changes: within a segment nothing moves.

Limits of windows that are open together count jointly: the largest learner and tablet allowance, the largest minimum.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from app.planning.domain.problem import PlanWindow, Presence

# Stands for "not limited"; far above any head count or number of seconds in a week.
UNLIMITED = 1 << 40


class Segments:
    """Parallel lists, one entry a segment, times in epoch seconds; windows and workers are positions in the problem."""

    def __init__(self, windows: Sequence[PlanWindow], presence: Sequence[Presence], worker_at: dict[str, int]) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.windows: list[tuple[int, ...]] = []
        self.present: list[frozenset[int]] = []
        self.learner_limit: list[int] = []
        self.minimum: list[int] = []
        self.tablet_limit: list[int] = []
        self.of_window: list[list[int]] = [[] for _ in windows]
        self.work_centers: list[str] = []
        self._of_center: dict[str, tuple[int, int]] = {}
        self._values = windows
        self._unnamed: dict[str, int] = {}
        self._worker_at = worker_at
        self._cut(presence)

    def _cut(self, presence: Sequence[Presence]) -> None:
        marks: dict[str, dict[int, list[tuple[bool, int, int]]]] = defaultdict(lambda: defaultdict(list))
        for at, window in enumerate(self._values):
            center = marks[window.work_center_id]
            center[epoch(window.starts_at)].append((True, 1, at))
            center[epoch(window.ends_at)].append((True, -1, at))
        for span in presence:
            if span.work_center_id in marks:
                who = self._person(span.worker_id)
                center = marks[span.work_center_id]
                center[epoch(span.starts_at)].append((False, 1, who))
                center[epoch(span.ends_at)].append((False, -1, who))
        for center_id in sorted(marks):
            first = len(self.starts)
            self._sweep(center_id, marks[center_id])
            self._of_center[center_id] = (first, len(self.starts))

    def _person(self, worker_id: str) -> int:
        """People on the floor who are not planned for still count as staying: they get numbers below zero."""
        known = self._worker_at.get(worker_id)
        if known is not None:
            return known
        return self._unnamed.setdefault(worker_id, -1 - len(self._unnamed))

    def _sweep(self, center_id: str, marks: dict[int, list[tuple[bool, int, int]]]) -> None:
        open_windows: set[int] = set()
        people: dict[int, int] = {}
        times = sorted(marks)
        for time, until in pairwise(times):
            for is_window, step, who in marks[time]:
                if is_window:
                    open_windows.symmetric_difference_update((who,))
                else:
                    people[who] = people.get(who, 0) + step
            if open_windows:
                self._append(center_id, time, until, sorted(open_windows), people)

    def _append(self, center_id: str, time: int, until: int, windows: list[int], people: dict[int, int]) -> None:
        for at in windows:
            self.of_window[at].append(len(self.starts))
        values = [self._values[at] for at in windows]
        self.starts.append(time)
        self.ends.append(until)
        self.work_centers.append(center_id)
        self.windows.append(tuple(windows))
        self.present.append(frozenset(who for who, spans in people.items() if spans > 0))
        self.learner_limit.append(max(window.max_learners for window in values))
        self.minimum.append(max(window.minimum_staying for window in values))
        self.tablet_limit.append(max(UNLIMITED if w.tablets is None else w.tablets for w in values))

    def in_center(self, center_id: str, starts: int, ends: int) -> range:
        """The segments of a work center that overlap an interval."""
        first, last = self._of_center.get(center_id, (0, 0))
        begin = max(first, bisect_right(self.starts, starts, first, last) - 1)
        while begin < last and self.ends[begin] <= starts:
            begin += 1
        end = begin
        while end < last and self.starts[end] < ends:
            end += 1
        return range(begin, end)


def epoch(instant: datetime) -> int:
    """Whole seconds since 1970 in UTC."""
    return int(instant.timestamp())
