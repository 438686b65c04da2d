"""Statements about messages and the log of attempts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.core.db import Database, ReadTransaction, WriteTransaction
from app.core.ids import new_id
from app.core.jsonb import as_json
from app.core.pages import Page
from app.integrations.domain import DeliveryResult, MessageStatus, Outcome

# What an endpoint is told: all that was not yet committed when it was made. The clock alone would miss a transaction
# that began before and committed after; the snapshot alone would not survive a restore, which begins new numbers.
WHO_HEARS = text(
    "select e.id as event_id, e.type, e.subject_id, e.occurred_at, e.data, w.id as endpoint_id, w.events "
    "from event e join webhook_endpoint w on w.organization_id = e.organization_id and w.status = 'active' "
    "where e.organization_id = :organization_id and e.id = any(cast(:ids as uuid[])) and (w.created_at <= e.occurred_at "
    "or not pg_visible_in_snapshot(e.writer, cast(w.subscribed_from as pg_snapshot))) order by e.id, w.id"
)
HAPPENED = text(
    "select e.id as event_id, e.type, e.subject_id, e.occurred_at, e.data, w.id as endpoint_id, w.events "
    "from event e join webhook_endpoint w on w.organization_id = e.organization_id and w.id = :endpoint_id and w.status = 'active' "
    "where e.organization_id = :organization_id and e.id > :after and e.occurred_at >= :since order by e.id limit :limit"
)
_WRITE = (
    "insert into webhook_message (organization_id, id, endpoint_id, event_id, type, body, status, attempts, next_attempt_at, created_at) "
    "select :organization_id, m.id, m.endpoint_id, m.event_id, m.type, convert_to(m.body, 'UTF8'), 'waiting', 0, "
    "cast(:now as timestamptz), cast(:now as timestamptz) from jsonb_to_recordset(cast(:messages as jsonb)) as "
    "m(id uuid, endpoint_id uuid, event_id uuid, type text, body text) on conflict (organization_id, id) "
)
WRITE = text(_WRITE + "do nothing returning endpoint_id")
# Replaying wakes what was given up and leaves alone what was taken or still waits.
REWRITE = text(
    _WRITE + "do update set status = 'waiting', attempts = 0, next_attempt_at = excluded.next_attempt_at "
    "where webhook_message.status = 'dead' returning endpoint_id"
)
DUE = text(
    "select id, body, attempts, type from webhook_message where organization_id = :organization_id and endpoint_id = :endpoint_id "
    "and status = 'waiting' and next_attempt_at <= :until order by next_attempt_at, id limit :limit"
)
SETTLE = text(
    "update webhook_message set status = :status, attempts = attempts + 1, next_attempt_at = :next_attempt_at "
    "where organization_id = :organization_id and id = :id and status = 'waiting' and attempts = :attempts"
)
LOG = text(
    "insert into webhook_delivery (organization_id, id, message_id, endpoint_id, type, attempt, status, http_status, milliseconds, "
    "error, snippet, at) values (:organization_id, :id, :message_id, :endpoint_id, :type, :attempt, :status, :http_status, "
    ":milliseconds, :error, :snippet, :at)"
)
# Asked of all organizations at once, by a function with the owner's rights that answers ids only: an idle plant costs nothing.
WAITING_TOO_LONG = text("select webhook_overdue(:now)")
OVERDUE = text(
    "select distinct m.endpoint_id from webhook_message m join webhook_endpoint w on w.organization_id = m.organization_id "
    "and w.id = m.endpoint_id where m.organization_id = :organization_id and m.status = 'waiting' and m.next_attempt_at <= :now "
    "and w.status = 'active' and (w.leased_until is null or w.leased_until <= :now)"
)
REPLAY = text(
    "update webhook_message m set status = 'waiting', attempts = 0, next_attempt_at = :now from webhook_endpoint w "
    "where m.organization_id = :organization_id and m.id = :id and w.organization_id = m.organization_id and w.id = m.endpoint_id "
    "and w.status = 'active' returning m.endpoint_id"
)
MESSAGE = "id, endpoint_id, event_id, type, status, attempts, case when status = 'waiting' then next_attempt_at end as next_attempt_at, created_at"
ONE = text(f"select {MESSAGE} from webhook_message where organization_id = :organization_id and id = :id")  # noqa: S608  # constant columns
MESSAGES = text(
    f"select {MESSAGE} from webhook_message where organization_id = :organization_id and id > :after "  # noqa: S608  # constant columns
    "and (cast(:endpoint_id as uuid) is null or endpoint_id = :endpoint_id) "
    "and (cast(:status as text) is null or status = :status) order by id limit :limit"
)
DELIVERIES = text(
    "select id, message_id, endpoint_id, type, attempt, status, http_status, milliseconds, error, snippet, at from webhook_delivery "
    "where organization_id = :organization_id and id > :after and (cast(:endpoint_id as uuid) is null or endpoint_id = :endpoint_id) "
    "and (cast(:status as text) is null or status = :status) order by id limit :limit"
)
FORGET_DELIVERIES = text("delete from webhook_delivery where organization_id = :organization_id and at < :before")
FORGET_MESSAGES = text("delete from webhook_message where organization_id = :organization_id and created_at < :before")


@dataclass(frozen=True, slots=True)
class NewMessage:
    """One event on its way to one endpoint."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Attempted:
    """One attempt and what follows from it; `attempt` counts from 1, `next_attempt_at` is now unless it waits again."""

    message_id: UUID
    endpoint_id: UUID
    type: str
    attempt: int
    outcome: Outcome
    result: DeliveryResult
    status: MessageStatus
    next_attempt_at: datetime


