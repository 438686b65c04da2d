"""Rate limits: counted per key, told in the answer, and standing even when the shared counters do not answer."""

from typing import Any

import pytest
from fastapi import FastAPI
from limits.aio.storage import RedisStorage

from app.core.errors import TooMany
from app.core.ids import new_id
from app.core.limits import STAND_IN, Limit, Standing, spend
from app.core.runtime import Runtime


async def test_so_many_and_no_more(runtime: Runtime) -> None:
    limit = Limit(f"t{new_id().hex}", 3, 60)
    left = [(await spend(runtime, limit, "a")).remaining for _ in range(3)]
    assert left == [2, 1, 0]
    with pytest.raises(TooMany) as refused:
        await spend(runtime, limit, "a")
    headers = refused.value.headers
    assert 1 <= int(headers["Retry-After"]) <= 60
    assert headers["RateLimit-Policy"] == f'"{limit.name}";q=3;w=60'
    assert headers["RateLimit"].startswith(f'"{limit.name}";r=0;t=')
    assert refused.value.code == "rate_limited"


async def test_one_key_leaves_the_others_alone(runtime: Runtime) -> None:
    limit, other = Limit(f"t{new_id().hex}", 1, 60), Limit(f"t{new_id().hex}", 1, 60)
    await spend(runtime, limit, "a")
    assert (await spend(runtime, limit, "b")).allowed
    assert (await spend(runtime, other, "a")).allowed


async def test_without_redis_the_process_counts_for_itself(runtime: Runtime) -> None:
    shared = runtime.counters
    runtime.counters = RedisStorage("async+redis://127.0.0.1:1", implementation="redispy")
    limit = Limit(f"t{new_id().hex}", 2, 60)
    try:
        for _ in range(2):
            assert (await spend(runtime, limit, "a")).allowed
        with pytest.raises(TooMany):
            await spend(runtime, limit, "a")
        assert STAND_IN in runtime.memory
    finally:
        runtime.counters = shared


def test_the_fields_are_structured() -> None:
    fields = Standing(allowed=True, remaining=4, resets_in=9).headers(Limit("sign-in", 5, 60))
    assert fields == {"RateLimit-Policy": '"sign-in";q=5;w=60', "RateLimit": '"sign-in";r=4;t=9'}


@pytest.mark.parametrize(
    ("path", "body"), [("sign-in", {"organization": "x", "login": "x", "secret": "482915"}), ("refresh", {"refresh_token": "x"})]
)
async def test_a_flood_of_sign_ins_from_one_address_is_stopped(app: FastAPI, runtime: Runtime, path: str, body: Any) -> None:
    import httpx

    amount = {"sign-in": 600, "refresh": 1200}[path]
    address = f"flood-{new_id().hex}"
    for _ in range(amount):
        await spend(runtime, Limit(path, amount, 60), address)
    transport = httpx.ASGITransport(app=app, client=(address, 1), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.post(f"/v1/auth/{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert int(answer.headers["retry-after"]) >= 1
    assert "ratelimit-policy" in answer.headers
