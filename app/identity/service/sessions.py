"""Sessions: opening, refreshing, listing and ending them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core import audit
from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import NotFound, Unauthenticated
from app.core.ids import new_id
from app.core.runtime import Runtime
from app.identity import refresh as chain
from app.identity import store
from app.identity.domain import Rotation, access_seconds, rotation, session_end
from app.identity.refresh import RefreshToken

KEPT_AFTER_END = timedelta(days=90)
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a signed-in person holds; `expires_in` is in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    session_id: UUID
    worker_id: UUID
    must_change: bool
    token_type: str = "Bearer"  # noqa: S105  # the scheme of the Authorization header


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a refresh: the next token when there is one."""

    next: RefreshToken | None
    worker_id: UUID = NOBODY
    ends_at: datetime | None = None
    must_change: bool = False


async def issue_session(
    tx: WriteTransaction, worker_id: UUID, client: str, *, runtime: Runtime, temporary: bool = False
) -> Tokens:
    """Open a session for a worker in the caller's transaction; `temporary` ends it after 15 minutes."""
    session_id = new_id()
    until = session_end(tx.now, runtime.settings.refresh_token_days, temporary=temporary)
    token = chain.first(tx.organization_id, session_id)
    await store.add_session(tx, session_id, worker_id, client, until, temporary=temporary)
    await store.add_token(tx, session_id, token.hash)
    return _tokens(runtime, tx.now, token, worker_id, until, must_change=temporary)


def _tokens(
    runtime: Runtime, now: datetime, token: RefreshToken, worker_id: UUID, until: datetime, *, must_change: bool = False
) -> Tokens:
    seconds = access_seconds(now, until, runtime.settings.access_token_seconds)
    access = runtime.tokens.issue(token.organization_id, worker_id, token.session_id, issued_at=now, seconds=seconds)
    return Tokens(access, token.text, seconds, token.session_id, worker_id, must_change)


async def refresh(runtime: Runtime, text: str, *, agent: str = "") -> Tokens:
    """Exchange a refresh token for the next pair. Raises Unauthenticated when it, or its session, no longer counts.

    Repeating the exchange within a minute, before the new token was used, answers the same refresh token to the same
    kind of client; `agent` is what the client calls itself.
    """
    token = chain.parse(text)
    key = runtime.settings.pepper.get_secret_value().encode()
    async with runtime.database.write(token.organization_id) as tx:
        verdict = await _exchange(tx, token, key, chain.client_of(token, agent, key))
    # Raised only now: the end of a family that was caught must be committed.
    if verdict.next is None or verdict.ends_at is None:
        raise Unauthenticated("This sign-in has ended. Sign in again.", code="invalid_credential")
    return _tokens(runtime, tx.now, verdict.next, verdict.worker_id, verdict.ends_at, must_change=verdict.must_change)


async def _exchange(tx: WriteTransaction, token: RefreshToken, key: bytes, client: bytes | None) -> Verdict:
    session = await store.chain(tx, token.session_id)
    if session is None or not session.alive:
        return Verdict(None)
    decided = rotation(await store.link(tx, token.session_id, token.hash, client), tx.now)
    if decided is Rotation.REVOKE:
        await store.revoke_sessions(tx, session.worker_id, "refresh_reused", session_id=token.session_id)
    if decided in (Rotation.REVOKE, Rotation.REFUSE):
        return Verdict(None)
    await audit.record(tx, "refresh_session", access=audit.Access.SIGN_IN, actor_id=session.worker_id)
    successor = token.successor(key)
    if decided is Rotation.ROTATE:
        await store.add_token(tx, token.session_id, successor.hash)
        await store.use_token(tx, token.hash, successor.hash, client)
    return Verdict(successor, session.worker_id, session.expires_at, session.must_change)


async def sign_out(tx: WriteTransaction, *, everywhere: bool) -> None:
    """End the caller's session, or all of them, at once for every process."""
    if tx.caller.worker_id is not None:
        only = None if everywhere else tx.caller.session_id
        await store.revoke_sessions(tx, tx.caller.worker_id, "signed_out", session_id=only)


async def sessions(tx: ReadTransaction, after: UUID, limit: int) -> Sequence[Any]:
    """The caller's own living sessions, at most `limit` + 1."""
    return await store.sessions(tx, tx.caller.worker_id or NOBODY, after, limit + 1)


async def revoke_session(tx: WriteTransaction, session_id: UUID) -> None:
    """End one of the caller's own sessions. Raises NotFound for anybody else's."""
    if not await store.revoke_sessions(tx, tx.caller.worker_id or NOBODY, "revoked", session_id=session_id):
        raise NotFound


async def forget(runtime: Runtime) -> None:
    """Remove old failures, tokens of ended sessions, and sessions 90 days after their end, in every organization."""
    for organization_id in [*await runtime.database.organizations(), NOBODY]:
        async with runtime.database.write(organization_id) as tx:
            await store.forget(tx, KEPT_AFTER_END)
