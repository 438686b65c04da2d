"""A straightforward planner: pins, then mandatory work by due date, then the best value a second, early first."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zlib import crc32

from app.planning.domain.explain import broken_pins, unplaced_items
from app.planning.domain.floor import NO_START, Floor
from app.planning.domain.index import Index
from app.planning.domain.pins import PinKey, place_pins
from app.planning.domain.plan import Block, Plan
from app.planning.domain.problem import Problem
from app.planning.domain.repair import repair


@dataclass(frozen=True, slots=True)
class Draft:
    """A floor with a first plan on it: items in placing order, those that are pinned, and pins that cannot be kept."""

    floor: Floor
    order: list[int]
    pinned: set[int]
    broken: list[PinKey]


def solve(problem: Problem, seed: int = 0) -> Plan:
    """Plan a horizon. The same problem and seed give the same plan, in whatever order its values are listed.

    Every block keeps every hard rule; an item is left out only when it fits nowhere beside the others.
    """
    return answer(draft(problem, seed))


def draft(problem: Problem, seed: int = 0) -> Draft:
    """A first plan that keeps every hard rule, before anything is explained."""
    index = Index(problem)
    floor = Floor(index)
    order = placing_order(index, seed)
    broken = place_pins(floor, order)
    refused = {item for item, _ in broken}
    pinned = {index.item_at[pin.item_id] for pin in problem.pins if pin.item_id in index.item_at}
    _place_kept(floor, order, refused)
    _place_all(floor, order, refused)
    repair(floor, order, fixed=pinned)
    _settle(floor, order, broken)
    return Draft(floor, order, pinned, broken)


def answer(found: Draft) -> Plan:
    """The plan on a floor, with a true reason for everything that has no place there."""
    floor, broken = found.floor, found.broken
    _settle(floor, found.order, broken)
    return Plan(
        blocks=blocks_of(floor),
        unplaced=unplaced_items(floor, {item for item, _ in broken}),
        broken_pins=broken_pins(floor, broken),
    )


def placing_order(index: Index, seed: int) -> list[int]:
    """Items by urgency: mandatory by due date, then value for each second; the seed only decides between equals."""

    def urgency(at: int) -> tuple[bool, int, float, int, str]:
        item = index.problem.items[at]
        due = index.due[at] if item.mandatory else 0
        return not item.mandatory, due, -item.value / item.seconds, crc32(f"{seed}:{item.id}".encode()), item.id

    return sorted(range(len(index.seconds)), key=urgency)


def _place_kept(floor: Floor, order: list[int], refused: set[int]) -> None:
    """Put what is published where it is: a plan that is made again begins with the one that people know."""
    index = floor.index
    kept = {index.item_at[one.item_id]: one.window_id for one in index.problem.kept if one.item_id in index.item_at}
    for item in order if kept else ():
        for at in index.chain(item):
            window = index.window_at.get(kept.get(at, ""))
            if window is not None and at not in refused and floor.start[at] == NO_START:
                floor.place_if_free(at, only_window=window)


def _place_all(floor: Floor, order: list[int], refused: set[int]) -> None:
    """Place items in order, each after its own prerequisites, which borrow the urgency of what waits for them."""
    asked = set(refused)
    for item in order:
        for at in floor.index.chain(item):
            if at not in asked and floor.start[at] == NO_START:
                asked.add(at)
                floor.place_if_free(at)


def _settle(floor: Floor, order: list[int], broken: list[PinKey]) -> None:
    """Go round until nothing unplaced fits any more, so that every reason given afterwards is true."""
    placed = True
    while placed:
        placed = False
        for item, window in list(broken):
            if floor.start[item] == NO_START and floor.place_if_free(item, only_window=window):
                broken.remove((item, window))
                placed = True
        refused = {item for item, _ in broken}
        for item in order:
            if floor.start[item] == NO_START and item not in refused:
                placed = floor.place_if_free(item) or placed


def blocks_of(floor: Floor) -> tuple[Block, ...]:
    """The placed items as blocks, by start and item id."""
    blocks = []
    for at, reach in enumerate(floor.place_of):
        if reach is not None:
            item, start = floor.index.problem.items[at], floor.start[at]
            blocks.append(
                Block(
                    item_id=item.id,
                    worker_id=item.worker_id,
                    window_id=floor.index.problem.windows[reach.window].id,
                    starts_at=datetime.fromtimestamp(start, UTC),
                    ends_at=datetime.fromtimestamp(start + item.seconds, UTC),
                )
            )
    return tuple(sorted(blocks, key=lambda block: (block.starts_at, block.item_id)))
