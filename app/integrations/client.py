"""Sends webhooks. The only place that makes outgoing HTTP calls; never called inside a transaction.

Receivers are strangers: wall-clock limits hold whatever they do, their answer is capped and never decoded,
redirects are answers like any other, and no connection outlives its delivery.
"""

import asyncio
import ssl
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import httpcore
import httpx

from app.integrations import addresses
from app.integrations.domain import (
    PUBLIC_ONLY,
    DeliveryResult,
    EndpointPolicy,
    EndpointUrl,
    ErrorKind,
    UrlRefused,
    endpoint_url,
    parse_retry_after,
)
from app.integrations.pinning import (
    AddressForbidden,
    NameUnresolved,
    PinnedBackend,
    Resolve,
    SystemResolver,
    TlsFailed,
    WireBudgetSpent,
    allowed_addresses,
)

MAX_PAYLOAD = 20 * 1_024
"""Bytes of a body; events carry ids and a few facts, never documents."""

_SNIPPET_CHARACTERS = 1_024
# Not passed on: httpx would parse cookies and the address of a redirect, and nobody here wants either.
_DROPPED_HEADERS = frozenset({b"set-cookie", b"location"})
_OWN_HEADERS = {
    "content-type": "application/json",
    "user-agent": "Interlude-Webhooks/1.0",
    "accept": "*/*",
    "accept-encoding": "identity",
    "connection": "close",
}
# The first class an exception belongs to decides; more special ones come first.
_ERRORS: tuple[tuple[type[BaseException], ErrorKind], ...] = (
    (UrlRefused, ErrorKind.URL_REFUSED),
    (NameUnresolved, ErrorKind.NAME_UNRESOLVED),
    (AddressForbidden, ErrorKind.ADDRESS_FORBIDDEN),
    (TlsFailed, ErrorKind.TLS_FAILED),
    (WireBudgetSpent, ErrorKind.ANSWER_TOO_LARGE),
    (httpcore.ConnectTimeout, ErrorKind.CONNECT_TIMEOUT),
    (httpcore.TimeoutException, ErrorKind.TIMEOUT),
    (TimeoutError, ErrorKind.TIMEOUT),
    (httpcore.ConnectError, ErrorKind.CONNECT_FAILED),
    (httpcore.NetworkError, ErrorKind.CONNECTION_LOST),
    (httpcore.ProtocolError, ErrorKind.ANSWER_MALFORMED),
    (httpcore.UnsupportedProtocol, ErrorKind.URL_REFUSED),
    (httpx.InvalidURL, ErrorKind.URL_REFUSED),
    (httpx.RequestError, ErrorKind.ANSWER_MALFORMED),
    # Broken TLS records reach us as they are.
    (OSError, ErrorKind.CONNECTION_LOST),
)


class PayloadTooLarge(ValueError):
    """A body over 20 KB: a mistake of the caller, so nothing is sent and nothing retried."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes one attempt may take."""

    connect_seconds: float = 5.0
    total_seconds: float = 15.0
    answer_bytes: int = 16 * 1_024
    header_bytes: int = 16 * 1_024


LIMITS = Limits()


@dataclass(slots=True)
class _Answer:
    """What is known of the answer so far; it outlives the exception that may end the reading."""

    status: int | None = None
    encoded: bool = False
    retry_after: int | None = None
    body: bytearray = field(default_factory=bytearray)

    def snippet(self) -> str:
        """The beginning of the answer as text a database can hold; nothing of a compressed one."""
        if self.encoded:
            return ""
        text = bytes(self.body[: 4 * _SNIPPET_CHARACTERS]).decode("utf-8", "replace")[:_SNIPPET_CHARACTERS]
        return "".join("\ufffd" if unicodedata.category(c) == "Cc" and c not in "\n\r\t" else c for c in text)


