"""The schedule of retries, attempt by attempt, and what each kind of answer leads to."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.domain import (
    ATTEMPTS,
    RETRY_DELAYS,
    DeliveryResult,
    ErrorKind,
    Outcome,
    judge,
    parse_retry_after,
    wait_before_next,
)

MINUTE, HOUR, DAY = 60, 3_600, 86_400
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FAILED = DeliveryResult(status=500, milliseconds=12)
TIMED_OUT = DeliveryResult(status=None, milliseconds=15_000, error=ErrorKind.TIMEOUT)
THROTTLED = DeliveryResult(status=429, milliseconds=12)

jitters = st.floats(min_value=-1, max_value=1)
attempts = st.integers(1, ATTEMPTS)
failures = st.builds(
    DeliveryResult,
    status=st.one_of(st.none(), st.integers(300, 599).filter(lambda status: status != 410)),
    milliseconds=st.integers(0, 15_000),
    error=st.one_of(st.none(), st.sampled_from(ErrorKind)),
    retry_after=st.one_of(st.none(), st.integers(0, 30 * DAY)),
)


def test_sixteen_attempts_are_made_over_six_days() -> None:
    waits = [0, 5, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, *5 * [DAY]]
    assert list(RETRY_DELAYS) == waits
    assert len(waits) == ATTEMPTS == 16
    assert timedelta(seconds=sum(waits)) == timedelta(days=6, hours=3, minutes=42, seconds=35)


def test_without_jitter_the_waits_are_the_schedule() -> None:
    assert [wait_before_next(n, FAILED, 0.0) for n in range(1, 17)] == [*RETRY_DELAYS[1:], None]


@given(attempts, failures, jitters)
def test_every_wait_stays_within_its_bounds(attempt: int, result: DeliveryResult, jitter: float) -> None:
    wait = wait_before_next(attempt, result, jitter)
    if attempt == ATTEMPTS:
        assert wait is None
        return
    assert isinstance(wait, int)
    slow = result.status == 429 or result.error in {ErrorKind.TIMEOUT, ErrorKind.CONNECT_TIMEOUT}
    base = max(RETRY_DELAYS[attempt], 60) if slow else RETRY_DELAYS[attempt]
    if result.retry_after is not None:
        assert wait == min(max(result.retry_after, base), 2 * base)
    else:
        assert base * 8 <= wait * 10 <= base * 12
        assert wait >= 60 or not slow


@given(st.lists(failures, min_size=ATTEMPTS, max_size=ATTEMPTS), st.lists(jitters, min_size=16, max_size=16))
def test_any_run_of_failures_ends_after_the_last_attempt(results: list[DeliveryResult], chances: list[float]) -> None:
    verdicts = [judge(n, result, chance) for n, (result, chance) in enumerate(zip(results, chances, strict=True), 1)]
    assert [v.outcome for v in verdicts] == [*15 * [Outcome.RETRY], Outcome.DEAD]
    total = sum(v.wait or 0 for v in verdicts)
    assert 0.8 * sum(RETRY_DELAYS) - 20 <= total <= 2 * (sum(RETRY_DELAYS) + 2 * 60)


@given(attempts.filter(lambda n: n < ATTEMPTS), jitters, jitters)
def test_more_jitter_never_shortens_the_wait(attempt: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    shorter, longer = wait_before_next(attempt, FAILED, low), wait_before_next(attempt, FAILED, high)
    assert shorter is not None
    assert longer is not None
    assert shorter <= longer


def test_a_receiver_that_is_busy_or_silent_gets_a_minute() -> None:
    for result in (THROTTLED, TIMED_OUT, DeliveryResult(None, 5_000, ErrorKind.CONNECT_TIMEOUT)):
        assert [wait_before_next(n, result, -1.0) for n in (1, 2)] == [60, 60]
        assert wait_before_next(4, result, 0.0) == 10 * MINUTE


@pytest.mark.parametrize(("asked", "given_seconds"), [(0, 600), (599, 600), (700, 700), (1_200, 1_200), (31_536_000, 1_200)])
def test_retry_after_is_honored_between_once_and_twice_the_wait(asked: int, given_seconds: int) -> None:
    result = DeliveryResult(status=503, milliseconds=1, retry_after=asked)
    assert {wait_before_next(4, result, chance) for chance in (-1.0, 0.0, 1.0)} == {given_seconds}


@pytest.mark.parametrize("status", range(200, 300))
def test_every_complete_2xx_is_delivered(status: int) -> None:
    assert judge(1, DeliveryResult(status, 1), 0.0).outcome is Outcome.DELIVERED


@pytest.mark.parametrize("status", [100, 101, 199, *range(300, 309), 400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 599])
def test_every_other_status_is_tried_again(status: int) -> None:
    verdict = judge(3, DeliveryResult(status, 1), 0.0)
    assert verdict.outcome is Outcome.RETRY
    assert verdict.wait in {120, 60}


def test_gone_disables_the_endpoint_at_any_attempt() -> None:
    assert {judge(n, DeliveryResult(410, 1), 0.0).outcome for n in range(1, 17)} == {Outcome.ENDPOINT_GONE}


@pytest.mark.parametrize("status", [200, 410])
@pytest.mark.parametrize("error", [ErrorKind.TIMEOUT, ErrorKind.CONNECTION_LOST, ErrorKind.ANSWER_MALFORMED])
def test_an_answer_that_broke_off_decides_nothing(status: int, error: ErrorKind) -> None:
    assert judge(1, DeliveryResult(status, 1, error), 0.0).outcome is Outcome.RETRY


@pytest.mark.parametrize("attempt", [0, -1, 17])
def test_an_attempt_outside_the_schedule_is_a_mistake(attempt: int) -> None:
    with pytest.raises(ValueError, match="numbered"):
        judge(attempt, FAILED, 0.0)


@pytest.mark.parametrize("jitter", [1.01, -2.0, float("nan"), float("inf")])
def test_jitter_outside_its_range_is_a_mistake(jitter: float) -> None:
    with pytest.raises(ValueError, match="jitter"):
        wait_before_next(1, FAILED, jitter)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        (" 120 ", 120),
        ("31536000", 30 * DAY),
        ("9" * 6_000, 30 * DAY),
        ("-5", None),
        ("1.5", None),
        ("\u0661\u0662", None),
        ("soon", None),
        ("Mon, 02 Mar 2026 12:02:00 GMT", 120),
        ("Mon, 02 Mar 2026 12:02:00", 120),
        ("Mon, 02 Mar 2026 14:02:00 +0200", 120),
        ("Mon, 02 Mar 2020 12:02:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 30 * DAY),
        ("Mon, 32 Mar 2026 12:02:00 GMT", None),
        ("Mon, 02 Mar 99999 12:02:00 GMT", None),
        ("Mon, 02 Mar 2026 12:02:00 +999999999", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(header: str | None, seconds: int | None) -> None:
    assert parse_retry_after(header, NOW) == seconds


@given(st.text(max_size=60))
def test_no_retry_after_header_can_do_harm(header: str) -> None:
    seconds = parse_retry_after(header, NOW)
    assert seconds is None or 0 <= seconds <= 30 * DAY


@given(st.integers(0, 30 * DAY), st.integers(-12, 14))
def test_a_date_in_any_zone_is_the_same_wait(seconds: int, hours: int) -> None:
    moment = (NOW + timedelta(seconds=seconds)).astimezone(timezone(timedelta(hours=hours)))
    assert parse_retry_after(format_datetime(moment), NOW) == seconds
