"""An endpoint is switched off only after five days of nothing but failures."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.integrations.domain import EndpointHealth, after_failure, after_success, must_disable

START = datetime(2026, 3, 27, 20, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def failing_from(start: datetime) -> EndpointHealth:
    health = EndpointHealth()
    for hours in range(3):
        health = after_failure(health, start + hours * HOUR)
    return health


def test_the_clock_starts_at_the_third_failure_within_a_day() -> None:
    health = failing_from(START)
    assert health.failing_since == START + 2 * HOUR
    assert not must_disable(health, START + 2 * HOUR + 5 * DAY - timedelta(seconds=1))
    assert must_disable(health, START + 2 * HOUR + 5 * DAY)


def test_single_failures_on_different_days_never_start_the_clock() -> None:
    health = EndpointHealth()
    for day in range(60):
        health = after_failure(health, START + day * (DAY + HOUR))
    assert health.failing_since is None
    assert not must_disable(health, START + 90 * DAY)


def test_one_success_clears_the_record() -> None:
    health = after_success(failing_from(START))
    assert health == EndpointHealth()
    assert not must_disable(health, START + 30 * DAY)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 200_000)), max_size=60))
def test_only_five_unbroken_days_of_failure_disable(steps: list[tuple[bool, int]]) -> None:
    health, now, first_failure = EndpointHealth(), START, None
    for delivered, seconds in steps:
        now += timedelta(seconds=seconds)
        if delivered:
            health, first_failure = after_success(health), None
        else:
            health, first_failure = after_failure(health, now), first_failure or now
        if must_disable(health, now):
            assert first_failure is not None
            assert now - first_failure >= 5 * DAY
