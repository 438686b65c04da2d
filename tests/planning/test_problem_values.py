"""The values a planner takes refuse what they cannot mean."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.planning.domain.problem import Blackout, BusyBlock, PaidInterval, Presence
from tests.planning.plants import DAY, at, item, problem, shift, window, worker


@pytest.mark.parametrize(
    "instant",
    [
        at(8).replace(tzinfo=None),
        datetime(2026, 11, 23, 8, tzinfo=ZoneInfo("Europe/Berlin")),
        datetime(2026, 11, 23, 8, microsecond=1, tzinfo=UTC),
    ],
)
def test_an_instant_is_utc_and_on_a_whole_second(instant: datetime) -> None:
    with pytest.raises(ValueError, match="UTC"):
        PaidInterval(instant, instant + timedelta(hours=1), DAY)
    with pytest.raises(ValueError, match="UTC"):
        item("a", due_at=instant)


def test_an_interval_ends_after_it_starts() -> None:
    for build in (
        lambda: Blackout(at(8), at(8)),
        lambda: BusyBlock("ana", at(9), at(8)),
        lambda: Presence("ana", "line", at(8), at(8)),
        lambda: window("v1", at(8), minutes=0),
        lambda: problem([], [], [], ends_at=at(0)),
    ):
        with pytest.raises(ValueError, match="ends after"):
            build()


def test_durations_and_counts_are_not_negative() -> None:
    for name in ("usable_seconds", "setup_seconds", "return_seconds", "max_learners", "minimum_staying", "tablets"):
        with pytest.raises(ValueError, match="negative"):
            window("v1", at(8), **{name: -1})
    with pytest.raises(ValueError, match="negative"):
        worker("ana", daily_cap_seconds=-1)
    with pytest.raises(ValueError, match="at least one second"):
        item("a", seconds=0)
    with pytest.raises(ValueError, match="not negative"):
        item("a", value=-1)


def test_paid_intervals_of_a_worker_may_touch_but_not_overlap() -> None:
    assert worker("ana", shifts=(shift(at(8), at(10)), shift(at(6), at(8))))
    with pytest.raises(ValueError, match="overlap"):
        worker("ana", shifts=(shift(at(8), at(10)), shift(at(6), at(8, 1))))


def test_a_problem_names_each_thing_once_and_only_things_it_holds() -> None:
    ana, place, work = worker("ana"), window("v1", at(8)), item("a")
    for doubled in (([ana, ana], [place], []), ([ana], [place, place], []), ([ana], [place], [work, work])):
        with pytest.raises(ValueError, match="unique"):
            problem(*doubled)
    with pytest.raises(ValueError, match="belongs to a worker"):
        problem([], [place], [work])
    with pytest.raises(ValueError, match="not both"):
        problem([ana], [place], [work], busy=(BusyBlock("ana", at(9), at(10), item_id="a"),))
