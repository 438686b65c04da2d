"""A planner's answer as it is stored: blocks as records, reasons and coverage as one document."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from app.core.ids import new_id
from app.planning.domain.coverage import CoverageStep
from app.planning.domain.pair_values import UnplacedPair
from app.planning.domain.plan import Change, Plan, Unplaced
from app.planning.domain.problem import PlanWorker, Problem
from app.planning.engine.solve import Answer
from app.planning.service.inputs import Inputs
from app.planning.service.pairing import pair_records

MOST_CHANGES = 20


def block_records(inputs: Inputs, plan: Plan) -> list[dict[str, Any]]:
    """The planned blocks with everything they are stored with, in order of time."""
    windows = {window.id: window for window in inputs.problem.windows}
    workers = {worker.id: worker for worker in inputs.problem.workers}
    items = {item.id: item for item in inputs.problem.items}
    pinned = {(pin.item_id, pin.window_id) for pin in inputs.problem.pins}
    records = []
    for block in plan.blocks:
        open_item, item = inputs.items[block.item_id], items[block.item_id]
        center = windows[block.window_id].work_center_id
        records.append(
            {
                "id": new_id(),
                "worker_id": block.worker_id,
                "work_center_id": center,
                "window_id": block.window_id,
                "business_date": _business_date(workers[block.worker_id], block.starts_at, center),
                "starts_at": block.starts_at,
                "ends_at": block.ends_at,
                "assignment_id": open_item.assignment_id,
                "kind": open_item.kind,
                "key": open_item.key,
                "hash": open_item.hash,
                "seconds": item.seconds,
                "needs_tablet": item.needs_tablet,
                "pinned": (block.item_id, block.window_id) in pinned,
            }
        )
    return [*records, *pair_records(inputs.problem, plan)]


def _business_date(worker: PlanWorker, starts_at: datetime, center: str) -> date:
    return next(
        paid.business_date
        for paid in worker.shifts
        if paid.starts_at <= starts_at < paid.ends_at and paid.work_center_id == center
    )


def result_of(inputs: Inputs, answer: Answer, steps: Iterable[CoverageStep]) -> dict[str, Any]:
    """What could not be placed and why, coverage before and after, and the plan's worth, as one JSON document."""
    plan = answer.plan
    return {
        "unplaced": [_unplaced(inputs, one) for one in plan.unplaced],
        "reasons": dict(_reasons(plan)),
        "unplaced_sessions": [_session(inputs, one) for one in plan.unplaced_pairs],
        "broken_pins": [
            {**_named(inputs, pin.item_id), "window_id": pin.window_id, "reason": pin.reason.value, "sentence": pin.sentence}
            for pin in plan.broken_pins
        ],
        "coverage": _coverage(steps),
        "protected_time": protected_time(inputs.problem, plan),
        "changes": worthwhile(plan.unplaced),
        "seat_prices": [asdict(price) for price in answer.seat_prices[:MOST_CHANGES]],
        "objective": answer.objective,
        "bound": answer.bound,
        "gap": answer.gap,
        "overdue": len(inputs.overdue),
        "workers": len(inputs.problem.workers),
        "windows": len(inputs.problem.windows),
    }


def protected_time(problem: Problem, plan: Plan) -> list[dict[str, Any]]:
    """Learning seconds of each worker and ISO week: used, published before, planned now, and the week's target."""
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    seconds = {item.id: item.seconds for item in problem.items}
    for worker in problem.workers:
        for used in worker.used:
            found[worker.id, _week(used.business_date)]["used_seconds"] += used.seconds
    for busy in problem.busy:
        if busy.business_date is not None:
            length = int((busy.ends_at - busy.starts_at).total_seconds())
            found[busy.worker_id, _week(busy.business_date)]["published_seconds"] += length
    workers = {worker.id: worker for worker in problem.workers}
    centers = {window.id: window.work_center_id for window in problem.windows}
    for block in plan.blocks:
        day = _business_date(workers[block.worker_id], block.starts_at, centers[block.window_id])
        found[block.worker_id, _week(day)]["planned_seconds"] += seconds[block.item_id]
    names = ("used_seconds", "published_seconds", "planned_seconds")
    return [
        {
            "worker_id": who,
            "week": week,
            **{name: counts[name] for name in names},
            "target_seconds": workers[who].weekly_target_seconds,
        }
        for (who, week), counts in sorted(found.items())
        if who in workers
    ]


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def worthwhile(unplaced: Iterable[Unplaced]) -> list[dict[str, Any]]:
    """The changes of one step that place most items, each once, at most 20."""
    best: dict[tuple[Any, ...], Change] = {}
    for change in (one.change for one in unplaced if one.change is not None and not one.change.also):
        key = (change.kind, change.subject_id, change.starts_at)
        known = best.get(key)
        if known is None or (change.places, -change.amount) > (known.places, -known.amount):
            best[key] = change
    ordered = sorted(best.values(), key=lambda change: (-change.places, change.amount, change.kind, change.subject_id))
    return [asdict(change) for change in ordered[:MOST_CHANGES]]


def _named(inputs: Inputs, item_id: str) -> dict[str, Any]:
    assignment_id, worker_id = item_id.split("/")
    found = inputs.items.get(item_id)
    return {
        "assignment_id": assignment_id,
        "worker_id": worker_id,
        "kind": found.kind if found else None,
        "key": found.key if found else None,
    }


def _unplaced(inputs: Inputs, one: Unplaced) -> dict[str, Any]:
    item = inputs.items[one.item_id]
    late = one.item_id in inputs.overdue
    return {
        **_named(inputs, one.item_id),
        "mandatory": item.mandatory,
        "due_at": item.due_at,
        "overdue": late,
        "reason": one.reason.value,
        "sentence": f"{one.sentence} It is overdue." if late else one.sentence,
        "change": None if one.change is None else asdict(one.change),
        "holders": list(one.holders),
    }


def _reasons(plan: Plan) -> Counter[str]:
    return Counter([one.reason.value for one in plan.unplaced] + [one.reason.value for one in plan.unplaced_pairs])


def _session(inputs: Inputs, one: UnplacedPair) -> dict[str, Any]:
    trainee = next(request.trainee_id for request in inputs.problem.pairs if request.id == one.request_id)
    told: dict[str, Any] = {"reason": one.reason.value, "sentence": one.sentence, "trainers": list(one.trainers)}
    told["change"] = None if one.change is None else asdict(one.change)
    return {"session_id": one.request_id, "trainee_id": trainee, **told}


def _coverage(steps: Iterable[CoverageStep]) -> list[dict[str, Any]]:
    """Per work center: the tightest headroom before and after, and every step."""
    by_center: dict[str, list[CoverageStep]] = defaultdict(list)
    for step in steps:
        by_center[step.work_center_id].append(step)
    return [
        {
            "work_center_id": center,
            "lowest_before": min(step.staying_before - step.minimum for step in found),
            "lowest_after": min(step.staying - step.minimum for step in found),
            "steps": [
                {
                    "starts_at": step.starts_at,
                    "ends_at": step.ends_at,
                    "present": step.present,
                    "minimum": step.minimum,
                    "learning_before": step.learning_before,
                    "learning": step.learning,
                    "staying": step.staying,
                }
                for step in found
            ],
        }
        for center, found in sorted(by_center.items())
    ]
