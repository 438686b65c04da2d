"""Every statement about sign-in: credentials, throttles, sessions, refresh tokens, integration keys."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, text

from app.core.db import Database, ReadTransaction, WriteTransaction
from app.identity.domain import FORGOTTEN_AFTER, KNOWN_FOR, Account, Link, SecretKind
from app.identity.models import ApiKeyRow, RefreshTokenRow, SessionRow

ORGANIZATION = text("select organization_by_slug(cast(:slug as text))")
ACCOUNTS = text(
    "select w.id, c.hash, coalesce(c.must_change, false) as must_change, c.changed_at, w.number = :number as by_number "
    "from worker w left join credential c on c.organization_id = w.organization_id and c.worker_id = w.id "
    "and c.kind = cast(:kind as text) where w.organization_id = :organization_id and w.status = 'active' "
    "and (w.number = :number or lower(w.display_name) = :name) order by w.number = :number desc limit 2"
)
ACCOUNT = text(
    "select w.id, c.hash, coalesce(c.must_change, false) as must_change, c.changed_at from worker w "
    "left join credential c on c.organization_id = w.organization_id and c.worker_id = w.id and c.kind = cast(:kind as text) "
    "where w.organization_id = :organization_id and w.id = :worker_id"
)
# The row is held until the session is there: whoever replaces the secret ends that session too.
STILL = text(
    "select 1 from credential where organization_id = :organization_id and worker_id = :worker_id and hash = :hash for share"
)
# Counting comes before checking the secret, in one statement: racing guesses cannot outrun the count, and a locked
# name is neither counted nor checked.
COUNT = text(
    "insert into sign_in_throttle as t (organization_id, key, subject, failures, locked_until, last_failure_at) "
    "values (:organization_id, :key, :subject, 1, null, :now) on conflict (organization_id, key) do update set "
    "failures = case when t.last_failure_at <= :forgotten then 1 else t.failures + 1 end, last_failure_at = :now, "
    "locked_until = case when t.last_failure_at <= :forgotten then null else cast(:now as timestamptz) + interval '1 second' "
    "* (cast(:delays as int[]))[least(t.failures + 1, cardinality(cast(:delays as int[])))] end "
    "where t.locked_until is null or t.locked_until <= :now returning failures"
)
LOCKED_UNTIL = text("select locked_until from sign_in_throttle where organization_id = :organization_id and key = :key")
FORGIVE = text("delete from sign_in_throttle where organization_id = :organization_id and key = any(:keys)")
FORGIVE_EVERYWHERE = text("delete from sign_in_throttle where organization_id = :organization_id and subject = any(:subjects)")
KNOWN = text("select 1 from known_network where organization_id = :organization_id and key = :key and seen_at > :since")
# Written again once an hour at most: at a change of shift a whole plant signs in from one network.
SEEN = text(
    "insert into known_network as k (organization_id, key, seen_at) values (:organization_id, :key, :now) "
    "on conflict (organization_id, key) do update set seen_at = :now where k.seen_at < cast(:now as timestamptz) - interval '1 hour'"
)
FORGET_NETWORKS = text("delete from known_network where organization_id = :organization_id and seen_at <= :before")
SET_CREDENTIAL = text(
    "insert into credential (organization_id, worker_id, kind, hash, must_change, changed_at) "
    "values (:organization_id, :worker_id, :kind, :hash, :must_change, :now) "
    "on conflict (organization_id, worker_id, kind) do update set hash = excluded.hash, "
    "must_change = excluded.must_change, changed_at = excluded.changed_at"
)
DROP_OTHER_CREDENTIALS = text(
    "delete from credential where organization_id = :organization_id and worker_id = :worker_id and kind <> :kind"
)
ROLES_HELD = text(
    "select count(*) from role_grant where organization_id = :organization_id and worker_id = :worker_id and allow "
    "and role <> 'worker'"
)
CHAIN = text(
    "select s.worker_id, s.expires_at, s.revoked_at is null and s.expires_at > :now and w.status = 'active' as alive, "
    "exists (select from credential c where c.organization_id = s.organization_id and c.worker_id = s.worker_id "
    "and c.must_change) as must_change "
    "from session s join worker w on w.organization_id = s.organization_id and w.id = s.worker_id "
    "where s.organization_id = :organization_id and s.id = :session_id for update of s"
)
LINK = text(
    "select t.used_at, n.used_at is not null as successor_used, "
    "t.used_by is null or t.used_by is not distinct from cast(:client as bytea) as same_client from refresh_token t "
    "left join refresh_token n on n.organization_id = t.organization_id and n.token_hash = t.successor "
    "where t.organization_id = :organization_id and t.token_hash = :token_hash and t.session_id = :session_id"
)
USE = text(
    "update refresh_token set used_at = :now, successor = :successor, used_by = :client "
    "where organization_id = :organization_id and token_hash = :token_hash and used_at is null"
)
SESSIONS = text(
    "select id, client, created_at, expires_at from session where organization_id = :organization_id "
    "and worker_id = :worker_id and revoked_at is null and expires_at > :now and id > :after order by id limit :limit"
)
REVOKE = text(
    "update session set revoked_at = :now, revoked_reason = :reason where organization_id = :organization_id "
    "and worker_id = :worker_id and revoked_at is null "
    "and (cast(:session_id as uuid) is null or id = :session_id) and (cast(:besides as uuid) is null or id <> :besides)"
)
PROLONG = text(
    "update session set expires_at = greatest(expires_at, :until), temporary = false "
    "where organization_id = :organization_id and id = :session_id and revoked_at is null"
)
LOCK_NAME = text("select pg_advisory_xact_lock(hashtextextended('integration_key|' || :organization_id || '|' || :name, 3))")
LIVE_KEYS = text(
    "select count(*) from api_key where organization_id = :organization_id and name = :name "
    "and revoked_at is null and expires_at > :now"
)
KEYS = text(
    "select id, name, scopes, created_by, created_at, expires_at, revoked_at, last_used_at from api_key "
    "where organization_id = :organization_id and id > :after order by id limit :limit"
)
REVOKE_KEY = text(
    "update api_key set revoked_at = coalesce(revoked_at, :now) where organization_id = :organization_id and id = :key_id"
)
KEYS_USED = text(
    "update api_key set last_used_at = :now where organization_id = :organization_id and revoked_at is null "
    "and expires_at > :now and (id, secret_hash) in "
    "(select u.id, u.hash from unnest(cast(:ids as uuid[]), cast(:hashes as bytea[])) as u(id, hash))"
)
FORGET_THROTTLES = text(
    "delete from sign_in_throttle where organization_id = :organization_id and last_failure_at <= :before "
    "and (locked_until is null or locked_until <= :now)"
)
FORGET_TOKENS = text(
    "delete from refresh_token t using session s where t.organization_id = :organization_id "
    "and s.organization_id = t.organization_id and s.id = t.session_id and (s.revoked_at is not null or s.expires_at <= :now)"
)
FORGET_SESSIONS = text(
    "delete from session s where s.organization_id = :organization_id and coalesce(s.revoked_at, s.expires_at) <= :before "
    "and s.expires_at <= :now and not exists (select from refresh_token t where t.organization_id = s.organization_id "
    "and t.session_id = s.id)"
)


async def organization(database: Database, slug: str) -> UUID | None:
    """The organization a slug names: asked before anybody is known."""
    async with database.unfenced() as connection:
        found: UUID | None = (await connection.execute(ORGANIZATION, {"slug": slug})).scalar()
    return found


async def account_named(tx: ReadTransaction, number: str, name: str, kind: SecretKind) -> Account | None:
    """The active worker with this number or, when only one has it, this name."""
    rows = await tx.rows(ACCOUNTS, number=number, name=name, kind=kind.value)
    if not rows or (len(rows) > 1 and not rows[0].by_number):
        return None
    return _account(rows[0])


def _account(row: Row[Any]) -> Account:
    return Account(row.id, row.hash, row.must_change, row.changed_at)


async def account(tx: ReadTransaction, worker_id: UUID, kind: SecretKind) -> Account | None:
    """One worker's secret of a kind."""
    row = await tx.row(ACCOUNT, worker_id=worker_id, kind=kind.value)
    return None if row is None else _account(row)


