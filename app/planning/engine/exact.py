"""The exact tier for one line: the pattern LP, a filter by reduced cost, and HiGHS as a MIP started from the kernel's plan.

A column whose reduced cost is -d is in no plan worth more than the LP's optimum less d. So with only the columns above -d, the
larger of the MIP's bound and the optimum less d still bounds every plan.
"""

from collections import defaultdict
from dataclasses import dataclass
from importlib import import_module
from math import floor
from typing import Any

from app.planning.domain.floor import Floor
from app.planning.domain.greedy import Draft
from app.planning.engine.bound import RELATIVE_SLACK, SLACK, PatternLp
from app.planning.engine.flatten import Flat
from app.planning.engine.kernel import keep_best
from app.planning.engine.layout import LOG_COUNT, SLOT
from app.planning.engine.parts import worth
from app.planning.engine.slots import Parts, PlaceKey
from app.planning.engine.state import add, fits

# Columns that lose at most this share of the bound are kept, in thousandths.
FILTER = 8
Placed = dict[int, PlaceKey]


@dataclass(frozen=True, slots=True)
class Exact:
    """A draft at least as good as the one it started from, and what no plan can be worth more than."""

    draft: Draft
    bound: int


def solve_exactly(found: Draft, parts: Parts, seconds: float) -> Exact:
    """Search for the best plan for so many seconds. How far it comes depends on the machine; what it answers is always true."""
    lp, reached = PatternLp(parts), worth(found.floor)
    if not lp.columns:
        return Exact(found, max(0, reached))
    best, duals = lp.solved()
    best += SLACK + RELATIVE_SLACK * abs(best)
    allowed = min(best - reached + 1, max(1.0, abs(best) * FILTER / 1000))
    lost = lp.reduced_costs(duals)
    chosen = [n for n, cost in enumerate(lost) if cost >= -allowed - SLACK or lp.uppers[n] != 1]
    highs = lp.model(chosen, whole=True)
    highs.setOptionValue("time_limit", seconds)
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", 0.5)
    _begin(highs, lp, chosen, found.floor)
    highs.run()
    proved = highs.getInfo().mip_dual_bound
    bound = min(best, max(proved + SLACK + RELATIVE_SLACK * abs(proved), best - allowed))
    values = highs.getSolution().col_value
    taken = {chosen[n] for n in range(len(chosen)) if values and values[n] > 0.5 and lp.uppers[chosen[n]] == 1}
    better = _laid(found, parts, {item: place for item, held in lp.holding.items() for place, n in held if n in taken})
    draft = better if worth(better.floor) > reached else found
    return Exact(draft, max(floor(bound), worth(draft.floor)))


def _begin(highs: Any, lp: PatternLp, chosen: list[int], standing: Floor) -> None:
    """Give HiGHS the plan that stands; what it says of seconds that are missing follows from the rest."""
    there: dict[PlaceKey, list[int]] = defaultdict(list)
    for item, reach in enumerate(standing.place_of):
        if reach is not None:
            there[reach.worker, reach.window].append(item)
    on = set()
    for place, items in there.items():
        whole = lp.meaning.get((place, tuple(sorted(items))))
        if whole is not None:
            on.add(whole)
        elif (place, "held") in lp.meaning:
            needs = any(lp.parts.index.problem.items[item].needs_tablet for item in items)
            on |= {lp.meaning[place, "held"], *([lp.meaning[place, "tablet"]] if needs else [])}
            on |= {lp.meaning[place, item] for item in items}
    whole_columns = [n for n, column in enumerate(chosen) if lp.uppers[column] == 1]
    numpy = import_module("numpy")
    values = numpy.array([float(chosen[n] in on) for n in whole_columns])
    highs.setSolution(len(whole_columns), numpy.array(whole_columns, dtype=numpy.int32), values)


def _laid(found: Draft, parts: Parts, placed: Placed) -> Draft:
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
    laid = Floor(found.floor.index)
    for start, item, reach in flat.best(flat.memory):
        laid.place(item, reach, start)
    if any(laid.place_of[item] is None for item in kept):
        return found
    broken = [(i, w) for i, w in found.broken if (there := laid.place_of[i]) is None or there.window != w]
    return Draft(laid, found.order, found.pinned, broken)
