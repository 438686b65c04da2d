"""The cheapest single change that would place an item while everything else stays where it is."""

from collections.abc import Sequence

from app.planning.domain.floor import NO_START, Floor
from app.planning.domain.index import Reach
from app.planning.domain.plan import Change, ChangeKind, Reason
from app.planning.domain.rules import over_caps
from app.planning.domain.sentences import change_sentence

Closed = tuple[Reach, tuple[Reason, ...]]

# Cheapest first: a chair costs less than a cap, a cap less than a colleague missing from the line.
_KINDS = {
    Reason.NO_SEAT_LEFT: ChangeKind.ONE_MORE_LEARNER,
    Reason.DEVICE: ChangeKind.ONE_MORE_TABLET,
    Reason.DAILY_CAP: ChangeKind.HIGHER_DAILY_CAP,
    Reason.WEEKLY_CAP: ChangeKind.HIGHER_WEEKLY_CAP,
    Reason.COVERAGE_MINIMUM: ChangeKind.ONE_FEWER_STAYING,
}
_PRICE = list(_KINDS)


def cheapest_change(floor: Floor, item: int, closed: Sequence[Closed]) -> Change | None:
    """A change that, made alone, places the item, in its earliest such window; None when no simple one does."""
    if not floor.ready(item):
        return None
    if not floor.index.speaks(item):
        return _translation(floor, item, closed)
    best: tuple[int, int] | None = None
    for at, (reach, rules) in enumerate(closed):
        if len(rules) == 1 and rules[0] in _KINDS and _would_do(floor, reach, rules[0]):
            price = (_PRICE.index(rules[0]), at)
            best = price if best is None else min(best, price)
    if best is None:
        return None
    return _change(floor, item, closed[best[1]][0], _PRICE[best[0]])


def _translation(floor: Floor, item: int, closed: Sequence[Closed]) -> Change | None:
    languages = floor.index.problem.workers[floor.index.worker_of[item]].languages
    free = next((reach for reach, rules in closed if not rules), None)
    if free is None or not languages:
        return None
    content = floor.index.problem.items[item].content_id
    window = floor.index.problem.windows[free.window].id
    text = change_sentence(floor, item, free, ChangeKind.TRANSLATION, 1, 1)
    return Change(ChangeKind.TRANSLATION, content, window, 1, 1, text)


def _would_do(floor: Floor, reach: Reach, rule: Reason) -> bool:
    """Whether one place, tablet or person more is really enough, also beside windows open at the same time."""
    window, segments = floor.index.problem.windows[reach.window], floor.index.segments
    around = segments.of_window[reach.window]
    if rule == Reason.NO_SEAT_LEFT:
        limit = window.max_learners + 1
        alone = len(floor.holders[reach.window]) < limit
        return alone and all(floor.learners[at] < max(limit, segments.learner_limit[at]) for at in around)
    if rule == Reason.DEVICE:
        limit = (window.tablets or 0) + 1
        alone = window.tablets is not None and len(floor.tablets[reach.window]) < limit
        return alone and all(floor.tablets_out[at] < max(limit, segments.tablet_limit[at]) for at in around)
    if rule == Reason.COVERAGE_MINIMUM:
        return window.minimum_staying > 0 and all(
            len(segments.present[at]) - floor.away[at] - 1 >= _minimum_less_one(floor, reach.window, at) for at in reach.leaves
        )
    return True


def _minimum_less_one(floor: Floor, window: int, segment: int) -> int:
    values = floor.index.problem.windows
    return max(values[at].minimum_staying - (at == window) for at in floor.index.segments.windows[segment])


def _change(floor: Floor, item: int, reach: Reach, rule: Reason) -> Change:
    problem, kind = floor.index.problem, _KINDS[rule]
    window = problem.windows[reach.window].id
    daily, weekly = over_caps(floor, item, reach)
    if kind in (ChangeKind.HIGHER_DAILY_CAP, ChangeKind.HIGHER_WEEKLY_CAP):
        amount = daily if kind == ChangeKind.HIGHER_DAILY_CAP else weekly
        subject, places = problem.workers[reach.worker].id, 1
    else:
        amount, subject, places = 1, window, _places(floor, item, reach)
    text = change_sentence(floor, item, reach, kind, amount, places)
    return Change(kind, subject, window, amount, places, text)


def _places(floor: Floor, item: int, reach: Reach) -> int:
    """How many unplaced items of the worker the one extra place takes, this one first; the floor is left as it was."""
    start = floor.gap(reach, floor.index.seconds[item], floor.earliest(item), floor.latest(item))
    floor.place(item, reach, start)
    placed = [item]
    for other in floor.index.items_of[reach.worker]:
        pinned = any(pin.item_id == floor.index.problem.items[other].id for pin in floor.index.problem.pins)
        if floor.start[other] == NO_START and not pinned and floor.place_if_free(other, only_window=reach.window):
            placed.append(other)
    for at in reversed(placed):
        floor.remove(at)
    return len(placed)
