"""From a draft to what the kernel and the bound work on, and what a floor is worth."""

from collections import defaultdict

from app.planning.domain.floor import Floor
from app.planning.domain.greedy import Draft
from app.planning.engine.slots import Parts, cut
from app.planning.engine.weights import objective


def worth(floor: Floor) -> int:
    """The objective of what is on a floor."""
    empty = Floor(floor.index)
    held = [(worker, window) for window, holders in enumerate(empty.holders) for worker in holders]
    placed = [(item, reach) for item, reach in enumerate(floor.place_of) if reach is not None]
    return objective(floor.index, placed, held, empty.used_week)


def parts_of(found: Draft) -> Parts:
    """The problem cut up for the kernel and the bound: pins that are kept stay, others are tried where they belong."""
    only: dict[int, set[int]] = defaultdict(set)
    for item, window in found.broken:
        only[item].add(window)
    for item in found.pinned:
        reach = found.floor.place_of[item]
        if reach is not None:
            only[item] = {reach.window}
    parts = cut(found.floor.index, only)
    parts.fixed = {item for item in found.pinned if found.floor.place_of[item] is not None} & parts.before.keys()
    return parts
