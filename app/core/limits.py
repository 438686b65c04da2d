"""Rate limits as a dependency: so many requests a span for each key, 429 with Retry-After and RateLimit fields beyond.

Counters live in `runtime.counters` (Redis when configured, else this process). When Redis does not answer, the
process's own counters stand in: a limit may then be looser by the number of processes, but it never disappears.
"""

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from fastapi import Request, Response
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from app.core.errors import TooMany
from app.core.runtime import Runtime

log = structlog.get_logger()
STAND_IN = "core.limits.stand_in"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` requests in any `seconds` for one key; `name` keeps the counters of limits apart."""

    name: str
    amount: int
    seconds: int

    @property
    def policy(self) -> str:
        """The RateLimit-Policy field: quota and window in seconds."""
        return f'"{self.name}";q={self.amount};w={self.seconds}'


@dataclass(frozen=True, slots=True)
class Standing:
    """How a key stands after a request: what is left, and in how many seconds something comes back."""

    allowed: bool
    remaining: int
    resets_in: int

    def headers(self, limit: Limit) -> dict[str, str]:
        """The RateLimit fields of an answer."""
        return {
            "RateLimit-Policy": limit.policy,
            "RateLimit": f'"{limit.name}";r={self.remaining};t={self.resets_in}',
        }


async def spend(runtime: Runtime, limit: Limit, key: str) -> Standing:
    """Count one request of `key`. Raises TooMany, with the fields that tell when to come back, when none is left."""
    try:
        standing = await _hit(runtime.counters, limit, key)
    except _unreachable(runtime.counters) as error:
        log.warning("rate_limit_stand_in", limit=limit.name, error=type(error).__name__)
        standing = await _hit(runtime.memory.setdefault(STAND_IN, MemoryStorage()), limit, key)
    if standing.allowed:
        return standing
    refused = TooMany("Too many requests, wait a moment.", retry_after=standing.resets_in, code="rate_limited")
    refused.headers.update(standing.headers(limit))
    raise refused


def _unreachable(storage: Storage) -> tuple[type[Exception], ...]:
    """The errors of a counter store that does not answer. Asked for late, because Redis' client takes 6 MB."""
    if isinstance(storage, MemoryStorage):
        return (OSError,)
    told = storage.base_exceptions
    return (*(told if isinstance(told, tuple) else (told,)), OSError)


async def _hit(storage: Storage, limit: Limit, key: str) -> Standing:
    limiter = SlidingWindowCounterRateLimiter(storage)
    item = RateLimitItemPerSecond(limit.amount, limit.seconds, namespace=f"limit:{limit.name}")
    allowed = await limiter.hit(item, key)
    stats = await limiter.get_window_stats(item, key)
    return Standing(allowed, stats.remaining, max(1, math.ceil(stats.reset_time - time.time())))


def client_address(request: Request) -> str:
    """The network address a request comes from."""
    return request.client.host if request.client else "unknown"


def per_address(limit: Limit) -> Callable[[Request, Response], Awaitable[None]]:
    """A dependency that counts requests per client address, for routes that know no caller yet."""

    async def count(request: Request, response: Response) -> None:
        standing = await spend(request.app.state.runtime, limit, client_address(request))
        response.headers.update(standing.headers(limit))

    return count
