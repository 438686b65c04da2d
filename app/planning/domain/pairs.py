"""Shadowing pairs, before everything else: trainer, trainee and hour are chosen together, and stay where they are.

They are the only thing that needs two people at once. The trainee leaves the headcount for the whole window, like any
learner; the trainer works on and counts, but does nothing else meanwhile.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.planning.domain.index import Span
from app.planning.domain.pair_book import Book
from app.planning.domain.pair_changes import cheapest
from app.planning.domain.pair_values import Pair, PairReason, PairRequest, UnplacedPair
from app.planning.domain.problem import BusyBlock, Problem

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
    book = Book(problem)
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


def _ordered(book: Book) -> list[PairRequest]:
    ways = {request.id: sum(1 for _ in book.options(request)) for request in book.problem.pairs}
    return sorted(book.problem.pairs, key=lambda one: (-one.value, ways[one.id], one.id))


def _make_room(book: Book, request: PairRequest) -> bool:
    """Move one other session elsewhere, if that lets this one in; otherwise everything is as it was."""
    for other in sorted(book.chosen, key=lambda one: one.id):
        was = book.leave(other)
        if book.seat(request):
            if book.seat(other):
                return True
            book.leave(request)
        book.take(other, was)
    return False


def _unplaced(book: Book, request: PairRequest) -> UnplacedPair:
    workers = book.index.problem.workers
    trainers = book.trainers(request)
    reason = _reason(book, request) if trainers else PairReason.NO_TRAINER
    names = {worker.id: worker.name or worker.id for worker in workers}
    trainee = names.get(request.trainee_id, request.trainee_id)
    what = f"Shadowing for {trainee}" + (f" ({request.skill})" if request.skill else "")
    told = TOLD[reason].format(skill=request.skill or "it", limit=book.problem.trainer_weekly_sessions)
    sentence, who = f"{what} has no hour: {told}.", tuple(workers[at].id for at in trainers)
    return UnplacedPair(request.id, reason, sentence, who, cheapest(book, request))


def _reason(book: Book, request: PairRequest) -> PairReason:
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


def _meet(book: Book, request: PairRequest) -> bool:
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
