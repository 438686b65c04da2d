"""When a delivery is tried again: 16 attempts over 6.2 days, in whole seconds. Chance and time are arguments."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

RETRY_DELAYS: tuple[int, ...] = (
    *(0, 5, 30, 2 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE),
    *(1 * _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 12 * _HOUR),
    *(5 * (_DAY,)),
)
"""Seconds to wait before attempt 1, 2, .. 16."""

ATTEMPTS = len(RETRY_DELAYS)
THROTTLED_WAIT = 60
"""Shortest wait in seconds for a receiver that says 429 or did not answer in time."""

_JITTER_PER_MILLE = 200
_RETRY_AFTER_CAP = 30 * _DAY
_TOO_MANY_REQUESTS, _GONE = 429, 410


class ErrorKind(StrEnum):
    """Why no complete answer came."""

    URL_REFUSED = "url_refused"
    NAME_UNRESOLVED = "name_unresolved"
    ADDRESS_FORBIDDEN = "address_forbidden"
    CONNECT_FAILED = "connect_failed"
    CONNECT_TIMEOUT = "connect_timeout"
    TLS_FAILED = "tls_failed"
    TIMEOUT = "timeout"
    CONNECTION_LOST = "connection_lost"
    ANSWER_MALFORMED = "answer_malformed"
    ANSWER_TOO_LARGE = "answer_too_large"


_TIMEOUTS = frozenset({ErrorKind.TIMEOUT, ErrorKind.CONNECT_TIMEOUT})


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """What one attempt brought. `status` may be known although `error` says that the answer broke off after it."""

    status: int | None
    milliseconds: int
    error: ErrorKind | None = None
    snippet: str = ""
    retry_after: int | None = None


class Outcome(StrEnum):
    """What becomes of a delivery after an attempt."""

    DELIVERED = "delivered"
    RETRY = "retry"
    DEAD = "dead"
    ENDPOINT_GONE = "endpoint_gone"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome, and for a retry the seconds to wait before it."""

    outcome: Outcome
    wait: int | None = None


def wait_before_next(attempt: int, result: DeliveryResult, jitter: float) -> int | None:
    """Seconds between failed attempt number `attempt` (from 1) and the next one; None after the last.

    `jitter` in [-1, 1] spreads the wait by up to 20 %. A Retry-After replaces it, clamped to [base, 2 x base],
    so that a receiver can neither hurry us nor park a delivery for a year.
    """
    if not 1 <= attempt <= ATTEMPTS:
        raise ValueError("attempts are numbered from 1 to the last of the schedule")
    if not -1.0 <= jitter <= 1.0:
        raise ValueError("jitter lies between -1 and 1")
    if attempt == ATTEMPTS:
        return None
    throttled = result.status == _TOO_MANY_REQUESTS or result.error in _TIMEOUTS
    floor = THROTTLED_WAIT if throttled else 0
    base = max(RETRY_DELAYS[attempt], floor)
    if result.retry_after is not None:
        return min(max(result.retry_after, base), 2 * base)
    # Truncation toward zero keeps the wait inside the 20 %.
    return max(base + int(base * _JITTER_PER_MILLE * jitter / 1_000), floor)


def judge(attempt: int, result: DeliveryResult, jitter: float) -> Verdict:
    """Decide what follows attempt number `attempt`. Only a complete 2xx answer counts as delivered.

    A redirect is a failure like any other. An answer that broke off after its status is tried again: the
    receiver tells repeats apart by `webhook-id`, but a fact that was never stored cannot be told at all.
    """
    if result.error is None and result.status is not None and 200 <= result.status <= 299:
        return Verdict(Outcome.DELIVERED)
    if result.error is None and result.status == _GONE:
        return Verdict(Outcome.ENDPOINT_GONE)
    wait = wait_before_next(attempt, result, jitter)
    return Verdict(Outcome.DEAD) if wait is None else Verdict(Outcome.RETRY, wait)


def parse_retry_after(value: str | None, now: datetime) -> int | None:
    """Seconds asked for by a Retry-After header (RFC 9110, 10.2.3: number or date); None if unusable."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        # Python refuses to convert thousands of digits; any number this long means "a very long time".
        return min(int(text), _RETRY_AFTER_CAP) if len(text) <= 12 else _RETRY_AFTER_CAP
    try:
        moment = parsedate_to_datetime(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = int((moment - now).total_seconds())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(seconds, 0), _RETRY_AFTER_CAP)
