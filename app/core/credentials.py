"""What a caller shows: an access token of a person, or the key of an integration. Reading one touches no database."""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass
from uuid import UUID

from app.core.errors import Unauthenticated
from app.core.tokens import TokenReader

KEY_PREFIX = "ilk_"
KEY_ID_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Credential:
    """A readable claim of identity; `begin_request` in the database decides whether it still holds."""

    kind: str
    organization_id: UUID
    subject: UUID
    session_id: UUID | None = None
    secret_hash: bytes | None = None


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
    """Parse an integration key. Raises Unauthenticated for anything malformed."""
    body = text[len(KEY_PREFIX) :]
    ids, _, tail = body.partition("_")
    if len(ids) != KEY_ID_CHARACTERS:
        raise Unauthenticated("The key is malformed.", code="invalid_credential")
    try:
        secret = base64.b64decode(tail + "=", altchars=b"-_", validate=True)
        organization_id, key_id = UUID(hex=ids[:32]), UUID(hex=ids[32:])
    except (ValueError, binascii.Error) as error:
        raise Unauthenticated("The key is malformed.", code="invalid_credential") from error
    return Credential("integration", organization_id, key_id, None, hashlib.sha256(secret).digest())


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
