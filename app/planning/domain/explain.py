"""Why an item has no block: the rules are asked one after the other, and the one that binds is named."""

from collections import Counter
from collections.abc import Iterable

from app.planning.domain.change import Changes
from app.planning.domain.floor import NO_START, Floor
from app.planning.domain.index import Reach
from app.planning.domain.plan import BrokenPin, Reason, Unplaced
from app.planning.domain.problem import Pin
from app.planning.domain.rules import broken_rules, reachable
from app.planning.domain.segments import epoch
from app.planning.domain.sentences import holders_of, pin_sentence, sentence

# A window with its broken rules, the first of which is the one to name.
Closed = tuple[Reach, tuple[Reason, ...]]


def unplaced_items(floor: Floor, refused: set[int]) -> tuple[Unplaced, ...]:
    """Every item without a block, by id, with its binding reason and, where one is simple, the cheapest change.

    `refused` items are pinned where they cannot be; they are not placed elsewhere.
    """
    waiting = [item for item, start in enumerate(floor.start) if start == NO_START]
    changes = Changes(floor, refused)
    return tuple(_pin_refused(changes, item) if item in refused else _unplaced(changes, item) for item in waiting)


def broken_pins(floor: Floor, broken: Iterable[tuple[int, int]]) -> tuple[BrokenPin, ...]:
    """The pins that could not be kept, by item and window, with the rule each would break, unknown ones included."""
    problem, index = floor.index.problem, floor.index
    unknown = {pin for pin in problem.pins if pin.item_id not in index.item_at or pin.window_id not in index.window_at}
    named = [_broken_pin(floor, item, window) for item, window in broken]
    named += [_unknown_pin(floor, pin) for pin in unknown]
    return tuple(sorted(named, key=lambda pin: (pin.item_id, pin.window_id)))


def _unknown_pin(floor: Floor, pin: Pin) -> BrokenPin:
    what = "item" if pin.item_id not in floor.index.item_at else "window"
    text = f"The pin names an unknown {what}: it is not part of this plan."
    return BrokenPin(pin.item_id, pin.window_id, Reason.UNKNOWN_PIN, text)


def _broken_pin(floor: Floor, item: int, window: int) -> BrokenPin:
    if floor.start[item] != NO_START:
        reason = Reason.PIN_INFEASIBLE
    else:
        reason, _ = _binding(floor, item, window)
    value, place = floor.index.problem.items[item], floor.index.problem.windows[window]
    return BrokenPin(value.id, place.id, reason, pin_sentence(floor, item, window, reason))


def _pin_refused(changes: Changes, item: int) -> Unplaced:
    floor, reason = changes.floor, Reason.PIN_INFEASIBLE
    told = sentence(floor, item, reason, (), ())
    return Unplaced(floor.index.problem.items[item].id, reason, told, changes.cheapest(item))


def _unplaced(changes: Changes, item: int) -> Unplaced:
    floor = changes.floor
    reason, closed = _binding(floor, item, None)
    here = [reach for reach, rules in closed if rules[:1] == (reason,)]
    holders = holders_of(floor, here[0]) if reason in (Reason.NO_SEAT_LEFT, Reason.COVERAGE_MINIMUM) and here else ()
    counts = Counter(rules[0] for _, rules in closed if rules)
    return Unplaced(
        item_id=floor.index.problem.items[item].id,
        reason=reason,
        sentence=sentence(floor, item, reason, holders, here),
        change=changes.cheapest(item, closed),
        holders=holders,
        blocked=tuple(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))),
    )


def _binding(floor: Floor, item: int, window: int | None) -> tuple[Reason, list[Closed]]:
    """The rule to name, and the windows that are long enough with the rules that close each; all or one window."""
    closed = [(reach, broken_rules(floor, item, reach)) for reach in reachable(floor.index, item, window)]
    reason = _own_reason(floor, item)
    if reason is None and not closed:
        reason = Reason.NO_WINDOW_LONG_ENOUGH
    if reason is None and all(rules[:1] == (Reason.BLACKOUT,) for _, rules in closed):
        reason = Reason.BLACKOUT
    if reason is None and not floor.ready(item):
        reason = Reason.PREREQUISITE_UNPLACED
    return reason or _most_frequent(closed), closed


def closing(floor: Floor, item: int, window: int) -> tuple[Reason, str]:
    """The rule that keeps an item out of one window, and a sentence about it."""
    reason, closed = _binding(floor, item, window)
    here = [reach for reach, rules in closed if rules[:1] == (reason,)]
    held = reason in (Reason.NO_SEAT_LEFT, Reason.COVERAGE_MINIMUM) and here
    return reason, sentence(floor, item, reason, holders_of(floor, here[0]) if held else (), here)


def _own_reason(floor: Floor, item: int) -> Reason | None:
    """What rules an item out before any window is looked at."""
    index = floor.index
    due_at = index.problem.items[item].due_at
    if not index.speaks(item):
        return Reason.LANGUAGE_MISSING
    if due_at is not None and epoch(due_at) < index.release[item] + index.seconds[item]:
        return Reason.PAST_DUE
    return None if _on_shift(floor, item) else Reason.NOT_ON_SHIFT_BEFORE_DUE


def _most_frequent(closed: list[Closed]) -> Reason:
    """The rule that closes most of the windows that only one rule closes, for there a single change would do."""
    alone = [rules[0] for _, rules in closed if len(rules) == 1]
    counts = Counter(alone or [rules[0] for _, rules in closed])
    return min(counts, key=lambda reason: (-counts[reason], list(Reason).index(reason)))


def _on_shift(floor: Floor, item: int) -> bool:
    index = floor.index
    value = index.problem.items[item]
    for shift in index.problem.workers[index.worker_of[item]].shifts:
        here = value.work_centers is None or shift.work_center_id is None or shift.work_center_id in value.work_centers
        since, until = (
            max(index.release[item], epoch(shift.starts_at)),
            min(index.due[item], index.until, epoch(shift.ends_at)),
        )
        if here and until > since:
            return True
    return False
