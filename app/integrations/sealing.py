"""Endpoint secrets at rest: AES-256-GCM under a master key that never enters the database.

A sealed secret is `version | key id length | key id | nonce (12) | ciphertext and tag`. It is bound to its organization
and endpoint, so a row copied to another endpoint does not open.
"""

import base64
import binascii
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = 1
_KEY_BYTES, _NONCE_BYTES = 32, 12
_PURPOSE = b"interlude/webhook-secret"
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class MasterKeyRefused(ValueError):
    """Master keys that are malformed, too short, or named twice. The message never holds key material."""


class SealBroken(Exception):
    """A sealed secret that was altered, belongs to another endpoint, or whose master key is not at hand."""


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """The key new secrets are sealed with, and all keys that may still open older ones."""

    active: str
    keys: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a set that could not seal, or whose names would not fit the sealed form."""
        if self.active not in self.keys:
            raise MasterKeyRefused("the active master key is missing")
        if not all(_KEY_ID.fullmatch(name) for name in self.keys):
            raise MasterKeyRefused("a master key's id has 1 to 32 letters, digits, _ or -")
        if any(len(key) != _KEY_BYTES for key in self.keys.values()):
            raise MasterKeyRefused("a master key has 32 bytes")


def master_keys(entries: Iterable[str]) -> MasterKeys:
    """Read `id:base64` entries from settings; the first seals, the others still open. Raises `MasterKeyRefused`."""
    keys: dict[str, bytes] = {}
    for entry in entries:
        name, _, text = entry.strip().partition(":")
        if name in keys:
            raise MasterKeyRefused("a master key's id is used twice")
        try:
            keys[name] = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise MasterKeyRefused("a master key is written as id:base64") from None
    return MasterKeys(active=next(iter(keys), ""), keys=keys)


def seal(keys: MasterKeys, secret: str, organization_id: UUID, endpoint_id: UUID) -> bytes:
    """Encrypt an endpoint's secret for storage, under the active key and a fresh random nonce."""
    name = keys.active.encode("ascii")
    header = bytes((_VERSION, len(name))) + name
    nonce = os.urandom(_NONCE_BYTES)
    aad = _bound_to(header, organization_id, endpoint_id)
    return header + nonce + AESGCM(keys.keys[keys.active]).encrypt(nonce, secret.encode("utf-8"), aad)


def unseal(keys: MasterKeys, sealed: bytes, organization_id: UUID, endpoint_id: UUID) -> str:
    """Decrypt a stored secret; raises `SealBroken` unless it was sealed for exactly this endpoint."""
    header, name, rest = _opened(sealed)
    key = keys.keys.get(name)
    if key is None:
        raise SealBroken("its master key is not at hand")
    aad = _bound_to(header, organization_id, endpoint_id)
    try:
        return AESGCM(key).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], aad).decode("utf-8")
    except (InvalidTag, ValueError):
        raise SealBroken("altered, or sealed for another endpoint") from None


def reseal(keys: MasterKeys, sealed: bytes, organization_id: UUID, endpoint_id: UUID) -> bytes | None:
    """Seal a secret anew under the active key, or None where it already is: one step of an online key rotation."""
    if sealed_under(sealed) == keys.active:
        return None
    return seal(keys, unseal(keys, sealed, organization_id, endpoint_id), organization_id, endpoint_id)


def sealed_under(sealed: bytes) -> str:
    """Name the master key a sealed secret needs; raises `SealBroken` for bytes of another form."""
    return _opened(sealed)[1]


def _opened(sealed: bytes) -> tuple[bytes, str, bytes]:
    if len(sealed) < 2 or sealed[0] != _VERSION:
        raise SealBroken("not a sealed secret")
    end = 2 + sealed[1]
    name = sealed[2:end].decode("ascii", "replace")
    if not _KEY_ID.fullmatch(name) or len(sealed) <= end + _NONCE_BYTES:
        raise SealBroken("not a sealed secret")
    return sealed[:end], name, sealed[end:]


def _bound_to(header: bytes, organization_id: UUID, endpoint_id: UUID) -> bytes:
    return _PURPOSE + header + organization_id.bytes + endpoint_id.bytes
