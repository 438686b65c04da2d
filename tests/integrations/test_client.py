"""Hard limits of sending hold against receivers that answer wrongly, slowly, hugely or not at all."""

import asyncio
import socket
import time
import tracemalloc
from collections.abc import Mapping
from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from app.integrations.client import LIMITS, MAX_PAYLOAD, Limits, PayloadTooLarge, Sender
from app.integrations.domain import DeliveryResult, EndpointPolicy, ErrorKind
from app.integrations.signing import new_secret, signature_headers
from tests.integrations.receiver import Receiver, listening

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DEVELOPMENT = EndpointPolicy(allow_loopback=True)
QUICK = Limits(connect_seconds=0.5, total_seconds=0.6)
TLS = httpx.create_ssl_context(trust_env=False)
BODY = b'{"type":"endpoint.test","timestamp":"2026-03-02T12:00:00Z","data":{"caf\xc3\xa9":1}}'


async def sent(
    path: str, body: bytes = BODY, headers: Mapping[str, str] | None = None, limits: Limits = LIMITS
) -> tuple[DeliveryResult, Receiver]:
    """One delivery to a path of the scripted receiver."""
    async with listening() as receiver:
        sender = Sender(DEVELOPMENT, limits=limits, ssl_context=TLS)
        result = await sender.send(receiver.url(path), body, headers or {}, now=NOW)
        return result, receiver


def test_the_limits_are_those_promised() -> None:
    assert (LIMITS.connect_seconds, LIMITS.total_seconds, LIMITS.answer_bytes) == (5, 15, 16_384)
    assert MAX_PAYLOAD == 20_480


async def test_a_delivery_arrives_signed_and_exactly_as_it_was_made() -> None:
    secret = new_secret()
    headers = signature_headers("msg_1", datetime.now(UTC), BODY, [secret])
    result, receiver = await sent("200?plant=1", headers=headers)
    assert (result.status, result.error, result.snippet, result.retry_after) == (200, None, "done", None)
    (request,) = receiver.received
    assert request.path == "/200?plant=1"
    assert request.body == BODY
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept-encoding"] == "identity"
    assert Webhook(secret).verify(request.body, request.headers)["type"] == "endpoint.test"


@pytest.mark.parametrize("status", [200, 204, 400, 404, 410, 413, 500])
async def test_a_complete_answer_is_reported_with_its_status(status: int) -> None:
    result, receiver = await sent(str(status))
    assert (result.status, result.error) == (status, None)
    assert 0 <= result.milliseconds < 15_000
    assert receiver.connections == 1


@pytest.mark.parametrize(("path", "status"), [("301", 301), ("302-here", 302), ("307-broken", 307)])
async def test_a_redirect_is_an_answer_and_never_followed(path: str, status: int) -> None:
    result, receiver = await sent(path)
    assert (result.status, result.error) == (status, None)
    assert len(receiver.received) == receiver.connections == 1


@pytest.mark.parametrize(
    ("path", "status", "seconds"),
    [
        ("429", 429, 90),
        ("429-date", 429, 120),
        ("429-year", 429, 30 * 86_400),
        ("429-digits", 429, 30 * 86_400),
        ("503", 503, 7),
        ("500", 500, None),
    ],
)
async def test_retry_after_is_reported_in_seconds(path: str, status: int, seconds: int | None) -> None:
    result, _ = await sent(path)
    assert (result.status, result.error, result.retry_after) == (status, None, seconds)


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("hang", None, ErrorKind.TIMEOUT),
        ("hang-in-body", 200, ErrorKind.TIMEOUT),
        ("drip", 200, ErrorKind.TIMEOUT),
        ("drip-headers", None, ErrorKind.TIMEOUT),
    ],
)
async def test_nobody_is_waited_for_longer_than_the_total(path: str, status: int | None, error: ErrorKind) -> None:
    started = time.monotonic()
    result, _ = await sent(path, limits=QUICK)
    assert (result.status, result.error) == (status, error)
    assert 590 <= result.milliseconds < 3_000
    assert time.monotonic() - started < 4


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("silence", None, ErrorKind.ANSWER_MALFORMED),
        ("nonsense", None, ErrorKind.ANSWER_MALFORMED),
        ("bad-length", None, ErrorKind.ANSWER_MALFORMED),
        ("two-lengths", None, ErrorKind.ANSWER_MALFORMED),
        ("101", None, ErrorKind.ANSWER_MALFORMED),
        ("status-0", None, ErrorKind.ANSWER_MALFORMED),
        ("cut", 200, ErrorKind.ANSWER_MALFORMED),
        ("reset-in-body", 200, ErrorKind.CONNECTION_LOST),
        ("huge-header", None, ErrorKind.ANSWER_TOO_LARGE),
        ("many-headers", None, ErrorKind.ANSWER_TOO_LARGE),
        ("endless-100", None, ErrorKind.ANSWER_TOO_LARGE),
    ],
)
async def test_a_broken_answer_is_an_error_of_its_kind(path: str, status: int | None, error: ErrorKind) -> None:
    result, _ = await sent(path)
    assert (result.status, result.error) == (status, error)


