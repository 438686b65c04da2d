"""Not one packet goes to a forbidden address, whatever a name resolves to and however often it changes."""

import asyncio
import ssl
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpcore
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.integrations.client import Limits, Sender
from app.integrations.domain import EndpointPolicy, ErrorKind, UrlRefused
from app.integrations.pinning import AddressForbidden, NameUnresolved, SocketOption, SystemResolver
from tests.integrations.hostile import DISGUISED_HOSTS, FORBIDDEN_V4, FORBIDDEN_V6, HOSTILE_URLS, NOT_ADDRESSES, PUBLIC
from tests.integrations.receiver import listening

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
URL = "https://hooks.example.com/in"
TLS = httpx.create_ssl_context(trust_env=False)
QUICK = Limits(connect_seconds=0.4, total_seconds=0.8)
FORBIDDEN = (*FORBIDDEN_V4, *FORBIDDEN_V6, *NOT_ADDRESSES)


class Names:
    """A name service that gives one list of answers after another, and the last for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class ClosedNetwork(httpcore.AsyncNetworkBackend):
    """A network in which nothing answers, and which remembers where connections were tried."""

    def __init__(self) -> None:
        self.tried: list[tuple[str, int]] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.tried.append((host, port))
        raise httpcore.ConnectError


class SilentNetwork(ClosedNetwork):
    """A network that swallows every packet."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.tried.append((host, port))
        await asyncio.sleep(60 if timeout is None else timeout)
        raise httpcore.ConnectTimeout


async def tried(names: Names, url: str = URL) -> tuple[ErrorKind | None, list[str]]:
    """The error of one delivery and the addresses it tried."""
    network = ClosedNetwork()
    result = await Sender(resolve=names, dial=network, limits=QUICK, ssl_context=TLS).send(url, b"{}", {}, now=NOW)
    return result.error, [host for host, _ in network.tried]


async def test_a_name_that_resolves_to_a_forbidden_address_is_never_reached() -> None:
    for address in FORBIDDEN:
        assert await tried(Names([address])) == (ErrorKind.ADDRESS_FORBIDDEN, []), address
        with pytest.raises(AddressForbidden):
            await Sender(resolve=Names([address]), ssl_context=TLS).vet(URL)


async def test_one_forbidden_answer_among_public_ones_refuses_all() -> None:
    for position in range(3):
        for address in FORBIDDEN:
            answers = ["93.184.216.34", "2606:4700:4700::1111"]
            answers.insert(position, address)
            assert await tried(Names(answers)) == (ErrorKind.ADDRESS_FORBIDDEN, []), address


async def test_a_refused_url_is_not_even_resolved() -> None:
    for url in (*HOSTILE_URLS, *(f"https://{host}/hook" for host in DISGUISED_HOSTS)):
        names = Names(["93.184.216.34"])
        assert await tried(names, url) == (ErrorKind.URL_REFUSED, []), url
        with pytest.raises(UrlRefused):
            await Sender(resolve=names, ssl_context=TLS).vet(url)
        assert names.asked == []


def test_there_are_at_least_250_vectors() -> None:
    assert len({*FORBIDDEN, *DISGUISED_HOSTS, *HOSTILE_URLS}) >= 250


async def test_a_public_address_is_tried_as_it_was_checked() -> None:
    for address in PUBLIC:
        assert await tried(Names([address])) == (ErrorKind.CONNECT_FAILED, [address])


async def test_a_name_is_resolved_once_for_an_attempt_and_again_for_the_next() -> None:
    names, network = Names(["93.184.216.34"], ["127.0.0.1"]), ClosedNetwork()
    sender = Sender(resolve=names, dial=network, limits=QUICK, ssl_context=TLS)
    errors = [(await sender.send(URL, b"{}", {}, now=NOW)).error for _ in range(2)]
    assert errors == [ErrorKind.CONNECT_FAILED, ErrorKind.ADDRESS_FORBIDDEN]
    assert network.tried == [("93.184.216.34", 443)]
    assert names.asked == [("hooks.example.com", 443)] * 2


async def test_a_name_that_flips_with_every_query_never_leads_inside() -> None:
    network = ClosedNetwork()
    for _ in range(50):
        names = Names(["93.184.216.34"], ["169.254.169.254"], ["93.184.216.34"], ["127.0.0.1"])
        sender = Sender(resolve=names, dial=network, limits=QUICK, ssl_context=TLS)
        await sender.vet(URL)
        for _ in range(3):
            await sender.send(URL, b"{}", {}, now=NOW)
    assert {host for host, _ in network.tried} == {"93.184.216.34"}


