"""Coverage before and after a plan, in five-minute steps inside windows."""

from app.planning.domain.coverage import coverage
from app.planning.domain.greedy import solve
from app.planning.domain.plan import Plan
from app.planning.domain.problem import BusyBlock, Presence
from tests.planning.plants import at, item, problem, window, worker


def test_steps_lie_on_the_grid_and_are_cut_to_the_window() -> None:
    what = problem([worker("ana")], [window("v1", at(8, 3), minutes=9)], [])
    steps = coverage(what, Plan(()))
    assert [(step.starts_at, step.ends_at) for step in steps] == [
        (at(8, 3), at(8, 5)),
        (at(8, 5), at(8, 10)),
        (at(8, 10), at(8, 12)),
    ]


def test_a_place_counts_for_the_whole_window_before_and_after() -> None:
    people = [worker("ana"), worker("ben"), worker("cleo")]
    published = BusyBlock("ben", at(8), at(8, 3), "v1")
    windows = [window("v1", at(8), minimum_staying=1)]
    what = problem(people, windows, [item("a", seconds=60)], busy=(published,))
    for step in coverage(what, solve(what)):
        assert (step.present, step.learning_before, step.staying_before) == (3, 1, 2)
        assert (step.learning, step.staying, step.minimum) == (2, 1, 1)


def test_a_step_shows_its_tightest_moment() -> None:
    what = problem(
        [worker("ana")],
        [window("v1", at(8), minutes=5, minimum_staying=1)],
        [],
        presence=(Presence("ana", "line", at(6), at(8, 4)), Presence("dan", "line", at(8, 2), at(9))),
    )
    (step,) = coverage(what, Plan(()))
    assert (step.present, step.staying) == (1, 1)


def test_somebody_away_at_another_line_is_missed_here() -> None:
    windows = [window("v1", at(8)), window("v2", at(8), work_center_id="press")]
    here = (Presence("ana", "line", at(6), at(14)), Presence("ana", "press", at(6), at(14)))
    what = problem([worker("ana")], windows, [item("a")], presence=here)
    steps = coverage(what, solve(what))
    assert {step.work_center_id for step in steps} == {"line", "press"}
    assert all((step.learning_before, step.learning, step.staying) == (0, 1, 0) for step in steps)
