"""The cheapest change that would let a shadowing session in while everything that was chosen before it stays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.planning.domain.fixes import fewer_staying, learners_missing, price
from app.planning.domain.floor import NO_START
from app.planning.domain.index import Reach
from app.planning.domain.openings import Openings
from app.planning.domain.pair_book import Book
from app.planning.domain.pair_values import PairRequest
from app.planning.domain.plan import Change, ChangeKind, Step
from app.planning.domain.problem import PaidInterval
from app.planning.domain.segments import epoch
from app.planning.domain.sentences import length_of, when


@dataclass(frozen=True, slots=True)
class Way:
    """Steps that let a session in, and when it would then begin."""

    steps: tuple[Step, ...]
    start: int

    @property
    def cost(self) -> tuple[int, int]:
        """The cheapest way first, of equals the earliest."""
        return price(self.steps), self.start


def cheapest(book: Book, request: PairRequest) -> Change | None:
    """What to change, all of it; None when nothing simple helps."""
    search = _Search(book, request, Openings(book.floor))
    best = min(search.ways(request.due_at), key=lambda way: way.cost, default=None)
    if best is None and request.due_at is not None and request.due_at < book.problem.ends_at:
        best = min(search.later(), key=lambda way: way.cost, default=None)
    if best is None:
        return None
    first, *others = best.steps
    text = _sentence(book, request, best.steps)
    return Change(first.kind, first.subject_id, first.window_id, first.amount, 1, text, first.starts_at, tuple(others))


@dataclass(frozen=True, slots=True)
class _Search:
    book: Book
    request: PairRequest
    openings: Openings

    def ways(self, due: datetime | None) -> Iterator[Way]:
        """Every way in by its date: trainers who are qualified, and those who could be, in windows there are or might be."""
        qualified = self.book.trainers(self.request)
        others = [at for at in self._others() if at not in qualified]
        for trainers, first in ((qualified, False), (others, True)):
            for trainer, reach, opens, closes in self.book.together(self.request, trainers, due):
                yield from self._there(trainer, reach, (opens, closes), self._qualifying(trainer) if first else ())
            for trainer in trainers:
                yield from self._opened(trainer, due, self._qualifying(trainer) if first else ())

    def later(self) -> Iterator[Way]:
        """Ways in after its date, with a later one."""
        assert self.request.due_at is not None
        due = epoch(self.request.due_at)
        for way in self.ways(self.book.problem.ends_at):
            seconds = way.start + self.request.seconds - due
            yield Way((Step(ChangeKind.LATER_DUE_DATE, self.request.id, seconds), *way.steps), way.start)

    def _others(self) -> Iterator[int]:
        """Whoever is named, or anybody else than the trainee who works there."""
        center = self.request.work_center_id
        for at, worker in enumerate(self.book.index.problem.workers):
            there = any(shift.work_center_id in (None, center) for shift in worker.shifts)
            if there and worker.id != self.request.trainee_id and self.request.trainer_id in (None, worker.id):
                yield at

    def _qualifying(self, trainer: int) -> tuple[Step, ...]:
        return (Step(ChangeKind.QUALIFIED_TRAINER, self.book.index.problem.workers[trainer].id, 1),)

    def _there(self, trainer: int, reach: Reach, span: tuple[int, int], before: tuple[Step, ...]) -> Iterator[Way]:
        """A window that is there: with more places, fewer who stay, no blackout or one more session of the trainer's."""
        book, (opens, closes) = self.book, span
        window = book.index.problem.windows[reach.window].id
        held = reach.worker in book.floor.holders[reach.window] or any(
            starts < reach.ends and reach.starts < ends for starts, ends, _ in book.floor.holds[reach.worker]
        )
        if held or closes - opens < self.request.seconds:
            return
        steps = [*before, *self._one_more_session(trainer, book.given[book.week(trainer, reach)])]
        if not book.floor.seat_free(reach):
            steps.append(Step(ChangeKind.ONE_MORE_LEARNER, window, learners_missing(book.floor, reach), window))
        if not book.floor.covered(reach):
            fewer = fewer_staying(book.floor, reach)
            if fewer is None:
                return
            steps.append(Step(ChangeKind.ONE_FEWER_STAYING, window, fewer, window))
        last = closes - self.request.seconds
        start = book.start(trainer, reach, opens, last, self.request.seconds)
        if start == NO_START:
            start = book.start(trainer, reach, opens, last, self.request.seconds, dark=False)
            steps.append(Step(ChangeKind.OPEN_BLACKOUT, window, 1, window))
        if start != NO_START and steps:
            yield Way(tuple(steps), start)

    def _one_more_session(self, trainer: int, given: int) -> Iterator[Step]:
        limit = self.book.problem.trainer_weekly_sessions
        if limit is not None and given >= limit:
            yield Step(ChangeKind.ONE_MORE_SESSION, self.book.index.problem.workers[trainer].id, given + 1 - limit)

    def _opened(self, trainer: int, due: datetime | None, before: tuple[Step, ...]) -> Iterator[Way]:
        """A window of its own, where both have paid time of one date and nothing else to do."""
        trainee, problem = self.book.index.worker_at.get(self.request.trainee_id), self.book.index.problem
        center = self.request.work_center_id
        if trainee is None:
            return
        for mine in problem.workers[trainee].shifts:
            for theirs in problem.workers[trainer].shifts:
                here = mine.work_center_id == center and theirs.work_center_id in (None, center)
                same = here and mine.business_date == theirs.business_date
                start = self._hour(trainee, trainer, (mine, theirs), due) if same else None
                if start is not None:
                    year, week, _ = theirs.business_date.isocalendar()
                    opens = datetime.fromtimestamp(start, UTC)
                    more = self._one_more_session(trainer, self.book.given[trainer, year, week])
                    yield Way((*before, Step(ChangeKind.NEW_WINDOW, center, self.request.seconds, None, opens), *more), start)

    def _hour(self, trainee: int, trainer: int, shifts: Sequence[PaidInterval], due: datetime | None) -> int | None:
        release = self.request.release_at or self.book.problem.starts_at
        opens = max(self.book.index.now, epoch(release), *(epoch(shift.starts_at) for shift in shifts))
        closes = min(self.book.index.until, *(epoch(shift.ends_at) for shift in shifts))
        if due is not None:
            closes = min(closes, epoch(due))
        return self.openings.hour(trainee, trainer, self.request.work_center_id, (opens, closes), self.request.seconds)


