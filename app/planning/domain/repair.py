"""One-step repair: an item without a place pushes out others that find a new place or are worth less together."""

from collections.abc import Iterator

from app.planning.domain.floor import NO_START, Floor
from app.planning.domain.index import Reach

# One mandatory item outweighs any number of optional ones a single swap could lose.
MANDATORY_WORTH = 1_000_000
SWAPS_EACH = 4
SWAPS_EACH_MANDATORY = 24


def repair(floor: Floor, order: list[int], fixed: set[int]) -> None:
    """Try a few swaps for each unplaced item, most urgent first; `fixed` items neither move nor are tried.

    Each accepted swap raises the total worth of what is placed; a refused one leaves the floor as it was.
    """
    for item in order:
        if floor.start[item] != NO_START or item in fixed or not floor.ready(item) or not floor.index.speaks(item):
            continue
        tries = SWAPS_EACH_MANDATORY if floor.index.problem.items[item].mandatory else SWAPS_EACH
        for victims in _victims(floor, item, fixed):
            if tries == 0 or _swap(floor, item, victims):
                break
            tries -= 1


def worth(floor: Floor, item: int) -> int:
    """What placing an item is worth: mandatory before everything else, then its value."""
    value = floor.index.problem.items[item]
    return value.value + 1 + (MANDATORY_WORTH if value.mandatory else 0)


def _victims(floor: Floor, item: int, fixed: set[int]) -> Iterator[list[int]]:
    """Who to push out, window by window: one other item of the worker's own, or everything of one colleague there."""
    seconds, since, until = floor.index.seconds[item], floor.earliest(item), floor.latest(item)
    worker = floor.index.worker_of[item]
    for reach in floor.index.reach[worker]:
        fits = min(reach.closes, until) - max(reach.opens, since) >= seconds
        if not fits or not floor.index.allowed(item, reach) or not floor.within_caps(item, reach):
            continue
        if worker in floor.holders[reach.window]:
            yield from ([other] for other in _items_there(floor, worker, reach) if other not in fixed)
            continue
        for colleague in sorted(floor.holders[reach.window]):
            there = _items_there(floor, colleague, reach)
            # A published place holds one count more than its items and cannot be pushed out.
            if len(there) == floor.holders[reach.window][colleague] and fixed.isdisjoint(there):
                yield there


def _items_there(floor: Floor, worker: int, reach: Reach) -> list[int]:
    listed = []
    for item in floor.index.items_of[worker]:
        place = floor.place_of[item]
        if place is not None and place.window == reach.window:
            listed.append(item)
    return listed


def _swap(floor: Floor, item: int, victims: list[int]) -> bool:
    """Push out, place the item, put the others back where they fit; undone unless the floor gains worth."""
    before: list[tuple[int, Reach, int]] = []
    for other in victims:
        start = floor.start[other]
        before.append((other, floor.remove(other), start))
    lost = _lost_by_placing(floor, item, victims)
    if lost is not None and lost < worth(floor, item):
        return True
    for at in (item, *victims):
        if floor.start[at] != NO_START:
            floor.remove(at)
    for other, reach, start in before:
        floor.place(other, reach, start)
    return False


def _lost_by_placing(floor: Floor, item: int, victims: list[int]) -> int | None:
    """Worth of the victims without a new place; None when the item has none or a victim's successor is stranded."""
    # A victim could be what the item waits for, so its readiness is asked again.
    if not floor.place_if_free(item):
        return None
    lost = 0
    for other in sorted(victims, key=lambda at: (-worth(floor, at), floor.index.problem.items[at].id)):
        if floor.place_if_free(other):
            continue
        if any(floor.start[later] != NO_START for later in floor.index.after[other]):
            return None
        lost += worth(floor, other)
    return lost
