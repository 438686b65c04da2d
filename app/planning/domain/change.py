"""The cheapest change that would place an item while everything else stays where it is."""

from bisect import insort
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from app.planning.domain.fixes import CHEAPEST, PRICES, fixes, least, price, start_without_blackouts
from app.planning.domain.floor import NO_START, Floor
from app.planning.domain.index import Reach
from app.planning.domain.openings import Opening, Openings
from app.planning.domain.plan import Change, ChangeKind, Reason, Step
from app.planning.domain.rules import broken_rules, reachable
from app.planning.domain.sentences import change_sentence

# A window with the rules that close it.
Closed = tuple[Reach, tuple[Reason, ...]]
# More than so many things at once are no longer a change somebody would make for one item.
MOST_STEPS = 4
# A longer row of items that wait for each other may be laid otherwise by whoever plans it again.
MOST_WAITING = 3
LIMITS = (
    ChangeKind.ONE_MORE_LEARNER,
    ChangeKind.ONE_MORE_TABLET,
    ChangeKind.ONE_FEWER_STAYING,
    ChangeKind.HIGHER_DAILY_CAP,
    ChangeKind.HIGHER_WEEKLY_CAP,
)


def _merged(steps: list[Step]) -> list[Step]:
    """Of two steps about the same limit the larger is enough: it was asked for when the smaller one was already used up."""
    found: dict[tuple[ChangeKind, str, datetime | None], Step] = {}
    for step in steps:
        known = found.get((step.kind, step.subject_id, step.starts_at))
        if known is None or known.amount < step.amount:
            found[step.kind, step.subject_id, step.starts_at] = step
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Option:
    """Steps that let one item in, and where it then is: in a window, or in one that is opened for it."""

    steps: tuple[Step, ...]
    start: int
    reach: Reach | None = None
    opening: Opening | None = None


