"""The straightforward planner on plants small enough to know the answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest

from app.planning.domain.check import check
from app.planning.domain.greedy import solve
from app.planning.domain.plan import Plan, Reason
from app.planning.domain.problem import Blackout, BusyBlock, Pin, PlanItem, PlanWindow, Presence, Problem
from tests.planning.plants import DAY, at, item, present, problem, shift, window, worker


def times(plan: Plan) -> dict[str, tuple[str, datetime]]:
    return {block.item_id: (block.window_id, block.starts_at) for block in plan.blocks}


def planned(what: Problem) -> dict[str, tuple[str, datetime]]:
    """The plan of a problem, checked."""
    plan = solve(what)
    assert check(what, plan) == []
    return times(plan)


def test_items_follow_one_another_after_the_set_up_buffer_to_the_second() -> None:
    windows = [window("v1", at(8), setup_seconds=45, return_seconds=30)]
    found = planned(problem([worker("ana")], windows, [item("a", value=30), item("b", seconds=61, value=5)]))
    assert found == {"a": ("v1", at(8, 0, 45)), "b": ("v1", at(8, 3, 45))}


def test_a_window_is_filled_to_its_last_usable_second_and_not_beyond() -> None:
    windows = [window("v1", at(8), setup_seconds=60, usable_seconds=360), window("v2", at(10))]
    found = planned(problem([worker("ana")], windows, [item("a", value=3), item("b", value=2), item("c", value=1)]))
    assert found["a"][0] == found["b"][0] == "v1"
    assert found["c"] == ("v2", at(10))


def test_mandatory_work_comes_before_more_valuable_optional_work() -> None:
    windows = [window("v1", at(8), minutes=3)]
    found = planned(problem([worker("ana")], windows, [item("a", value=99), item("b", value=1, mandatory=True)]))
    assert list(found) == ["b"]


def test_of_two_mandatory_items_the_one_due_first_goes_first() -> None:
    windows = [window("v1", at(8), minutes=3), window("v2", at(10), minutes=3)]
    items = [item("a", mandatory=True, value=90, due_at=at(12)), item("b", mandatory=True, due_at=at(9))]
    assert planned(problem([worker("ana")], windows, items)) == {"b": ("v1", at(8)), "a": ("v2", at(10))}


def test_value_counts_by_the_second() -> None:
    windows = [window("v1", at(8), minutes=4)]
    items = [item("long", seconds=240, value=11), item("x", seconds=120, value=10), item("y", seconds=120, value=10)]
    assert set(planned(problem([worker("ana")], windows, items))) == {"x", "y"}


def test_a_prerequisite_borrows_the_urgency_of_what_waits_for_it() -> None:
    windows = [window("v1", at(8), minutes=6)]
    items = [item("a", value=40), item("first", value=0), item("b", mandatory=True, prerequisites=("first",))]
    assert planned(problem([worker("ana")], windows, items)) == {"first": ("v1", at(8)), "b": ("v1", at(8, 3))}


def test_an_item_waits_for_the_end_of_what_is_already_published() -> None:
    windows = [window("v1", at(8)), window("v2", at(10))]
    done = BusyBlock("ana", at(9), at(10, 2), item_id="done", business_date=DAY)
    found = planned(problem([worker("ana")], windows, [item("a", prerequisites=("done",))], busy=(done,)))
    assert found == {"a": ("v2", at(10, 2))}


@pytest.mark.parametrize("prerequisites", [("a",), ("content-a",), ("nobody-knows",), ("b",)])
def test_an_item_that_waits_for_ever_is_never_placed(prerequisites: tuple[str, ...]) -> None:
    items = [item("a", prerequisites=prerequisites), item("b", prerequisites=("a",))]
    what = problem([worker("ana")], [window("v1", at(8))], items)
    plan = solve(what)
    assert check(what, plan) == []
    assert {missing.reason for missing in plan.unplaced} == {Reason.PREREQUISITE_UNPLACED}


def test_learning_stops_at_a_break_and_goes_on_after_it() -> None:
    ana = worker("ana", shifts=(shift(at(6), at(8, 4)), shift(at(8, 6), at(14))))
    found = planned(problem([ana], [window("v1", at(8))], [item("a", value=3), item("b", value=2)]))
    assert found == {"a": ("v1", at(8)), "b": ("v1", at(8, 6))}


def test_a_floater_learns_at_whichever_line_they_are_on_but_at_one_at_a_time() -> None:
    ana = worker("ana", shifts=(shift(at(6), at(10), "line"), shift(at(10), at(14), "press")))
    windows = [
        window("v1", at(9, 55)),
        window("v2", at(9, 58), work_center_id="press"),
        window("v3", at(12), work_center_id="press"),
    ]
    found = planned(problem([ana], windows, [item("a", value=3), item("b", value=2)]))
    assert found == {"a": ("v1", at(9, 55)), "b": ("v3", at(12))}


def test_a_worker_without_a_line_learns_anywhere_and_is_missed_nowhere() -> None:
    windows = [window("v1", at(8), minimum_staying=1, work_center_id="press")]
    assert planned(problem([worker("ana", shifts=(shift(at(6), at(14), None),))], windows, [item("a")]))


def test_the_last_person_who_must_stay_stays() -> None:
    windows = [window("v1", at(8), minutes=3, minimum_staying=1)]
    what = problem([worker("ana"), worker("ben")], windows, [item("a"), item("b", "ben")])
    assert len(planned(what)) == 1
    assert len(planned(replace(what, presence=(*what.presence, Presence("cleo", "line", at(6), at(14)))))) == 2


def test_a_place_is_held_for_the_whole_window_even_for_a_short_item() -> None:
    """Ben could learn after Ana in the same window, but the place is hers until it closes."""
    what = problem([worker("ana"), worker("ben")], [window("v1", at(8), max_learners=1)], [item("a"), item("b", "ben")])
    assert len(planned(what)) == 1


def test_overlapping_windows_of_a_line_share_their_places() -> None:
    windows = [window("v1", at(8), max_learners=1), window("v2", at(8, 5), max_learners=1)]
    what = problem([worker("ana"), worker("ben")], windows, [item("a"), item("b", "ben")])
    assert len(planned(what)) == 1


def test_overlapping_windows_of_a_line_share_their_tablets() -> None:
    windows = [window("v1", at(8), tablets=1), window("v2", at(8, 5), tablets=1)]
    ben = worker("ben", shifts=(shift(at(8, 10), at(14)),))
    items = [item("a", needs_tablet=True), item("b", "ben", needs_tablet=True)]
    assert len(planned(problem([worker("ana"), ben], windows, items))) == 1
    assert len(planned(problem([worker("ana"), ben], windows, [items[0], item("b", "ben")]))) == 2


def test_published_places_count_and_published_time_is_taken() -> None:
    windows = [window("v1", at(8), max_learners=1, minutes=6)]
    published = BusyBlock("ana", at(8), at(8, 3), "v1", business_date=DAY)
    what = problem([worker("ana"), worker("ben")], windows, [item("a"), item("b", "ben")], busy=(published,))
    assert planned(what) == {"a": ("v1", at(8, 3))}


def test_caps_count_what_was_published_by_business_date() -> None:
    """The night shift's morning belongs to the evening before."""
    night = shift(at(22), at(22) + timedelta(hours=8))
    windows = [window("v1", at(23)), window("v2", at(23) + timedelta(hours=3))]
    ana = worker("ana", shifts=(night,), daily_cap_seconds=360)
    published = BusyBlock("ana", at(22), at(22, 3), business_date=DAY)
    items = [item("a", value=2), item("b", value=1)]
    assert len(planned(problem([ana], windows, items))) == 2
    assert set(planned(problem([ana], windows, items, busy=(published,)))) == {"a"}


