"""Every unplaced item gets the rule that binds, a sentence a supervisor can read, and the cheapest change."""

from datetime import timedelta

import pytest

from app.planning.domain.greedy import solve
from app.planning.domain.plan import ChangeKind, Reason, Unplaced
from app.planning.domain.problem import Blackout, BusyBlock, Pin, PlanCenter, Problem
from tests.planning.plants import DAY, at, item, problem, shift, window, worker


def unplaced(what: Problem) -> Unplaced:
    """The one item of a plan that has no place."""
    (missing,) = solve(what).unplaced
    return missing


ANA = worker("ana", name="Ana")
BEN = worker("ben", name="Ben")
HANDOVER = window("v1", at(13, 55), minutes=5, label="the 13:55 handover", max_learners=1)


def test_no_seat_left_says_who_holds_the_places_and_what_one_more_is_worth() -> None:
    items = [item("m", "ben", mandatory=True), item("x", seconds=120), item("y", seconds=120, value=9)]
    plan = solve(problem([ANA, BEN], [HANDOVER], items))
    first = plan.unplaced[0]
    assert first.reason == Reason.NO_SEAT_LEFT
    assert first.holders == ("ben",)
    assert first.sentence == "No place is left for Ana at the 13:55 handover; learning there: Ben."
    assert first.blocked == ((Reason.NO_SEAT_LEFT, 1),)
    assert first.change is not None
    assert first.change.kind == ChangeKind.ONE_MORE_LEARNER
    assert (first.change.window_id, first.change.places) == ("v1", 2)
    assert first.change.sentence == "One more learner at the 13:55 handover places 2 items."


def test_where_two_rules_bind_both_are_to_be_changed() -> None:
    alone = window("v1", at(8), max_learners=0, minimum_staying=1)
    missing = unplaced(problem([ANA], [alone], [item("a")]))
    assert missing.reason == Reason.NO_SEAT_LEFT
    assert missing.change is not None
    assert [step.kind for step in missing.change.steps] == [ChangeKind.ONE_MORE_LEARNER, ChangeKind.ONE_FEWER_STAYING]
    assert missing.change.sentence == (
        "One more learner at window v1, together with one person fewer staying at window v1, places 1 item."
    )


def test_the_coverage_minimum_is_named_with_what_one_fewer_would_place() -> None:
    missing = unplaced(problem([ANA], [window("v1", at(8), minimum_staying=1, label="the lull")], [item("a")]))
    assert missing.reason == Reason.COVERAGE_MINIMUM
    assert missing.sentence == "With Ana at the lull fewer than the minimum would stay."
    assert missing.change is not None
    assert missing.change.kind == ChangeKind.ONE_FEWER_STAYING


def test_two_fewer_are_named_where_two_fewer_are_needed() -> None:
    missing = unplaced(problem([ANA], [window("v1", at(8), minimum_staying=2)], [item("a")]))
    assert missing.reason == Reason.COVERAGE_MINIMUM
    assert missing.change is not None
    assert missing.change.sentence == "2 people fewer staying at window v1 places 1 item."


def test_a_tablet_short_is_named() -> None:
    missing = unplaced(problem([ANA], [window("v1", at(8), tablets=0)], [item("a", needs_tablet=True)]))
    assert missing.reason == Reason.DEVICE
    assert missing.change is not None
    assert missing.change.kind == ChangeKind.ONE_MORE_TABLET


def test_a_cap_is_named_with_the_seconds_it_is_short() -> None:
    ana = worker("ana", name="Ana", daily_cap_seconds=100)
    missing = unplaced(problem([ana], [window("v1", at(8))], [item("a", seconds=175)]))
    assert missing.reason == Reason.DAILY_CAP
    assert missing.change is not None
    assert (missing.change.kind, missing.change.amount) == (ChangeKind.HIGHER_DAILY_CAP, 75)
    assert missing.change.sentence == "A daily limit 1 min 15 s higher for Ana places 1 item."


