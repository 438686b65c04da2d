"""Whoever waits hears how the answer comes about, may stop it between rounds, and never changes it by listening."""

from dataclasses import replace
from importlib.util import find_spec

import pytest

from app.planning.engine.bound import SeatPrice
from app.planning.engine.progress import Canceled, Phase, Progress
from app.planning.engine.solve import Budget, solve
from benchmarks.planner.instances import plant
from tests.planning.plants import at, item, problem, window, worker

QUICK = Budget(iterations=600, compile=False)
needs_highs = pytest.mark.skipif(find_spec("highspy") is None, reason="the optional extra `planner` (highspy) is not installed")


def test_every_phase_is_told_in_order_and_the_objective_never_falls() -> None:
    heard: list[Progress] = []
    found = solve(plant(12, 1), 0, QUICK, report=heard.append)
    phases = list(dict.fromkeys(progress.phase for progress in heard))
    assert phases == [Phase.FIRST_PLAN, Phase.IMPROVING, Phase.EXPLAINING, Phase.DONE]
    reached = [progress.objective for progress in heard if progress.objective is not None]
    assert reached == sorted(reached)
    assert reached[-1] == found.objective
    rounds = [(progress.done, progress.of) for progress in heard if progress.phase is Phase.IMPROVING]
    assert rounds == [(number, 128) for number in range(128)]


def test_listening_changes_nothing() -> None:
    assert solve(plant(12, 2), 0, QUICK, report=[].append) == solve(plant(12, 2), 0, QUICK)


@pytest.mark.parametrize("after", [0, 1, 50, 130])
def test_it_stops_at_the_round_at_which_nobody_waits_any_more(after: int) -> None:
    heard: list[Progress] = []
    with pytest.raises(Canceled):
        solve(plant(12, 1), 0, QUICK, report=heard.append, canceled=lambda: len(heard) >= after)
    assert len(heard) == after


@needs_highs
def test_the_bound_and_the_gap_are_told_when_they_are_proved() -> None:
    heard: list[Progress] = []
    found = solve(plant(12, 1), 0, replace(QUICK, bound=True), report=heard.append)
    assert heard[-2].phase is Phase.PROVING
    assert heard[-2].gap is None
    assert (heard[-1].objective, heard[-1].bound, heard[-1].gap) == (found.objective, found.bound, found.gap)
    assert found.gap is not None


@needs_highs
def test_one_more_place_is_priced_where_places_are_short_and_only_there() -> None:
    """Ana's item is worth 980 in the window; the other window has room for both of them."""
    people = [worker("ana"), worker("ben")]
    windows = [window("v1", at(8), minutes=3, max_learners=1), window("v2", at(10), minutes=3, max_learners=2)]
    items = [item("a", value=100, due_at=at(9)), item("b", "ben", value=50, due_at=at(9)), item("c"), item("d", "ben")]
    found = solve(problem(people, windows, items), 0, replace(QUICK, bound=True))
    assert [price.window_id for price in found.seat_prices] == ["v1"]
    more = solve(problem(people, [replace(windows[0], max_learners=2), windows[1]], items), 0, replace(QUICK, bound=True))
    assert found.seat_prices == (SeatPrice("v1", more.objective - found.objective),)