@pytest.mark.parametrize(("path", "status"), [("status-999", 999)])
async def test_an_unusual_status_is_reported_as_it_is(path: str, status: int) -> None:
    result, _ = await sent(path)
    assert (result.status, result.error) == (status, None)


@pytest.mark.parametrize("path", ["bomb", "huge-body", "chunk-extension", "huge-header", "many-headers", "endless-100"])
async def test_a_bomb_is_neither_unpacked_nor_read_to_its_end(path: str) -> None:
    async with listening() as receiver:
        sender = Sender(DEVELOPMENT, ssl_context=TLS)
        await sender.send(receiver.url("200"), BODY, {}, now=NOW)
        tracemalloc.start()
        try:
            result = await sender.send(receiver.url(path), BODY, {}, now=NOW)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert result.error is not ErrorKind.TIMEOUT
    assert peak < 3_000_000
    assert len(result.snippet) <= 1_024
    if path in {"bomb", "huge-body", "chunk-extension"}:
        assert (result.status, result.error) == (200, None)


async def test_reading_stops_at_16_kilobytes_whatever_would_follow() -> None:
    result, _ = await sent("hang-after-enough")
    assert (result.status, result.error) == (200, None)
    assert result.milliseconds < 5_000


async def test_of_a_compressed_answer_nothing_is_kept() -> None:
    result, _ = await sent("bomb")
    assert result.snippet == ""


async def test_the_snippet_is_text_that_a_database_can_hold() -> None:
    result, _ = await sent("nul")
    assert result.snippet.startswith("a\ufffdb\ufffd")
    assert "\0" not in result.snippet
    result.snippet.encode()


async def test_hostile_cookies_are_not_even_parsed() -> None:
    result, _ = await sent("cookie")
    assert (result.status, result.error, result.snippet) == (200, None, "ok")


async def test_no_connection_outlives_its_delivery() -> None:
    async with listening() as receiver:
        sender = Sender(DEVELOPMENT, ssl_context=TLS)
        for _ in range(3):
            assert (await sender.send(receiver.url("keep-alive"), BODY, {}, now=NOW)).status == 200
        assert receiver.connections == 3


async def test_bad_receivers_do_not_stop_good_ones() -> None:
    async with listening() as receiver:
        patient, hasty = Sender(DEVELOPMENT, ssl_context=TLS), Sender(DEVELOPMENT, limits=QUICK, ssl_context=TLS)
        bad = [asyncio.create_task(hasty.send(receiver.url("hang"), BODY, {}, now=NOW)) for _ in range(20)]
        good = await asyncio.gather(*(patient.send(receiver.url("200"), BODY, {}, now=NOW) for _ in range(20)))
        assert {result.status for result in good} == {200}
        assert {(await task).error for task in bad} <= {ErrorKind.TIMEOUT, ErrorKind.CONNECT_TIMEOUT}


async def test_a_closed_port_is_a_failed_connection() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        result = await Sender(DEVELOPMENT, ssl_context=TLS).send(f"http://127.0.0.1:{port}/", BODY, {}, now=NOW)
    assert (result.status, result.error) == (None, ErrorKind.CONNECT_FAILED)


async def test_an_oversized_body_is_a_mistake_and_never_sent() -> None:
    async with listening() as receiver:
        sender = Sender(DEVELOPMENT, ssl_context=TLS)
        with pytest.raises(PayloadTooLarge):
            await sender.send(receiver.url("200"), b"x" * (MAX_PAYLOAD + 1), {}, now=NOW)
        assert receiver.connections == 0
        assert (await sender.send(receiver.url("200"), b"x" * MAX_PAYLOAD, {}, now=NOW)).status == 200


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url(""))
        result, receiver = await sent("200")
        assert result.status == 200
        assert (receiver.connections, proxy.connections) == (1, 0)


async def test_cancelling_a_delivery_is_not_swallowed() -> None:
    async with listening() as receiver:
        task = asyncio.create_task(Sender(DEVELOPMENT, ssl_context=TLS).send(receiver.url("hang"), BODY, {}, now=NOW))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
