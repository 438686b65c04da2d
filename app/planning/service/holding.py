"""Whether blocks still keep every hard rule at this very moment, asked of the independent checker."""

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.core.errors import Conflict, FieldError
from app.planning.domain.check import check
from app.planning.domain.plan import Block, BrokenPin, Plan, Reason
from app.planning.domain.problem import ItemKind, Problem
from app.planning.domain.violation import Rule, Violation
from app.planning.service.inputs import Inputs, item_id
from app.planning.service.pairing import pairs_of, with_partners
from app.planning.service.wanted import is_pair

MOST_SHOWN = 20


class Left(StrEnum):
    """Why a proposed block is left out although the rest of the plan holds."""

    PASSED = "passed"
    LEARNED = "learned"
    PLANNED_ELSEWHERE = "planned_elsewhere"
    DAILY_CAP = "daily_cap"
    WEEKLY_CAP = "weekly_cap"
    PREREQUISITE = "prerequisite"
    CONTENT_CHANGED = "content_changed"
    PAST_DUE = "past_due"
    PARTNER = "partner"


SENTENCES = {
    Left.PASSED: "Its time had passed.",
    Left.LEARNED: "It was learned meanwhile, or is no longer assigned.",
    Left.PLANNED_ELSEWHERE: "It has another published block.",
    Left.DAILY_CAP: "With what was learned meanwhile it would be over the daily limit.",
    Left.WEEKLY_CAP: "With what was learned meanwhile it would be over the weekly limit.",
    Left.PREREQUISITE: "What it waits for is not learned before it.",
    Left.CONTENT_CHANGED: "Its content has another length or other languages now.",
    Left.PAST_DUE: "It would end after its due date, which was moved.",
    Left.PARTNER: "The other person of the session is no longer there.",
}
# Rules that concern one worker's own learning: what breaks them is left out, and the others' blocks stay as they are.
OWN = {
    Rule.DAILY_CAP: Left.DAILY_CAP,
    Rule.WEEKLY_CAP: Left.WEEKLY_CAP,
    Rule.PREREQUISITE: Left.PREREQUISITE,
    Rule.WRONG_LENGTH: Left.CONTENT_CHANGED,
    Rule.LANGUAGE: Left.CONTENT_CHANGED,
    Rule.PAST_DUE: Left.PAST_DUE,
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A proposed block that is not published, and why."""

    block: Any
    reason: Left

    @property
    def sentence(self) -> str:
        """Why, in plain English."""
        return SENTENCES[self.reason]


@dataclass(frozen=True, slots=True)
class Standing:
    """The blocks of a plan that can be published now, and those that are left out."""

    usable: tuple[Any, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a published block is looked at with: its own plan's work centers and limits, or those of its site."""

    site_id: UUID
    work_center_ids: Sequence[UUID]
    ends_at: datetime
    daily_cap_seconds: int
    policy: Any
    pins: tuple[Any, ...] = ()


def name_of(block: Any) -> str:
    """The item of a stored block, as the planner names it."""
    return item_id(block.assignment_id, block.worker_id)


def standing(row: Any, inputs: Inputs, proposed: Sequence[Any], now: datetime) -> Standing:
    """What of a plan holds now. Raises Conflict (`plan_stale`) when the roster, windows or other blocks no longer allow it."""
    gone = {block.id: reason for block in proposed if (reason := _gone(inputs, block, now)) is not None}
    fallen = with_partners([block for block in proposed if block.id in gone], proposed)
    left_out = [LeftOut(block, gone.get(block.id, Left.PARTNER)) for block in fallen]
    names = {block.id for block in fallen}
    usable = [block for block in proposed if block.id not in names]
    _must_be_there(inputs, [block for block in proposed if block.starts_at >= now])
    while found := violations(inputs, usable, named_pins(row, {name_of(block) for block in usable})):
        over = _fallen(inputs.problem, usable, found)
        if not over:
            raise _stale(row, inputs, found)
        left_out += over
        names = {one.block.id for one in over}
        usable = [block for block in usable if block.id not in names]
    return Standing(tuple(usable), tuple(left_out))


def _gone(inputs: Inputs, block: Any, now: datetime) -> Left | None:
    if block.starts_at < now:
        return Left.PASSED
    if name_of(block) in inputs.items:
        return None
    return Left.PLANNED_ELSEWHERE if name_of(block) in inputs.taken else Left.LEARNED


def violations(inputs: Inputs, blocks: Iterable[Any], pins: tuple[BrokenPin, ...] = ()) -> list[Violation]:
    """Every hard rule that stored blocks break together, beside what is published and stays."""
    blocks = list(blocks)
    learning = [block for block in blocks if not is_pair(block)]
    placed = tuple(Block(name_of(b), str(b.worker_id), str(b.window_id), b.starts_at, b.ends_at) for b in learning)
    wanted = {block.item_id for block in placed}
    sessions = {str(block.assignment_id) for block in blocks if is_pair(block)}
    looked_at = replace(
        inputs.problem,
        items=tuple(item for item in inputs.problem.items if item.id in wanted),
        pins=tuple(pin for pin in inputs.problem.pins if pin.item_id in wanted),
        pairs=tuple(pair for pair in inputs.problem.pairs if pair.id in sessions),
    )
    return check(looked_at, Plan(placed, broken_pins=pins, pairs=pairs_of(blocks)))


def _fallen(problem: Problem, usable: Sequence[Any], found: Sequence[Violation]) -> list[LeftOut]:
    """What to leave out for rules about one worker's own learning; nothing when any other rule is broken."""
    sessions = {str(block.assignment_id) for block in usable if is_pair(block)}
    if any(one.rule not in OWN or one.subject_id in sessions for one in found):
        return []
    by_item = {name_of(block): block for block in usable}
    by_worker: dict[str, list[Any]] = defaultdict(list)
    for block in usable:
        by_worker[str(block.worker_id)].append(block)
    fallen: dict[Any, LeftOut] = {}
    for one in found:
        block = by_item.get(one.subject_id) or _over(problem, by_worker[one.subject_id], one.rule)
        fallen.setdefault(block.id, LeftOut(block, OWN[one.rule]))
    return list(fallen.values())


def _over(problem: Problem, blocks: Sequence[Any], rule: Rule) -> Any:
    """The last of a worker's blocks on a day, or in a week, that is over its cap."""
    worker = next(worker for worker in problem.workers if worker.id == str(blocks[0].worker_id))
    weekly = rule is Rule.WEEKLY_CAP
    cap = worker.weekly_cap_seconds if weekly else worker.daily_cap_seconds
    seconds: dict[Any, int] = defaultdict(int)
    for used in worker.used:
        if weekly or not used.released:
            seconds[_day(used.business_date, weekly=weekly)] += used.seconds
    for busy in problem.busy:
        if busy.worker_id == worker.id and busy.business_date is not None and (weekly or not busy.released):
            seconds[_day(busy.business_date, weekly=weekly)] += int((busy.ends_at - busy.starts_at).total_seconds())
    # Shadowing counts against no limit, a protected block against the week's only.
    blocks = [one for one in blocks if not is_pair(one) and (weekly or one.kind != ItemKind.PROTECTED_BLOCK)]
    for block in blocks:
        seconds[_day(block.business_date, weekly=weekly)] += block.seconds
    over = [block for block in blocks if cap is not None and seconds[_day(block.business_date, weekly=weekly)] > cap]
    return max(over or blocks, key=lambda block: (block.starts_at, block.id))


def _day(day: Any, *, weekly: bool) -> Any:
    return day.isocalendar()[:2] if weekly else day


def _must_be_there(inputs: Inputs, coming: Sequence[Any]) -> None:
    """Raise Conflict when somebody has no shift at these work centers any more; finished items are merely left out."""
    there = {worker.id for worker in inputs.problem.workers}
    gone = sorted({str(block.worker_id) for block in coming} - there)
    if gone:
        raise Conflict(
            "The plan no longer holds, because the roster changed since it was solved: ask for a new one.",
            code="plan_stale",
            errors=tuple(
                FieldError("/outside_shift", f"Worker {worker} has no shift there any more.", "outside_shift")
                for worker in gone[:MOST_SHOWN]
            ),
        )


def _stale(row: Any, inputs: Inputs, found: Sequence[Violation]) -> Conflict:
    changed = [name for name, digest in inputs.digests.items() if row.inputs.get(name) != digest]
    named = " and ".join(changed) or "workers, their learning or other blocks"
    return Conflict(
        f"The plan no longer holds, because the {named} changed since it was solved: ask for a new one.",
        code="plan_stale",
        errors=broken_rules(found),
    )


def broken_rules(found: Sequence[Violation]) -> tuple[FieldError, ...]:
    """The rules that would break, as a refusal lists them."""
    return tuple(FieldError(f"/{one.rule.value}", one.sentence, one.rule.value) for one in found[:MOST_SHOWN])


def named_pins(row: Any, wanted: Container[str]) -> tuple[BrokenPin, ...]:
    """The pins of placed items that the supervisor saw could not be kept."""
    named = (
        BrokenPin(item_id(one["assignment_id"], one["worker_id"]), one["window_id"], Reason(one["reason"]), one["sentence"])
        for one in row.result.get("broken_pins", ())
    )
    asked = {(item_id(one["assignment_id"], one["worker_id"]), one["window_id"]) for one in row.pins}
    return tuple(pin for pin in named if pin.item_id in wanted and (pin.item_id, pin.window_id) in asked)