def _sentence(book: Book, request: PairRequest, steps: Sequence[Step]) -> str:
    first, *others = [_phrase(book, request, step) for step in steps]
    more = "".join(f" and {phrase[0].lower()}{phrase[1:]}" for phrase in others)
    return f"{first}{more} {'gives' if not others else 'give'} it an hour."


def _phrase(book: Book, request: PairRequest, step: Step) -> str:
    """One step as the subject of a sentence."""
    names = {worker.id: worker.name or worker.id for worker in book.problem.workers}
    labels = {window.id: window.label or window.id for window in book.problem.windows}
    about = labels.get(step.subject_id, names.get(step.subject_id, step.subject_id))
    if step.kind is ChangeKind.NEW_WINDOW:
        return f"A window of the kind shadowing of {length_of(step.amount)} {when(book.floor, step)}"
    if step.kind is ChangeKind.LATER_DUE_DATE:
        return f"A date {length_of(step.amount)} later"
    return {
        ChangeKind.ONE_MORE_LEARNER: f"{step.amount} more {'learner' if step.amount == 1 else 'learners'} at {about}",
        ChangeKind.ONE_FEWER_STAYING: f"{step.amount} fewer staying at {about}",
        ChangeKind.OPEN_BLACKOUT: f"No blackout at {about}",
        ChangeKind.ONE_MORE_SESSION: f"A weekly limit of sessions {step.amount} higher for trainers such as {about}",
        ChangeKind.QUALIFIED_TRAINER: f"{about} qualified for {request.skill}",
    }[step.kind]
