"""A line's history proposes patterns that it would have kept."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.intervals import Interval, resolve_local
from app.downtime.domain.classify import StoppageKind
from app.downtime.domain.history import (
    Proposal,
    ProposalRules,
    TooLittle,
    low_quantile,
    patterns_from,
    propose,
    running_days,
)
from app.downtime.domain.patterns import WindowKind, expand
from app.downtime.domain.recurrence import Every
from app.downtime.domain.stoppages import Origin, Stoppage
from tests.downtime.builders import BERLIN, CENTER, horizon

FIRST = date(2026, 3, 16)


def stop(day: int, at: str, seconds: int, kind: StoppageKind = StoppageKind.CHANGEOVER, **fields: object) -> Stoppage:
    start = resolve_local(datetime.combine(FIRST + timedelta(days=day), time.fromisoformat(at)), BERLIN)
    values: dict[str, object] = {
        "line": "A", "machine": "M1", "kind": kind, "planned": True, "reason": "", "seconds": seconds,
        "origin": Origin.EVENT, "row": 1, "starts_at": start, "ends_at": start + timedelta(seconds=seconds),
    }  # fmt: skip
    return Stoppage(**(values | fields))  # type: ignore[arg-type]


def only(stoppages: list[Stoppage], rules: ProposalRules | None = None, **fields: object) -> Proposal:
    (proposal,) = propose(stoppages, BERLIN, rules, **fields)  # type: ignore[arg-type]
    return proposal


def daily(at: str = "10:05", seconds: int = 600, days: int = 20) -> list[Stoppage]:
    return [stop(day, at, seconds + day) for day in range(days)]


def test_a_daily_changeover_is_proposed_at_its_time_over_a_clock_change() -> None:
    proposal = only(daily())
    assert proposal.too_little is None
    assert (proposal.stoppages, proposal.opportunities) == (20, 20)
    assert proposal.length_seconds == 604
    assert proposal.median_seconds == 610
    assert proposal.reliability == 0.8
    assert [(typical.at, typical.reliability) for typical in proposal.typical_times] == [(time(10), 0.8)]


def test_buffers_are_taken_from_the_length() -> None:
    proposal = only(daily(), ProposalRules(setup_seconds=60, return_seconds=30))
    assert proposal.usable_seconds == 604 - 90


def test_days_without_a_stop_make_it_less_reliable() -> None:
    every_other = [stop(day, "10:05", 600) for day in range(0, 40, 2)]
    proposal = only(every_other, days={"A": [FIRST, FIRST + timedelta(days=39)]})
    assert (proposal.opportunities, proposal.expected_per_opportunity, proposal.reliability) == (40, 0.5, 0.5)


def test_weekdays_on_which_the_line_never_ran_are_no_opportunities() -> None:
    weekdays = [FIRST + timedelta(days=n) for n in (0, 1, 7, 8, 15)]
    assert [day.weekday() for day in running_days(weekdays)] == [0, 1, 0, 1, 0, 1]
    assert running_days([]) == []


def test_a_crew_of_twenty_is_one_opportunity() -> None:
    shift = Interval(datetime(2026, 3, 16, 5, tzinfo=UTC), datetime(2026, 3, 16, 13, tzinfo=UTC))
    spans = [Interval(shift.start + timedelta(days=n), shift.end + timedelta(days=n)) for n in range(12)] * 20
    proposal = only(daily(days=12), shifts={"A": spans})
    assert proposal.opportunities == 12
    assert proposal.expected_per_opportunity == 1


def test_stops_outside_the_shifts_are_not_expected_in_them() -> None:
    shift = Interval(datetime(2026, 3, 16, 13, tzinfo=UTC), datetime(2026, 3, 16, 21, tzinfo=UTC))
    spans = [Interval(shift.start + timedelta(days=n), shift.end + timedelta(days=n)) for n in range(20)]
    proposal = only(daily(), shifts={"A": spans})
    assert (proposal.expected_per_opportunity, proposal.reliability, proposal.typical_times) == (0, 0, ())


def test_two_machines_that_stand_together_are_one_stop_of_the_line() -> None:
    twice = [copy for one in daily() for copy in (one, replace(one, machine="M2"))]
    assert only(twice).stoppages == 20


@pytest.mark.parametrize(
    ("stoppages", "reason"),
    [
        (daily(days=9), TooLittle.FEW_STOPPAGES),
        ([stop(0, f"{hour:02}:00", 600) for hour in range(12)], TooLittle.FEW_OPPORTUNITIES),
        (daily(seconds=60), TooLittle.TOO_SHORT),
        ([replace(one, kind=StoppageKind.NO_OPERATOR) for one in daily()], TooLittle.NOBODY_THERE),
    ],
)
def test_too_little_history_promises_nothing(stoppages: list[Stoppage], reason: TooLittle) -> None:
    proposal = only(stoppages)
    assert proposal.too_little is reason
    assert patterns_from(proposal, ids=[UUID(int=1)], work_center_id=CENTER, rules=ProposalRules()) == ()


def test_changes_without_a_measured_length_promise_no_time() -> None:
    bounds = [replace(one, origin=Origin.PRODUCT_CHANGE, exact=False) for one in daily(seconds=250)]
    assert only(bounds).too_little is TooLittle.TOO_SHORT


def test_doubtful_stops_and_closed_weeks_are_left_out() -> None:
    doubtful = [replace(one, doubtful=True) for one in daily(at="01:04")]
    closed = [stop(day, "12:00", 9 * 3600) for day in range(5)]
    assert only(daily() + doubtful + closed) == only(daily())


def test_stops_without_exact_times_have_no_typical_time() -> None:
    proposal = only([replace(one, exact=False, origin=Origin.FACTOR) for one in daily()])
    assert proposal.usable_seconds == 604
    assert proposal.typical_times == ()


def test_lines_and_kinds_are_proposed_apart() -> None:
    cleaning = [replace(one, kind=StoppageKind.MATERIAL) for one in daily(at="14:00")]
    other_line = [replace(one, line="B") for one in daily()]
    proposals = propose(daily() + cleaning + other_line, BERLIN)
    assert [(proposal.line, proposal.window_kind) for proposal in proposals] == [
        ("A", WindowKind.CHANGEOVER),
        ("A", WindowKind.LULL),
        ("B", WindowKind.CHANGEOVER),
    ]


def test_a_proposal_becomes_daily_patterns_that_expand() -> None:
    rules = ProposalRules(setup_seconds=60)
    proposal = only(daily() + daily(at="18:40"), rules)
    patterns = patterns_from(proposal, ids=[UUID(int=1), UUID(int=2)], work_center_id=CENTER, rules=rules, max_learners=2)
    assert [pattern.anchor for pattern in patterns] == [Every(1440, time(10)), Every(1440, time(18, 30))]
    assert {pattern.minutes for pattern in patterns} == {10}
    windows = expand(patterns, horizon("2026-06-01T00:00", "2026-06-03T00:00"), BERLIN).windows
    assert [window.usable_seconds for window in windows] == [540] * 4


def test_rounding_to_minutes_never_promises_less_than_the_shortest() -> None:
    rules = ProposalRules(shortest_seconds=150)
    proposal = only(daily(seconds=160), rules)
    assert proposal.too_little is None
    assert patterns_from(proposal, ids=[UUID(int=1)], work_center_id=CENTER, rules=rules) == ()


@pytest.mark.parametrize("fields", [{"quantile": 1.1}, {"slot_minutes": 7}, {"minimum_stoppages": 0}, {"typical_share": 0}])
def test_rules_that_make_no_sense_are_refused(fields: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"share|slot|at least one"):
        ProposalRules(**fields)  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 10_000), min_size=1), st.floats(0, 1))
def test_a_low_quantile_was_observed_and_is_reached_by_the_rest(values: list[int], share: float) -> None:
    quantile = low_quantile(values, share)
    assert quantile in values
    assert sum(value < quantile for value in values) <= share * len(values)
    assert sum(value >= quantile for value in values) >= (1 - share) * len(values) - 1e-6


def test_no_observations_have_no_quantile() -> None:
    with pytest.raises(ValueError, match="no observations"):
        low_quantile([], 0.2)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 1380), st.integers(1, 3600)), min_size=1, max_size=40))
def test_shares_stay_shares_whatever_the_history(history: list[tuple[int, int, int]]) -> None:
    stoppages = [stop(day, f"{at // 60:02}:{at % 60:02}", seconds) for day, at, seconds in history]
    proposal = only(stoppages, ProposalRules(minimum_stoppages=1, minimum_opportunities=1, typical_share=0.1))
    assert 0 <= proposal.reliability <= 1
    assert proposal.usable_seconds <= proposal.median_seconds
    assert all(0.1 <= typical.reliability <= 1 for typical in proposal.typical_times)
    assert round(proposal.expected_per_opportunity * proposal.opportunities) <= len(history)