async def still_has(tx: WriteTransaction, worker_id: UUID, hashed: str) -> bool:
    """Whether this is a worker's secret now; nobody replaces it until the transaction ends."""
    return await tx.row(STILL, worker_id=worker_id, hash=hashed) is not None


async def count_attempt(tx: WriteTransaction, key: str, subject: str, delays: Sequence[int]) -> bool:
    """Count an attempt as failed; False when the name is locked, which leaves everything as it is."""
    row = await tx.row(COUNT, key=key, subject=subject, now=tx.now, forgotten=tx.now - FORGOTTEN_AFTER, delays=list(delays))
    return row is not None


async def locked_until(tx: ReadTransaction, key: str) -> datetime | None:
    """Until when a name is locked."""
    found: datetime | None = await tx.scalar(LOCKED_UNTIL, key=key)
    return found


async def forgive(tx: WriteTransaction, keys: Sequence[str]) -> None:
    """Forget the failures of names where they happened."""
    await tx.run(FORGIVE, keys=list(keys))


async def forgive_everywhere(tx: WriteTransaction, subjects: Sequence[str]) -> None:
    """Forget the failures of names wherever they happened."""
    await tx.run(FORGIVE_EVERYWHERE, subjects=list(subjects))


async def is_known(tx: ReadTransaction, network: str) -> bool:
    """Whether somebody of the organization signed in from a network lately."""
    return await tx.scalar(KNOWN, key=network, since=tx.now - KNOWN_FOR) is not None


async def seen_at(tx: WriteTransaction, network: str) -> None:
    """Remember that somebody signed in from a network."""
    await tx.run(SEEN, key=network, now=tx.now)