def test_a_night_shift_over_a_clock_change_offers_the_hour_that_happens_twice() -> None:
    """In Berlin the night of 24 October 2026 lasts from 20:00 to 05:00 UTC."""
    starts = datetime(2026, 10, 24, 20, tzinfo=UTC)
    ana = worker("ana", shifts=(shift(starts, starts + timedelta(hours=9)),))
    windows = [window(f"v{hour}", starts + timedelta(hours=hour), minutes=3) for hour in range(9)]
    items = [item(f"a{n}") for n in range(10)]
    what = problem([ana], windows, items, starts_at=starts, ends_at=starts + timedelta(days=1))
    assert len(planned(what)) == 9


def test_learning_waits_until_a_blackout_is_over() -> None:
    what = problem([worker("ana")], [window("v1", at(8))], [item("a")], blackouts=(Blackout(at(7), at(8, 6)),))
    assert planned(what) == {"a": ("v1", at(8, 6))}


def test_a_pin_goes_before_everything_else() -> None:
    windows = [window("v1", at(8), minutes=3), window("v2", at(10), minutes=3)]
    items = [item("a", value=0), item("b", mandatory=True, due_at=at(11))]
    what = problem([worker("ana")], windows, items, pins=(Pin("a", "v1"),))
    assert planned(what) == {"a": ("v1", at(8)), "b": ("v2", at(10))}


