"""Counting failed sign-ins: durable, shared by every process, and counted before the secret is even looked at.

A name is counted for the network an attempt comes from first. Networks from which nobody of the organization signed in
lately share a second count a name, so that many of them have no more guesses than one; where people do sign in, that
second count does not apply and waits are bounded: an outsider cannot keep a shift from its work.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.errors import TooMany
from app.core.runtime import Runtime
from app.identity import store
from app.identity.domain import DELAYS, KNOWN_DELAYS, login_name, network

EVERYWHERE = b""


@dataclass(frozen=True, slots=True)
class Place:
    """Where attempts are counted: the keyed networks, and how long each failure makes a name wait there."""

    scopes: tuple[bytes, ...]
    delays: Sequence[int]


def key_of_login(runtime: Runtime, organization_id: UUID, login: str) -> str:
    """The counted form of what somebody typed; the database never sees the name."""
    return _keyed(runtime, b"throttle", b"login", organization_id, login_name(login).encode())


def key_of_worker(runtime: Runtime, organization_id: UUID, worker_id: UUID) -> str:
    """The counted form of a worker, so that number and name share one budget of guesses."""
    return _keyed(runtime, b"throttle", b"worker", organization_id, worker_id.bytes)


def key_of_network(runtime: Runtime, organization_id: UUID, address: str) -> str:
    """The stored form of the network an address belongs to."""
    return _keyed(runtime, b"network", b"", organization_id, network(address).encode())


def _keyed(runtime: Runtime, purpose: bytes, kind: bytes, organization_id: UUID, subject: bytes) -> str:
    pepper = runtime.settings.pepper.get_secret_value().encode()
    return hmac.digest(pepper, purpose + kind + organization_id.bytes + subject, "sha256").hex()


async def place_of(tx: WriteTransaction, runtime: Runtime, address: str) -> Place:
    """Where an attempt from this address counts. One read, whatever the answer."""
    here = key_of_network(runtime, tx.organization_id, address)
    known = await store.is_known(tx, here)
    return Place((here.encode(),), KNOWN_DELAYS) if known else Place((here.encode(), EVERYWHERE), DELAYS)


async def count(tx: WriteTransaction, runtime: Runtime, subject: str, place: Place) -> list[str]:
    """Count an attempt as failed until it proves right; answers what to forgive then. Raises TooMany while locked."""
    keys = [_at(runtime, subject, scope) for scope in place.scopes]
    for key in keys:
        if not await store.count_attempt(tx, key, subject, place.delays):
            raise TooMany(
                "Too many failed attempts. Wait, or ask for a new PIN.",
                retry_after=seconds_until(await store.locked_until(tx, key), tx.now),
                code="sign_in_locked",
            )
    return keys


async def count_own(tx: WriteTransaction, runtime: Runtime, worker_id: UUID) -> None:
    """Count an attempt of a signed-in person at their own secret; forgiven with everything else when it is changed."""
    subject = key_of_worker(runtime, tx.organization_id, worker_id)
    await count(tx, runtime, subject, Place((b"own",), DELAYS))


def _at(runtime: Runtime, subject: str, scope: bytes) -> str:
    pepper = runtime.settings.pepper.get_secret_value().encode()
    return hmac.digest(pepper, b"at" + subject.encode() + scope, "sha256").hex() if scope else subject


def seconds_until(instant: datetime | None, now: datetime) -> int:
    """Whole seconds until an instant, at least one."""
    return max(1, int((instant - now).total_seconds()) + 1) if instant else 1
