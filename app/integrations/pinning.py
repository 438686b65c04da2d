"""Connections that go only where they were checked to go.

A name is resolved once, every answer must be allowed, and the socket is opened to an address from that very answer.
TLS and the Host header stay with the name.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import httpcore

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

MAX_ADDRESSES_TRIED = 4
_READ_BYTES = 4_096


class AddressForbidden(Exception):
    """A name resolved to at least one address that no packet may go to."""


class NameUnresolved(Exception):
    """A name has no address, or the name service did not answer."""


class TlsFailed(Exception):
    """The receiver's certificate does not fit the name, or the handshake broke."""


class WireBudgetSpent(Exception):
    """The receiver sent more bytes than one answer may have."""


class Resolve(Protocol):
    """Answers with the addresses of a name, as text."""

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Resolve once; raises `OSError` where there is no answer."""
        ...


class SystemResolver:
    """The operating system's resolver, in threads of its own: slow names must not use up the threads of others."""

    def __init__(self, threads: int = 8) -> None:
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="webhook-names")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """All addresses of `host`, in the system's order of preference."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


async def allowed_addresses(resolve: Resolve, forbidden: Callable[[str], bool], host: str, port: int) -> tuple[str, ...]:
    """Resolve `host` once; raises `AddressForbidden` if any answer is, `NameUnresolved` if there is none."""
    bare = host.removeprefix("[").removesuffix("]")
    try:
        addresses = tuple(await resolve(bare, port))
    except (OSError, UnicodeError) as error:
        raise NameUnresolved from error
    if not addresses:
        raise NameUnresolved
    if any(forbidden(address) for address in addresses):
        raise AddressForbidden
    return addresses


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Opens sockets for one delivery, within `connect_seconds` for name, socket and TLS together."""

    def __init__(
        self,
        resolve: Resolve,
        forbidden: Callable[[str], bool],
        *,
        connect_seconds: float,
        wire_bytes: int,
        dial: httpcore.AsyncNetworkBackend,
    ) -> None:
        self._resolve, self._forbidden, self._dial = resolve, forbidden, dial
        self._connect_seconds, self._wire_bytes = connect_seconds, wire_bytes

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  # the interface asks for it
        local_address: str | None = None,  # noqa: ARG002  # the interface asks for it
        socket_options: Iterable[SocketOption] | None = None,  # noqa: ARG002  # the interface asks for it
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check and connect; the caller's own `timeout` is replaced by the common deadline."""
        deadline = asyncio.get_running_loop().time() + self._connect_seconds
        try:
            async with asyncio.timeout_at(deadline):
                addresses = await allowed_addresses(self._resolve, self._forbidden, host, port)
                stream = await self._first_open(addresses[:MAX_ADDRESSES_TRIED], port, deadline)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        return MeteredStream(stream, self._wire_bytes, deadline)

    async def _first_open(self, addresses: Sequence[str], port: int, deadline: float) -> httpcore.AsyncNetworkStream:
        """The first address that takes a connection; each gets its share of the time left, so one cannot use it all."""
        failure: Exception = httpcore.ConnectError()
        for position, address in enumerate(addresses):
            share = (deadline - asyncio.get_running_loop().time()) / (len(addresses) - position)
            try:
                return await self._dial.connect_tcp(address, port, timeout=max(share, 0.001))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002  # the interface asks for it
        timeout: float | None = None,  # noqa: ARG002  # the interface asks for it
        socket_options: Iterable[SocketOption] | None = None,  # noqa: ARG002  # the interface asks for it
    ) -> httpcore.AsyncNetworkStream:
        """No webhook goes to a local socket."""
        raise AddressForbidden

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking."""
        await asyncio.sleep(seconds)


class MeteredStream(httpcore.AsyncNetworkStream):
    """A stream that hands out small pieces and stops at a number of bytes, headers and chunk framing included."""

    def __init__(self, inner: httpcore.AsyncNetworkStream, wire_bytes: int, deadline: float) -> None:
        self._inner, self._left, self._deadline = inner, wire_bytes, deadline

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read at most 4 KB; raises `WireBudgetSpent` once the budget is gone."""
        if self._left <= 0:
            raise WireBudgetSpent
        received = await self._inner.read(min(max_bytes, _READ_BYTES, self._left), timeout)
        self._left -= len(received)
        return received

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of `buffer`."""
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close without waiting for the other side."""
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002  # the interface asks for it
    ) -> httpcore.AsyncNetworkStream:
        """Shake hands as `server_hostname` within what is left of the connect deadline."""
        left = self._deadline - asyncio.get_running_loop().time()
        try:
            secured = await self._inner.start_tls(ssl_context, server_hostname, max(left, 0.001))
        except httpcore.ConnectError as error:
            raise TlsFailed from error
        return MeteredStream(secured, self._left, self._deadline)

    def get_extra_info(self, info: str) -> object:
        """What the inner stream knows about its socket."""
        return self._inner.get_extra_info(info)
