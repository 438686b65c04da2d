"""Plain English for supervisors: one sentence a reason, one a change."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from app.planning.domain.floor import NO_START, Floor
from app.planning.domain.index import Reach
from app.planning.domain.plan import ChangeKind, Reason, Step
from app.planning.domain.problem import Id, ItemKind

# More names than this make a sentence nobody reads.
NAMES_SHOWN = 4


def sentence(floor: Floor, item: int, reason: Reason, holders: Sequence[Id], here: Sequence[Reach]) -> str:
    """Why an item is not placed; `here` are the windows the reason closes, `holders` who is in the way at the first."""
    what, who = _title(floor, item), _worker(floor, floor.index.worker_of[item])
    where = _window(floor, here[0].window) if here else "any window"
    seconds = floor.index.seconds[item]
    held = _held_by(floor, holders)
    texts = {
        Reason.LANGUAGE_MISSING: f"{what} is not available in a language {who} reads{_languages(floor, item)}.",
        Reason.PAST_DUE: f"{what} takes {length_of(seconds)} and cannot start early enough to end before it is due.",
        Reason.NOT_ON_SHIFT_BEFORE_DUE: f"{who} has no paid time for {what} between its release and its due date.",
        Reason.NO_WINDOW_LONG_ENOUGH: f"{what} takes {length_of(seconds)}; {_longest(floor, item)}.",
        Reason.BLACKOUT: f"Every window long enough for {what} lies in a blackout.",
        Reason.PREREQUISITE_UNPLACED: f"{what} must wait for {_waits_for(floor, item)}, which has no place either.",
        Reason.PREREQUISITE_TOO_LATE: f"What {what} waits for ends too late for {where}.",
        Reason.WORKER_BUSY: f"{who} already has other learning or duties in {where}.",
        Reason.DAILY_CAP: f"{what} would take {who} over the daily learning limit.",
        Reason.WEEKLY_CAP: f"{what} would take {who} over the weekly learning limit.",
        Reason.NO_SEAT_LEFT: f"No place is left for {who} at {where}{held}.",
        Reason.COVERAGE_MINIMUM: f"With {who} at {where} fewer than the minimum{_skilled(floor, here)} would stay{held}.",
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


def change_sentence(floor: Floor, item: int, steps: Sequence[Step], places: int) -> str:
    """What to change, all of it, and how many items that places."""
    gain = f"places {places} item{'s' if places > 1 else ''}"
    first, *others = [_phrase(floor, item, step) for step in steps]
    if others:
        more = " and ".join(phrase[0].lower() + phrase[1:] for phrase in others)
        return f"{first}, together with {more}, {gain}."
    window = steps[0].window_id
    at = f" at {_window(floor, floor.index.window_at[window])}" if steps[0].kind is ChangeKind.TRANSLATION and window else ""
    return f"{first} {gain}{at}."


def _phrase(floor: Floor, item: int, step: Step) -> str:
    """One step as the subject of a sentence."""
    kind, amount = step.kind, step.amount
    if kind is ChangeKind.NEW_WINDOW:
        return f"A {_kind(floor, item)} of {length_of(amount)} {when(floor, step)}"
    if kind in (ChangeKind.HIGHER_DAILY_CAP, ChangeKind.HIGHER_WEEKLY_CAP):
        name = "daily" if kind is ChangeKind.HIGHER_DAILY_CAP else "weekly"
        return f"A {name} limit {length_of(amount)} higher for {_worker(floor, floor.index.worker_at[step.subject_id])}"
    about = floor.index.item_at.get(step.subject_id, item)
    if kind is ChangeKind.TRANSLATION:
        return f"A translation of {_title(floor, _translated(floor, item, step))}{_languages(floor, item)}"
    if kind is ChangeKind.LATER_DUE_DATE:
        return f"A due date of {_title(floor, about)} {length_of(amount)} later"
    if kind is ChangeKind.NO_PIN:
        return f"Leaving {_title(floor, about)} unpinned"
    where = _window(floor, floor.index.window_at[step.subject_id])
    one, many = {
        ChangeKind.ONE_MORE_LEARNER: ("One more learner at", "more learners at"),
        ChangeKind.ONE_FEWER_STAYING: ("One person fewer staying at", "people fewer staying at"),
        ChangeKind.ONE_MORE_TABLET: ("One more tablet at", "more tablets at"),
        ChangeKind.OPEN_BLACKOUT: ("No blackout at", "No blackout at"),
    }[kind]
    return f"{one} {where}" if amount == 1 else f"{amount} {many} {where}"


def _translated(floor: Floor, item: int, step: Step) -> int:
    items = floor.index.problem.items
    return next((at for at in floor.index.chain(item) if items[at].content_id == step.subject_id), item)


def when(floor: Floor, step: Step) -> str:
    """Time and place of a window that does not exist yet, by the clock of its work center."""
    center = next((one for one in floor.index.problem.centers if one.id == step.subject_id), None)
    assert step.starts_at is not None
    if center is None:
        return f"from {step.starts_at:%H:%M} UTC on {step.starts_at:%a %d %b} at work center {step.subject_id}"
    local = step.starts_at.astimezone(ZoneInfo(center.time_zone))
    return f"from {local:%H:%M} on {local:%a %d %b} at {center.name}"


def holders_of(floor: Floor, reach: Reach) -> tuple[Id, ...]:
    """Who holds a place in the window or in one open beside it at the same work center."""
    segments = floor.index.segments
    beside = {window for at in segments.of_window[reach.window] for window in segments.windows[at]}
    people = {worker for window in beside for worker in floor.holders[window]}
    return tuple(floor.index.problem.workers[worker].id for worker in sorted(people))


def _skilled(floor: Floor, here: Sequence[Reach]) -> str:
    """The skill that is short, where the number of people is not."""
    skill = floor.missing_skill(here[0]) if here else None
    return f" with the skill {skill}" if skill else ""


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
    kind = _kind(floor, item)
    return f"the longest {kind} in reach has {length_of(longest)}" if longest > 0 else f"no {kind} is in reach"


def _kind(floor: Floor, item: int) -> str:
    """What an item goes into: protected blocks into windows of a kind that is kept free for them."""
    protected = floor.index.problem.items[item].kind is ItemKind.PROTECTED_BLOCK
    return "release (a window of the kind protected)" if protected else "window"


def length_of(seconds: int) -> str:
    """Seconds as people say them; from two hours on to the minute, from two days on to the hour, rounded up."""
    if seconds >= 2 * 86_400:
        hours = -(-seconds // 3600)
        return f"{hours // 24} days" + (f" {hours % 24} h" if hours % 24 else "")
    if seconds >= 7200:
        minutes = -(-seconds // 60)
        return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")
    minutes, rest = divmod(seconds, 60)
    parts = [f"{minutes} min"] * (minutes > 0) + [f"{rest} s"] * (rest > 0 or minutes == 0)
    return " ".join(parts)
