"""A line as an integer program in plain numbers, for solvers that know nothing of Interlude, and back to a plan."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.planning.domain.check import check
from app.planning.domain.floor import NO_START, Floor
from app.planning.domain.greedy import Draft, blocks_of
from app.planning.domain.plan import BrokenPin, Plan, Reason, Unplaced
from app.planning.domain.segments import UNLIMITED
from app.planning.engine.bound import Chosen, PatternLp
from app.planning.engine.parts import worth
from app.planning.engine.patterns import Offer
from app.planning.engine.slots import Parts, PlaceKey
from app.planning.engine.weights import targets

STEPS = 3


class CompactLp(PatternLp):
    """The other formulation: a column for each item in a place, one for the place and one for its tablet."""

    def _by_patterns(self, place: PlaceKey, offers: list[Offer], found: list[Chosen], rows: list[tuple[int, int]]) -> None:
        del found  # patterns, which this formulation does without
        slots = {pair.slot for pair in self.parts.pairs if self.parts.slots[pair.slot].place == place}
        room = sum(self.parts.slots[slot].closes - self.parts.slots[slot].opens for slot in slots)
        self._by_items(place, offers, room, rows)


@dataclass(frozen=True, slots=True)
class Program:
    """Maximise `costs` over whole numbers from 0 to `uppers`, every row between `lowers` and `limits`; columns are sparse."""

    costs: list[int]
    uppers: list[int]
    lowers: list[int | None]
    limits: list[int | None]
    starts: list[int]
    rows: list[int]
    values: list[int]


def program_of(lp: PatternLp) -> Program:
    """The program in plain integers. No more than a week's target can be missing from it."""
    starts, rows, values = lp.matrix.packed()
    most = max([0, *targets(lp.parts.index).values()])
    lowers: list[int | None] = [None] * len(lp.limits)
    for item in lp.parts.fixed:
        lowers[lp.rows["item", item]] = 1
    return Program(
        costs=[int(cost) for cost in lp.costs],
        uppers=[most if upper == float("inf") else int(upper) for upper in lp.uppers],
        lowers=lowers,
        limits=[None if limit >= UNLIMITED // 2 else int(limit) for limit in lp.limits],
        starts=[int(one) for one in starts],
        rows=[int(one) for one in rows],
        values=[int(one) for one in values],
    )


def hint_of(lp: PatternLp, floor: Floor) -> list[int]:
    """A plan as a value for every column: a hint that leaves out the columns that only help is of no use."""
    values = [0] * len(lp.costs)
    for place, items in _held(floor).items():
        if (place, items) in lp.meaning:
            values[lp.meaning[place, items]] = 1
        elif (place, "held") in lp.meaning:
            values[lp.meaning[place, "held"]] = 1
            if any(floor.index.problem.items[item].needs_tablet for item in items):
                values[lp.meaning[place, "tablet"]] = 1
            for item in items:
                values[lp.meaning[place, item]] = 1
    for number, (week, target) in enumerate(targets(lp.parts.index).items()):
        missing = max(0, target - floor.used_week.get(week, 0))
        for step, most in enumerate((600, 600, missing)):
            values[STEPS * number + step] = min(missing, most)
            missing -= min(missing, most)
    return values


def _held(floor: Floor) -> Mapping[PlaceKey, tuple[int, ...]]:
    found: dict[PlaceKey, list[int]] = defaultdict(list)
    for item, reach in enumerate(floor.place_of):
        if reach is not None:
            found[reach.worker, reach.window].append(item)
    return {place: tuple(sorted(items)) for place, items in found.items()}


def places_of(lp: PatternLp, values: Sequence[int]) -> dict[int, PlaceKey]:
    """The place of each item, from the values of the columns."""
    found = dict[int, PlaceKey]()
    for (place, what), column in lp.meaning.items():
        if values[column] and isinstance(what, int):
            found[what] = place
        elif values[column] and isinstance(what, tuple):
            found |= dict.fromkeys(what, place)
    return found


def laid(found: Draft, parts: Parts, placed: Mapping[int, PlaceKey]) -> Floor:
    """A plan with items in these places, one after the other in each stretch of time; what does not fit there is left out."""
    floor = Floor(found.floor.index)
    wanted = sorted(
        ((parts.slots[pair.slot].opens, parts.rank[pair.item]), pair.item, pair.slot, pair.since, pair.until)
        for pair in parts.pairs
        if placed.get(pair.item) == parts.slots[pair.slot].place
    )
    free = dict[int, int]()
    for _, item, slot, since, until in wanted:
        start = max(free.get(slot, parts.slots[slot].opens), since)
        ends = start + floor.index.seconds[item]
        if floor.start[item] == NO_START and ends <= until:
            floor.place(item, parts.slots[slot].reach, start)
            free[slot] = ends
    return floor


def judged(found: Draft, floor: Floor) -> int:
    """What a plan is worth. Raises ValueError when the independent checker objects to it; pins that nobody can keep are known."""
    problem = floor.index.problem
    blocks = blocks_of(floor)
    placed = {block.item_id for block in blocks}
    rest = tuple(Unplaced(item.id, Reason.NO_SEAT_LEFT, "") for item in problem.items if item.id not in placed)
    pins = tuple(
        BrokenPin(problem.items[item].id, problem.windows[window].id, Reason.NO_SEAT_LEFT, "") for item, window in found.broken
    )
    broken = check(problem, Plan(blocks, rest, pins))
    if broken:
        raise ValueError(f"a plan breaks {', '.join(sorted({one.rule.value for one in broken}))}")
    return worth(floor)
