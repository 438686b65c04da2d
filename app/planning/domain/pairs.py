"""Shadowing pairs, before everything else: trainer, trainee and hour are chosen together, and stay where they are.

They are the only thing that needs two people at once. The trainee leaves the headcount for the whole window, like any
learner; the trainer works on and counts, but does nothing else meanwhile.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from app.planning.domain.floor import NO_START, Floor
from app.planning.domain.greedy import placing_order
from app.planning.domain.index import Index, Reach, Span
from app.planning.domain.pair_values import Pair, PairReason, PairRequest, UnplacedPair
from app.planning.domain.pins import place_pins
from app.planning.domain.problem import PAIR_HOUR, BusyBlock, Problem
from app.planning.domain.segments import epoch

TOLD = {
    PairReason.NO_TRAINER: "nobody planned for is qualified for {skill}",
    PairReason.TRAINER_LIMIT: "everybody who could show it has given their {limit} sessions of the week",
    PairReason.NOT_ON_SAME_SHIFT: "trainer and trainee are never on the same shift there in time",
    PairReason.NO_WINDOW_LONG_ENOUGH: "no window of the kind shadowing is long enough while both are there",
    PairReason.BLACKOUT: "a blackout closes every window long enough",
    PairReason.WORKER_BUSY: "one of the two has something else in every window long enough",
    PairReason.NO_SEAT_LEFT: "no place is left in any window long enough",
    PairReason.COVERAGE_MINIMUM: "without the trainee fewer than the minimum would stay",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One way to hold a session: who shows it, where the trainee has a place, and when."""

    trainer: int
    reach: Reach
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Paired:
    """The problem with the chosen pairs as time given away, for whoever plans the rest; and the pairs."""

    problem: Problem
    pairs: tuple[Pair, ...]
    unplaced: tuple[UnplacedPair, ...]


def place_pairs(problem: Problem) -> Paired:
    """Choose sessions: most worth first, those with fewest ways first among equals; one may give way once for another.

    Items that are pinned come before, so no pair takes a supervisor's pin its place.
    """
    if not problem.pairs:
        return Paired(problem, (), ())
    book = _Book(problem)
    left = [request for request in _ordered(book) if not book.seat(request)]
    waiting = [request for request in left if not _make_room(book, request)]
    pairs = tuple(sorted((book.pair(request) for request in book.chosen), key=lambda one: (one.starts_at, one.request_id)))
    unplaced = tuple(sorted((_unplaced(book, request) for request in waiting), key=lambda one: one.request_id))
    return Paired(replace(problem, pairs=(), busy=(*problem.busy, *busy_of(pairs))), pairs, unplaced)


def busy_of(pairs: tuple[Pair, ...]) -> Iterator[BusyBlock]:
    """Sessions as time given away: the trainee's with a place, the trainer's without."""
    for pair in pairs:
        yield BusyBlock(pair.trainee_id, pair.starts_at, pair.ends_at, pair.window_id)
        yield BusyBlock(pair.trainer_id, pair.starts_at, pair.ends_at, coaching=True)


def _ordered(book: "_Book") -> list[PairRequest]:
    ways = {request.id: sum(1 for _ in book.options(request)) for request in book.problem.pairs}
    return sorted(book.problem.pairs, key=lambda one: (-one.value, ways[one.id], one.id))


def _make_room(book: "_Book", request: PairRequest) -> bool:
    """Move one other session elsewhere, if that lets this one in; otherwise everything is as it was."""
    for other in sorted(book.chosen, key=lambda one: one.id):
        was = book.leave(other)
        if book.seat(request):
            if book.seat(other):
                return True
            book.leave(request)
        book.take(other, was)
    return False


