"""A scripted webhook receiver on loopback: each path misbehaves in its own way, and everything received is kept."""

import asyncio
import gzip
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

BOMB = gzip.compress(b"\0" * 20_000_000)
_FOR_EVER = 3_600

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A listening socket with a record of connections, requests and the names asked for in TLS."""

    port: int = 0
    connections: int = 0
    received: list[Received] = field(default_factory=list)
    server_names: list[str | None] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}/{path}"


def _plain(status: str, *headers: str, body: str = "done") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


_FIXED: dict[str, bytes] = {
    "200": _plain("200 OK"),
    "204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "301": _plain("301 Moved Permanently", "location: http://169.254.169.254/latest/meta-data/"),
    "302-here": _plain("302 Found", "location: /200"),
    "307-broken": _plain("307 Temporary Redirect", "location: http://x:abc/"),
    "400": _plain("400 Bad Request"),
    "404": _plain("404 Not Found"),
    "410": _plain("410 Gone"),
    "413": _plain("413 Content Too Large"),
    "429": _plain("429 Too Many Requests", "retry-after: 90"),
    "429-date": _plain("429 Too Many Requests", "retry-after: Mon, 02 Mar 2026 12:02:00 GMT"),
    "429-year": _plain("429 Too Many Requests", "retry-after: 31536000"),
    "429-digits": _plain("429 Too Many Requests", "retry-after: " + "9" * 6_000),
    "500": _plain("500 Internal Server Error"),
    "503": _plain("503 Service Unavailable", "retry-after: 7"),
    "101": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    "cookie": _plain("200 OK", "set-cookie: a=b; expires=" + "0" * 4_000, "set-cookie: \x01;;=;", body="ok"),
    "nul": b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\na\x00b\x1b\xff\xed\xa0\x80",
    "bomb": b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(BOMB) + BOMB,
    "huge-body": b"HTTP/1.1 200 OK\r\ncontent-length: 5000000\r\n\r\n" + b"x" * 5_000_000,
    "huge-header": b"HTTP/1.1 200 OK\r\nx-filler: " + b"h" * 2_000_000 + b"\r\n\r\n",
    "many-headers": b"HTTP/1.1 200 OK\r\n" + b"x-filler: h\r\n" * 100_000 + b"\r\n",
    "endless-100": b"HTTP/1.1 100 Continue\r\n\r\n" * 100_000,
    "chunk-extension": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + (b"1;" + b"e" * 9_000 + b"\r\nx\r\n") * 500,
    "nonsense": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "bad-length": b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nhello",
    "two-lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
    "status-0": b"HTTP/1.1 0 Nothing\r\n\r\n",
    "status-999": b"HTTP/1.1 999 Beyond\r\ncontent-length: 0\r\n\r\n",
    "cut": b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nonly this",
    "keep-alive": _plain("200 OK", "connection: keep-alive"),
    "silence": b"",
}


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _drip_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"a: b\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(_FOR_EVER)


async def _hang_in_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
    await asyncio.sleep(_FOR_EVER)


async def _hang_after_enough(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n" + b"x" * 16_400)
    await asyncio.sleep(_FOR_EVER)


async def _reset_in_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nabc")
    await writer.drain()
    await asyncio.sleep(0.05)
    # Zero linger turns the close into a reset.
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


_SCRIPTS: dict[str, Script] = {
    "drip": _drip,
    "drip-headers": _drip_headers,
    "hang": _hang,
    "hang-in-body": _hang_in_body,
    "hang-after-enough": _hang_after_enough,
    "reset-in-body": _reset_in_body,
}


async def _request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(head[0].split(" ")[1], headers, body)


async def _write_slowly(writer: asyncio.StreamWriter, answer: bytes) -> None:
    for start in range(0, len(answer), 65_536):
        writer.write(answer[start : start + 65_536])
        await writer.drain()


@asynccontextmanager
async def listening(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver on a free port of 127.0.0.1 until the block ends."""
    receiver = Receiver()
    tasks: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        receiver.connections += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                request = await _request(reader)
                receiver.received.append(request)
                name = request.path.strip("/").partition("?")[0]
                if name in _SCRIPTS:
                    await _SCRIPTS[name](reader, writer)
                await _write_slowly(writer, _FIXED.get(name, _FIXED["200"]))
                writer.close()
                await writer.wait_closed()
        finally:
            writer.transport.abort()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(answer(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: receiver.server_names.append(name)
    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # One more turn of the loop lets aborted transports close their sockets.
        await asyncio.sleep(0)
