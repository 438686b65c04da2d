"""Keys of integrations: hashed, scoped, expiring, shown once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from app.core import credentials
from app.core.access import Role
from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.ids import new_id
from app.core.runtime import Runtime
from app.identity import store
from app.identity.domain import MOST_LIVE_KEYS, Scope

log = structlog.get_logger()
WRITE_DOWN_EVERY = 60
TASK = "identity.key_use"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A stored key and its text, which nobody can show again."""

    text: str
    stored: Mapping[str, Any]


def _must_be_admin(tx: ReadTransaction) -> None:
    # A key reaches the whole organization, so an admin of one site would grant more than they hold.
    if not tx.caller.holds({Role.ADMIN}, ()):
        raise Forbidden("This needs the role admin on the whole organization.")


async def create_key(tx: WriteTransaction, name: str, scopes: Sequence[Scope], days: int) -> NewKey:
    """Make a key. At most two of a name live at once, enough to rotate. Raises Conflict beyond, Forbidden."""
    _must_be_admin(tx)
    if await store.live_keys(tx, name) >= MOST_LIVE_KEYS:
        raise Conflict("Two keys of this name are live: revoke one first.", code="too_many_keys")
    key_id = new_id()
    issued = credentials.issue_key(tx.organization_id, key_id)
    values = {
        "id": key_id,
        "name": name,
        "scopes": sorted({scope.value for scope in scopes}),
        "created_by": tx.caller.id,
        "created_at": tx.now,
        "expires_at": tx.now + timedelta(days=days),
        "revoked_at": None,
        "last_used_at": None,
    }
    await store.add_key(tx, {**values, "secret_hash": issued.secret_hash})
    return NewKey(issued.text, values)


def keep_without(tx: WriteTransaction, redacted: Callable[[Any], Any]) -> None:
    """Keep the answer for an Idempotency-Key without its secret: the database must never hold a usable key."""
    keep = tx.keep_answer
    if keep is not None:
        tx.keep_answer = lambda result: keep(redacted(result))


async def keys(tx: ReadTransaction, after: UUID, limit: int) -> Sequence[Any]:
    """Every key, dead ones included, at most `limit` + 1. Raises Forbidden."""
    _must_be_admin(tx)
    return await store.keys(tx, after, limit + 1)


async def revoke_key(tx: WriteTransaction, key_id: UUID) -> None:
    """End a key at once; repeating changes nothing. Raises NotFound, Forbidden."""
    _must_be_admin(tx)
    if not await store.revoke_key(tx, key_id):
        raise NotFound


async def write_down_key_use(runtime: Runtime) -> None:
    """Note when the keys seen since last time were used. Requests pay nothing for it: it runs once a minute."""
    used: dict[UUID, list[tuple[UUID, bytes]]] = {}
    for seen in credentials.take_seen_keys():
        used.setdefault(seen.organization_id, []).append((seen.subject, seen.secret_hash or b""))
    for organization_id, pairs in used.items():
        async with runtime.database.write(organization_id) as tx:
            await store.keys_used(tx, pairs)


async def start(runtime: Runtime) -> None:
    """Begin noting key use in this process."""
    runtime.memory[TASK] = asyncio.create_task(_keep_writing_down(runtime))


async def _keep_writing_down(runtime: Runtime) -> None:
    while not runtime.memory.get("stopping"):
        await asyncio.sleep(WRITE_DOWN_EVERY)
        try:
            await write_down_key_use(runtime)
        except Exception as error:  # noqa: BLE001  # a note of use is never worth a failing process
            log.warning("key_use_not_written", error=type(error).__name__)