async def who_hears(tx: ReadTransaction, event_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Each of the events beside each active endpoint that was there when it happened."""
    return await tx.rows(WHO_HEARS, ids=list(event_ids))


async def happened(tx: ReadTransaction, endpoint_id: UUID, since: datetime, after: UUID, limit: int) -> Sequence[Row[Any]]:
    """Events since an instant beside one active endpoint, in order of their ids."""
    return await tx.rows(HAPPENED, endpoint_id=endpoint_id, since=since, after=after, limit=limit)


async def write(tx: WriteTransaction, messages: Sequence[NewMessage], *, again: bool = False) -> set[UUID]:
    """Store messages that are not there yet, with `again` also waking dead ones; answers whose endpoints have work."""
    if not messages:
        return set()
    rows = [
        {"id": str(m.id), "endpoint_id": str(m.endpoint_id), "event_id": str(m.event_id), "type": m.type, "body": m.body.decode()}
        for m in messages
    ]
    written = await tx.rows(REWRITE if again else WRITE, messages=as_json(rows), now=tx.now)
    return {row.endpoint_id for row in written}


async def due(tx: ReadTransaction, endpoint_id: UUID, until: datetime, limit: int) -> Sequence[Row[Any]]:
    """What an endpoint is to be sent now, longest due first."""
    return await tx.rows(DUE, endpoint_id=endpoint_id, until=until, limit=limit)


async def settle(tx: WriteTransaction, done: Attempted) -> bool:
    """Write an attempt down; False when the message went or another job settled the same attempt."""
    changed = await tx.run(
        SETTLE, id=done.message_id, status=done.status.value, next_attempt_at=done.next_attempt_at, attempts=done.attempt - 1
    )
    if not changed:
        return False
    await tx.run(
        LOG,
        id=new_id(),
        message_id=done.message_id,
        endpoint_id=done.endpoint_id,
        type=done.type,
        attempt=done.attempt,
        status=done.outcome.value,
        http_status=done.result.status,
        milliseconds=done.result.milliseconds,
        error=done.result.error.value if done.result.error else None,
        snippet=done.result.snippet,
        at=tx.now,
    )
    return True


async def waiting_too_long(database: Database, now: datetime) -> list[UUID]:
    """Organizations with a message that is due and in nobody's hands."""
    async with database.unfenced() as connection:
        return [row[0] for row in (await connection.execute(WAITING_TOO_LONG, {"now": now})).all()]


async def overdue(tx: ReadTransaction) -> list[UUID]:
    """Active endpoints with something due that no job is sending to."""
    return [row.endpoint_id for row in await tx.rows(OVERDUE, now=tx.now)]


async def replay(tx: WriteTransaction, message_id: UUID) -> UUID | None:
    """Make one message wait for its first attempt again; its active endpoint, or None."""
    found: UUID | None = await tx.scalar(REPLAY, id=message_id, now=tx.now)
    return found


async def one(tx: ReadTransaction, message_id: UUID) -> Any:
    """One message or None."""
    return await tx.row(ONE, id=message_id)


async def messages(tx: ReadTransaction, asked: Page, endpoint_id: UUID | None, status: MessageStatus | None) -> Sequence[Any]:
    """Messages by id, one more than the page shows."""
    return await tx.rows(MESSAGES, after=asked.after, limit=asked.limit + 1, endpoint_id=endpoint_id, status=status)


async def deliveries(tx: ReadTransaction, asked: Page, endpoint_id: UUID | None, status: Outcome | None) -> Sequence[Any]:
    """Attempts in the order they were made, one more than the page shows."""
    return await tx.rows(DELIVERIES, after=asked.after, limit=asked.limit + 1, endpoint_id=endpoint_id, status=status)


async def forget(tx: WriteTransaction, deliveries_before: datetime, messages_before: datetime) -> None:
    """Remove what is too old to be asked about."""
    await tx.run(FORGET_DELIVERIES, before=deliveries_before)
    await tx.run(FORGET_MESSAGES, before=messages_before)
