"""Access tokens: the only module that imports python-jose, and stricter than it.

One pinned algorithm (HS256), size and header checked before decoding, every claim required and typed, and every
failure of any kind is the same 401 (RFC 8725). python-jose alone accepts a missing audience, mixes key types when
several algorithms are allowed, and raises RecursionError on nested headers.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson
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
MIN_KEY_BYTES = 32
LEEWAY_SECONDS = 5
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
        self._keys = {kid: HMACKey(key, ALGORITHM) for kid, key in keys.items()}
        self._newest = next(iter(keys))
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
            if len(self._verified) >= 2048:
                self._verified.clear()
            self._verified[token] = claims
        if claims.expires_at + LEEWAY_SECONDS <= int(self._now().timestamp()):
            raise Unauthenticated("The access token has expired.", code="token_expired")
        return claims

    def _verify(self, token: str) -> Claims:
        try:
            key = self._keys[_checked_header(token)["kid"]]
            payload = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={f"require_{name}": True for name in ("aud", "iat", "exp", "iss", "sub", "jti")}
                | {"verify_exp": False, "verify_iat": False, "verify_at_hash": False},
            )
            return _typed(payload, int(self._now().timestamp()))
        except Unauthenticated:
            raise
        except Exception as error:  # whatever a hostile token breaks inside the library is a 401
            raise Unauthenticated("The access token is not valid.", code="invalid_credential") from error


def _checked_header(token: str) -> dict[str, str]:
    """The token's header, read by ourselves before the library sees it."""
    if len(token) > MAX_BYTES or token.count(".") != 2 or not token.isascii():
        raise ValueError("not a compact token")
    encoded = token.split(".", 1)[0]
    try:
        header = orjson.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (binascii.Error, orjson.JSONDecodeError) as error:
        raise ValueError("unreadable header") from error
    if not isinstance(header, dict) or set(header) != HEADER_KEYS:
        raise ValueError("unexpected header")
    if header["alg"] != ALGORITHM or header["typ"] != TYPE or not isinstance(header["kid"], str):
        raise ValueError("unexpected algorithm or type")
    return header


def _typed(payload: dict[str, Any], now: int) -> Claims:
    """Every claim present, of its exact type and in range."""
    issued, expires = payload["iat"], payload["exp"]
    if type(issued) is not int or type(expires) is not int or not 0 < issued < expires <= MAX_NUMERIC_DATE:
        raise ValueError("times must be whole seconds")
    if issued > now + 60:
        raise ValueError("issued in the future")
    if payload["aud"] != AUDIENCE or payload["iss"] != ISSUER or not isinstance(payload["jti"], str):
        raise ValueError("issuer, audience and jti must be plain strings")
    return Claims(UUID(payload["tid"]), UUID(payload["sub"]), UUID(payload["sid"]), expires)
