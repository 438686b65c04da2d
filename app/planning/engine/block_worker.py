"""One block planned from beginning to end in a process of its own: no services, no database, plain values in and out."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from app.planning.domain.floor import Floor
from app.planning.domain.greedy import Draft, draft, placing_order
from app.planning.domain.index import Index, Reach
from app.planning.domain.pins import place_pins
from app.planning.domain.problem import Id, Problem
from app.planning.domain.segments import epoch
from app.planning.engine.anneal import Heat, anneal
from app.planning.engine.blocks import Spot, Spots
from app.planning.engine.exact import Search, solve_exactly
from app.planning.engine.flatten import Flat
from app.planning.engine.garbage import uncollected
from app.planning.engine.packing import Packed, unpack
from app.planning.engine.parts import parts_of


@dataclass(frozen=True, slots=True)
class Task:
    """A block to plan: its problem, where its items are already, moves for each item and the seed."""

    problem: Packed
    spots: Spots
    each: int
    seed: int
    use_compiled: bool
    heat: Heat
    only_pins: bool = False
    search: Search | None = None


@uncollected()
def plan_block(task: Task) -> dict[Id, Spot]:
    """Where the items of a block are best; with `only_pins`, where pins and what they wait for are."""
    problem = unpack(task.problem)
    found = opened(problem, task.seed, task.spots)
    if task.only_pins:
        return spots_of(found.floor)
    kept = {item for item in found.pinned if found.floor.place_of[item] is not None}
    flat = Flat(parts_of(found), kept, task.seed)
    flat.put(found.floor)
    moves = task.each * len(flat.movable)
    memory = anneal(flat.memory, moves, use_compiled=task.use_compiled, heat=task.heat, fresh=not task.spots)
    floor = Floor(found.floor.index)
    for start, item, reach in flat.best(memory):
        floor.place(item, reach, start)
    # The kernel's order within a slot is stricter than the rules: what it cannot keep is planned without it.
    return spots_of(floor if all(floor.place_of[item] for item in kept) else draft(problem, task.seed).floor)


@uncollected()
def search_block(task: Task) -> dict[Id, Spot]:
    """Where the items of a block are best by the exact tier, beginning with where they are."""
    found = opened(unpack(task.problem), task.seed, task.spots)
    search = task.search or Search()
    return spots_of(solve_exactly(found, parts_of(found), search, use_compiled=task.use_compiled).draft.floor)


def spots_of(floor: Floor) -> dict[Id, Spot]:
    """Where the items of a floor are."""
    items, windows = floor.index.problem.items, floor.index.problem.windows
    return {
        items[item].id: Spot(windows[reach.window].id, datetime.fromtimestamp(floor.start[item], UTC))
        for item, reach in enumerate(floor.place_of)
        if reach is not None
    }


def opened(problem: Problem, seed: int, spots: Spots) -> Draft:
    """A floor with a plan so far on it; without one, only pins and what they wait for have a place."""
    index = Index(problem)
    floor = Floor(index)
    order = placing_order(index, seed)
    pinned = {index.item_at[pin.item_id] for pin in problem.pins if pin.item_id in index.item_at}
    if not spots:
        return Draft(floor, order, pinned, place_pins(floor, order))
    stand(floor, spots)
    broken = []
    for pin in problem.pins:
        item, window = index.item_at.get(pin.item_id), index.window_at.get(pin.window_id)
        if item is not None and window is not None and (item, window) not in broken:
            there = floor.place_of[item]
            if there is None or there.window != window:
                broken.append((item, window))
    return Draft(floor, order, pinned, sorted(broken))


def stand(floor: Floor, spots: Spots) -> None:
    """Put a plan on a floor, in order of time; a place that is no place any more is left out."""
    index = floor.index
    reaches: dict[tuple[int, int], list[Reach]] = defaultdict(list)
    for there in index.reach:
        for reach in there:
            reaches[reach.worker, reach.window].append(reach)
    placed = []
    for name, spot in spots.items():
        item, window = index.item_at.get(name), index.window_at.get(spot.window_id)
        if item is not None and window is not None:
            placed.append((epoch(spot.starts_at), item, window))
    for start, item, window in sorted(placed):
        for reach in reaches[index.worker_of[item], window]:
            if reach.opens <= start and start + index.seconds[item] <= reach.closes:
                floor.place(item, reach, start)
                break
