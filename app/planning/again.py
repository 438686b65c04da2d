"""Planning a line again in a process of its own: what can stay stays, and only the rest looks for places.

Nothing here may import the database or the web: a child starts in a fraction of the time that way.
"""

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.planning.domain.again import filled, held, moved, nearby, settled, warm
from app.planning.domain.check import check
from app.planning.domain.greedy import Draft
from app.planning.domain.pair_values import Coached, Pair, PairRequest, UnplacedPair
from app.planning.domain.pairs import busy_of, place_pairs
from app.planning.domain.plan import Block, Plan, Reason, Unplaced
from app.planning.domain.problem import Id, PlanItem, Problem
from app.planning.engine import compiled
from app.planning.engine.packing import Packed, pack, unpack
from app.planning.engine.parent import end_with_parent, stand_back
from app.planning.engine.parts import parts_of, worth
from app.planning.engine.solve import Budget, improve

# A problem, what it holds of sessions, when items start, and what may fill room.
Sessions = tuple[tuple[PairRequest, ...], tuple[Coached, ...], int | None]
Asked = tuple[Packed, Sessions, dict[Id, datetime], tuple[PlanItem, ...]]
# Moves for each item, compiled; and in all, as plain Python, where one takes up to 0.3 ms.
EACH, MOST_INTERPRETED = 200, 150
# So many items may move for those without a place; the rest of the line's week stays as published.
MOVABLE = 60
# Hundredths of a point that a further change must be worth to whoever is told of it, beside the planner's own price.
MOVE_PRICE = 800


@dataclass(frozen=True, slots=True)
class Again:
    """What to plan again: published items with their starts, displaced ones, and what may fill free room afterwards."""

    problem: Problem
    starts: Mapping[Id, datetime]
    fillers: tuple[PlanItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Where everything is afterwards; items that are in neither have no place. `broken` is what the checker objects to."""

    blocks: tuple[Block, ...]
    filled: tuple[Block, ...]
    broken: tuple[str, ...]
    pairs: tuple[Pair, ...] = ()
    unplaced_pairs: tuple[UnplacedPair, ...] = ()


def plan_again(asked: Again) -> Found:
    """Plan again: what can stay stays, what lost its place takes free room, and only for what finds none others may move.

    Repeatable bit for bit: the budget is a number of moves.
    """
    problem, pairs, waiting = _paired(asked)
    draft, stayed = warm(problem, asked.starts)
    fixed: tuple[Block, ...] = ()
    if any(reach is None for reach in draft.floor.place_of):
        near, fixed = nearby(draft, stayed, asked.starts, MOVABLE)
        draft, stayed = _improved(near, asked.starts)
    blocks = (*settled(draft, stayed, asked.starts), *fixed)
    more = filled(problem, blocks, asked.fillers) if asked.fillers else ()
    broken = _objections(asked, Plan((*blocks, *more), pairs=pairs, unplaced_pairs=waiting))
    return Found(blocks, more, broken, pairs, waiting)


def _paired(asked: Again) -> tuple[Problem, tuple[Pair, ...], tuple[UnplacedPair, ...]]:
    """Sessions take an hour beside what stays; only one that finds none there takes the time of items, which then move."""
    if not asked.problem.pairs:
        return asked.problem, (), ()
    alone = replace(asked.problem, pairs=())
    draft, stayed = warm(alone, asked.starts, only_stay=True)
    beside = replace(asked.problem, busy=(*alone.busy, *held(alone, settled(draft, stayed, asked.starts))), items=(), kept=())
    first = place_pairs(beside)
    left = {one.request_id for one in first.unplaced}
    rest = tuple(one for one in asked.problem.pairs if one.id in left)
    busy = (*alone.busy, *busy_of(first.pairs))
    second = place_pairs(replace(alone, busy=busy, pairs=rest, coached=_given(asked, first.pairs)))
    return replace(second.problem, pairs=()), (*first.pairs, *second.pairs), second.unplaced


def _given(asked: Again, pairs: Sequence[Pair]) -> tuple[Coached, ...]:
    """What counts against trainers' weeks once these sessions are theirs."""
    shifts = {worker.id: worker.shifts for worker in asked.problem.workers}
    days = {
        pair: paid.business_date
        for pair in pairs
        for paid in shifts[pair.trainer_id]
        if paid.starts_at <= pair.starts_at and pair.ends_at <= paid.ends_at
    }
    return (*asked.problem.coached, *(Coached(pair.trainer_id, day) for pair, day in days.items()))


def _improved(problem: Problem, starts: Mapping[Id, datetime]) -> tuple[Draft, set[int]]:
    """What the kernel makes of a floor on which something has no place."""
    draft, stayed = warm(problem, starts, mend=True)
    iterations = EACH * len(problem.items) if compiled.available() else MOST_INTERPRETED
    better = improve(draft, parts_of(draft), 0, Budget(iterations, warm=True))
    dearer = MOVE_PRICE * (moved(better, stayed) - moved(draft, stayed))
    return (better if worth(better.floor) - worth(draft.floor) > max(0, dearer) else draft), stayed


def _objections(asked: Again, plan: Plan) -> tuple[str, ...]:
    """Rules that a plan breaks, by the independent checker."""
    problem = replace(asked.problem, items=(*asked.problem.items, *asked.fillers))
    placed = {block.item_id for block in plan.blocks}
    rest = tuple(Unplaced(item.id, Reason.NO_SEAT_LEFT, "") for item in problem.items if item.id not in placed)
    return tuple(sorted({one.rule.value for one in check(problem, replace(plan, unplaced=rest))}))


def packed(asked: Again) -> Asked:
    """A question as it crosses to another process."""
    problem = asked.problem
    return pack(problem), (problem.pairs, problem.coached, problem.trainer_weekly_sessions), dict(asked.starts), asked.fillers


def plan_packed(asked: Asked) -> Found:
    """The answer to a question that came from another process."""
    problem, (pairs, coached, limit), starts, fillers = asked
    whole = replace(unpack(problem), pairs=pairs, coached=coached, trainer_weekly_sessions=limit)
    return plan_again(Again(whole, starts, fillers))


def ready() -> None:
    """What a process does before its first question: nobody waits for machine code, nor while Python looks through all of it."""
    end_with_parent()
    # Somebody waits for a line that is planned again, but its answer is one of many that the event loop gives.
    stand_back(3)
    compiled.warm()
    gc.collect()
    gc.freeze()


def nothing() -> None:
    """A question whose answer is that the process is there."""
