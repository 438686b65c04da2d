"""Planning a line again in a process of its own: what can stay stays, and only the rest looks for places.

Nothing here may import the database or the web: a child starts in a fraction of the time that way.
"""

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.planning.domain.again import filled, moved, nearby, settled, warm
from app.planning.domain.check import check
from app.planning.domain.greedy import Draft
from app.planning.domain.plan import Block, Plan, Reason, Unplaced
from app.planning.domain.problem import Id, PlanItem, Problem
from app.planning.engine import compiled
from app.planning.engine.packing import Packed, pack, unpack
from app.planning.engine.parent import end_with_parent
from app.planning.engine.parts import parts_of, worth
from app.planning.engine.solve import Budget, improve

Asked = tuple[Packed, dict[Id, datetime], tuple[PlanItem, ...]]
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


def plan_again(asked: Again) -> Found:
    """Plan again: what can stay stays, what lost its place takes free room, and only for what finds none others may move.

    Repeatable bit for bit: the budget is a number of moves.
    """
    draft, stayed = warm(asked.problem, asked.starts)
    fixed: tuple[Block, ...] = ()
    if any(reach is None for reach in draft.floor.place_of):
        problem, fixed = nearby(draft, stayed, asked.starts, MOVABLE)
        draft, stayed = _improved(problem, asked.starts)
    blocks = (*settled(draft, stayed, asked.starts), *fixed)
    more = filled(asked.problem, blocks, asked.fillers) if asked.fillers else ()
    return Found(
        blocks, more, _objections(replace(asked.problem, items=(*asked.problem.items, *asked.fillers)), (*blocks, *more))
    )


def _improved(problem: Problem, starts: Mapping[Id, datetime]) -> tuple[Draft, set[int]]:
    """What the kernel makes of a floor on which something has no place."""
    draft, stayed = warm(problem, starts, mend=True)
    iterations = EACH * len(problem.items) if compiled.available() else MOST_INTERPRETED
    better = improve(draft, parts_of(draft), 0, Budget(iterations, warm=True))
    dearer = MOVE_PRICE * (moved(better, stayed) - moved(draft, stayed))
    return (better if worth(better.floor) - worth(draft.floor) > max(0, dearer) else draft), stayed


def _objections(problem: Problem, blocks: Sequence[Block]) -> tuple[str, ...]:
    """Rules that the blocks break, by the independent checker."""
    placed = {block.item_id for block in blocks}
    rest = tuple(Unplaced(item.id, Reason.NO_SEAT_LEFT, "") for item in problem.items if item.id not in placed)
    return tuple(sorted({one.rule.value for one in check(problem, Plan(tuple(blocks), rest))}))


def packed(asked: Again) -> Asked:
    """A question as it crosses to another process."""
    return pack(asked.problem), dict(asked.starts), asked.fillers


def plan_packed(asked: Asked) -> Found:
    """The answer to a question that came from another process."""
    problem, starts, fillers = asked
    return plan_again(Again(unpack(problem), starts, fillers))


def ready() -> None:
    """What a process does before its first question: nobody waits for machine code, nor while Python looks through all of it."""
    end_with_parent()
    compiled.warm()
    gc.collect()
    gc.freeze()


def nothing() -> None:
    """A question whose answer is that the process is there."""
