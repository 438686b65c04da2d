"""Who has which session so far, and every way there is for one more: what choosing pairs and naming a change both ask."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.planning.domain.floor import NO_START, Floor
from app.planning.domain.greedy import placing_order
from app.planning.domain.index import Index, Reach, Span
from app.planning.domain.pair_values import Pair, PairReason, PairRequest
from app.planning.domain.pins import place_pins
from app.planning.domain.problem import PAIR_HOUR, Problem
from app.planning.domain.segments import epoch


@dataclass(frozen=True, slots=True)
class Option:
    """One way to hold a session: who shows it, where the trainee has a place, and when."""

    trainer: int
    reach: Reach
    start: int
    end: int


@dataclass(slots=True)
class Book:
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

    def together(
        self, request: PairRequest, trainers: list[int] | None = None, due: datetime | None = None
    ) -> Iterator[tuple[int, Reach, int, int]]:
        """Trainer, the trainee's reach, and how long both are there in it: before anything that is planned is looked at.

        Asked of other `trainers` or another date than the request's own, if they are given.
        """
        due = due or request.due_at
        trainee = self.index.worker_at.get(request.trainee_id)
        since = self.index.now if request.release_at is None else max(self.index.now, epoch(request.release_at))
        until = self.index.until if due is None else min(self.index.until, epoch(due))
        for reach in [] if trainee is None else self.index.reach[trainee]:
            window = self.index.problem.windows[reach.window]
            if window.kind == PAIR_HOUR and window.work_center_id == request.work_center_id:
                for trainer in self.trainers(request) if trainers is None else trainers:
                    for other in self.index.reach[trainer]:
                        if other.window == reach.window and other.day[1] == reach.day[1]:
                            opens = max(reach.opens, other.opens, since)
                            yield trainer, reach, opens, min(reach.closes, other.closes, until)

    def options(self, request: PairRequest) -> Iterator[Option]:
        """Every way that breaks no rule now, the earliest first; of equals whoever has given fewer sessions."""
        found = [one for one in self.together(request) if one[3] - one[2] >= request.seconds]
        for trainer, reach, opens, closes in sorted(found, key=self._eagerness):
            if self.refusal(trainer, reach) is None:
                start = self.start(trainer, reach, opens, closes - request.seconds, request.seconds)
                if start != NO_START:
                    yield Option(trainer, reach, start, start + request.seconds)

    def _eagerness(self, one: tuple[int, Reach, int, int]) -> tuple[int, int, int, int]:
        trainer, reach, opens, _ = one
        return opens, self.given[self.week(trainer, reach)], trainer, reach.window

    def refusal(self, trainer: int, reach: Reach) -> PairReason | None:
        """The rule that closes a window for a pair whatever the second; None when none does."""
        limit = self.problem.trainer_weekly_sessions
        if limit is not None and self.given[self.week(trainer, reach)] >= limit:
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

    def week(self, trainer: int, reach: Reach) -> tuple[int, int, int]:
        """The trainer's week in which a session would count."""
        return trainer, reach.week[1], reach.week[2]

    def start(self, trainer: int, reach: Reach, opens: int, last: int, seconds: int, *, dark: bool = True) -> int:
        """The first second at which both are free for the whole session, outside blackouts unless these are not `dark`."""
        taken = self.closed(trainer, reach, dark=dark)
        start, moved = opens, True
        while moved and start <= last:
            moved = False
            for starts, ends in taken:
                if starts < start + seconds and start < ends:
                    start, moved = ends, True
        return start if start <= last else NO_START

    def closed(self, trainer: int, reach: Reach, *, dark: bool = True) -> list[Span]:
        """What no session may touch: blackouts, the time of both, and places the trainer holds anywhere."""
        held = [(starts, ends) for starts, ends, _ in self.floor.holds[trainer]]
        center = self.index.problem.windows[reach.window].work_center_id
        blackouts = self.index.blackouts[center] if dark else []
        return [*blackouts, *self.floor.busy[reach.worker], *self.floor.busy[trainer], *held]

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
        self.given[self.week(trainer, reach)] += step
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