def test_what_a_pinned_item_waits_for_is_placed_before_it_in_the_same_window() -> None:
    items = [item("a", value=0), item("b", prerequisites=("a",))]
    what = problem([worker("ana")], [window("v1", at(8))], items, pins=(Pin("b", "v1"),))
    assert planned(what) == {"a": ("v1", at(8)), "b": ("v1", at(8, 3))}


def test_contradictory_pins_are_named() -> None:
    windows = [window("v1", at(8)), window("v2", at(10))]
    what = problem([worker("ana")], windows, [item("a")], pins=(Pin("a", "v2"), Pin("a", "v1")))
    plan = solve(what)
    assert check(what, plan) == []
    assert times(plan) == {"a": ("v1", at(8))}
    assert [(pin.window_id, pin.reason) for pin in plan.broken_pins] == [("v2", Reason.PIN_INFEASIBLE)]


def test_an_impossible_pin_is_named_with_its_rule_and_the_item_is_not_moved_elsewhere() -> None:
    windows = [window("v1", at(8), max_learners=0, label="the 08:00 changeover"), window("v2", at(10))]
    what = problem([worker("ana")], windows, [item("a", title="Lockout basics")], pins=(Pin("a", "v1"),))
    plan = solve(what)
    assert check(what, plan) == []
    assert [missing.reason for missing in plan.unplaced] == [Reason.PIN_INFEASIBLE]
    (pin,) = plan.broken_pins
    assert pin.reason == Reason.NO_SEAT_LEFT
    assert pin.sentence == "Lockout basics is pinned to the 08:00 changeover, but no place is left there."


def test_a_pin_to_something_unknown_is_named() -> None:
    pins = (Pin("a", "nowhere"), Pin("nothing", "v1"))
    plan = solve(problem([worker("ana")], [window("v1", at(8))], [item("a")], pins=pins))
    assert [pin.reason for pin in plan.broken_pins] == [Reason.UNKNOWN_PIN] * 2
    assert times(plan) == {"a": ("v1", at(8))}


def test_repair_moves_a_colleague_who_can_learn_later_to_make_room() -> None:
    windows = [window("v1", at(8), minutes=3, max_learners=1), window("v2", at(10), minutes=3)]
    ben = worker("ben", shifts=(shift(at(6), at(9)),))
    found = planned(problem([worker("ana"), ben], windows, [item("a", value=90), item("b", "ben", value=1)]))
    assert found == {"b": ("v1", at(8)), "a": ("v2", at(10))}


