"""Making a named change: the whole plan stands published, the change is made, and the item is planned alone."""

from dataclasses import replace
from datetime import timedelta

from app.planning.domain.plan import Change, ChangeKind, Plan, Step, Unplaced
from app.planning.domain.problem import BusyBlock, ItemKind, PlanItem, PlanWindow, PlanWorker, Problem


def made(plant: Problem, plan: Plan, missing: Unplaced) -> Problem:
    """The plant with the plan published, the change made, and only the missing item and what it waits for to plan."""
    assert missing.change is not None
    return _changed(_published(plant, plan, missing), missing.change)


def _published(plant: Problem, plan: Plan, missing: Unplaced) -> Problem:
    days = {
        block.item_id: next(
            paid.business_date
            for who in plant.workers
            if who.id == block.worker_id
            for paid in who.shifts
            if paid.starts_at <= block.starts_at and block.ends_at <= paid.ends_at
        )
        for block in plan.blocks
    }
    items = {item.id: item for item in plant.items}
    busy = [
        BusyBlock(
            worker_id=block.worker_id,
            starts_at=block.starts_at,
            ends_at=block.ends_at,
            window_id=block.window_id,
            item_id=block.item_id,
            business_date=days[block.item_id],
            needs_tablet=items[block.item_id].needs_tablet,
            released=items[block.item_id].kind is ItemKind.PROTECTED_BLOCK,
        )
        for block in plan.blocks
    ]
    wanted = _with_what_it_waits_for(plant, plan, items[missing.item_id])
    pins = tuple(pin for pin in plant.pins if pin.item_id in wanted)
    return replace(plant, items=tuple(wanted.values()), busy=(*plant.busy, *busy), pins=pins)


def _with_what_it_waits_for(plant: Problem, plan: Plan, item: PlanItem) -> dict[str, PlanItem]:
    """Unplaced prerequisites are planned too; placed ones are named as what they were published as."""
    placed = {block.item_id for block in plan.blocks}
    items = {one.id: one for one in plant.items}
    found: dict[str, PlanItem] = {}
    todo = [item]
    while todo:
        one = todo.pop()
        if one.id in found:
            continue
        named = {name for name in one.prerequisites if name in items or name.startswith("done")}
        named |= {
            other.id
            for other in plant.items
            if other.worker_id == one.worker_id and other.content_id in set(one.prerequisites) - named
        }
        found[one.id] = replace(one, prerequisites=tuple(sorted(named)))
        todo += [items[name] for name in named if name in items and name not in placed]
    return found


def _changed(plant: Problem, change: Change) -> Problem:
    for step in change.steps:
        plant = stepped(plant, step)
    return plant


def stepped(plant: Problem, step: Step) -> Problem:
    """One step made."""
    if step.kind is ChangeKind.NEW_WINDOW:
        return replace(plant, windows=(*plant.windows, _new_window(plant, step)))
    if step.kind is ChangeKind.NO_PIN:
        return replace(plant, pins=tuple(pin for pin in plant.pins if pin.item_id != step.subject_id))
    if step.kind is ChangeKind.OPEN_BLACKOUT:
        return _without_blackouts(plant, step)
    return replace(
        plant,
        windows=tuple(_window(one, step) if one.id == step.subject_id else one for one in plant.windows),
        workers=tuple(_worker(one, step) if one.id == step.subject_id else one for one in plant.workers),
        items=tuple(_item(one, step) for one in plant.items),
    )


def _window(window: PlanWindow, step: Step) -> PlanWindow:
    if step.kind is ChangeKind.ONE_MORE_LEARNER:
        return replace(window, max_learners=window.max_learners + step.amount)
    if step.kind is ChangeKind.ONE_FEWER_STAYING:
        return replace(window, minimum_staying=window.minimum_staying - step.amount)
    return replace(window, tablets=(window.tablets or 0) + step.amount)


def _worker(who: PlanWorker, step: Step) -> PlanWorker:
    if step.kind is ChangeKind.HIGHER_DAILY_CAP:
        return replace(who, daily_cap_seconds=(who.daily_cap_seconds or 0) + step.amount)
    return replace(who, weekly_cap_seconds=(who.weekly_cap_seconds or 0) + step.amount)


def _item(item: PlanItem, step: Step) -> PlanItem:
    if step.kind is ChangeKind.TRANSLATION and item.content_id == step.subject_id:
        return replace(item, languages=frozenset())
    if step.kind is ChangeKind.LATER_DUE_DATE and item.id == step.subject_id:
        assert item.due_at is not None
        return replace(item, due_at=item.due_at + timedelta(seconds=step.amount))
    return item


def _new_window(plant: Problem, step: Step) -> PlanWindow:
    """As a supervisor adds it: one learner, as many staying as at the line's other windows, its tablets."""
    there = [window for window in plant.windows if window.work_center_id == step.subject_id]
    assert step.starts_at is not None
    return PlanWindow(
        id=f"new-{step.starts_at.isoformat()}",
        work_center_id=step.subject_id,
        starts_at=step.starts_at,
        ends_at=step.starts_at + timedelta(seconds=step.amount),
        usable_seconds=step.amount,
        kind="protected" if any(item.kind is ItemKind.PROTECTED_BLOCK for item in plant.items) else "changeover",
        minimum_staying=max(window.minimum_staying for window in there),
        tablets=min((window.tablets for window in there if window.tablets is not None), default=None),
    )


def _without_blackouts(plant: Problem, step: Step) -> Problem:
    window = next(window for window in plant.windows if window.id == step.subject_id)
    kept = tuple(
        one
        for one in plant.blackouts
        if one.work_center_id not in (None, window.work_center_id)
        or one.ends_at <= window.starts_at
        or one.starts_at >= window.ends_at
    )
    return replace(plant, blackouts=kept)