class Changes:
    """Asked about one floor, again and again; the floor is left as it was."""

    def __init__(self, floor: Floor, refused: set[int]) -> None:
        self.floor, self.refused, self.openings = floor, refused, Openings(floor)
        self.pinned = {pin.item_id for pin in floor.index.problem.pins}

    def cheapest(self, item: int, closed: Sequence[Closed] | None = None) -> Change | None:
        """A change that places the item with all it waits for; None when nothing simple does.

        `closed` are the windows long enough for it with the rules that close each, where they are known already.
        """
        index, waiting = self.floor.index, [at for at in self.floor.index.chain(item) if self.floor.start[at] == NO_START]
        if len(waiting) > MOST_WAITING or any(index.missing[at] for at in waiting):
            return None
        steps: list[Step] = []
        placed: list[tuple[int, Option]] = []
        for at in waiting:
            found = self._option(at, closed if at == item and not placed else None) if self.floor.ready(at) else None
            if found is None or len(steps) + len(found.steps) > MOST_STEPS:
                break
            steps = _merged([*steps, *found.steps])
            self._assume(at, found)
            placed.append((at, found))
        whole = len(placed) == len(waiting) and bool(steps)
        places = len(placed) + (self._more(placed[-1]) if whole and self._is_limit(steps) else 0)
        for at, option in reversed(placed):
            self._forget(at, option)
        if not whole:
            return None
        first, *others = steps
        text = change_sentence(self.floor, item, steps, places)
        return Change(first.kind, first.subject_id, first.window_id, first.amount, places, text, first.starts_at, tuple(others))

    def _is_limit(self, steps: list[Step]) -> bool:
        return len(steps) == 1 and steps[0].kind in LIMITS

    def _option(self, item: int, closed: Sequence[Closed] | None) -> Option | None:
        """The cheapest way in for one item that waits for nothing: the earliest of equals."""
        found = self._in_windows(item, closed)
        opened = self._opened(item) if found is None or price(found.steps) > PRICES[ChangeKind.NEW_WINDOW] else None
        best = min((one for one in (found, opened) if one is not None), key=lambda one: price(one.steps), default=None)
        if best is None and self.floor.index.due[item] < self.floor.index.until:
            best = self._later(item)
        return None if best is None else Option((*self._before(item, best), *best.steps), best.start, best.reach, best.opening)

    def _before(self, item: int, option: Option) -> Iterator[Step]:
        """What the item itself needs, wherever it goes: words it can be read in, and no pin that keeps it elsewhere."""
        value = self.floor.index.problem.items[item]
        window = None if option.reach is None else self.floor.index.problem.windows[option.reach.window].id
        if not self.floor.index.speaks(item):
            yield Step(ChangeKind.TRANSLATION, value.content_id, 1, window)
        if item in self.refused:
            yield Step(ChangeKind.NO_PIN, value.id, 1, window)

    def _in_windows(self, item: int, closed: Sequence[Closed] | None = None) -> Option | None:
        best: Option | None = None
        if closed is None:
            closed = [(reach, broken_rules(self.floor, item, reach)) for reach in reachable(self.floor.index, item)]
        for reach, rules in closed:
            lowest = least(rules)
            if lowest is None or (best is not None and lowest >= price(best.steps)):
                continue
            steps = fixes(self.floor, item, reach, rules)
            if steps is not None and (best is None or price(steps) < price(best.steps)):
                best = Option(steps, self._start(item, reach, rules), reach)
                if price(steps) <= CHEAPEST:
                    break
        return best

    def _start(self, item: int, reach: Reach, rules: tuple[Reason, ...]) -> int:
        floor = self.floor
        if Reason.BLACKOUT in rules:
            return start_without_blackouts(floor, item, reach)
        return floor.gap(reach, floor.index.seconds[item], floor.earliest(item), floor.latest(item))

    def _opened(self, item: int) -> Option | None:
        """A window of its own, with higher limits for its worker where the day or the week is full."""
        found, floor = self.openings.find(item), self.floor
        if found is None:
            return None
        seconds, who = floor.index.seconds[item], floor.index.problem.workers[found.worker].id
        steps = [Step(ChangeKind.NEW_WINDOW, found.center, seconds, None, datetime.fromtimestamp(found.start, UTC))]
        daily, weekly = floor.index.daily_cap(found.day), floor.index.weekly_cap(found.worker)
        for kind, over in (
            (ChangeKind.HIGHER_DAILY_CAP, floor.used_day.get(found.day, 0) + seconds - daily),
            (ChangeKind.HIGHER_WEEKLY_CAP, floor.used_week.get(found.week, 0) + seconds - weekly),
        ):
            if over > 0:
                steps.append(Step(kind, who, over))
        return Option(tuple(steps), found.start, None, found)

    def _later(self, item: int) -> Option | None:
        """A later due date, with whatever else is needed then."""
        index, due = self.floor.index, self.floor.index.due[item]
        with self._due(item, index.until):
            found = self._in_windows(item)
            opened = self._opened(item) if found is None else None
        option = found or opened
        if option is None:
            return None
        later = option.start + index.seconds[item] - due
        step = Step(ChangeKind.LATER_DUE_DATE, index.problem.items[item].id, later)
        return Option((step, *option.steps), option.start, option.reach, option.opening)

    @contextmanager
    def _due(self, item: int, until: int) -> Iterator[None]:
        kept, self.floor.index.due[item] = self.floor.index.due[item], until
        try:
            yield
        finally:
            self.floor.index.due[item] = kept

    def _assume(self, item: int, option: Option) -> None:
        """Book an item where it would be."""
        if option.reach is not None:
            self.floor.place(item, option.reach, option.start)
        elif option.opening is not None:
            self._book(item, option.opening, 1)
            self.floor.start[item] = option.start

    def _forget(self, item: int, option: Option) -> None:
        if option.reach is not None:
            self.floor.remove(item)
        elif option.opening is not None:
            self._book(item, option.opening, -1)
            self.floor.start[item] = NO_START

    def _book(self, item: int, opening: Opening, step: int) -> None:
        floor, seconds = self.floor, self.floor.index.seconds[item]
        span, hold = (opening.start, opening.start + seconds), (opening.start, opening.start + seconds, -1)
        floor.used_day[opening.day] += step * seconds
        floor.used_week[opening.week] += step * seconds
        if step > 0:
            self.openings.add(opening, seconds)
            insort(floor.busy[opening.worker], span)
            insort(floor.holds[opening.worker], hold)
        else:
            self.openings.remove(opening, seconds)
            floor.busy[opening.worker].remove(span)
            floor.holds[opening.worker].remove(hold)

    def _more(self, last: tuple[int, Option]) -> int:
        """How many other unplaced items of the worker fit beside the one that was placed, in the same window."""
        item, option = last
        if option.reach is None:
            return 0
        placed = []
        for other in self.floor.index.items_of[option.reach.worker]:
            free = self.floor.start[other] == NO_START and self.floor.index.problem.items[other].id not in self.pinned
            if free and other != item and self.floor.place_if_free(other, only_window=option.reach.window):
                placed.append(other)
        for at in reversed(placed):
            self.floor.remove(at)
        return len(placed)
