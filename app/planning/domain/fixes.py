"""What one broken rule takes to be kept after all: how many places, people, tablets or seconds."""

from app.planning.domain.floor import NO_START, Floor
from app.planning.domain.index import Reach
from app.planning.domain.plan import ChangeKind, Reason, Step
from app.planning.domain.rules import over_caps

# Cheapest first: a chair costs less than a cap, a cap less than a new window, that less than a colleague missing from the line.
PRICES = {
    ChangeKind.ONE_MORE_LEARNER: 10,
    ChangeKind.ONE_MORE_TABLET: 11,
    ChangeKind.HIGHER_DAILY_CAP: 12,
    ChangeKind.HIGHER_WEEKLY_CAP: 13,
    ChangeKind.NO_PIN: 15,
    ChangeKind.ONE_FEWER_STAYING: 20,
    ChangeKind.NEW_WINDOW: 25,
    ChangeKind.OPEN_BLACKOUT: 30,
    ChangeKind.ONE_MORE_SESSION: 14,
    ChangeKind.LATER_DUE_DATE: 40,
    ChangeKind.QUALIFIED_TRAINER: 50,
    ChangeKind.TRANSLATION: 60,
}
KINDS = {
    Reason.NO_SEAT_LEFT: ChangeKind.ONE_MORE_LEARNER,
    Reason.DEVICE: ChangeKind.ONE_MORE_TABLET,
    Reason.DAILY_CAP: ChangeKind.HIGHER_DAILY_CAP,
    Reason.WEEKLY_CAP: ChangeKind.HIGHER_WEEKLY_CAP,
    Reason.COVERAGE_MINIMUM: ChangeKind.ONE_FEWER_STAYING,
    Reason.BLACKOUT: ChangeKind.OPEN_BLACKOUT,
}
CHEAPEST = min(PRICES.values())
COUNTED = (ChangeKind.ONE_MORE_LEARNER, ChangeKind.ONE_MORE_TABLET, ChangeKind.ONE_FEWER_STAYING)


def price(steps: tuple[Step, ...]) -> int:
    """What a change costs: each step its price, times how many where it is counted."""
    return sum(PRICES[step.kind] * (step.amount if step.kind in COUNTED else 1) for step in steps)


def least(rules: tuple[Reason, ...]) -> int | None:
    """What keeping all these rules costs at least; None when one of them cannot be helped in its window."""
    found = 0
    for rule in rules:
        kind = KINDS.get(rule)
        if kind is None:
            return None
        found += PRICES[kind]
    return found


def fixes(floor: Floor, item: int, reach: Reach, rules: tuple[Reason, ...]) -> tuple[Step, ...] | None:
    """What would let an item into a window that these rules close; None when nothing simple would."""
    steps = []
    for rule in rules:
        subject, amount = _needed(floor, item, reach, rule)
        if amount is None:
            return None
        steps.append(Step(KINDS[rule], subject, amount, floor.index.problem.windows[reach.window].id))
    return tuple(steps)


def _needed(floor: Floor, item: int, reach: Reach, rule: Reason) -> tuple[str, int | None]:
    """Whose limit it is, and how much is missing; None when it cannot be helped."""
    if rule in (Reason.DAILY_CAP, Reason.WEEKLY_CAP):
        return floor.index.problem.workers[reach.worker].id, over_caps(floor, item, reach)[rule is Reason.WEEKLY_CAP]
    window = floor.index.problem.windows[reach.window].id
    if rule is Reason.NO_SEAT_LEFT:
        return window, learners_missing(floor, reach)
    if rule is Reason.DEVICE:
        return window, _tablets(floor, reach)
    if rule is Reason.COVERAGE_MINIMUM:
        return window, fewer_staying(floor, reach)
    return window, _without_blackouts(floor, item, reach)


def _without_blackouts(floor: Floor, item: int, reach: Reach) -> int | None:
    return 1 if start_without_blackouts(floor, item, reach) != NO_START else None


def learners_missing(floor: Floor, reach: Reach) -> int:
    """How many more the window has to allow, also beside the windows open at the same time."""
    around = floor.index.segments.of_window[reach.window]
    wanted = max(len(floor.holders[reach.window]), *(floor.learners[at] for at in around)) + 1
    return wanted - floor.index.problem.windows[reach.window].max_learners


def _tablets(floor: Floor, reach: Reach) -> int:
    around = floor.index.segments.of_window[reach.window]
    wanted = max(len(floor.tablets[reach.window]), *(floor.tablets_out[at] for at in around)) + 1
    return wanted - (floor.index.problem.windows[reach.window].tablets or 0)


def fewer_staying(floor: Floor, reach: Reach) -> int | None:
    """How many fewer have to stay at the window; None when another window's minimum, or nobody at all, is the reason."""
    segments, windows = floor.index.segments, floor.index.problem.windows
    if floor.missing_skill(reach) is not None:
        return None
    least = windows[reach.window].minimum_staying
    for at in reach.leaves:
        room = len(segments.present[at]) - floor.away[at] - 1
        if room < segments.minimum[at]:
            others = [windows[one].minimum_staying for one in segments.windows[at] if one != reach.window]
            if room < 0 or any(minimum > room for minimum in others):
                return None
            least = min(least, room)
    return windows[reach.window].minimum_staying - least or None


def start_without_blackouts(floor: Floor, item: int, reach: Reach) -> int:
    """The first start of a free stretch of the worker's time in a window, were there no blackout; or NO_START."""
    seconds = floor.index.seconds[item]
    start, end = max(reach.opens, floor.earliest(item)), min(reach.closes, floor.latest(item))
    if any(s < reach.ends and reach.starts < e and w != reach.window for s, e, w in floor.holds[reach.worker]):
        return NO_START
    for starts, ends in floor.busy[reach.worker]:
        if starts < start + seconds and start < ends:
            start = ends
    return start if start + seconds <= end else NO_START
