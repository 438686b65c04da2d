"""When an endpoint that only fails is switched off: after five days, counted from several failures in one day."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FAILURES_THAT_START_THE_CLOCK = 3
WATCH = timedelta(hours=24)
PATIENCE = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class EndpointHealth:
    """Failures since the last success: the recent ones, and since when the endpoint counts as failing."""

    watch_started_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None


def after_success(_: EndpointHealth) -> EndpointHealth:
    """One success clears the record."""
    return EndpointHealth()


def after_failure(health: EndpointHealth, now: datetime) -> EndpointHealth:
    """Count a failed attempt; the third within 24 hours starts the clock."""
    if health.failing_since is not None:
        return replace(health, failures=health.failures + 1)
    if health.watch_started_at is None or now - health.watch_started_at > WATCH:
        return EndpointHealth(watch_started_at=now, failures=1)
    failures = health.failures + 1
    started = now if failures >= FAILURES_THAT_START_THE_CLOCK else None
    return replace(health, failures=failures, failing_since=started)


def must_disable(health: EndpointHealth, now: datetime) -> bool:
    """Tell whether nothing but failures came for five days since the clock started."""
    return health.failing_since is not None and now - health.failing_since >= PATIENCE
