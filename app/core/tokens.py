"""Access tokens: the only module that imports python-jose, and stricter than it.

One pinned algorithm (HS256), size and header checked before decoding, every claim required and typed, and every
failure of any kind is the same 401 (RFC 8725). python-jose alone accepts a missing audience, mixes key types when
several algorithms are allowed, and raises RecursionError on nested headers.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from jose import jwt
from jose.backends import HMACKey

from app.core.errors import Unauthenticated
from app.core.ids import new_id

ALGORITHM = "HS256"
TYPE = "at+jwt"
ISSUER = "interlude"
AUDIENCE = "interlude-api"
MAX_BYTES = 4096
HEADER_KEYS = {"alg", "typ", "kid"}
CLAIMS = {"iss", "aud", "iat", "exp", "sub", "tid", "sid", "jti"}
# Times are checked here, by the injected clock; `require_exp` would bring back the library's check by the machine's.
OPTIONS = {f"require_{name}": True for name in ("aud", "iss", "sub", "jti")} | {
    f"verify_{name}": False for name in ("exp", "iat", "at_hash")
}
SEGMENT = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
MOST_REMEMBERED = 2048
MIN_KEY_BYTES = 32
LEEWAY_SECONDS = 5
ISSUED_AHEAD_SECONDS = 60
MAX_NUMERIC_DATE = 253_402_300_799  # the end of the year 9999


@dataclass(frozen=True, slots=True)
class Claims:
    """Whom an access token speaks for."""

    organization_id: UUID
    subject: UUID
    session_id: UUID
    expires_at: int


class TokenReader(Protocol):
    """Reads an access token or raises Unauthenticated."""

    def read(self, token: str) -> Claims: ...


class Tokens:
    """Issues and reads access tokens with a small ring of keys, newest first."""

    def __init__(self, keys: dict[str, bytes], now: Any) -> None:
        if not keys or any(len(key) < MIN_KEY_BYTES for key in keys.values()):
            raise ValueError(f"token keys must have at least {MIN_KEY_BYTES} bytes")
        # A key keeps its id when it stops being the newest, so tokens survive a rotation.
        self._keys = {key_id(key): HMACKey(key, ALGORITHM) for key in keys.values()}
        self._newest = next(iter(self._keys))
        self._now = now
        self._verified: dict[str, Claims] = {}

    def issue(self, organization_id: UUID, subject: UUID, session_id: UUID, *, issued_at: datetime, seconds: int) -> str:
        """A signed token for a person's session, valid for `seconds`."""
        start = int(issued_at.timestamp())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": start,
            "exp": start + seconds,
            "sub": str(subject),
            "tid": str(organization_id),
            "sid": str(session_id),
            "jti": str(new_id()),
        }
        headers = {"typ": TYPE, "kid": self._newest}
        return str(jwt.encode(claims, self._keys[self._newest], algorithm=ALGORITHM, headers=headers))

    def read(self, token: str) -> Claims:
        """The claims of a valid token. Every other input raises Unauthenticated."""
        claims = self._verified.get(token)
        if claims is None:
            claims = self._verify(token)
            if len(self._verified) >= MOST_REMEMBERED:
                self._verified.clear()
            self._verified[token] = claims
        if claims.expires_at + LEEWAY_SECONDS <= int(self._now().timestamp()):
            raise Unauthenticated("The access token has expired.", code="token_expired")
        return claims

    def _verify(self, token: str) -> Claims:
        try:
            header, claims = _checked(token)
            jwt.decode(
                token,
                self._keys[header["kid"]],
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options=OPTIONS,
            )
            return _typed(claims, int(self._now().timestamp()))
        except Exception as error:  # whatever a hostile token breaks inside the library is a 401
            raise Unauthenticated("The access token is not valid.", code="invalid_credential") from error


def key_id(key: bytes) -> str:
    """A short public name of a key, which tells nothing about it."""
    return hashlib.sha256(b"token-key-id" + key).hexdigest()[:16]


def _checked(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, read strictly by ourselves before the library sees the token."""
    segments = token.split(".")
    if len(token) > MAX_BYTES or len(segments) != 3:
        raise ValueError("not a compact token")
    header, claims = _object(_bytes(segments[0])), _object(_bytes(segments[1]))
    _bytes(segments[2])
    if set(header) != HEADER_KEYS or set(claims) != CLAIMS:
        raise ValueError("unexpected header or claims")
    if header["alg"] != ALGORITHM or header["typ"] != TYPE or not isinstance(header["kid"], str):
        raise ValueError("unexpected algorithm or type")
    return header, claims


def _bytes(segment: str) -> bytes:
    """The bytes of a segment in their only spelling: Python's decoder skips foreign characters and spare bits."""
    if not SEGMENT.fullmatch(segment):
        raise ValueError("not base64url")
    decoded = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    if base64.urlsafe_b64encode(decoded).decode().rstrip("=") != segment:
        raise ValueError("not canonical base64url")
    return decoded


def _object(text: bytes) -> dict[str, Any]:
    """A JSON object in which no name occurs twice."""
    found = json.loads(text.decode("utf-8"), object_pairs_hook=_unique)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _typed(payload: dict[str, Any], now: int) -> Claims:
    """Every claim of its exact type and in range."""
    issued, expires = payload["iat"], payload["exp"]
    if type(issued) is not int or type(expires) is not int or not 0 < issued < expires <= MAX_NUMERIC_DATE:
        raise ValueError("times must be whole seconds")
    if issued > now + ISSUED_AHEAD_SECONDS:
        raise ValueError("issued in the future")
    if payload["aud"] != AUDIENCE or payload["iss"] != ISSUER:
        raise ValueError("issuer and audience must be ours, as plain strings")
    _uuid(payload["jti"])
    return Claims(_uuid(payload["tid"]), _uuid(payload["sub"]), _uuid(payload["sid"]), expires)


def _uuid(text: Any) -> UUID:
    """An id in its one usual spelling."""
    found = UUID(text)
    if str(found) != text:
        raise ValueError("not a canonical id")
    return found
