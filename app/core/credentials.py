"""What a caller shows: an access token of a person, or the key of an integration. Reading one touches no database."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from uuid import UUID

from app.core.errors import Unauthenticated
from app.core.tokens import TokenReader

KEY_PREFIX = "ilk_"
# 32 bytes in base64url end in one of 16 characters: no second spelling of the same key is read.
KEY = re.compile(r"ilk_([0-9a-f]{32})([0-9a-f]{32})_([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])", re.ASCII)
# Keys read by this process since their use was last noted in the database; bounded, because anyone may send keys.
MOST_SEEN = 4096


@dataclass(frozen=True, slots=True)
class Credential:
    """A readable claim of identity; `begin_request` in the database decides whether it still holds."""

    kind: str
    organization_id: UUID
    subject: UUID
    session_id: UUID | None = None
    secret_hash: bytes | None = None


_seen: dict[UUID, Credential] = {}


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A fresh integration key: `text` is shown once, only `secret_hash` is stored."""

    text: str
    secret_hash: bytes


def issue_key(organization_id: UUID, key_id: UUID) -> IssuedKey:
    """Make the text of a key: prefix, organization and key id in hex, and 32 random bytes."""
    secret = secrets.token_bytes(32)
    tail = base64.urlsafe_b64encode(secret).decode().rstrip("=")
    return IssuedKey(f"{KEY_PREFIX}{organization_id.hex}{key_id.hex}_{tail}", hashlib.sha256(secret).digest())


def read_key(text: str) -> Credential:
    """Parse an integration key, in exactly the form it was issued. Raises Unauthenticated for anything else."""
    found = KEY.fullmatch(text)
    if found is None:
        raise Unauthenticated("The key is malformed.", code="invalid_credential")
    organization, key_id, tail = found.groups()
    secret_hash = hashlib.sha256(base64.urlsafe_b64decode(tail + "=")).digest()
    read = Credential("integration", UUID(hex=organization), UUID(hex=key_id), None, secret_hash)
    if len(_seen) < MOST_SEEN:
        _seen[read.subject] = read
    return read


def take_seen_keys() -> list[Credential]:
    """The keys read since the last call, right or wrong, at most one an id: whoever notes their use checks the hash."""
    taken = list(_seen.values())
    _seen.clear()
    return taken


def read_credential(header: str, tokens: TokenReader) -> Credential:
    """Read an Authorization header. Raises Unauthenticated for another scheme or a bad token."""
    scheme, _, text = header.partition(" ")
    text = text.strip()
    if scheme.lower() != "bearer" or not text:
        raise Unauthenticated("Send `Authorization: Bearer <token or key>`.", code="invalid_credential")
    if text.startswith(KEY_PREFIX):
        return read_key(text)
    claims = tokens.read(text)
    return Credential("person", claims.organization_id, claims.subject, claims.session_id)