def test_a_weekly_cap_is_named() -> None:
    ana = worker("ana", weekly_cap_seconds=100)
    missing = unplaced(problem([ana], [window("v1", at(8))], [item("a")]))
    assert missing.reason == Reason.WEEKLY_CAP
    assert missing.change is not None
    assert missing.change.amount == 80


def test_a_missing_language_is_named_and_a_translation_offered_where_that_is_enough() -> None:
    spanish = worker("ana", name="Ana", languages=("es",))
    words = item("a", languages=frozenset({"en"}), title="Lockout basics")
    missing = unplaced(problem([spanish], [window("v1", at(8), label="the lull")], [words]))
    assert missing.reason == Reason.LANGUAGE_MISSING
    assert missing.sentence == "Lockout basics is not available in a language Ana reads (es)."
    assert missing.change is not None
    assert missing.change.subject_id == "content-a"
    assert missing.change.sentence == "A translation of Lockout basics (es) places 1 item at the lull."
    assert unplaced(problem([spanish], [], [words])).change is None


def test_the_longest_window_in_reach_is_told() -> None:
    short = window("v1", at(8), usable_seconds=150)
    missing = unplaced(problem([ANA], [short], [item("a", title="Handover steps")]))
    assert missing.reason == Reason.NO_WINDOW_LONG_ENOUGH
    assert missing.sentence == "Handover steps takes 3 min; the longest window in reach has 2 min 30 s."
    nothing = unplaced(problem([ANA], [], [item("a", title="Handover steps")]))
    assert nothing.sentence == "Handover steps takes 3 min; no window is in reach."


LATER, OPENED, UNPINNED = ChangeKind.LATER_DUE_DATE, ChangeKind.NEW_WINDOW, ChangeKind.NO_PIN


@pytest.mark.parametrize(
    ("what", "reason", "kinds"),
    [
        (problem([ANA], [window("v1", at(8))], [item("a", due_at=at(0, 1))]), Reason.PAST_DUE, (LATER,)),
        (problem([ANA], [window("v1", at(8))], [item("a", release_at=at(9), due_at=at(9, 2))]), Reason.PAST_DUE, (LATER, OPENED)),
        (problem([ANA], [window("v1", at(8))], [item("a", due_at=at(5))]), Reason.NOT_ON_SHIFT_BEFORE_DUE, (LATER,)),
        (
            problem([ANA], [window("v1", at(8))], [item("a", work_centers=frozenset({"press"}))]),
            Reason.NOT_ON_SHIFT_BEFORE_DUE,
            (),
        ),
        (
            problem([worker("ana", shifts=())], [window("v1", at(8))], [item("a")]),
            Reason.NOT_ON_SHIFT_BEFORE_DUE,
            (),
        ),
        (problem([ANA], [window("v1", at(8))], [item("a", due_at=at(7))]), Reason.NO_WINDOW_LONG_ENOUGH, (OPENED,)),
        (
            problem([ANA], [window("v1", at(8))], [item("a")], blackouts=(Blackout(at(8, 2), at(8, 8)),)),
            Reason.BLACKOUT,
            (OPENED,),
        ),
        (
            problem([ANA], [window("v1", at(8))], [item("a")], busy=(BusyBlock("ana", at(8, 2), at(8, 8)),)),
            Reason.WORKER_BUSY,
            (OPENED,),
        ),
        (
            problem(
                [ANA],
                [window("v1", at(8))],
                [item("a", prerequisites=("done",))],
                busy=(BusyBlock("ana", at(9), at(9, 3), item_id="done", business_date=DAY),),
            ),
            Reason.PREREQUISITE_TOO_LATE,
            (OPENED,),
        ),
        (
            problem([ANA], [window("v1", at(8))], [item("a")], pins=(Pin("a", "v1"),), ends_at=at(7)),
            Reason.PIN_INFEASIBLE,
            (UNPINNED, OPENED),
        ),
    ],
)
def test_each_rule_alone_is_the_one_that_is_named(what: Problem, reason: Reason, kinds: tuple[ChangeKind, ...]) -> None:
    missing = unplaced(what)
    assert missing.reason == reason
    assert missing.sentence.endswith(".")
    assert (tuple(step.kind for step in missing.change.steps) if missing.change else ()) == kinds


