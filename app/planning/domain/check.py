"""An independent check of a plan against every hard rule. It shares the values with the planner and no other code.

Plain on purpose: every rule is asked of the plan as it stands, in datetimes, without the planner's bookkeeping.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations

from app.planning.domain.check_floor import floor_violations
from app.planning.domain.check_pairs import pair_violations
from app.planning.domain.plan import Block, Plan
from app.planning.domain.problem import Id, PaidInterval, PlanItem, PlanWindow, PlanWorker, Problem
from app.planning.domain.violation import Rule, Violation

Seconds = defaultdict[tuple[Id, date], int]


def check(problem: Problem, plan: Plan) -> list[Violation]:
    """Every hard rule the plan breaks, in a stable order; an empty list means it may be published.

    What published blocks break on their own is not held against the plan; what it adds to that is.
    """
    unknown = list(_unknown(problem, plan))
    if unknown:
        return unknown
    found = [*_accounts(problem, plan), *_pins(problem, plan)]
    facts = _Facts(problem)
    for block in plan.blocks:
        found += _block_alone(facts, block)
        found += _order(facts, block, plan)
    found += _own_time(problem, plan)
    found += _usable(facts, plan)
    found += _caps(facts, plan)
    found += floor_violations(problem, plan)
    found += pair_violations(problem, plan)
    return found


class _Facts:
    """The problem by id."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.items: dict[Id, PlanItem] = {item.id: item for item in problem.items}
        self.windows: dict[Id, PlanWindow] = {window.id: window for window in problem.windows}
        self.workers: dict[Id, PlanWorker] = {worker.id: worker for worker in problem.workers}

    def paid(self, block: Block) -> PaidInterval | None:
        """The paid interval that holds the whole block at its work center."""
        center = self.windows[block.window_id].work_center_id
        for shift in self.workers[block.worker_id].shifts:
            inside = shift.starts_at <= block.starts_at and block.ends_at <= shift.ends_at
            if inside and shift.work_center_id in (None, center):
                return shift
        return None


def _unknown(problem: Problem, plan: Plan) -> Iterator[Violation]:
    owners = {item.id: item.worker_id for item in problem.items}
    windows = {window.id for window in problem.windows}
    for block in plan.blocks:
        if owners.get(block.item_id) != block.worker_id or block.window_id not in windows:
            yield Violation(Rule.UNKNOWN, block.item_id, "The block names an item, worker or window that do not belong together.")


def _accounts(problem: Problem, plan: Plan) -> Iterator[Violation]:
    told = Counter(block.item_id for block in plan.blocks) + Counter(item.item_id for item in plan.unplaced)
    for item in problem.items:
        if told[item.id] != 1:
            yield Violation(Rule.NOT_ACCOUNTED, item.id, f"The plan tells of the item {told[item.id]} times instead of once.")


def _pins(problem: Problem, plan: Plan) -> Iterator[Violation]:
    named = {(pin.item_id, pin.window_id) for pin in plan.broken_pins}
    kept = {(block.item_id, block.window_id) for block in plan.blocks}
    pinned: dict[Id, set[Id]] = defaultdict(set)
    for pin in problem.pins:
        pinned[pin.item_id].add(pin.window_id)
        if (pin.item_id, pin.window_id) not in named | kept:
            yield Violation(Rule.PIN_LOST, pin.item_id, "The pin is neither kept nor named as impossible.")
    for block in plan.blocks:
        if block.item_id in pinned and block.window_id not in pinned[block.item_id]:
            yield Violation(Rule.PIN_LOST, block.item_id, "The item is pinned elsewhere.")
    asked = {(pin.item_id, pin.window_id) for pin in problem.pins}
    for item_id, window_id in sorted(named & kept):
        yield Violation(Rule.PIN_LOST, item_id, f"The pin to window {window_id} is named as impossible although it is kept.")
    for item_id, window_id in sorted(named - asked):
        yield Violation(Rule.PIN_LOST, item_id, f"Nobody asked for the pin to window {window_id} that is named as impossible.")


def _block_alone(facts: _Facts, block: Block) -> Iterator[Violation]:
    item, window, worker = facts.items[block.item_id], facts.windows[block.window_id], facts.workers[block.worker_id]
    opens = window.starts_at + timedelta(seconds=window.setup_seconds)
    closes = min(window.ends_at - timedelta(seconds=window.return_seconds), opens + timedelta(seconds=window.usable_seconds))
    dark = any(
        blackout.work_center_id in (None, window.work_center_id)
        and blackout.starts_at < block.ends_at
        and block.starts_at < blackout.ends_at
        for blackout in facts.problem.blackouts
    )
    horizon = facts.problem.starts_at <= block.starts_at and block.ends_at <= facts.problem.ends_at
    broken = {
        Rule.WRONG_LENGTH: block.ends_at - block.starts_at != timedelta(seconds=item.seconds),
        Rule.OUTSIDE_HORIZON: not horizon,
        Rule.OUTSIDE_WINDOW: block.starts_at < opens or closes < block.ends_at,
        Rule.OUTSIDE_SHIFT: facts.paid(block) is None,
        Rule.WRONG_WORK_CENTER: item.work_centers is not None and window.work_center_id not in item.work_centers,
        Rule.WRONG_WINDOW: window.kind == "shadowing" or (item.kind == "protected_block") != (window.kind == "protected"),
        Rule.PAST_DUE: item.due_at is not None and block.ends_at > item.due_at,
        Rule.BEFORE_RELEASE: item.release_at is not None and block.starts_at < item.release_at,
        Rule.LANGUAGE: bool(item.languages) and not item.languages & set(worker.languages),
        Rule.BLACKOUT: dark,
    }
    for rule, yes in broken.items():
        if yes:
            yield Violation(rule, item.id, f"The block of item {item.id} breaks the rule {rule.value}.")


