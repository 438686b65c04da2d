"""Planning a line again after something changed: what can stay stays exactly where it is, and only the rest looks for places.

Pure: a problem whose `kept` items are published somewhere, and when each of them starts there.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from app.planning.domain.floor import NO_START, Floor
from app.planning.domain.greedy import Draft, placing_order
from app.planning.domain.index import Index
from app.planning.domain.plan import Block
from app.planning.domain.problem import BusyBlock, Id, PaidInterval, PlanItem, Problem
from app.planning.domain.repair import repair
from app.planning.domain.segments import epoch


def warm(
    problem: Problem, starts: Mapping[Id, datetime], *, mend: bool = False, only_stay: bool = False
) -> tuple[Draft, set[int]]:
    """A floor with everything that can stay at its published second, then the rest where it fits; and what stayed.

    With `mend` what stayed may make room for what is worth more; without it nothing that stayed moves. With `only_stay` the
    rest looks for no place.
    """
    index = Index(problem)
    floor, order = Floor(index), placing_order(index, 0)
    windows = {index.item_at[kept.item_id]: index.window_at.get(kept.window_id, -1) for kept in problem.kept}
    stayed: set[int] = set()
    grown = True
    while grown:
        # Whoever waits for another item is ready only after it.
        grown = False
        for item in order:
            if item in windows and item not in stayed and _stays(floor, item, windows[item], starts[problem_id(index, item)]):
                stayed.add(item)
                grown = True
    for item in () if only_stay else order:
        for at in index.chain(item):
            if floor.start[at] == NO_START:
                floor.place_if_free(at)
    if mend:
        repair(floor, order, fixed=set())
        for item in order:
            if floor.start[item] == NO_START:
                floor.place_if_free(item)
    return Draft(floor, order, set(), []), stayed


def problem_id(index: Index, item: int) -> Id:
    """The id of an item by its position."""
    return index.problem.items[item].id


def _stays(floor: Floor, item: int, window: int, starts_at: datetime) -> bool:
    """Put an item back at its very second, if every rule still allows it."""
    start, seconds = epoch(starts_at), floor.index.seconds[item]
    if not floor.ready(item) or not floor.index.speaks(item):
        return False
    if start < floor.earliest(item) or start + seconds > floor.latest(item):
        return False
    for reach in floor.index.reach[floor.index.worker_of[item]]:
        if reach.window != window or not floor.index.allowed(item, reach):
            continue
        if not floor.place_free(item, reach) or not floor.within_caps(item, reach):
            continue
        if floor.gap(reach, seconds, start, start + seconds) == start:
            floor.place(item, reach, start)
            return True
    return False


def settled(draft: Draft, stayed: Iterable[int], starts: Mapping[Id, datetime]) -> tuple[Block, ...]:
    """The blocks of a floor; where a worker has nothing new in a window, what is there keeps its published times."""
    index, floor = draft.floor.index, draft.floor
    was = {item: window for item, window in _published(index).items() if item in set(stayed)}
    groups: dict[tuple[int, int], list[int]] = {}
    for item, reach in enumerate(floor.place_of):
        if reach is not None:
            groups.setdefault((reach.worker, reach.window), []).append(item)
    found = []
    for (_, window), items in groups.items():
        untouched = all(was.get(item) == window for item in items)
        for item in items:
            start = epoch(starts[problem_id(index, item)]) if untouched else floor.start[item]
            found.append(_block(index, item, window, start))
    return tuple(sorted(found, key=lambda block: (block.starts_at, block.item_id)))


def moved(draft: Draft, stayed: Iterable[int]) -> int:
    """How many of the items that could stay are elsewhere on this floor, or nowhere."""
    was = _published(draft.floor.index)
    return sum(1 for item in stayed if (reach := draft.floor.place_of[item]) is None or reach.window != was[item])


def _published(index: Index) -> dict[int, int]:
    return {index.item_at[kept.item_id]: index.window_at.get(kept.window_id, -1) for kept in index.problem.kept}


def _block(index: Index, item: int, window: int, start: int) -> Block:
    value = index.problem.items[item]
    begins = datetime.fromtimestamp(start, UTC)
    ends = datetime.fromtimestamp(start + value.seconds, UTC)
    return Block(value.id, value.worker_id, index.problem.windows[window].id, begins, ends)


def nearby(draft: Draft, stayed: Collection[int], starts: Mapping[Id, datetime], most: int) -> tuple[Problem, tuple[Block, ...]]:
    """The problem with only so many of the items that stayed free to move, those nearest in time; and the rest as blocks.

    An item goes with everything that waits for it or that it waits for, so that no order can break.
    """
    index = draft.floor.index
    where = [starts.get(problem_id(index, at), index.problem.starts_at) for at in range(len(index.seconds)) if at not in stayed]
    free = {at for at in range(len(index.seconds)) if at not in stayed}

    def distance(at: int) -> tuple[float, int]:
        return min((abs((starts[problem_id(index, at)] - one).total_seconds()) for one in where), default=0.0), at

    for at in sorted(stayed, key=distance):
        if len(free) >= most:
            break
        free |= _joined(index, at)
    rest = {at for at in stayed if at not in free}
    blocks = tuple(_block(index, at, _place(draft, at), draft.floor.start[at]) for at in sorted(rest))
    names = {problem_id(index, at) for at in free}
    problem = index.problem
    reduced = replace(
        problem,
        items=tuple(item for item in problem.items if item.id in names),
        kept=tuple(kept for kept in problem.kept if kept.item_id in names),
        busy=(*problem.busy, *held(problem, blocks)),
    )
    return reduced, blocks


def _place(draft: Draft, item: int) -> int:
    reach = draft.floor.place_of[item]
    assert reach is not None
    return reach.window


def _joined(index: Index, item: int) -> set[int]:
    """An item with everything before and after it."""
    found, todo = {item}, [item]
    while todo:
        at = todo.pop()
        for other in (*index.before[at], *index.after[at]):
            if other not in found:
                found.add(other)
                todo.append(other)
    return found


def held(problem: Problem, blocks: Iterable[Block]) -> list[BusyBlock]:
    """Blocks as published ones that stay where they are."""
    shifts = {worker.id: worker.shifts for worker in problem.workers}
    tablets = {item.id for item in problem.items if item.needs_tablet}
    releases = {window.id for window in problem.windows if window.is_release}
    return [
        BusyBlock(
            block.worker_id,
            block.starts_at,
            block.ends_at,
            block.window_id,
            block.item_id,
            _day(shifts[block.worker_id], block),
            block.item_id in tablets,
            released=block.window_id in releases,
        )
        for block in blocks
    ]


def filled(problem: Problem, placed: Iterable[Block], fillers: Iterable[PlanItem]) -> tuple[Block, ...]:
    """More items where there is room beside what is placed, most urgent first; nothing moves for them."""
    index = Index(replace(problem, items=tuple(fillers), busy=(*problem.busy, *held(problem, placed)), kept=(), pins=()))
    floor = Floor(index)
    for item in placing_order(index, 0):
        for at in index.chain(item):
            if floor.start[at] == NO_START:
                floor.place_if_free(at)
    found = [
        _block(index, item, reach.window, floor.start[item]) for item, reach in enumerate(floor.place_of) if reach is not None
    ]
    return tuple(sorted(found, key=lambda block: (block.starts_at, block.item_id)))


def _day(shifts: Iterable[PaidInterval], block: Block) -> date | None:
    """The business date that a block counts on."""
    within = (paid for paid in shifts if paid.starts_at <= block.starts_at and block.ends_at <= paid.ends_at)
    return next((paid.business_date for paid in within), None)
