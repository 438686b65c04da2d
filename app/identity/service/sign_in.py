"""Signing in: the same answer and the same cost for an unknown name, a wrong secret and somebody who left."""

from dataclasses import dataclass
from uuid import UUID, uuid5

from app.core import audit
from app.core.errors import TooMany, Unauthenticated
from app.core.runtime import Runtime
from app.identity import store
from app.identity.domain import Account, login_name, secret_kind
from app.identity.hashing import hasher
from app.identity.service import throttle
from app.identity.service.sessions import Tokens, issue_session

# Names given for an organization that does not exist are counted here, in the same tables and at the same cost.
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A counted attempt: whom it may be, and the keys it was counted under."""

    account: Account | None
    keys: tuple[str, ...]


async def sign_in(runtime: Runtime, organization: str, login: str, secret: str, client: str, *, address: str) -> Tokens:
    """Open a session for a person. Raises Unauthenticated, or TooMany when the name must wait or the queue is full.

    The attempt is counted in a transaction of its own before the secret is checked, so neither an error answer nor
    a crash nor a race of guesses loses the count; being right forgives it.
    """
    hashing = hasher(runtime)
    with hashing.place():
        organization_id = await store.organization(runtime.database, organization) or NOBODY
        attempt = await _count(runtime, organization_id, login, secret, address)
        account = attempt.account
        worker_id = account.worker_id if account else NOBODY
        right = await hashing.verify(worker_id, secret, account.hash if account else None)
    refused = Unauthenticated("Organization, name or secret is not right.", code="wrong_sign_in")
    if not right or account is None or account.hash is None or not account.accepts_at(runtime.clock.now()):
        raise refused
    async with runtime.database.write(organization_id) as tx:
        # Checking takes a while, and somebody may have replaced the secret and ended every session meanwhile.
        if not await store.still_has(tx, account.worker_id, account.hash):
            raise refused
        await store.forgive(tx, attempt.keys)
        await audit.record(tx, "sign_in", access=audit.Access.SIGN_IN, actor_id=account.worker_id)
        await store.seen_at(tx, throttle.key_of_network(runtime, organization_id, address))
        return await issue_session(tx, account.worker_id, client, runtime=runtime, temporary=account.must_change)


async def _count(runtime: Runtime, organization_id: UUID, login: str, secret: str, address: str) -> Attempt:
    """Count the attempt for the name as typed, and for the worker it means."""
    async with runtime.database.write(organization_id) as tx:
        place = await throttle.place_of(tx, runtime, address)
        typed = await throttle.count(tx, runtime, throttle.key_of_login(runtime, organization_id, login), place)
        account = await store.account_named(tx, login.strip(), login_name(login), secret_kind(secret))
        # A name nobody has is counted twice as well: it takes as many statements as one that somebody has.
        subject = account.worker_id if account else uuid5(NOBODY, login_name(login))
        meant = throttle.key_of_worker(runtime, organization_id, subject)
        try:
            keys = await throttle.count(tx, runtime, meant, place)
        except TooMany:
            # Saying that this worker is locked under another name would tell that both names are the same person.
            return Attempt(None, tuple(typed))
    return Attempt(account, (*typed, *keys))
