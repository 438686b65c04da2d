"""Heads of requests that are too large or too slow end their connection, on a real server."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

HEALTHY = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


async def hello(scope: Any, _receive: Any, send: Any) -> None:
    """The smallest application."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A server whose patience is short."""
    monkeypatch.setattr("app.core.http.protocol.HEAD_SECONDS", 0.4)
    config = uvicorn.Config(hello, port=0, http="app.core.http.protocol:BoundedHead", lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn tells it by a flag only
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running


async def answer(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """Everything the server says until it closes, or for two seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
    except ConnectionError:
        pass
    try:
        return await asyncio.wait_for(reader.read(), 2)
    except ConnectionError:
        return b"cut"
    except TimeoutError:
        return b"still open"
    finally:
        writer.close()


async def test_an_endless_header_is_cut_off(port: int) -> None:
    said = await answer(port, b"GET / HTTP/1.1\r\nx: ", *[b"a" * 16_000] * 40, pause=0.001)
    assert said == b"cut" or said.startswith(b"HTTP/1.1 431 ")


async def test_an_endless_address_is_cut_off(port: int) -> None:
    said = await answer(port, b"GET /", *[b"a" * 16_000] * 40, pause=0.001)
    assert said == b"cut" or said.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("parts", [(), (b"GET / HT",), (b"GET / HTTP/1.1\r\n", b"a: b\r\n", b"c: d\r\n", b"e: f\r\n")])
async def test_a_head_that_does_not_come_ends_the_connection(port: int, parts: tuple[bytes, ...]) -> None:
    said = await answer(port, *parts, pause=0.2)
    assert said == b"cut" or said.startswith(b"HTTP/1.1 408 ")


async def test_an_honest_connection_may_pause_between_requests(port: int) -> None:
    said = await answer(port, HEALTHY, HEALTHY, HEALTHY.replace(b"host", b"connection: close\r\nhost"), pause=0.6)
    assert said.count(b"HTTP/1.1 200 OK") == 3