async def test_a_listener_inside_hears_nothing() -> None:
    async with listening() as canary:
        policy = EndpointPolicy(ports=frozenset({443, canary.port}))
        for answers in (["127.0.0.1"], ["::ffff:127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["0.0.0.0"]):
            sender = Sender(policy, resolve=Names(answers), limits=QUICK)
            result = await sender.send(f"https://hooks.example.com:{canary.port}/", b"{}", {}, now=NOW)
            assert result.error is ErrorKind.ADDRESS_FORBIDDEN
        for url in (canary.url("200"), canary.url("200", "localhost"), canary.url("200", scheme="https")):
            assert (await Sender(policy, limits=QUICK).send(url, b"{}", {}, now=NOW)).error is ErrorKind.URL_REFUSED
        assert canary.connections == 0


async def test_the_systems_resolver_reads_disguises_that_the_check_then_catches() -> None:
    resolver = SystemResolver()
    for host in ("127.1", "2130706433", "0x7f.1", "localhost"):
        addresses = await resolver(host, 443)
        assert set(addresses) <= {"127.0.0.1", "::1"}
        assert addresses


@pytest.mark.parametrize("answer", [[], OSError("no such name"), UnicodeError("label too long")])
async def test_a_name_without_an_answer_is_its_own_error(answer: list[str] | Exception) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        if isinstance(answer, Exception):
            raise answer
        return answer

    sender = Sender(resolve=resolve, limits=QUICK)
    assert (await sender.send(URL, b"{}", {}, now=NOW)).error is ErrorKind.NAME_UNRESOLVED
    with pytest.raises(NameUnresolved):
        await sender.vet(URL)


async def test_a_slow_name_service_counts_as_connecting() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    sender = Sender(resolve=resolve, limits=QUICK)
    result = await sender.send(URL, b"{}", {}, now=NOW)
    assert result.error is ErrorKind.CONNECT_TIMEOUT
    assert 390 <= result.milliseconds < 3_000
    with pytest.raises(NameUnresolved):
        await sender.vet(URL)


async def test_further_addresses_are_tried_but_not_without_end() -> None:
    many = [f"93.184.216.{n}" for n in range(1, 60)]
    error, hosts = await tried(Names(many))
    assert error is ErrorKind.CONNECT_FAILED
    assert hosts == many[:4]


async def test_addresses_that_swallow_packets_share_the_time_to_connect() -> None:
    network = SilentNetwork()
    names = Names(["93.184.216.1", "93.184.216.2", "93.184.216.3"])
    result = await Sender(resolve=names, dial=network, limits=QUICK, ssl_context=TLS).send(URL, b"{}", {}, now=NOW)
    assert result.error is ErrorKind.CONNECT_TIMEOUT
    assert [host for host, _ in network.tried] == ["93.184.216.1", "93.184.216.2", "93.184.216.3"]
    assert 380 <= result.milliseconds < 3_000


async def test_checking_returns_the_normal_form() -> None:
    url = await Sender(resolve=Names(["93.184.216.34"])).vet("HTTPS://M\u00fcnchen.Example.com.:443")
    assert str(url) == "https://xn--mnchen-3ya.example.com/"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for hooks.example.com that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example.com")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example.com")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "hooks.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


def serving(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_tls_and_host_stay_with_the_name_while_the_socket_goes_to_the_checked_address(certificate: Path) -> None:
    async with listening(serving(certificate)) as receiver:
        policy = EndpointPolicy(allow_loopback=True, ports=frozenset({receiver.port}))
        trusting = ssl.create_default_context(cafile=str(certificate))
        names = Names(["127.0.0.1"])
        sender = Sender(policy, resolve=names, ssl_context=trusting)
        result = await sender.send(receiver.url("200", "hooks.example.com", "https"), b"{}", {}, now=NOW)
        assert (result.status, result.error) == (200, None)
        assert receiver.server_names == ["hooks.example.com"]
        assert receiver.received[0].headers["host"] == f"hooks.example.com:{receiver.port}"
        assert names.asked == [("hooks.example.com", receiver.port)]


@pytest.mark.parametrize("host", ["other.example.com", "hooks.example.com"])
async def test_a_certificate_of_another_name_or_unknown_origin_is_refused(certificate: Path, host: str) -> None:
    async with listening(serving(certificate)) as receiver:
        policy = EndpointPolicy(allow_loopback=True, ports=frozenset({receiver.port}))
        trusting = ssl.create_default_context(cafile=str(certificate)) if host.startswith("other") else None
        sender = Sender(policy, resolve=Names(["127.0.0.1"]), ssl_context=trusting)
        result = await sender.send(receiver.url("200", host, "https"), b"{}", {}, now=NOW)
        assert (result.status, result.error) == (None, ErrorKind.TLS_FAILED)
        assert receiver.received == []


@pytest.mark.parametrize("record", [b"\x17\x03\x03\x00\x20" + b"A" * 32, b"\x15\x03\x03\x00\x02\x02\x28", b"plain text"])
async def test_broken_tls_records_after_the_handshake_are_a_lost_connection(certificate: Path, record: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        socket_transport = writer.transport
        await writer.start_tls(serving(certificate))
        await reader.read(1)
        socket_transport.write(record)
        await asyncio.sleep(0.2)
        socket_transport.abort()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        policy = EndpointPolicy(allow_loopback=True, ports=frozenset({port}))
        trusting = ssl.create_default_context(cafile=str(certificate))
        sender = Sender(policy, resolve=Names(["127.0.0.1"]), ssl_context=trusting)
        result = await sender.send(f"https://hooks.example.com:{port}/", b"{}", {}, now=NOW)
        await asyncio.sleep(0.3)
    assert (result.status, result.error) == (None, ErrorKind.CONNECTION_LOST)


async def test_a_receiver_that_never_finishes_its_handshake_ends_at_the_connect_limit() -> None:
    async with listening() as receiver:
        policy = EndpointPolicy(allow_loopback=True, ports=frozenset({receiver.port}))
        sender = Sender(policy, resolve=Names(["127.0.0.1"]), limits=QUICK)
        result = await sender.send(receiver.url("200", "hooks.example.com", "https"), b"{}", {}, now=NOW)
        assert result.error is ErrorKind.CONNECT_TIMEOUT
        assert 390 <= result.milliseconds < 3_000