@dataclass(slots=True)
class _Book:
    """Who has which session so far, on a floor that holds what is published and pinned."""

    problem: Problem
    index: Index = field(init=False)
    floor: Floor = field(init=False)
    chosen: dict[PairRequest, Option] = field(default_factory=dict)
    given: Counter[tuple[int, int, int]] = field(default_factory=Counter)
    windows: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.index = Index(self.problem)
        self.floor = Floor(self.index)
        place_pins(self.floor, placing_order(self.index, 0))
        for at, window in enumerate(self.index.problem.windows):
            if window.kind == PAIR_HOUR:
                self.windows[window.work_center_id].append(at)
        for one in self.problem.coached:
            if one.trainer_id in self.index.worker_at:
                year, week, _ = one.business_date.isocalendar()
                self.given[self.index.worker_at[one.trainer_id], year, week] += 1

    def trainers(self, request: PairRequest) -> list[int]:
        """Everybody who may show it: the named one or anybody, with the skill where one is named."""
        return [
            at
            for at, worker in enumerate(self.index.problem.workers)
            if worker.id != request.trainee_id
            and request.trainer_id in (None, worker.id)
            and (request.skill is None or request.skill in worker.skills)
        ]

    def together(self, request: PairRequest) -> Iterator[tuple[int, Reach, int, int]]:
        """Trainer, the trainee's reach, and how long both are there in it: before anything that is planned is looked at."""
        trainee = self.index.worker_at.get(request.trainee_id)
        since = self.index.now if request.release_at is None else max(self.index.now, epoch(request.release_at))
        until = self.index.until if request.due_at is None else min(self.index.until, epoch(request.due_at))
        for reach in [] if trainee is None else self.index.reach[trainee]:
            window = self.index.problem.windows[reach.window]
            if window.kind == PAIR_HOUR and window.work_center_id == request.work_center_id:
                for trainer in self.trainers(request):
                    for other in self.index.reach[trainer]:
                        if other.window == reach.window and other.day[1] == reach.day[1]:
                            opens = max(reach.opens, other.opens, since)
                            yield trainer, reach, opens, min(reach.closes, other.closes, until)

    def options(self, request: PairRequest) -> Iterator[Option]:
        """Every way that breaks no rule now, the earliest first; of equals whoever has given fewer sessions."""
        found = [one for one in self.together(request) if one[3] - one[2] >= request.seconds]
        for trainer, reach, opens, closes in sorted(found, key=self._eagerness):
            if self.refusal(trainer, reach) is None:
                start = self._start(trainer, reach, opens, closes - request.seconds, request.seconds)
                if start != NO_START:
                    yield Option(trainer, reach, start, start + request.seconds)

    def _eagerness(self, one: tuple[int, Reach, int, int]) -> tuple[int, int, int, int]:
        trainer, reach, opens, _ = one
        return opens, self.given[self._week(trainer, reach)], trainer, reach.window

    def refusal(self, trainer: int, reach: Reach) -> PairReason | None:
        """The rule that closes a window for a pair whatever the second; None when none does."""
        limit = self.problem.trainer_weekly_sessions
        if limit is not None and self.given[self._week(trainer, reach)] >= limit:
            return PairReason.TRAINER_LIMIT
        if reach.worker in self.floor.holders[reach.window] or any(
            starts < reach.ends and reach.starts < ends for starts, ends, _ in self.floor.holds[reach.worker]
        ):
            return PairReason.WORKER_BUSY
        if not self.floor.seat_free(reach):
            return PairReason.NO_SEAT_LEFT
        if not self.floor.covered(reach):
            return PairReason.COVERAGE_MINIMUM
        return None

    def _week(self, trainer: int, reach: Reach) -> tuple[int, int, int]:
        return trainer, reach.week[1], reach.week[2]

    def _start(self, trainer: int, reach: Reach, opens: int, last: int, seconds: int) -> int:
        """The first second at which both are free for the whole session, outside blackouts."""
        taken = self.closed(trainer, reach)
        start, moved = opens, True
        while moved and start <= last:
            moved = False
            for starts, ends in taken:
                if starts < start + seconds and start < ends:
                    start, moved = ends, True
        return start if start <= last else NO_START

    def closed(self, trainer: int, reach: Reach) -> list[Span]:
        """What no session may touch: blackouts, the time of both, and places the trainer holds anywhere."""
        held = [(starts, ends) for starts, ends, _ in self.floor.holds[trainer]]
        center = self.index.problem.windows[reach.window].work_center_id
        return [*self.index.blackouts[center], *self.floor.busy[reach.worker], *self.floor.busy[trainer], *held]

    def seat(self, request: PairRequest) -> bool:
        """Give a request its first way; False when there is none."""
        option = next(self.options(request), None)
        if option is not None:
            self.take(request, option)
        return option is not None

    def take(self, request: PairRequest, option: Option) -> None:
        """Write a session down."""
        self.chosen[request] = option
        self._book(option, 1)

    def leave(self, request: PairRequest) -> Option:
        """Take a session out again."""
        option = self.chosen.pop(request)
        self._book(option, -1)
        return option

    def _book(self, option: Option, step: int) -> None:
        reach, trainer = option.reach, option.trainer
        self.given[self._week(trainer, reach)] += step
        self.floor.reserve(reach, (option.start, option.end), step)
        self.floor.engage(trainer, (option.start, option.end), step)

    def pair(self, request: PairRequest) -> Pair:
        """A chosen session as it is answered."""
        option, problem = self.chosen[request], self.index.problem
        return Pair(
            request_id=request.id,
            trainer_id=problem.workers[option.trainer].id,
            trainee_id=request.trainee_id,
            window_id=problem.windows[option.reach.window].id,
            starts_at=datetime.fromtimestamp(option.start, UTC),
            ends_at=datetime.fromtimestamp(option.end, UTC),
        )