def test_an_item_behind_an_unplaced_one_names_it() -> None:
    items = [item("a", seconds=3600, title="The long one"), item("b", prerequisites=("a",), title="The short one")]
    plan = solve(problem([ANA], [window("v1", at(8))], items))
    assert [missing.reason for missing in plan.unplaced] == [
        Reason.NO_WINDOW_LONG_ENOUGH,
        Reason.PREREQUISITE_UNPLACED,
    ]
    assert plan.unplaced[1].sentence == "The short one must wait for The long one, which has no place either."


def test_many_holders_are_counted_and_not_all_listed() -> None:
    people = [worker(f"w{n}", name=f"Worker {n}") for n in range(7)]
    items = [item(f"i{n}", f"w{n}", mandatory=True) for n in range(7)]
    missing = unplaced(problem(people, [window("v1", at(8), max_learners=6)], items))
    assert missing.sentence.endswith("and 2 more.")
    assert len(missing.holders) == 6


def test_the_earliest_of_equal_changes_is_offered() -> None:
    windows = [window("late", at(10), max_learners=0), window("early", at(8), max_learners=0)]
    missing = unplaced(problem([ANA], windows, [item("a")]))
    assert missing.change is not None
    assert missing.change.window_id == "early"


def test_a_place_is_offered_before_a_colleague_is_taken_from_the_line() -> None:
    windows = [window("early", at(8), minimum_staying=1), window("late", at(10), max_learners=0)]
    missing = unplaced(problem([ANA], windows, [item("a")]))
    assert missing.change is not None
    assert (missing.change.kind, missing.change.window_id) == (ChangeKind.ONE_MORE_LEARNER, "late")


def test_without_names_the_ids_stand_in() -> None:
    night = worker("w7", shifts=(shift(at(22), at(22) + timedelta(hours=8)),))
    missing = unplaced(problem([night], [window("v9", at(23), max_learners=0)], [item("i3", "w7")]))
    assert missing.sentence == "No place is left for worker w7 at window v9."


def test_a_window_that_would_have_to_be_opened_is_told_by_the_clock_of_its_line() -> None:
    berlin = (PlanCenter("line", "Line 3", "Europe/Berlin"),)
    missing = unplaced(problem([ANA], [window("v1", at(8), usable_seconds=60)], [item("a")], centers=berlin))
    assert missing.change is not None
    assert missing.change.sentence == "A window of 3 min from 07:00 on Mon 23 Nov at Line 3 places 1 item."
    assert (missing.change.subject_id, missing.change.starts_at, missing.change.amount) == ("line", at(6), 180)


def test_what_an_item_waits_for_is_changed_for_with_it() -> None:
    items = [item("a", title="First"), item("b", prerequisites=("a",), title="Second")]
    plan = solve(problem([ANA], [window("v1", at(8), minutes=6, max_learners=0)], items))
    assert [missing.reason for missing in plan.unplaced] == [Reason.NO_SEAT_LEFT, Reason.PREREQUISITE_UNPLACED]
    assert [missing.change and (missing.change.kind, missing.change.places) for missing in plan.unplaced] == [
        (ChangeKind.ONE_MORE_LEARNER, 2), (ChangeKind.ONE_MORE_LEARNER, 2),
    ]  # fmt: skip


def test_long_times_are_told_as_people_say_them() -> None:
    late = unplaced(problem([ANA], [window("v1", at(12))], [item("a", due_at=at(0, 3))]))
    assert late.change is not None
    assert late.change.sentence == "A due date of Item a 12 h later places 1 item."
