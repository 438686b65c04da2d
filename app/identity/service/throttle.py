"""Counting failed sign-ins: durable, shared by every process, and counted before the secret is even looked at."""

import hmac
from datetime import datetime
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.errors import TooMany
from app.core.runtime import Runtime
from app.identity import store
from app.identity.domain import login_name


def key_of_login(runtime: Runtime, organization_id: UUID, login: str) -> str:
    """The counted form of what somebody typed; the database never sees the name."""
    return _keyed(runtime, organization_id, b"login", login_name(login).encode())


def key_of_worker(runtime: Runtime, organization_id: UUID, worker_id: UUID) -> str:
    """The counted form of a worker, so that number and name share one budget of guesses."""
    return _keyed(runtime, organization_id, b"worker", worker_id.bytes)


def _keyed(runtime: Runtime, organization_id: UUID, kind: bytes, subject: bytes) -> str:
    pepper = runtime.settings.pepper.get_secret_value().encode()
    return hmac.digest(pepper, b"throttle" + kind + organization_id.bytes + subject, "sha256").hex()


async def count(tx: WriteTransaction, key: str) -> None:
    """Count an attempt as failed until it proves right. Raises TooMany while the key is locked."""
    if not await store.count_attempt(tx, key):
        raise TooMany(
            "Too many failed attempts. Wait, or ask for a new PIN.",
            retry_after=seconds_until(await store.locked_until(tx, key), tx.now),
            code="sign_in_locked",
        )


def seconds_until(instant: datetime | None, now: datetime) -> int:
    """Whole seconds until an instant, at least one."""
    return max(1, int((instant - now).total_seconds()) + 1) if instant else 1
