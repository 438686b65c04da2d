"""Plain English for supervisors: one sentence a reason, one a change."""

from collections.abc import Sequence

from app.planning.domain.floor import NO_START, Floor
from app.planning.domain.index import Reach
from app.planning.domain.plan import ChangeKind, Reason
from app.planning.domain.problem import Id

# More names than this make a sentence nobody reads.
NAMES_SHOWN = 4


def sentence(floor: Floor, item: int, reason: Reason, holders: Sequence[Id], here: Sequence[Reach]) -> str:
    """Why an item is not placed; `here` are the windows the reason closes, `holders` who is in the way at the first."""
    what, who = _title(floor, item), _worker(floor, floor.index.worker_of[item])
    where = _window(floor, here[0].window) if here else "any window"
    seconds = floor.index.seconds[item]
    texts = {
        Reason.LANGUAGE_MISSING: f"{what} is not available in a language {who} reads{_languages(floor, item)}.",
        Reason.PAST_DUE: f"{what} takes {_time(seconds)} and cannot start early enough to end before it is due.",
        Reason.NOT_ON_SHIFT_BEFORE_DUE: f"{who} has no paid time for {what} between its release and its due date.",
        Reason.NO_WINDOW_LONG_ENOUGH: f"{what} takes {_time(seconds)}; {_longest(floor, item)}.",
        Reason.BLACKOUT: f"Every window long enough for {what} lies in a blackout.",
        Reason.PREREQUISITE_UNPLACED: f"{what} must wait for {_waits_for(floor, item)}, which has no place either.",
        Reason.PREREQUISITE_TOO_LATE: f"What {what} waits for ends too late for {where}.",
        Reason.WORKER_BUSY: f"{who} already has other learning or duties in {where}.",
        Reason.DAILY_CAP: f"{what} would take {who} over the daily learning limit.",
        Reason.WEEKLY_CAP: f"{what} would take {who} over the weekly learning limit.",
        Reason.NO_SEAT_LEFT: f"No place is left for {who} at {where}{_held_by(floor, holders)}.",
        Reason.COVERAGE_MINIMUM: f"With {who} at {where} fewer than the minimum would stay{_held_by(floor, holders)}.",
        Reason.DEVICE: f"{what} needs a tablet and none is left at {where}.",
        Reason.PIN_INFEASIBLE: f"{what} is pinned to a window where it cannot be, and is not moved elsewhere.",
        Reason.UNKNOWN_PIN: f"{what} is pinned to a window that is not part of this plan.",
    }
    return texts[reason]


def pin_sentence(floor: Floor, item: int, window: int, reason: Reason) -> str:
    """Why a pin cannot be kept."""
    pinned = f"{_title(floor, item)} is pinned to {_window(floor, window)}"
    if reason == Reason.PIN_INFEASIBLE:
        return f"{pinned}, but another pin already holds it elsewhere."
    why = {
        Reason.LANGUAGE_MISSING: "it is not available in a language the worker reads",
        Reason.PAST_DUE: "it cannot end before it is due",
        Reason.NOT_ON_SHIFT_BEFORE_DUE: "the worker is not on shift there before it is due",
        Reason.NO_WINDOW_LONG_ENOUGH: "the worker has not enough usable paid time there",
        Reason.BLACKOUT: "a blackout closes the window",
        Reason.PREREQUISITE_UNPLACED: "what it waits for has no place",
        Reason.PREREQUISITE_TOO_LATE: "what it waits for ends too late",
        Reason.WORKER_BUSY: "the worker is busy then",
        Reason.DAILY_CAP: "the worker's daily learning limit is reached",
        Reason.WEEKLY_CAP: "the worker's weekly learning limit is reached",
        Reason.NO_SEAT_LEFT: "no place is left there",
        Reason.COVERAGE_MINIMUM: "fewer than the minimum would stay",
        Reason.DEVICE: "no tablet is left there",
    }
    return f"{pinned}, but {why[reason]}."


def change_sentence(floor: Floor, item: int, reach: Reach, kind: ChangeKind, amount: int, places: int) -> str:
    """What to change and what that places."""
    where, who = _window(floor, reach.window), _worker(floor, reach.worker)
    gain = f"places {places} item{'s' if places > 1 else ''}"
    texts = {
        ChangeKind.ONE_MORE_LEARNER: f"One more learner at {where} {gain}.",
        ChangeKind.ONE_FEWER_STAYING: f"One person fewer staying at {where} {gain}.",
        ChangeKind.ONE_MORE_TABLET: f"One more tablet at {where} {gain}.",
        ChangeKind.HIGHER_DAILY_CAP: f"A daily limit {_time(amount)} higher for {who} {gain}.",
        ChangeKind.HIGHER_WEEKLY_CAP: f"A weekly limit {_time(amount)} higher for {who} {gain}.",
        ChangeKind.TRANSLATION: f"A translation of {_title(floor, item)}{_languages(floor, item)} {gain} at {where}.",
    }
    return texts[kind]


def holders_of(floor: Floor, reach: Reach) -> tuple[Id, ...]:
    """Who holds a place in the window or in one open beside it at the same work center."""
    segments = floor.index.segments
    beside = {window for at in segments.of_window[reach.window] for window in segments.windows[at]}
    people = {worker for window in beside for worker in floor.holders[window]}
    return tuple(floor.index.problem.workers[worker].id for worker in sorted(people))


def _title(floor: Floor, item: int) -> str:
    value = floor.index.problem.items[item]
    return value.title or f"Item {value.id}"


def _worker(floor: Floor, worker: int) -> str:
    value = floor.index.problem.workers[worker]
    return value.name or f"worker {value.id}"


def _window(floor: Floor, window: int) -> str:
    value = floor.index.problem.windows[window]
    return value.label or f"window {value.id}"


def _languages(floor: Floor, item: int) -> str:
    languages = floor.index.problem.workers[floor.index.worker_of[item]].languages
    return f" ({', '.join(languages)})" if languages else ""


def _held_by(floor: Floor, holders: Sequence[Id]) -> str:
    if not holders:
        return ""
    names = [_worker(floor, floor.index.worker_at[worker]) for worker in holders[:NAMES_SHOWN]]
    more = len(holders) - len(names)
    return f"; learning there: {', '.join(names)}" + (f" and {more} more" if more else "")


def _waits_for(floor: Floor, item: int) -> str:
    index = floor.index
    open_items = [_title(floor, earlier) for earlier in index.before[item] if floor.start[earlier] == NO_START]
    return ", ".join(open_items + index.missing[item])


def _longest(floor: Floor, item: int) -> str:
    """The longest stretch on offer inside the worker's paid time, release and due date."""
    index = floor.index
    stretches = [
        min(reach.closes, index.due[item]) - max(reach.opens, index.release[item])
        for reach in index.reach[index.worker_of[item]]
        if index.allowed(item, reach)
    ]
    longest = max(stretches, default=0)
    return f"the longest window in reach has {_time(longest)}" if longest > 0 else "no window is in reach"


def _time(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    parts = [f"{minutes} min"] * (minutes > 0) + [f"{rest} s"] * (rest > 0 or minutes == 0)
    return " ".join(parts)
