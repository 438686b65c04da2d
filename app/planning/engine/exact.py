"""The exact tier for a line or a few: everybody's weeks priced by a linear program, and the best choice of one for each.

The program over patterns says what a place costs. At such prices everybody's best week can be found exactly, which bounds every
plan (`pricing.py`), and prices are bettered until hardly anything is left. Out of the weeks found on the way, with those of some
runs of the kernel, a small MIP chooses one for each worker, beginning with the plan that stands. Effort is counted in rounds,
moves and nodes, never in seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor

from app.planning.domain.floor import Floor
from app.planning.domain.greedy import Draft
from app.planning.engine.anneal import EDGE_START, anneal
from app.planning.engine.bound import PatternLp, bound_of
from app.planning.engine.flatten import Flat
from app.planning.engine.kernel import keep_best
from app.planning.engine.layout import LOG_COUNT, SLOT
from app.planning.engine.master import Master, held_places
from app.planning.engine.parts import worth
from app.planning.engine.pricing import SCALE, Prices, Pricing
from app.planning.engine.slots import Parts, PlaceKey
from app.planning.engine.state import add, fits

# How far the prices may go from the best ones so far, at first and at last, and how much worse than a worker's best a week
# may be to be chosen from; hundredths of a point.
STEP, LEAST_STEP, WIDTH = 100, 4, 150
# Weeks of one worker at the same prices.
MOST = 30


@dataclass(frozen=True, slots=True)
class Search:
    """How long to look: rounds of prices, rounds at shaken prices, runs of the kernel with moves for each item, nodes, cycles.

    `branching` is nodes of a search over all patterns at the end, which betters the bound most and takes longest; 0 is none.
    """

    rounds: int = 12
    shaken: int = 20
    runs: int = 6
    each: int = 200
    nodes: int = 60
    cycles: int = 2
    branching: int = 0


@dataclass(frozen=True, slots=True)
class Exact:
    """A draft at least as good as the one it started from, and what no plan can be worth more than."""

    draft: Draft
    bound: int


def solve_exactly(found: Draft, parts: Parts, search: Search, *, use_compiled: bool) -> Exact:
    """Search for the best plan. The same draft and effort give the same answer, compiled or not."""
    lp, reached = PatternLp(parts), worth(found.floor)
    if not lp.costs:
        return Exact(found, max(0, reached))
    best, duals = lp.solved()
    pricing = Pricing(lp, duals, use_compiled=use_compiled)
    master = Master(pricing, found.floor)
    bound, prices = bettered(pricing, master, search.rounds)
    bound = min(bound, bound_of(best))
    if bound > reached and master.workers:
        _shake(pricing, master, prices, search.shaken)
        for cycle in range(search.cycles):
            for run in range(search.runs):
                master.add_all(master.weeks_of(_again(found, parts, search.each, 1 + cycle * search.runs + run, use_compiled)))
            better = _laid(found, parts, master.items_of(master.chosen(master.weeks_of(found.floor), search.nodes)))
            if worth(better.floor) > reached:
                found, reached = better, worth(better.floor)
            if reached >= bound:
                break
    if bound > reached and search.branching:
        found, proved = _branched(found, parts, lp, search.branching)
        bound, reached = min(bound, proved), worth(found.floor)
    return Exact(found, max(bound, reached))


def _branched(found: Draft, parts: Parts, lp: PatternLp, nodes: int) -> tuple[Draft, int]:
    """The best plan of a search over all patterns that begins with the one that stands, and its bound."""
    there = ((place, tuple(items)) for place, items in held_places(found.floor).items())
    standing = [lp.meaning[what] for what in there if what in lp.meaning]
    bound, columns = lp.searched(worth(found.floor), standing, nodes)
    what = {column: (place, items) for (place, items), column in lp.meaning.items() if isinstance(items, tuple)}
    chosen = [what[column] for column in columns if column in what]
    better = _laid(found, parts, {item: place for place, items in chosen for item in items})
    return (better if worth(better.floor) > worth(found.floor) else found), bound


def bettered(pricing: Pricing, master: Master, rounds: int) -> tuple[int, Prices]:
    """The lowest bound of some rounds of prices, and its prices. Each round adds everybody's good weeks to the choice."""
    prices = near = pricing.first_prices()
    best, step = None, SCALE * STEP
    for _ in range(rounds):
        total, weeks = pricing.bound(prices, SCALE * WIDTH, MOST)
        if best is None or total < best:
            best, near = total, prices
        else:
            step = max(SCALE * LEAST_STEP, step // 2)
        for worker, choices in weeks.items():
            for choice in choices:
                master.add(worker, choice.columns)
        reached, prices = master.prices(near, step)
        # What the linear program over weeks reaches, no prices can fall below.
        if best - SCALE * reached < best / 20_000:
            break
    return floor((best or 0) / SCALE), near


def _shake(pricing: Pricing, master: Master, prices: Prices, rounds: int) -> None:
    """Weeks that are best at slightly other prices, so that there is something to choose from."""
    state = 1
    for _ in range(rounds):
        other = {}
        for row, value in prices.items():
            state = (1_103_515_245 * state + 12_345) & 0x7FFFFFFF
            # Up to a fifth and 20 units more or less.
            other[row] = max(0, value + (value // 5 + 20 * SCALE) * ((state >> 12) % 2001 - 1000) // 1000)
        for worker, choices in pricing.found(other, master.workers, 0, 1).items():
            for choice in choices:
                master.add(worker, choice.columns)


def _again(found: Draft, parts: Parts, each: int, seed: int, use_compiled: bool) -> Floor:
    """Another plan by the kernel, from the one that stands."""
    kept = {item for item in found.pinned if found.floor.place_of[item] is not None}
    flat = Flat(parts, kept, seed)
    flat.put(found.floor)
    memory = anneal(flat.memory, each * len(flat.movable), use_compiled=use_compiled, heat=EDGE_START)
    return _floor(found, flat, memory)


def _laid(found: Draft, parts: Parts, placed: Mapping[int, PlaceKey]) -> Draft:
    """A floor with items in these places, as far as the order within each allows; pins are kept or it is the old one."""
    kept = {item for item in found.pinned if found.floor.place_of[item] is not None}
    flat = Flat(parts, kept, 0)
    wanted = sorted(
        (parts.slots[pair.slot].opens, parts.rank[pair.item], number)
        for number, pair in enumerate(parts.pairs)
        if placed.get(pair.item) == parts.slots[pair.slot].place
    )
    for _, _, number in wanted:
        pair = parts.pairs[number]
        if flat.memory[flat.items[pair.item] + SLOT] == 0 and fits(flat.memory, flat.pair_of[number]):
            add(flat.memory, flat.pair_of[number])
        flat.memory[LOG_COUNT] = 0
    keep_best(flat.memory)
    laid = _floor(found, flat, flat.memory)
    if any(laid.place_of[item] is None for item in kept):
        return found
    broken = [(i, w) for i, w in found.broken if (there := laid.place_of[i]) is None or there.window != w]
    return Draft(laid, found.order, found.pinned, broken)


def _floor(found: Draft, flat: Flat, memory: Sequence[int]) -> Floor:
    laid = Floor(found.floor.index)
    for start, item, reach in flat.best(memory):
        laid.place(item, reach, start)
    return laid
