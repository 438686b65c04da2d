"""The floor as planned so far: who holds which place, whose time is taken, and whether one more block fits."""

from bisect import insort
from collections import defaultdict
from datetime import date

from app.planning.domain.index import Index, Reach, Span
from app.planning.domain.segments import epoch

NO_START = -1
# Stands in place of a window where somebody is taken without holding a place.
NOWHERE = -1
Hold = tuple[int, int, int]


class Floor:
    """Book of places, time and caps. `start[item]` is epoch seconds or NO_START; published blocks never move."""

    def __init__(self, index: Index) -> None:
        self.index = index
        workers, windows, items = len(index.reach), len(index.problem.windows), len(index.seconds)
        self.start = [NO_START] * items
        self.place_of: list[Reach | None] = [None] * items
        self.busy: list[list[Span]] = [[] for _ in range(workers)]
        self.holds: list[list[Hold]] = [[] for _ in range(workers)]
        self.holders: list[dict[int, int]] = [{} for _ in range(windows)]
        self.tablets: list[dict[int, int]] = [{} for _ in range(windows)]
        self.learners = [0] * len(index.segments.starts)
        self.away = [0] * len(index.segments.starts)
        self.tablets_out = [0] * len(index.segments.starts)
        # Qualified people who are away, by segment and the place of the skill among its rules.
        self.away_skilled: dict[tuple[int, int], int] = defaultdict(int)
        self.used_day: dict[tuple[int, int], int] = defaultdict(int)
        self.used_week: dict[tuple[int, int, int], int] = defaultdict(int)
        self._weekly = [index.weekly_cap(worker) for worker in range(workers)]
        self._take_published()

    def _take_published(self) -> None:
        index = self.index
        for worker, value in enumerate(index.problem.workers):
            for used in value.used:
                self._count(worker, used.business_date, used.seconds, released=used.released)
        for block in index.problem.busy:
            at = index.worker_at.get(block.worker_id)
            if at is None:
                continue
            span = (epoch(block.starts_at), epoch(block.ends_at))
            insort(self.busy[at], span)
            window = index.window_at.get(block.window_id or "")
            if block.business_date is not None:
                self._count(at, block.business_date, span[1] - span[0], released=block.released)
            if window is not None:
                self.holders[window][at] = 1
                if block.needs_tablet:
                    self.tablets[window][at] = 1
        self._seat_published()

    def _count(self, worker: int, day: date, seconds: int, *, released: bool) -> None:
        year, week, _ = day.isocalendar()
        self.used_day[self.index.day_of(worker, day.toordinal(), released=released)] += seconds
        self.used_week[worker, year, week] += seconds

    def _seat_published(self) -> None:
        """Published places may overlap; a person is still only one learner, so people are counted and not places."""
        segments = self.index.segments
        learners: list[set[int]] = [set() for _ in segments.starts]
        away: list[set[int]] = [set() for _ in segments.starts]
        tablets: list[set[int]] = [set() for _ in segments.starts]
        for window, holders in enumerate(self.holders):
            for worker in holders:
                insort(self.holds[worker], (*self.index.window_span[window], window))
                for at in segments.of_window[window]:
                    learners[at].add(worker)
                    if worker in self.tablets[window]:
                        tablets[at].add(worker)
                for at in self.index.leaves(worker, window):
                    away[at].add(worker)
        for block in self.index.problem.busy:
            trainer = self.index.worker_at.get(block.worker_id)
            if block.coaching and trainer is not None:
                # Nowhere else meanwhile, and missed nowhere: the trainer is at work.
                insort(self.holds[trainer], (epoch(block.starts_at), epoch(block.ends_at), NOWHERE))
        self.learners = [len(people) for people in learners]
        self.away = [len(people) for people in away]
        for at, rules in self.index.skill_rules.items():
            for place, (_, people, _) in enumerate(rules):
                self.away_skilled[at, place] = len(away[at] & people)
        self.tablets_out = [len(people) for people in tablets]

    def earliest(self, item: int) -> int:
        """The first second an item may start, given its release and the prerequisites placed so far."""
        since = max(self.index.release[item], self.index.published_until[item])
        for earlier in self.index.before[item]:
            if self.start[earlier] != NO_START:
                since = max(since, self.start[earlier] + self.index.seconds[earlier])
        return since

    def ready(self, item: int) -> bool:
        """Whether everything the item waits for is published or placed."""
        before = self.index.before[item]
        return not self.index.missing[item] and all(self.start[earlier] != NO_START for earlier in before)

    def place_if_free(self, item: int, only_window: int | None = None) -> bool:
        """Place an item that is ready at its earliest free place, if asked in one window only; False if none."""
        found = self.find(item, only_window) if self.ready(item) else None
        if found is not None:
            self.place(item, *found)
        return found is not None

    def latest(self, item: int) -> int:
        """The second by which an item must have ended, given its due date and the successors placed so far."""
        until = self.index.due[item]
        for later in self.index.after[item]:
            if self.start[later] != NO_START:
                until = min(until, self.start[later])
        return until

    def find(self, item: int, only_window: int | None = None) -> tuple[Reach, int] | None:
        """The earliest reachable place and start that break no rule; unplaced prerequisites are not looked at."""
        if not self.index.speaks(item):
            return None
        seconds, since, until = self.index.seconds[item], self.earliest(item), self.latest(item)
        for reach in self.index.reach[self.index.worker_of[item]]:
            if reach.opens + seconds > until:
                break
            if reach.closes - seconds < since or (only_window is not None and reach.window != only_window):
                continue
            # Places run out first and are the cheapest to look up.
            if self.place_free(item, reach) and self.index.allowed(item, reach) and self.within_caps(item, reach):
                start = self.gap(reach, seconds, since, until)
                if start != NO_START:
                    return reach, start
        return None

    def gap(self, reach: Reach, seconds: int, since: int, until: int) -> int:
        """The first start of a free stretch of the worker's time in a window outside blackouts, or NO_START."""
        start, end = max(reach.opens, since), min(reach.closes, until)
        if start + seconds > end:
            return NO_START
        for starts, ends, window in self.holds[reach.worker]:
            if starts < reach.ends and reach.starts < ends and window != reach.window:
                return NO_START
        closed = self.index.blackouts[self.index.problem.windows[reach.window].work_center_id]
        moved = True
        while moved and start + seconds <= end:
            moved = False
            for spans in (self.busy[reach.worker], closed):
                for starts, ends in spans:
                    if starts < start + seconds and start < ends:
                        start, moved = ends, True
        return start if start + seconds <= end else NO_START

    def within_caps(self, item: int, reach: Reach) -> bool:
        """Whether the item's seconds stay within the worker's daily and weekly cap."""
        seconds = self.index.seconds[item]
        if self.used_day[reach.day] + seconds > self.index.daily_cap(reach.day):
            return False
        return self.used_week[reach.week] + seconds <= self._weekly[reach.worker]

    def place_free(self, item: int, reach: Reach) -> bool:
        """Whether the worker holds a place in the window, or may take one, with a tablet if the item needs one."""
        if reach.worker not in self.holders[reach.window] and not (self.seat_free(reach) and self.covered(reach)):
            return False
        return self.tablet_free(item, reach)

    def seat_free(self, reach: Reach) -> bool:
        """Whether one more learner is allowed in the window, alone and together with the windows open beside it."""
        if len(self.holders[reach.window]) >= self.index.problem.windows[reach.window].max_learners:
            return False
        segments = self.index.segments
        return all(self.learners[at] < segments.learner_limit[at] for at in segments.of_window[reach.window])

    def covered(self, reach: Reach) -> bool:
        """Whether the minimum still stays, wherever the worker is missed, with this one more person away."""
        segments = self.index.segments
        if not all(len(segments.present[at]) - self.away[at] > segments.minimum[at] for at in reach.leaves):
            return False
        return not self.index.skill_rules or self.missing_skill(reach) is None

    def missing_skill(self, reach: Reach) -> str | None:
        """A skill of which too few would stay without the worker; None when enough do, or the worker does not have it."""
        for at in reach.leaves:
            for place, (skill, people, minimum) in enumerate(self.index.skill_rules.get(at, ())):
                if reach.worker in people and len(people) - self.away_skilled[at, place] <= minimum:
                    return skill
        return None

    def tablet_free(self, item: int, reach: Reach) -> bool:
        """Whether the item needs no tablet, or the worker has one in the window, or one is left."""
        if not self.index.problem.items[item].needs_tablet or reach.worker in self.tablets[reach.window]:
            return True
        limit, segments = self.index.problem.windows[reach.window].tablets, self.index.segments
        if limit is not None and len(self.tablets[reach.window]) >= limit:
            return False
        return all(self.tablets_out[at] < segments.tablet_limit[at] for at in segments.of_window[reach.window])

    def place(self, item: int, reach: Reach, start: int) -> None:
        """Book an item; the caller has asked `find` first."""
        self.start[item], self.place_of[item] = start, reach
        seconds = self.index.seconds[item]
        insort(self.busy[reach.worker], (start, start + seconds))
        self.used_day[reach.day] += seconds
        self.used_week[reach.week] += seconds
        if self._step(self.holders[reach.window], reach.worker, 1):
            insort(self.holds[reach.worker], (reach.starts, reach.ends, reach.window))
            self._seat(reach, 1)
        if self.index.problem.items[item].needs_tablet and self._step(self.tablets[reach.window], reach.worker, 1):
            self._hand_tablet(reach, 1)

    def remove(self, item: int) -> Reach:
        """Take an item off the floor again; answers where it was."""
        reach = self.place_of[item]
        if reach is None:
            raise ValueError("the item has no place")
        start, seconds = self.start[item], self.index.seconds[item]
        self.busy[reach.worker].remove((start, start + seconds))
        self.used_day[reach.day] -= seconds
        self.used_week[reach.week] -= seconds
        if self._step(self.holders[reach.window], reach.worker, -1):
            self.holds[reach.worker].remove((reach.starts, reach.ends, reach.window))
            self._seat(reach, -1)
        if self.index.problem.items[item].needs_tablet and self._step(self.tablets[reach.window], reach.worker, -1):
            self._hand_tablet(reach, -1)
        self.start[item], self.place_of[item] = NO_START, None
        return reach

    def reserve(self, reach: Reach, span: Span, step: int) -> None:
        """Take time and a place for a session that is no item, or give both back (`step` -1)."""
        self._give(reach.worker, span, (reach.starts, reach.ends, reach.window), step)
        self._step(self.holders[reach.window], reach.worker, step)
        self._seat(reach, step)

    def engage(self, worker: int, span: Span, step: int) -> None:
        """Take time of somebody who stays where they are, or give it back (`step` -1)."""
        self._give(worker, span, (*span, NOWHERE), step)

    def _give(self, worker: int, span: Span, hold: Hold, step: int) -> None:
        if step > 0:
            insort(self.busy[worker], span)
            insort(self.holds[worker], hold)
        else:
            self.busy[worker].remove(span)
            self.holds[worker].remove(hold)

    @staticmethod
    def _step(book: dict[int, int], worker: int, step: int) -> bool:
        """Count one item more or less; True when the worker came first or left last."""
        before = book.get(worker, 0)
        if before + step:
            book[worker] = before + step
        else:
            del book[worker]
        return before == 0 or before + step == 0

    def _seat(self, reach: Reach, step: int) -> None:
        for at in self.index.segments.of_window[reach.window]:
            self.learners[at] += step
        for at in reach.leaves:
            self.away[at] += step
            for place, (_, people, _) in enumerate(self.index.skill_rules.get(at, ())):
                if reach.worker in people:
                    self.away_skilled[at, place] += step

    def _hand_tablet(self, reach: Reach, step: int) -> None:
        for at in self.index.segments.of_window[reach.window]:
            self.tablets_out[at] += step
