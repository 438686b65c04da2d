"""Setting and changing PINs and passwords. Hashing happens between two short transactions, never inside one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from app.core import audit
from app.core.access import Policy, Role
from app.core.credentials import Credential
from app.core.db import WriteTransaction, begin_as
from app.core.errors import Forbidden, Invalid, Unauthenticated
from app.core.runtime import Runtime
from app.identity import store
from app.identity.domain import CREDENTIALS_OWN, CREDENTIALS_WRITE, secret_kind, session_end, weakness
from app.identity.hashing import hasher
from app.identity.service import throttle
from app.people import service as people
from app.people.domain import Worker


@asynccontextmanager
async def acting(runtime: Runtime, credential: Credential | None, policy: Policy) -> AsyncIterator[WriteTransaction]:
    """A transaction of the caller for use cases that need several. Raises Unauthenticated or Forbidden."""
    if credential is None:
        raise Unauthenticated
    now = runtime.clock.now()
    async with runtime.database.engine.begin() as connection:
        caller = await begin_as(connection, credential, now)
        policy.must_permit(caller)
        yield WriteTransaction(connection, caller, now)


async def set_credential(
    tx: WriteTransaction, worker_id: UUID, secret: str, *, runtime: Runtime, must_change: bool = False
) -> None:
    """Give a worker a PIN or password in the caller's transaction. Raises Invalid when it is weak, NotFound."""
    worker = await people.worker(tx, worker_id)
    _must_be_strong("#/secret", secret, worker)
    hashed = await hasher(runtime).hash(worker_id, secret)
    await _store(tx, runtime, worker, secret, hashed, must_change=must_change)


async def set_temporary_credential(runtime: Runtime, credential: Credential | None, worker_id: UUID, secret: str) -> None:
    """An admin gives a worker a secret that must be changed: it ends every session and lifts a lock.

    Raises NotFound outside the admin's reach, Forbidden for somebody who holds roles unless the caller is the
    organization's admin (whoever sets a secret could sign in with it), Invalid when it is weak.
    """
    async with acting(runtime, credential, CREDENTIALS_WRITE) as tx:
        worker = await people.worker(tx, worker_id)
        CREDENTIALS_WRITE.must_reach(tx.caller, worker.nodes)
        if await store.holds_roles(tx, worker_id) and not tx.caller.holds({Role.ADMIN}, ()):
            raise Forbidden("Only an admin of the whole organization sets the secret of somebody who holds roles.")
    _must_be_strong("#/secret", secret, worker)
    with hasher(runtime).place():
        hashed = await hasher(runtime).hash(worker_id, secret)
    async with acting(runtime, credential, CREDENTIALS_WRITE) as tx:
        await _store(tx, runtime, worker, secret, hashed, must_change=True)
        await store.revoke_sessions(tx, worker_id, "credential_set")


async def change_own_credential(runtime: Runtime, credential: Credential | None, current: str, new: str) -> None:
    """A person replaces their own secret. It ends their other sessions and gives this one its full life.

    Raises Invalid when `current` is wrong (counted like a failed sign-in) or `new` is weak, TooMany when locked.
    """
    hashing = hasher(runtime)
    with hashing.place():
        async with acting(runtime, credential, CREDENTIALS_OWN) as tx:
            worker_id = tx.caller.id
            worker = await people.worker(tx, worker_id)
            _must_be_strong("#/new", new, worker)
            await throttle.count_own(tx, runtime, worker_id)
            account = await store.account(tx, worker_id, secret_kind(current))
        if not await hashing.verify(worker_id, current, account.hash if account else None):
            raise Invalid.field("#/current", "This is not your present PIN or password.", "wrong_secret")
        hashed = await hashing.hash(worker_id, new)
    async with acting(runtime, credential, CREDENTIALS_OWN) as tx:
        await _store(tx, runtime, worker, new, hashed, must_change=False)
        await store.revoke_sessions(tx, worker_id, "credential_changed", besides=tx.caller.session_id)
        if tx.caller.session_id is not None:
            until = session_end(tx.now, runtime.settings.refresh_token_days, temporary=False)
            await store.prolong(tx, tx.caller.session_id, until)


def _must_be_strong(pointer: str, secret: str, worker: Worker) -> None:
    reason = weakness(secret, (worker.number, worker.display_name))
    if reason is not None:
        raise Invalid.field(pointer, reason, "weak_secret")


async def _store(tx: WriteTransaction, runtime: Runtime, worker: Worker, secret: str, hashed: str, *, must_change: bool) -> None:
    await store.put_credential(tx, worker.id, secret_kind(secret), hashed, must_change=must_change)
    await audit.record(tx, "set_credential", subject_id=worker.id)
    logins = [throttle.key_of_login(runtime, tx.organization_id, login) for login in (worker.number, worker.display_name)]
    await store.forgive_everywhere(tx, [throttle.key_of_worker(runtime, tx.organization_id, worker.id), *logins])
