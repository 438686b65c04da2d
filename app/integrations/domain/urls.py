"""Where a webhook may be sent, as far as a URL can tell. What its name resolves to is checked when connecting."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, quote, urlsplit

MAX_URL = 2_048
_MAX_HOST = 253
_DEFAULT_PORTS = {"https": 443, "http": 80}
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})

_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]+)(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# The four characters that older and newer IDNA rules map to different hosts: their owner must write the xn-- form.
_DEVIATIONS = frozenset("\u00df\u03c2\u200c\u200d")
_DOTS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})
_NEVER_PUBLIC = ("localhost", "localdomain", "onion", "invalid")
_PRIVATE_NAMES = ("local", "internal", "intranet", "lan", "corp", "home", "home.arpa")
_PATH_SAFE = "/%:@!$&'()*+,;=-._~"


class UrlFault(StrEnum):
    """What is wrong with an endpoint's URL."""

    LENGTH = "length"
    CHARACTER = "character"
    MALFORMED = "malformed"
    SCHEME = "scheme"
    USERINFO = "userinfo"
    FRAGMENT = "fragment"
    PORT = "port"
    ADDRESS = "address"
    HOST = "host"


class UrlRefused(ValueError):
    """A URL no webhook may be sent to; `fault` says why, the URL itself is not repeated."""

    def __init__(self, fault: UrlFault) -> None:
        super().__init__(f"endpoint URL refused: {fault.value}")
        self.fault = fault


@dataclass(frozen=True, slots=True)
class EndpointPolicy:
    """What an installation allows. `allow_loopback` (plain http to this machine) is for development and tests only."""

    allow_loopback: bool = False
    ports: frozenset[int] = frozenset({443})
    private_names: bool = False


PUBLIC_ONLY = EndpointPolicy()


@dataclass(frozen=True, slots=True)
class EndpointUrl:
    """A URL in its one normal form: ASCII host in lower case, explicit port, percent-encoded target."""

    scheme: str
    host: str
    port: int
    target: str

    def __str__(self) -> str:
        """Write it out, without a port that the scheme implies."""
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.target}"


def endpoint_url(text: str, policy: EndpointPolicy = PUBLIC_ONLY) -> EndpointUrl:
    """Normalize an endpoint's URL or raise `UrlRefused`. Names only: an IP address is refused in every disguise."""
    parts = _split(text)
    match = _AUTHORITY.fullmatch(parts.netloc.translate(_DOTS))
    if match is None:
        raise UrlRefused(UrlFault.MALFORMED)
    raw_host, raw_port = match["host"], match["port"]
    port = int(raw_port) if raw_port else _DEFAULT_PORTS.get(parts.scheme, 0)
    target = _target(parts)
    host = raw_host.lower()
    if policy.allow_loopback and host in _LOOPBACK_HOSTS and parts.scheme in _DEFAULT_PORTS:
        if not 1 <= port <= 65_535:
            raise UrlRefused(UrlFault.PORT)
        return EndpointUrl(parts.scheme, host, port, target)
    if parts.scheme != "https":
        raise UrlRefused(UrlFault.SCHEME)
    host = _host(raw_host, policy)
    if port not in policy.ports or not 1 <= port <= 65_535:
        raise UrlRefused(UrlFault.PORT)
    return EndpointUrl("https", host, port, target)


def _split(text: str) -> SplitResult:
    """Split a URL; refuse beforehand what parsers silently drop or read differently."""
    if not 1 <= len(text) <= MAX_URL:
        raise UrlRefused(UrlFault.LENGTH)
    if "\\" in text or any(unicodedata.category(char) in _REFUSED_CATEGORIES for char in text):
        raise UrlRefused(UrlFault.CHARACTER)
    if "#" in text:
        raise UrlRefused(UrlFault.FRAGMENT)
    try:
        parts = urlsplit(text)
    except ValueError:
        raise UrlRefused(UrlFault.MALFORMED) from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise UrlRefused(UrlFault.SCHEME)
    if "@" in unicodedata.normalize("NFKC", parts.netloc):
        raise UrlRefused(UrlFault.USERINFO)
    return parts


def _target(parts: SplitResult) -> str:
    if _BROKEN_ESCAPE.search(parts.path) or _BROKEN_ESCAPE.search(parts.query):
        raise UrlRefused(UrlFault.MALFORMED)
    path = quote(parts.path or "/", safe=_PATH_SAFE)
    query = quote(parts.query, safe=_PATH_SAFE + "?")
    return f"{path}?{query}" if query else path


def _host(raw: str, policy: EndpointPolicy) -> str:
    """The name in ASCII (IDNA), one trailing dot removed; refuses numbers, single labels and special-use names."""
    if raw.startswith("["):
        raise UrlRefused(UrlFault.ADDRESS)
    host = _ascii(raw).removesuffix(".")
    labels = host.split(".")
    # Resolvers read a name whose last part is a number as an IPv4 address: 127.1, 2130706433, 0x7f.1, 0177.0.0.1.
    if _NUMBER.fullmatch(labels[-1]):
        raise UrlRefused(UrlFault.ADDRESS)
    if len(host) > _MAX_HOST or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlRefused(UrlFault.HOST)
    refused = _NEVER_PUBLIC if policy.private_names else _NEVER_PUBLIC + _PRIVATE_NAMES
    if any(host == suffix or host.endswith(f".{suffix}") for suffix in refused):
        raise UrlRefused(UrlFault.HOST)
    return host


def _ascii(raw: str) -> str:
    text = unicodedata.normalize("NFKC", raw).lower()
    if len(text) > _MAX_HOST + 1 or any(char in _DEVIATIONS for char in text):
        raise UrlRefused(UrlFault.HOST)
    if text.isascii():
        return text
    try:
        return text.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise UrlRefused(UrlFault.HOST) from None
