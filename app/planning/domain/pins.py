"""Pins come first: what a supervisor fixed is kept with everything it waits for, or named as impossible."""

from app.planning.domain.floor import NO_START, Floor

# An item's and a window's position in the problem.
PinKey = tuple[int, int]


def place_pins(floor: Floor, order: list[int]) -> list[PinKey]:
    """Place pinned items, then what they wait for; answers the pins that could not be kept.

    Of two windows for one item the earlier is tried first and the other named, unless the first is impossible.
    """
    index = floor.index
    wanted = _known_pins(floor)
    depth = _depths(index.before, [item for item, _ in wanted])
    rank = {item: at for at, item in enumerate(order)}
    wanted.sort(key=lambda pin: (depth[pin[0]], index.window_span[pin[1]][0], rank[pin[0]], pin[1]))
    pinned = {item for item, _ in wanted}
    broken = [pin for pin in wanted if not _place_there(floor, pin)]
    for pin in wanted:
        if pin not in broken and not _place_what_it_waits_for(floor, pin, pinned):
            broken.append(pin)
    return [pin for pin in broken if not _retry(floor, pin)]


def _known_pins(floor: Floor) -> list[PinKey]:
    index = floor.index
    pins = sorted({(pin.item_id, pin.window_id) for pin in floor.index.problem.pins})
    return [
        (index.item_at[item], index.window_at[window])
        for item, window in pins
        if item in index.item_at and window in index.window_at
    ]


def _depths(before: list[list[int]], items: list[int]) -> dict[int, int]:
    """How many prerequisites stand one behind the other before each item; a circle counts as the number of items."""
    limit = len(before)
    depth: dict[int, int] = {}
    for item in items:
        level, steps = {item}, 0
        while steps < limit and (level := {earlier for at in level for earlier in before[at]}):
            steps += 1
        depth[item] = steps
    return depth


def _place_there(floor: Floor, pin: PinKey) -> bool:
    """Prerequisites without a place are left for later, so that they cannot take a place another pin needs."""
    item, window = pin
    if floor.start[item] != NO_START or floor.index.missing[item]:
        return False
    found = floor.find(item, only_window=window)
    if found is not None:
        floor.place(item, *found)
    return found is not None


def _place_what_it_waits_for(floor: Floor, pin: PinKey, pinned: set[int]) -> bool:
    """Place the prerequisites of a pinned item before it; if they do not fit, place them first and then the pin."""
    item, window = pin
    if _place_chain(floor, item, pinned):
        return True
    floor.remove(item)
    return _place_chain(floor, item, pinned) and floor.place_if_free(item, only_window=window)


def _place_chain(floor: Floor, item: int, pinned: set[int]) -> bool:
    """Place all that an item waits for; a pinned prerequisite without a place is not moved elsewhere to help."""
    for earlier in floor.index.chain(item)[:-1]:
        if floor.start[earlier] == NO_START and (earlier in pinned or not floor.place_if_free(earlier)):
            return False
    return True


def _retry(floor: Floor, pin: PinKey) -> bool:
    """A pin may fit after another one gave way; a second pin of a placed item stays broken."""
    return floor.start[pin[0]] == NO_START and floor.place_if_free(pin[0], only_window=pin[1])