def _order(facts: _Facts, block: Block, plan: Plan) -> Iterator[Violation]:
    """Everything an item waits for ends, as a block of this plan or as a published one, before the item starts."""
    problem, item = facts.problem, facts.items[block.item_id]
    for name in item.prerequisites:
        ends = [busy.ends_at for busy in problem.busy if busy.item_id == name]
        planned = {name} if name in facts.items else set()
        if not planned and not ends:
            same = [other for other in problem.items if other.worker_id == item.worker_id and other.content_id == name]
            planned = {other.id for other in same}
        found = [other for other in plan.blocks if other.item_id in planned]
        ends += [other.ends_at for other in found]
        if not ends or len(found) < len(planned) or max(ends) > block.starts_at:
            yield Violation(Rule.PREREQUISITE, item.id, f"Item {item.id} starts before {name} has ended.")


def _own_time(problem: Problem, plan: Plan) -> Iterator[Violation]:
    by_worker: dict[Id, list[Block]] = defaultdict(list)
    for block in plan.blocks:
        by_worker[block.worker_id].append(block)
    for blocks in by_worker.values():
        for one, other in combinations(blocks, 2):
            if one.starts_at < other.ends_at and other.starts_at < one.ends_at:
                yield Violation(Rule.TWO_AT_ONCE, one.item_id, f"It runs at the same time as item {other.item_id}.")
    for busy in problem.busy:
        for block in by_worker.get(busy.worker_id, []):
            if busy.starts_at < block.ends_at and block.starts_at < busy.ends_at:
                yield Violation(Rule.TWO_AT_ONCE, block.item_id, "It runs while the worker is busy.")


def _usable(facts: _Facts, plan: Plan) -> Iterator[Violation]:
    taken: dict[tuple[Id, Id], timedelta] = defaultdict(timedelta)
    planned = {(block.worker_id, block.window_id) for block in plan.blocks}
    for block in plan.blocks:
        taken[block.worker_id, block.window_id] += block.ends_at - block.starts_at
    for key, time in taken.items():
        usable = timedelta(seconds=facts.windows[key[1]].usable_seconds)
        if key in planned and time > usable:
            yield Violation(Rule.OVER_USABLE, key[1], f"Worker {key[0]} has more items there than the usable seconds hold.")


def _caps(facts: _Facts, plan: Plan) -> Iterator[Violation]:
    """Seconds by business date and ISO week, with what was already used and what is published."""
    days, released = _seconds_given(facts)
    planned: set[tuple[Id, date]] = set()
    weekly: set[tuple[Id, date]] = set()
    for block in plan.blocks:
        shift = facts.paid(block)
        if shift is not None:
            day = (block.worker_id, shift.business_date)
            weekly.add((block.worker_id, _monday(shift.business_date)))
            # A protected block counts in its week, and not on its day.
            if facts.windows[block.window_id].kind == "protected":
                released[day] += int((block.ends_at - block.starts_at).total_seconds())
            else:
                days[day] += int((block.ends_at - block.starts_at).total_seconds())
                planned.add(day)
    weeks: dict[tuple[Id, date], int] = defaultdict(int)
    for (worker_id, one), seconds in [*days.items(), *released.items()]:
        weeks[worker_id, _monday(one)] += seconds
    for worker_id, one in sorted(planned):
        cap = facts.workers[worker_id].daily_cap_seconds
        if cap is not None and days[worker_id, one] > cap:
            yield Violation(Rule.DAILY_CAP, worker_id, f"The daily limit of {cap} s is exceeded on {one}.")
    for worker_id, monday in sorted(weekly):
        cap = facts.workers[worker_id].weekly_cap_seconds
        if cap is not None and weeks[worker_id, monday] > cap:
            yield Violation(Rule.WEEKLY_CAP, worker_id, f"The weekly limit of {cap} s is exceeded from {monday}.")


def _seconds_given(facts: _Facts) -> tuple[Seconds, Seconds]:
    """What the caps already count before the plan: by day and week, and by week only."""
    days: Seconds = defaultdict(int)
    released: Seconds = defaultdict(int)
    for worker in facts.workers.values():
        for used in worker.used:
            (released if used.released else days)[worker.id, used.business_date] += used.seconds
    for busy in facts.problem.busy:
        if busy.business_date is not None:
            seconds = int((busy.ends_at - busy.starts_at).total_seconds())
            (released if busy.released else days)[busy.worker_id, busy.business_date] += seconds
    return days, released


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
