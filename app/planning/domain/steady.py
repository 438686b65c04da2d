"""The seconds that people know: where a worker learns the same things in the same window as before, nothing is shifted."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

from app.planning.domain.check import check
from app.planning.domain.plan import Block, Plan
from app.planning.domain.problem import Id, Problem


def steady(problem: Problem, plan: Plan) -> Plan:
    """The plan with published times wherever one worker's items in a window are the same; the plan itself if a rule objects.

    The order within a window means nothing to the planner, so two plans of the same items may lay them differently.
    """
    before: dict[tuple[Id, Id], dict[Id, datetime]] = defaultdict(dict)
    workers = {item.id: item.worker_id for item in problem.items}
    for kept in problem.kept:
        if kept.starts_at is not None and kept.item_id in workers:
            before[workers[kept.item_id], kept.window_id][kept.item_id] = kept.starts_at
    now: dict[tuple[Id, Id], list[Block]] = defaultdict(list)
    for block in plan.blocks:
        now[block.worker_id, block.window_id].append(block)
    blocks: list[Block] = []
    for place, there in now.items():
        known = before.get(place, {})
        same = known.keys() == {block.item_id for block in there}
        blocks += [_at(block, known[block.item_id]) for block in there] if same else there
    found = replace(plan, blocks=tuple(sorted(blocks, key=lambda block: (block.starts_at, block.item_id))))
    return found if found == plan or not check(problem, found) else plan


def _at(block: Block, starts_at: datetime) -> Block:
    length: timedelta = block.ends_at - block.starts_at
    return replace(block, starts_at=starts_at, ends_at=starts_at + length)
