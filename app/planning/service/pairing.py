"""Shadowing pairs as stored blocks: two blocks of one session, the trainee's and the trainer's, at the same time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.ids import new_id
from app.planning.domain.pair_values import Pair
from app.planning.domain.plan import Plan
from app.planning.domain.problem import ItemKind, Problem
from app.planning.service.inputs import item_id
from app.planning.service.wanted import SHADOW_KEY, is_pair
from app.planning.store import requests


def pairs_of(blocks: Iterable[Any]) -> tuple[Pair, ...]:
    """The sessions that stored blocks are the two sides of; a side alone is none."""
    sides: dict[Any, dict[str, Any]] = defaultdict(dict)
    for block in blocks:
        if is_pair(block):
            sides[block.assignment_id][block.kind] = block
    whole = [side for _, side in sorted(sides.items()) if len(side) == len((ItemKind.SHADOWING, ItemKind.COACHING))]
    return tuple(_pair(side[ItemKind.SHADOWING], side[ItemKind.COACHING]) for side in whole)


def _pair(trainee: Any, trainer: Any) -> Pair:
    return Pair(
        request_id=str(trainee.assignment_id),
        trainer_id=str(trainer.worker_id),
        trainee_id=str(trainee.worker_id),
        window_id=str(trainee.window_id),
        starts_at=trainee.starts_at,
        ends_at=trainee.ends_at,
    )


def pair_records(problem: Problem, plan: Plan) -> list[dict[str, Any]]:
    """Both blocks of every session of a plan, pinned: a later plan leaves them where two people expect them."""
    requests = {request.id: request for request in problem.pairs}
    centers = {window.id: window.work_center_id for window in problem.windows}
    records = []
    for pair in plan.pairs:
        request = requests[pair.request_id]
        for kind, who in ((ItemKind.SHADOWING, pair.trainee_id), (ItemKind.COACHING, pair.trainer_id)):
            records.append(
                {
                    "id": new_id(),
                    "worker_id": who,
                    "work_center_id": centers[pair.window_id],
                    "window_id": pair.window_id,
                    "business_date": _day(problem, pair, centers[pair.window_id]),
                    "starts_at": pair.starts_at,
                    "ends_at": pair.ends_at,
                    "assignment_id": pair.request_id,
                    "kind": kind.value,
                    "key": request.skill or SHADOW_KEY,
                    "hash": "",
                    "seconds": request.seconds,
                    "needs_tablet": False,
                    "pinned": True,
                }
            )
    return records


def _day(problem: Problem, pair: Pair, center: str) -> Any:
    worker = next(one for one in problem.workers if one.id == pair.trainee_id)
    here = (None, center)
    return next(
        paid.business_date
        for paid in worker.shifts
        if paid.starts_at <= pair.starts_at < paid.ends_at and paid.work_center_id in here
    )


def with_partners(lost: Sequence[Any], coming: Sequence[Any]) -> list[Any]:
    """What is lost, and the other side of every session of which one side is: nobody shadows alone."""
    sessions = {block.assignment_id for block in lost if is_pair(block)}
    known = {block.id for block in lost}
    return [*lost, *(one for one in coming if one.assignment_id in sessions and is_pair(one) and one.id not in known)]


def same_sides(records: Iterable[Mapping[str, Any]], old: Mapping[str, Any]) -> set[str]:
    """Sides of sessions, by item, that stay in their very hour: for them nothing moves, though another may show it."""
    found = set()
    for record in records:
        key = item_id(record["assignment_id"], record["worker_id"])
        before = old.get(key)
        if before is not None and is_pair(before):
            place = (str(before.window_id), before.starts_at, before.kind)
            if place == (str(record["window_id"]), record["starts_at"], record["kind"]):
                found.add(key)
    return found


async def explain_sessions(tx: WriteTransaction, plan: Plan) -> None:
    """Whoever wants a session reads there why it has no hour yet."""
    for pair in plan.pairs:
        await requests.explain_session(tx, UUID(pair.request_id), None, None)
    for missing in plan.unplaced_pairs:
        await requests.explain_session(tx, UUID(missing.request_id), missing.reason.value, missing.sentence[:500])
