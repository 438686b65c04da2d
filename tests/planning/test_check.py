"""The checker itself: a good plan passes, and each hard rule, broken by hand, is found."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.planning.domain.check import check
from app.planning.domain.pair_values import Coached, Pair, PairRequest
from app.planning.domain.plan import Block, BrokenPin, Plan, Reason, Unplaced
from app.planning.domain.problem import Blackout, BusyBlock, ItemKind, Pin, Presence, Problem, QualifiedMinimum, UsedTime
from app.planning.domain.violation import Rule
from tests.planning.plants import DAY, at, item, problem, shift, window, worker


def block(item_id: str, who: str, place: str, starts_at: datetime, seconds: int = 180) -> Block:
    return Block(item_id, who, place, starts_at, starts_at + timedelta(seconds=seconds))


def plant() -> Problem:
    """Two workers and a colleague on one line, two windows, three items; a second line with one window."""
    workers = [worker("ana"), worker("ben", shifts=(shift(at(6), at(14)), shift(at(14), at(18), "press")))]
    windows = [
        window("v1", at(8), setup_seconds=60, return_seconds=60, usable_seconds=420, minimum_staying=1),
        window("v2", at(10)),
        window("v3", at(15), work_center_id="press"),
    ]
    items = [item("a"), item("b"), item("c", "ben")]
    return problem(workers, windows, items)


def good() -> Plan:
    return Plan(
        (
            block("a", "ana", "v1", at(8, 1)),
            block("b", "ana", "v1", at(8, 4)),
            block("c", "ben", "v2", at(10)),
        )
    )


def moved(plan: Plan, item_id: str, /, **changes: object) -> Plan:
    blocks = tuple(replace(b, **changes) if b.item_id == item_id else b for b in plan.blocks)  # type: ignore[arg-type]
    return replace(plan, blocks=blocks)


def starting(plan: Plan, item_id: str, starts_at: datetime, place: str | None = None) -> Plan:
    where = {} if place is None else {"window_id": place}
    return moved(plan, item_id, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=3), **where)


def with_item(what: Problem, item_id: str, **changes: object) -> Problem:
    items = tuple(replace(i, **changes) if i.id == item_id else i for i in what.items)  # type: ignore[arg-type]
    return replace(what, items=items)


def with_window(what: Problem, window_id: str, **changes: object) -> Problem:
    windows = tuple(replace(w, **changes) if w.id == window_id else w for w in what.windows)  # type: ignore[arg-type]
    return replace(what, windows=windows)


def with_worker(what: Problem, worker_id: str, **changes: object) -> Problem:
    workers = tuple(replace(w, **changes) if w.id == worker_id else w for w in what.workers)  # type: ignore[arg-type]
    return replace(what, workers=workers)


def overlapping(what: Problem, minute: int = 5, **changes: object) -> Problem:
    """A second window at the same line, open while v1 is."""
    return replace(what, windows=(*what.windows, window("v4", at(8, minute), 10, **changes)))


def with_pair(what: Problem, **changes: object) -> Problem:
    """Ana wants to learn welding from Ben, and there is an hour for it."""
    asked: dict[str, object] = {"id": "s", "trainee_id": "ana", "work_center_id": "line", "skill": "weld", **changes}
    skilled = with_worker(what, "ben", skills=frozenset({"weld"}))
    hour = window("h1", at(12), 60, kind="shadowing")
    return replace(skilled, windows=(*skilled.windows, hour), pairs=(PairRequest(**asked),))  # type: ignore[arg-type]


def with_session(plan: Plan, **changes: object) -> Plan:
    held: dict[str, object] = {"starts_at": at(12), "ends_at": at(13), **changes}
    pair = Pair(request_id="s", trainer_id="ben", trainee_id="ana", window_id="h1", **held)  # type: ignore[arg-type]
    return replace(plan, pairs=(pair,))


Broken = tuple[Rule, Callable[[Problem], Problem], Callable[[Plan], Plan]]


def same_problem(what: Problem) -> Problem:
    return what


def same_plan(plan: Plan) -> Plan:
    return plan


BROKEN: dict[str, Broken] = {
    "an item nobody asked for": (Rule.UNKNOWN, same_problem, lambda p: moved(p, "a", item_id="z")),
    "a window that does not exist": (Rule.UNKNOWN, same_problem, lambda p: moved(p, "a", window_id="v9")),
    "somebody else's item": (Rule.UNKNOWN, same_problem, lambda p: moved(p, "a", worker_id="ben")),
    "an item forgotten": (Rule.NOT_ACCOUNTED, same_problem, lambda p: replace(p, blocks=p.blocks[1:])),
    "an item placed twice": (
        Rule.NOT_ACCOUNTED,
        same_problem,
        lambda p: replace(p, blocks=(*p.blocks, block("a", "ana", "v2", at(10)))),
    ),
    "an item both placed and given up": (
        Rule.NOT_ACCOUNTED,
        same_problem,
        lambda p: replace(p, unplaced=(Unplaced("a", Reason.DEVICE, ""),)),
    ),
    "a block cut short": (Rule.WRONG_LENGTH, same_problem, lambda p: moved(p, "b", ends_at=at(8, 5))),
    "before the horizon": (Rule.OUTSIDE_HORIZON, lambda w: replace(w, starts_at=at(9)), same_plan),
    "after the horizon": (Rule.OUTSIDE_HORIZON, lambda w: replace(w, ends_at=at(10, 2)), same_plan),
    "in the set-up buffer": (Rule.OUTSIDE_WINDOW, same_problem, lambda p: starting(p, "a", at(8, 0, 59))),
    "in the return buffer": (
        Rule.OUTSIDE_WINDOW,
        lambda w: with_window(w, "v1", usable_seconds=999),
        lambda p: starting(p, "b", at(8, 6, 1)),
    ),
    "after the usable seconds": (Rule.OUTSIDE_WINDOW, same_problem, lambda p: starting(p, "b", at(8, 5, 1))),
    "more than the usable seconds": (
        Rule.OVER_USABLE,
        lambda w: with_window(w, "v1", usable_seconds=300),
        same_plan,
    ),
    "off shift": (Rule.OUTSIDE_SHIFT, lambda w: with_worker(w, "ana", shifts=(shift(at(8, 2), at(14)),)), same_plan),
    "in a break": (
        Rule.OUTSIDE_SHIFT,
        lambda w: with_worker(w, "ana", shifts=(shift(at(6), at(8, 5)), shift(at(8, 8), at(14)))),
        same_plan,
    ),
    "on shift at the other line": (Rule.OUTSIDE_SHIFT, same_problem, lambda p: starting(p, "a", at(15), "v3")),
    "where the item is not allowed": (
        Rule.WRONG_WORK_CENTER,
        lambda w: with_item(w, "a", work_centers=frozenset({"press"})),
        same_plan,
    ),
    "learning in a release": (Rule.WRONG_WINDOW, lambda w: with_window(w, "v2", kind="protected"), same_plan),
    "a protected block in a changeover": (
        Rule.WRONG_WINDOW,
        lambda w: with_item(w, "c", kind=ItemKind.PROTECTED_BLOCK),
        same_plan,
    ),
    "learning in an hour kept for pairs": (Rule.WRONG_WINDOW, lambda w: with_window(w, "v2", kind="shadowing"), same_plan),
    "a trainer without the skill": (
        Rule.UNQUALIFIED_TRAINER,
        lambda w: with_worker(with_pair(w), "ben", skills=frozenset()),
        with_session,
    ),
    "another trainer than the one named": (
        Rule.UNQUALIFIED_TRAINER,
        lambda w: with_pair(w, trainer_id="cem"),
        with_session,
    ),
    "more sessions than a trainer gives": (
        Rule.TRAINER_LIMIT,
        lambda w: replace(with_pair(w), coached=(Coached("ben", DAY),), trainer_weekly_sessions=1),
        with_session,
    ),
    "a pair forgotten": (Rule.NOT_ACCOUNTED, with_pair, same_plan),
    "a session cut short": (
        Rule.WRONG_LENGTH,
        with_pair,
        lambda p: with_session(p, ends_at=at(12, 50)),
    ),
    "a session in a changeover": (
        Rule.WRONG_WINDOW,
        lambda w: with_window(with_pair(w), "h1", kind="changeover"),
        with_session,
    ),
    "a trainer who goes home in between": (
        Rule.OUTSIDE_SHIFT,
        lambda w: with_worker(with_pair(w), "ben", shifts=(shift(at(6), at(12, 30)),)),
        with_session,
    ),
    "trainer and trainee on shifts of two dates": (
        Rule.OUTSIDE_SHIFT,
        lambda w: with_worker(with_pair(w), "ben", shifts=(shift(at(6), at(14), day=DAY - timedelta(days=1)),)),
        with_session,
    ),
    "a trainer with something else to do": (
        Rule.TWO_AT_ONCE,
        lambda w: replace(with_pair(w), busy=(BusyBlock("ben", at(12, 50), at(13, 5)),)),
        with_session,
    ),
    "a trainer who holds a place": (
        Rule.TWO_PLACES,
        lambda w: replace(
            with_pair(w),
            windows=(*with_pair(w).windows, window("v6", at(11, 55))),
            busy=(BusyBlock("ben", at(11, 55), at(12), "v6"),),
        ),
        with_session,
    ),
    "a learner who coaches then": (
        Rule.TWO_PLACES,
        lambda w: replace(w, busy=(BusyBlock("ben", at(10, 5), at(11), coaching=True),)),
        same_plan,
    ),
    "a trainee the line needs": (
        Rule.BELOW_MINIMUM,
        lambda w: with_window(with_pair(w), "h1", minimum_staying=2),
        with_session,
    ),
    "a session in a blackout": (
        Rule.BLACKOUT,
        lambda w: replace(with_pair(w), blackouts=(Blackout(at(12, 59), at(14)),)),
        with_session,
    ),
    "a session after its date": (Rule.PAST_DUE, lambda w: with_pair(w, due_at=at(12, 59)), with_session),
    "a session before its release": (Rule.BEFORE_RELEASE, lambda w: with_pair(w, release_at=at(12, 1)), with_session),
    "two blocks at once": (Rule.TWO_AT_ONCE, same_problem, lambda p: starting(p, "b", at(8, 3))),
    "two blocks at once in two windows": (
        Rule.TWO_AT_ONCE,
        lambda w: overlapping(w, minute=0),
        lambda p: starting(p, "b", at(8, 2), "v4"),
    ),
    "a block while busy": (
        Rule.TWO_AT_ONCE,
        lambda w: replace(w, busy=(BusyBlock("ana", at(8, 6), at(8, 9)),)),
        same_plan,
    ),
    "two places at once": (Rule.TWO_PLACES, overlapping, lambda p: starting(p, "b", at(8, 10), "v4")),
    "two places at once, one published": (
        Rule.TWO_PLACES,
        lambda w: replace(overlapping(w), busy=(BusyBlock("ana", at(8, 10), at(8, 13), "v4"),)),
        same_plan,
    ),
    "too many learners": (
        Rule.TOO_MANY_LEARNERS,
        lambda w: with_window(w, "v1", minimum_staying=0, max_learners=1),
        lambda p: starting(p, "c", at(8, 1), "v1"),
    ),
    "too many learners beside a published one": (
        Rule.TOO_MANY_LEARNERS,
        lambda w: replace(with_window(w, "v2", max_learners=1), busy=(BusyBlock("ana", at(10), at(10, 3), "v2"),)),
        same_plan,
    ),
    "too many learners in two windows together": (
        Rule.TOO_MANY_LEARNERS,
        lambda w: with_window(overlapping(w, max_learners=1), "v1", max_learners=1, minimum_staying=0),
        lambda p: starting(p, "c", at(8, 11), "v4"),
    ),
    "the only one with a skill learns": (
        Rule.TOO_FEW_QUALIFIED,
        lambda w: replace(
            with_worker(w, "ana", skills=frozenset({"weld"})), skill_minimums=(QualifiedMinimum("line", "weld", 1),)
        ),
        same_plan,
    ),
    "nobody stays": (Rule.BELOW_MINIMUM, same_problem, lambda p: starting(p, "c", at(8, 1), "v1")),
    "nobody stays in two windows together": (
        Rule.BELOW_MINIMUM,
        overlapping,
        lambda p: starting(p, "c", at(8, 11), "v4"),
    ),
    "nobody stays for the last minute": (
        Rule.BELOW_MINIMUM,
        lambda w: replace(w, presence=(Presence("ana", "line", at(6), at(14)), Presence("ben", "line", at(6), at(8, 9)))),
        same_plan,
    ),
    "missed at another line": (
        Rule.BELOW_MINIMUM,
        lambda w: replace(
            w,
            windows=(*w.windows, window("v5", at(10, 5), work_center_id="paint", minimum_staying=1)),
            presence=(*w.presence, Presence("ben", "paint", at(6), at(14))),
        ),
        same_plan,
    ),
    "no tablet": (
        Rule.NO_TABLET,
        lambda w: with_item(with_window(w, "v2", tablets=0), "c", needs_tablet=True),
        same_plan,
    ),
    "no tablet left beside a published one": (
        Rule.NO_TABLET,
        lambda w: replace(
            with_item(with_window(w, "v2", tablets=1), "c", needs_tablet=True),
            busy=(BusyBlock("ana", at(10), at(10, 3), "v2", needs_tablet=True),),
        ),
        same_plan,
    ),
    "one tablet in two windows together": (
        Rule.NO_TABLET,
        lambda w: with_item(
            with_item(with_window(overlapping(w, tablets=1), "v1", tablets=1, minimum_staying=0), "a", needs_tablet=True),
            "c",
            needs_tablet=True,
        ),
        lambda p: starting(p, "c", at(8, 11), "v4"),
    ),
    "before a prerequisite": (Rule.PREREQUISITE, lambda w: with_item(w, "a", prerequisites=("b",)), same_plan),
    "before a content that is a prerequisite": (
        Rule.PREREQUISITE,
        lambda w: with_item(w, "a", prerequisites=("content-b",)),
        same_plan,
    ),
    "before a published prerequisite": (
        Rule.PREREQUISITE,
        lambda w: replace(
            with_item(w, "a", prerequisites=("done",)), busy=(BusyBlock("ana", at(11), at(11, 3), item_id="done"),)
        ),
        same_plan,
    ),
    "waiting for something unknown": (Rule.PREREQUISITE, lambda w: with_item(w, "a", prerequisites=("x",)), same_plan),
    "after its due date": (Rule.PAST_DUE, lambda w: with_item(w, "a", due_at=at(8, 3, 59)), same_plan),
    "before its release": (Rule.BEFORE_RELEASE, lambda w: with_item(w, "a", release_at=at(8, 1, 1)), same_plan),
    "in a language not read": (Rule.LANGUAGE, lambda w: with_item(w, "a", languages=frozenset({"es"})), same_plan),
    "over the daily cap": (Rule.DAILY_CAP, lambda w: with_worker(w, "ana", daily_cap_seconds=359), same_plan),
    "over the daily cap with time used": (
        Rule.DAILY_CAP,
        lambda w: with_worker(w, "ana", daily_cap_seconds=400, used=(UsedTime(DAY, 41),)),
        same_plan,
    ),
    "over the weekly cap": (
        Rule.WEEKLY_CAP,
        lambda w: with_worker(w, "ana", weekly_cap_seconds=400, used=(UsedTime(DAY + timedelta(days=6), 41),)),
        same_plan,
    ),
    "in a blackout": (Rule.BLACKOUT, lambda w: replace(w, blackouts=(Blackout(at(8, 6), at(9)),)), same_plan),
    "in a blackout of the line": (
        Rule.BLACKOUT,
        lambda w: replace(w, blackouts=(Blackout(at(8, 6), at(9), "line"),)),
        same_plan,
    ),
    "a pin ignored": (Rule.PIN_LOST, lambda w: replace(w, pins=(Pin("a", "v2"),)), same_plan),
    "a broken pin placed elsewhere": (
        Rule.PIN_LOST,
        lambda w: replace(w, pins=(Pin("a", "v2"),)),
        lambda p: replace(p, broken_pins=(BrokenPin("a", "v2", Reason.DEVICE, ""),)),
    ),
    "a kept pin named as impossible": (
        Rule.PIN_LOST,
        lambda w: replace(w, pins=(Pin("a", "v1"),)),
        lambda p: replace(p, broken_pins=(BrokenPin("a", "v1", Reason.DEVICE, ""),)),
    ),
    "a pin nobody asked for named as impossible": (
        Rule.PIN_LOST,
        lambda w: w,
        lambda p: replace(p, broken_pins=(BrokenPin("a", "v2", Reason.DEVICE, ""),)),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_rule_broken_by_hand_is_found_and_no_other(name: str) -> None:
    rule, change_problem, change_plan = BROKEN[name]
    found = check(change_problem(plant()), change_plan(good()))
    assert {violation.rule for violation in found} == {rule} | ALSO.get(name, set())
    assert all(violation.sentence for violation in found)


# Some things cannot be broken one at a time.
ALSO: dict[str, set[Rule]] = {
    "more than the usable seconds": {Rule.OUTSIDE_WINDOW},
    "two blocks at once in two windows": {Rule.TWO_PLACES},
}


def test_every_rule_is_broken_at_least_once() -> None:
    assert {rule for rule, _, _ in BROKEN.values()} == set(Rule)


def test_a_good_plan_passes() -> None:
    assert check(plant(), good()) == []
    assert check(with_pair(plant()), with_session(good())) == []


def test_a_protected_block_counts_in_its_week_and_not_on_its_day() -> None:
    what = with_item(with_window(plant(), "v2", kind="protected"), "c", kind=ItemKind.PROTECTED_BLOCK)
    assert check(with_worker(what, "ben", daily_cap_seconds=100), good()) == []
    assert check(with_worker(what, "ben", daily_cap_seconds=100, used=(UsedTime(DAY, 900, released=True),)), good()) == []
    over = check(with_worker(what, "ben", weekly_cap_seconds=1000, used=(UsedTime(DAY, 900, released=True),)), good())
    assert [one.rule for one in over] == [Rule.WEEKLY_CAP]


@pytest.mark.parametrize(
    "untouched",
    [
        replace(plant(), blackouts=(Blackout(at(8), at(9), "press"), Blackout(at(8, 7), at(9)))),
        with_worker(plant(), "ana", daily_cap_seconds=360, weekly_cap_seconds=360),
        with_worker(plant(), "ana", weekly_cap_seconds=360, used=(UsedTime(DAY - timedelta(days=1), 999),)),
        with_item(plant(), "b", prerequisites=("a",), due_at=at(8, 7), release_at=at(8, 4)),
        with_item(plant(), "a", languages=frozenset({"en", "es"})),
        replace(plant(), busy=(BusyBlock("ana", at(8, 7), at(8, 9)), BusyBlock("ben", at(8), at(8, 9)))),
        replace(plant(), pins=(Pin("a", "v1"),)),
    ],
)
def test_a_rule_kept_to_the_second_is_not_reported(untouched: Problem) -> None:
    assert check(untouched, good()) == []


def test_what_published_blocks_break_alone_is_not_held_against_the_plan() -> None:
    crowded = (BusyBlock("ana", at(15), at(15, 3), "v3"), BusyBlock("ben", at(15), at(15, 3), "v3"))
    what = with_window(replace(plant(), busy=crowded), "v3", max_learners=1, minimum_staying=4)
    assert check(what, good()) == []
