"""Load over HTTP/1.1: keep-alive connections that send the next request when the last answer is complete."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

CONNECTIONS = 16
END = b"\r\n\r\n"
LENGTH = b"content-length:"


class BadAnswer(RuntimeError):
    """The server answered something else than 200: a figure made from it would mean nothing."""


class Connection(asyncio.Protocol):
    """One connection, one request at a time; as little work as possible, since it shares the machine with the server."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of the standard library's.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._data += data
        end = self._data.find(END)
        if end < 0:
            return
        head = bytes(self._data[:end]).lower()
        at = head.index(LENGTH) + len(LENGTH)
        size = int(head[at:].split(b"\r\n", 1)[0])
        if len(self._data) >= end + 4 + size:
            body = bytes(self._data[end + 4 : end + 4 + size])
            self._data.clear()
            if self._waiting is not None and not self._waiting.done():
                self._waiting.set_result((int(head[9:12]), body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionResetError("the server closed the connection"))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; answers status and body."""
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


async def connect(port: int) -> Connection:
    """Open a connection to a server on this machine."""
    _, made = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return made


def request(method: str, path: str, body: bytes = b"", token: str = "", accept: str = "") -> bytes:
    """The bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", "host: bench"]
    if token:
        lines.append(f"authorization: Bearer {token}")
    if accept:
        lines.append(f"accept: {accept}")
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join(lines).encode() + END + body


@dataclass(slots=True)
class Run:
    """What one round saw: seconds of each answer, and how long all of it took."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """The latency that this share of the answers kept below."""
        return quantile(self.latencies, share)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def hammer(port: int, requests: Iterable[bytes], *, until: float | None = None, connections: int = CONNECTIONS) -> Run:
    """Send requests over all connections until they run out, or for `until` seconds. Raises BadAnswer."""
    waiting, run = iter(requests), Run()
    opened = [await connect(port) for _ in range(connections)]
    start = time.perf_counter()
    stop = None if until is None else start + until
    try:
        await asyncio.gather(*(_client(one, waiting, run, stop) for one in opened))
    finally:
        run.seconds = time.perf_counter() - start
        for one in opened:
            one.close()
    return run


async def _client(connection: Connection, waiting: Iterator[bytes], run: Run, stop: float | None) -> None:
    for asked in waiting:
        start = time.perf_counter()
        if stop is not None and start >= stop:
            return
        status, body = await connection.ask(asked)
        if status != 200:
            raise BadAnswer(f"{status}: {body[:500].decode(errors='replace')}")
        run.latencies.append(time.perf_counter() - start)


async def steady(port: int, requests: Iterator[bytes], *, rate: float, until: float, connections: int = 8) -> list[float]:
    """Send at a steady rate whatever the server does; a latency counts from when its request was due."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    opened = [await connect(port) for _ in range(connections)]
    for one in opened:
        free.put_nowait(one)
    found: list[float] = []
    start = time.perf_counter()

    async def send(due: float, asked: bytes) -> None:
        connection = await free.get()
        status, _ = await connection.ask(asked)
        free.put_nowait(connection)
        if status != 200:
            raise BadAnswer(str(status))
        found.append(time.perf_counter() - due)

    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * until)):
            due = start + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(send(due, next(requests)))
    with suppress(OSError):
        for one in opened:
            one.close()
    return found
