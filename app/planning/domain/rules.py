"""Which hard rules close one window to one item, given everything else that is placed."""

from app.planning.domain.floor import NO_START, Floor
from app.planning.domain.index import Index, Reach
from app.planning.domain.plan import Reason


def reachable(index: Index, item: int, window: int | None = None) -> list[Reach]:
    """Windows long enough for an item inside its worker's paid time, release and due date; all or one window."""
    since, until, seconds = index.release[item], index.due[item], index.seconds[item]
    return [
        reach
        for reach in index.reach[index.worker_of[item]]
        if (window is None or reach.window == window)
        and min(reach.closes, until) - max(reach.opens, since) >= seconds
        and index.allowed(item, reach)
    ]


def broken_rules(floor: Floor, item: int, reach: Reach) -> tuple[Reason, ...]:
    """Every rule that keeps an item out of a reachable window, the first to name first; empty when it fits."""
    broken: list[Reason] = []
    time = _time_rule(floor, item, reach)
    if time is not None:
        broken.append(time)
    daily, weekly = over_caps(floor, item, reach)
    if daily > 0:
        broken.append(Reason.DAILY_CAP)
    if weekly > 0:
        broken.append(Reason.WEEKLY_CAP)
    if reach.worker not in floor.holders[reach.window]:
        if not floor.seat_free(reach):
            broken.append(Reason.NO_SEAT_LEFT)
        if not floor.covered(reach):
            broken.append(Reason.COVERAGE_MINIMUM)
    if not floor.tablet_free(item, reach):
        broken.append(Reason.DEVICE)
    return tuple(broken)


def over_caps(floor: Floor, item: int, reach: Reach) -> tuple[int, int]:
    """By how many seconds the item would exceed the daily and the weekly cap; zero or less when it would not."""
    seconds = floor.index.seconds[item]
    over = floor.used_week[reach.week] + seconds - floor.index.weekly_cap(reach.worker)
    return floor.used_day[reach.day] + seconds - floor.index.daily_cap(reach.day), over


def _time_rule(floor: Floor, item: int, reach: Reach) -> Reason | None:
    """What fills the window: a blackout, the worker's own time, or waiting for a prerequisite."""
    index, seconds = floor.index, floor.index.seconds[item]
    since, until = index.release[item], index.due[item]
    if floor.gap(reach, seconds, floor.earliest(item), floor.latest(item)) != NO_START:
        return None
    if not _outside_blackouts(floor, reach, seconds, since, until):
        return Reason.BLACKOUT
    if floor.gap(reach, seconds, since, until) == NO_START:
        return Reason.WORKER_BUSY
    return Reason.PREREQUISITE_TOO_LATE


def _outside_blackouts(floor: Floor, reach: Reach, seconds: int, since: int, until: int) -> bool:
    start, end = max(reach.opens, since), min(reach.closes, until)
    # Sorted by start, so one pass finds the first stretch that no blackout touches.
    for closes, opens in floor.index.blackouts[floor.index.problem.windows[reach.window].work_center_id]:
        if closes < start + seconds and start < opens:
            start = opens
    return start + seconds <= end