async def put_credential(tx: WriteTransaction, worker_id: UUID, kind: SecretKind, hashed: str, *, must_change: bool) -> None:
    """Store a worker's only secret: one of the other kind goes."""
    values = {"worker_id": worker_id, "kind": kind.value}
    await tx.run(SET_CREDENTIAL, **values, hash=hashed, must_change=must_change, now=tx.now)
    await tx.run(DROP_OTHER_CREDENTIALS, **values)


async def holds_roles(tx: ReadTransaction, worker_id: UUID) -> bool:
    """Whether a worker holds any role beyond that of a worker."""
    return bool(await tx.scalar(ROLES_HELD, worker_id=worker_id))


async def add_session(
    tx: WriteTransaction, session_id: UUID, worker_id: UUID, client: str, until: datetime, *, temporary: bool
) -> None:
    """Store a new session; a temporary one may do little until the secret is changed."""
    row = {"id": session_id, "worker_id": worker_id, "client": client, "created_at": tx.now, "expires_at": until}
    row["temporary"] = temporary
    await tx.run(insert(SessionRow).values(organization_id=tx.organization_id, **row))


async def add_token(tx: WriteTransaction, session_id: UUID, token_hash: bytes) -> None:
    """Store the next link of a session's chain."""
    row = {"token_hash": token_hash, "session_id": session_id, "created_at": tx.now}
    await tx.run(insert(RefreshTokenRow).values(organization_id=tx.organization_id, **row))


async def chain(tx: WriteTransaction, session_id: UUID) -> Row[Any] | None:
    """A session's worker, end, and whether it lives; locked, so that rotations of one session follow one another."""
    return await tx.row(CHAIN, session_id=session_id, now=tx.now)


async def link(tx: ReadTransaction, session_id: UUID, token_hash: bytes, client: bytes | None) -> Link | None:
    """A stored refresh token, and whether the client is the one that exchanged it, as far as that is known."""
    row = await tx.row(LINK, session_id=session_id, token_hash=token_hash, client=client)
    return None if row is None else Link(row.used_at, row.successor_used, row.same_client)


async def use_token(tx: WriteTransaction, token_hash: bytes, successor: bytes, client: bytes | None) -> None:
    """Mark a refresh token as exchanged by a client."""
    await tx.run(USE, token_hash=token_hash, successor=successor, client=client, now=tx.now)


async def sessions(tx: ReadTransaction, worker_id: UUID, after: UUID, limit: int) -> Sequence[Row[Any]]:
    """A worker's living sessions."""
    return await tx.rows(SESSIONS, worker_id=worker_id, now=tx.now, after=after, limit=limit)


async def revoke_sessions(
    tx: WriteTransaction, worker_id: UUID, reason: str, *, session_id: UUID | None = None, besides: UUID | None = None
) -> int:
    """End one session of a worker, or all, or all but one."""
    return await tx.run(REVOKE, worker_id=worker_id, reason=reason, session_id=session_id, besides=besides, now=tx.now)


async def prolong(tx: WriteTransaction, session_id: UUID, until: datetime) -> None:
    """Give a session a later end and its full rights."""
    await tx.run(PROLONG, session_id=session_id, until=until)


async def live_keys(tx: WriteTransaction, name: str) -> int:
    """How many keys of a name work now; whoever asks holds the name until the transaction ends."""
    await tx.rows(LOCK_NAME, name=name, organization_id=str(tx.organization_id))
    return int(await tx.scalar(LIVE_KEYS, name=name, now=tx.now))


async def add_key(tx: WriteTransaction, values: Mapping[str, Any]) -> None:
    """Store a new integration key."""
    await tx.run(insert(ApiKeyRow).values(organization_id=tx.organization_id, **values))


async def keys(tx: ReadTransaction, after: UUID, limit: int) -> Sequence[Row[Any]]:
    """Integration keys, dead ones included."""
    return await tx.rows(KEYS, after=after, limit=limit)


async def revoke_key(tx: WriteTransaction, key_id: UUID) -> bool:
    """End a key; False when there is none with this id."""
    return await tx.run(REVOKE_KEY, key_id=key_id, now=tx.now) > 0


async def keys_used(tx: WriteTransaction, used: Sequence[tuple[UUID, bytes]]) -> None:
    """Note that keys were used; pairs whose secret is not the stored one change nothing."""
    await tx.run(KEYS_USED, ids=[key_id for key_id, _ in used], hashes=[secret for _, secret in used], now=tx.now)


async def forget(tx: WriteTransaction, sessions_after: timedelta) -> None:
    """Remove what is no longer needed: old failures, tokens of ended sessions, long ended sessions."""
    await tx.run(FORGET_THROTTLES, before=tx.now - FORGOTTEN_AFTER, now=tx.now)
    await tx.run(FORGET_NETWORKS, before=tx.now - KNOWN_FOR)
    await tx.run(FORGET_TOKENS, now=tx.now)
    await tx.run(FORGET_SESSIONS, before=tx.now - sessions_after, now=tx.now)