class Sender:
    """Sends signed bodies under one policy. Safe to share between tasks; holds no connection between deliveries."""

    def __init__(
        self,
        policy: EndpointPolicy = PUBLIC_ONLY,
        *,
        allowed_networks: Sequence[addresses.Network] = (),
        limits: Limits = LIMITS,
        resolve: Resolve | None = None,
        dial: httpcore.AsyncNetworkBackend | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._policy, self._allowed_networks, self._limits = policy, tuple(allowed_networks), limits
        self._resolve = resolve or SystemResolver()
        self._dial = dial or httpcore.AnyIOBackend()
        # Made once: reading the certificate store costs tens of milliseconds.
        self._ssl_context = ssl_context or httpx.create_ssl_context(trust_env=False)

    async def vet(self, url: str) -> EndpointUrl:
        """Check a URL when an endpoint is created or changed; returns its normal form.

        Raises `UrlRefused`, `AddressForbidden` or `NameUnresolved`. Sending checks again: names change hands.
        """
        target = endpoint_url(url, self._policy)
        try:
            async with asyncio.timeout(self._limits.connect_seconds):
                await allowed_addresses(self._resolve, self._forbidden, target.host, target.port)
        except TimeoutError as error:
            raise NameUnresolved from error
        return target

    async def send(self, url: str, body: bytes, headers: Mapping[str, str], *, now: datetime) -> DeliveryResult:
        """Make one attempt and report it; never raises for anything the receiver, its name or its network does.

        `headers` are the signature headers of this attempt, `now` reads a Retry-After date. Raises `PayloadTooLarge`.
        """
        if len(body) > MAX_PAYLOAD:
            raise PayloadTooLarge
        answer = _Answer()
        loop = asyncio.get_running_loop()
        started = loop.time()
        error: ErrorKind | None = None
        try:
            async with asyncio.timeout(self._limits.total_seconds):
                await self._exchange(url, body, headers, now, answer)
        except tuple(kind for kind, _ in _ERRORS) as failure:
            error = next(kind for cause, kind in _ERRORS if isinstance(failure, cause))
        return DeliveryResult(
            status=answer.status,
            milliseconds=int((loop.time() - started) * 1_000),
            error=error,
            snippet=answer.snippet(),
            retry_after=answer.retry_after,
        )

    async def _exchange(self, url: str, body: bytes, headers: Mapping[str, str], now: datetime, answer: _Answer) -> None:
        target = endpoint_url(url, self._policy)
        limits = self._limits
        backend = PinnedBackend(
            self._resolve,
            self._forbidden,
            connect_seconds=limits.connect_seconds,
            wire_bytes=limits.header_bytes + limits.answer_bytes,
            dial=self._dial,
        )
        timeout = httpx.Timeout(limits.total_seconds, connect=limits.connect_seconds)
        transport = _PinnedTransport(backend, self._ssl_context)
        sent = {**_OWN_HEADERS, **headers}
        async with (
            httpx.AsyncClient(transport=transport, timeout=timeout, trust_env=False, follow_redirects=False) as client,
            client.stream("POST", str(target), content=body, headers=sent) as response,
        ):
            answer.status = response.status_code
            answer.encoded = response.headers.get("content-encoding", "identity").strip().lower() != "identity"
            answer.retry_after = parse_retry_after(response.headers.get("retry-after"), now)
            await self._read(response, answer)

    async def _read(self, response: httpx.Response, answer: _Answer) -> None:
        """Keep the first 16 KB as they came. A longer answer is cut off, which is no fault of the delivery."""
        room = self._limits.answer_bytes
        try:
            # httpx annotates the generator as a plain iterator, and leaving it open would leave it to the collector.
            raw = cast("AsyncGenerator[bytes, None]", response.aiter_raw())
            async with aclosing(raw) as pieces:
                async for piece in pieces:
                    answer.body += piece[: room - len(answer.body)]
                    if len(answer.body) >= room:
                        return
        except WireBudgetSpent:
            return

    def _forbidden(self, address: str) -> bool:
        return addresses.forbidden(address, self._policy.allow_loopback, self._allowed_networks)


class _PinnedTransport(httpx.AsyncBaseTransport):
    """httpx on a connection pool of our own, because its own transport takes no network backend."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend, ssl_context: ssl.SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context,
            max_connections=1,
            max_keepalive_connections=0,
            http2=False,
            retries=0,
            network_backend=backend,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the answer's body stays on the wire until it is read."""
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        kept = [(name, value) for name, value in answer.headers if name.lower() not in _DROPPED_HEADERS]
        return httpx.Response(answer.status, headers=kept, stream=_Body(answer), extensions=answer.extensions)

    async def aclose(self) -> None:
        """Close what is open."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    """The pieces of an answer, undecoded."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._answer.aiter_stream():
            yield piece

    async def aclose(self) -> None:
        """Give the connection up."""
        await self._answer.aclose()
