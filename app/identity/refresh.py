"""The text of refresh tokens. A successor is computed from its predecessor, so a lost answer can be given again."""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from uuid import UUID

from app.core.errors import Unauthenticated

PREFIX = "ilr_"
# 32 bytes in base64url end in one of 16 characters: no second spelling of the same token is read.
SHAPE = re.compile(r"ilr_([0-9a-f]{32})([0-9a-f]{32})_([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])", re.ASCII)


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """One link of a session's chain: whose it is, and 32 secret bytes."""

    organization_id: UUID
    session_id: UUID
    secret: bytes

    @property
    def text(self) -> str:
        """What the client keeps."""
        tail = base64.urlsafe_b64encode(self.secret).decode().rstrip("=")
        return f"{PREFIX}{self.organization_id.hex}{self.session_id.hex}_{tail}"

    @property
    def hash(self) -> bytes:
        """What the database keeps."""
        return hashlib.sha256(self.text.encode()).digest()

    def successor(self, key: bytes) -> "RefreshToken":
        """The one token this one is exchanged for. Nobody without `key` can compute it."""
        seed = b"refresh-successor" + self.organization_id.bytes + self.session_id.bytes + self.secret
        return RefreshToken(self.organization_id, self.session_id, hmac.digest(key, seed, "sha256"))


def first(organization_id: UUID, session_id: UUID) -> RefreshToken:
    """The random start of a session's chain."""
    return RefreshToken(organization_id, session_id, secrets.token_bytes(32))


def parse(text: str) -> RefreshToken:
    """Read a token we issued. Raises Unauthenticated for anything else."""
    found = SHAPE.fullmatch(text)
    if found is not None:
        organization, session, tail = found.groups()
        return RefreshToken(UUID(hex=organization), UUID(hex=session), base64.urlsafe_b64decode(tail + "="))
    raise Unauthenticated("This sign-in has ended. Sign in again.", code="invalid_credential")


def client_of(token: RefreshToken, agent: str, key: bytes) -> bytes | None:
    """What is kept of the client that exchanges a token: a keyed hash of its name for itself, None when it has none."""
    return hmac.digest(key, b"client" + token.session_id.bytes + agent.encode(), "sha256") if agent else None
