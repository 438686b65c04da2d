"""Standard Webhooks 1.0: signed bytes are `id.timestamp.body`, exactly as sent.

Symmetric keys (`whsec_`, HMAC-SHA256, `v1`) and ed25519 keys (`whsk_`, `v1a`); several keys give several signatures,
which is how a key is rotated without a gap.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets as random_source
from collections.abc import Iterable, Mapping
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SYMMETRIC_PREFIX = "whsec_"
ASYMMETRIC_PREFIX = "whsk_"
TOLERANCE = 300
"""Seconds a signed timestamp may lie before or after the receiver's clock."""

_MIN_SECRET, _MAX_SECRET, _NEW_SECRET, _ED25519_SEED = 24, 64, 32, 32
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_MAX_SIGNATURES = 20


class SecretRefused(ValueError):
    """A key that is not base64, or has the wrong length."""


class SignatureRefused(Exception):
    """A message that was not signed by any of the given keys, or not recently. One error for every cause."""


def new_secret() -> str:
    """Make a secret for one endpoint: 32 random bytes, written `whsec_` + base64. Show it once."""
    return SYMMETRIC_PREFIX + base64.b64encode(random_source.token_bytes(_NEW_SECRET)).decode("ascii")


def signature_headers(message_id: str, sent_at: datetime, body: bytes, keys: Iterable[str]) -> dict[str, str]:
    """Write the three headers of one attempt: `sent_at` is its own aware instant, `message_id` that of all attempts.

    `keys` holds the current key first and, while rotating, the former one. Raises `ValueError` for a message id with
    other characters than letters, digits, `_` and `-`, a naive time, or no key.
    """
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("a message id holds only letters, digits, _ and -")
    if sent_at.tzinfo is None:
        raise ValueError("sent_at must be aware")
    seconds = str(int(sent_at.timestamp()))
    signed = _signed_bytes(message_id, seconds, body)
    signatures = [_signature(key, signed) for key in keys]
    if not signatures:
        raise SecretRefused("at least one key is needed")
    return {"webhook-id": message_id, "webhook-timestamp": seconds, "webhook-signature": " ".join(signatures)}


def verify(headers: Mapping[str, str], body: bytes, keys: Iterable[str], now: datetime) -> str:
    """Check an inbound message against symmetric keys and return its id, which the caller must remember against replay.

    Raises `SignatureRefused` unless one `v1` signature fits one key and the timestamp is within five minutes of `now`.
    """
    fields = {name.lower(): value for name, value in headers.items()}
    message_id, seconds = fields.get("webhook-id", ""), fields.get("webhook-timestamp", "")
    if not message_id or len(message_id) > 256 or "." in message_id or not _TIMESTAMP.fullmatch(seconds):
        raise SignatureRefused
    if abs(now.timestamp() - int(seconds)) > TOLERANCE:
        raise SignatureRefused
    passed = fields.get("webhook-signature", "").encode("utf-8", "replace").split(b" ")[:_MAX_SIGNATURES]
    signed = _signed_bytes(message_id, seconds, body)
    # Every pair is compared, in constant time each, so that timing tells nothing about which key came close.
    fits = [hmac.compare_digest(_hmac(key, signed).encode(), one) for key in keys for one in passed]
    if not any(fits):
        raise SignatureRefused
    return message_id


def secret_bytes(secret: str) -> bytes:
    """Decode a symmetric secret, with or without its prefix; raises `SecretRefused` outside 24 to 64 bytes."""
    raw = _decoded(secret.removeprefix(SYMMETRIC_PREFIX))
    if not _MIN_SECRET <= len(raw) <= _MAX_SECRET:
        raise SecretRefused("a secret has 24 to 64 bytes")
    return raw


def _signature(key: str, signed: bytes) -> str:
    if not key.startswith(ASYMMETRIC_PREFIX):
        return _hmac(key, signed)
    # Signing keys come as the 32-byte seed, or followed by the public key as libsodium writes them.
    seed = _decoded(key.removeprefix(ASYMMETRIC_PREFIX))
    if len(seed) not in (_ED25519_SEED, 2 * _ED25519_SEED):
        raise SecretRefused("an ed25519 key has 32 or 64 bytes")
    private_key = Ed25519PrivateKey.from_private_bytes(seed[:_ED25519_SEED])
    return "v1a," + base64.b64encode(private_key.sign(signed)).decode("ascii")


def _hmac(secret: str, signed: bytes) -> str:
    digest = hmac.new(secret_bytes(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")


def _signed_bytes(message_id: str, seconds: str, body: bytes) -> bytes:
    return f"{message_id}.{seconds}.".encode("utf-8", "replace") + body


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SecretRefused("a key is written in base64") from None