def test_repair_never_moves_a_pin() -> None:
    windows = [window("v1", at(8), minutes=3, max_learners=1), window("v2", at(10), minutes=3)]
    ben = worker("ben", shifts=(shift(at(6), at(9)),))
    items = [item("a", value=0), item("b", "ben", mandatory=True)]
    found = planned(problem([worker("ana"), ben], windows, items, pins=(Pin("a", "v1"),)))
    assert found == {"a": ("v1", at(8))}


def test_the_seed_only_decides_between_equals() -> None:
    workers = [worker(f"w{n}") for n in range(6)]
    items = [item(f"i{n}", f"w{n}") for n in range(6)]
    what = problem(workers, [window("v1", at(8), max_learners=1)], items)
    assert len({tuple(times(solve(what, seed))) for seed in range(20)}) > 1
    best = replace(what, items=(*items[1:], replace(items[0], value=11)))
    assert {tuple(times(solve(best, seed))) for seed in range(20)} == {("i0",)}


def test_nothing_to_plan_is_an_empty_plan() -> None:
    assert solve(problem([], [], [])) == Plan(())
    assert solve(problem([worker("ana")], [window("v1", at(8))], [])) == Plan(())


def thousand_workers() -> Problem:
    """Fifty lines of twenty people in three shifts for five days; ten items each, a window every two hours."""
    workers, windows, items = [], [], []
    for line in range(50):
        for number in range(20):
            name = f"line{line}-{number}"
            early = timedelta(hours=(6, 14, 22)[number % 3])
            days = [at(0) + timedelta(days=day) for day in range(5)]
            halves = [
                shift(day + early + half, day + early + half + timedelta(hours=3, minutes=45), f"line{line}", day.date())
                for day in days
                for half in (timedelta(0), timedelta(hours=4, minutes=15))
            ]
            workers.append(worker(name, shifts=tuple(halves), daily_cap_seconds=900))
            items += [_item_of(name, n) for n in range(10)]
        for slot in range(60):
            starts = at(6) + timedelta(hours=2 * slot, minutes=line % 7)
            windows.append(_window_of(line, slot, starts))
    ends = at(0) + timedelta(days=6)
    return problem(workers, windows, items, ends_at=ends, presence=tuple(present(workers)))


def _item_of(name: str, n: int) -> PlanItem:
    due = at(0) + timedelta(days=3) if n < 2 else None
    waits = (f"{name}-{n - 1}",) if n % 4 == 3 else ()
    seconds = 120 + 60 * (n % 4)
    return item(f"{name}-{n}", name, seconds, mandatory=n < 2, value=n * 4, due_at=due, prerequisites=waits)


def _window_of(line: int, slot: int, starts: datetime) -> PlanWindow:
    return window(f"line{line}-{slot}", starts, work_center_id=f"line{line}", max_learners=2, minimum_staying=3)


def test_a_thousand_workers_are_planned_in_seconds_and_correctly() -> None:
    what = thousand_workers()
    started = perf_counter()
    plan = solve(what)
    # A second or so on an idle core; the rest is room for a busy machine.
    assert perf_counter() - started < 10
    assert check(what, plan) == []
    assert len(plan.blocks) > 5000


def test_planning_again_with_nothing_changed_moves_next_to_nothing() -> None:
    from app.planning.domain.policy import SitePolicy
    from app.planning.domain.problem import Kept
    from app.planning.engine.solve import Budget
    from app.planning.engine.solve import solve as solve_well
    from benchmarks.planner.instances import plant

    first = plant(30, 2)
    before = solve_well(first, 0, Budget(iterations=3_000, compile=False)).plan
    published = tuple(Kept(block.item_id, block.window_id) for block in before.blocks)
    again = replace(first, kept=published, emphasis=SitePolicy().weights)
    after = solve_well(again, 1, Budget(iterations=3_000, compile=False)).plan
    stayed = {(block.item_id, block.window_id) for block in after.blocks} & {(one.item_id, one.window_id) for one in published}
    assert len(stayed) >= 0.95 * len(published)