def _unplaced(book: _Book, request: PairRequest) -> UnplacedPair:
    workers = book.index.problem.workers
    trainers = book.trainers(request)
    reason = _reason(book, request) if trainers else PairReason.NO_TRAINER
    names = {worker.id: worker.name or worker.id for worker in workers}
    trainee = names.get(request.trainee_id, request.trainee_id)
    what = f"Shadowing for {trainee}" + (f" ({request.skill})" if request.skill else "")
    told = TOLD[reason].format(skill=request.skill or "it", limit=book.problem.trainer_weekly_sessions)
    return UnplacedPair(request.id, reason, f"{what} has no hour: {told}.", tuple(workers[at].id for at in trainers))


def _reason(book: _Book, request: PairRequest) -> PairReason:
    """The rule that closes most of the windows which are long enough, or why there is none."""
    if not _meet(book, request):
        return PairReason.NOT_ON_SAME_SHIFT
    found = [one for one in book.together(request) if one[3] - one[2] >= request.seconds]
    if not found:
        return PairReason.NO_WINDOW_LONG_ENOUGH
    closed: Counter[PairReason] = Counter()
    for trainer, reach, opens, closes in found:
        reason = book.refusal(trainer, reach)
        if reason is None:
            dark = book.index.blackouts[request.work_center_id]
            room = _free(opens, closes, dark) >= request.seconds
            reason = PairReason.WORKER_BUSY if room else PairReason.BLACKOUT
        closed[reason] += 1
    return min(closed, key=lambda reason: (-closed[reason], list(PairReason).index(reason)))


def _meet(book: _Book, request: PairRequest) -> bool:
    """Whether trainee and a trainer share paid time of the same business date at the work center, in time."""
    workers = book.index.problem.workers
    at = book.index.worker_at.get(request.trainee_id)
    since = max(book.problem.starts_at, request.release_at or book.problem.starts_at)
    until = min(book.problem.ends_at, request.due_at or book.problem.ends_at)
    here = (None, request.work_center_id)
    return at is not None and any(
        max(mine.starts_at, theirs.starts_at, since) < min(mine.ends_at, theirs.ends_at, until)
        for trainer in book.trainers(request)
        for theirs in workers[trainer].shifts
        for mine in workers[at].shifts
        if mine.work_center_id in here and theirs.work_center_id in here and mine.business_date == theirs.business_date
    )


def _free(opens: int, closes: int, taken: list[Span]) -> int:
    """The longest stretch that nothing touches."""
    longest = 0
    for starts, ends in [*sorted(taken), (closes, closes)]:
        if starts < closes or starts == closes:
            longest = max(longest, min(starts, closes) - opens)
            opens = max(opens, ends)
    return longest
