"""Use cases: turning facts into messages, once when they happen and again when asked to."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.errors import Conflict, NotFound
from app.core.jobs import Job, defer
from app.integrations.domain import EndpointStatus, body, facts, message_id, subscribed
from app.integrations.events import EndpointTest
from app.integrations.policies import WEBHOOKS_WRITE
from app.integrations.service.parts import deliver_job, must_manage
from app.integrations.store import endpoints, messages
from app.integrations.store.messages import NewMessage

REPLAY = "integrations.replay"
REPLAYED_AT_ONCE = 500
BEGINNING = UUID(int=0)


async def announce(tx: WriteTransaction, event_ids: Sequence[UUID]) -> None:
    """Write one message an event and listening endpoint, and the job that sends them. Repeating it changes nothing."""
    await _write(tx, await messages.who_hears(tx, event_ids), again=False)


async def replay_message(tx: WriteTransaction, asked: UUID) -> Any:
    """Send one message again from its first attempt, with its own `webhook-id`. Raises NotFound, Conflict."""
    must_manage(tx, WEBHOOKS_WRITE)
    endpoint_id = await messages.replay(tx, asked)
    found = await messages.one(tx, asked)
    if found is None:
        raise NotFound
    if endpoint_id is None:
        raise Conflict("The endpoint is switched off.", code="endpoint_disabled")
    await defer(tx, deliver_job(tx.organization_id, [endpoint_id]))
    return found


async def replay_endpoint(tx: WriteTransaction, endpoint_id: UUID, since: datetime) -> None:
    """Send an endpoint whatever happened since and it did not take. Raises NotFound, Conflict."""
    must_manage(tx, WEBHOOKS_WRITE)
    found = await endpoints.one(tx, endpoint_id)
    if found is None:
        raise NotFound
    await begin_replay(tx, found, since)


async def begin_replay(tx: WriteTransaction, endpoint: Any, since: datetime) -> None:
    """Enqueue the replay of an active endpoint. Raises Conflict."""
    if endpoint.status != EndpointStatus.ACTIVE:
        raise Conflict("The endpoint is switched off.", code="endpoint_disabled")
    await defer(tx, _replay_job(tx.organization_id, endpoint.id, since, BEGINNING))


async def keep_replaying(tx: WriteTransaction, endpoint_id: UUID, since: datetime, after: UUID) -> None:
    """Write the next messages of a replay, and the job for those after them."""
    rows = await messages.happened(tx, endpoint_id, since, after, REPLAYED_AT_ONCE)
    await _write(tx, rows, again=True)
    if len(rows) == REPLAYED_AT_ONCE:
        await defer(tx, _replay_job(tx.organization_id, endpoint_id, since, rows[-1].event_id))


def _replay_job(organization_id: UUID, endpoint_id: UUID, since: datetime, after: UUID) -> Job:
    args = {"organization_id": organization_id, "endpoint_id": endpoint_id, "since": since.isoformat(), "after": after}
    return Job(REPLAY, {name: str(value) for name, value in args.items()}, priority=-1)


async def _write(tx: WriteTransaction, rows: Iterable[Any], *, again: bool) -> None:
    made = [_message(tx.organization_id, row) for row in rows if _hears(row)]
    waiting = await messages.write(tx, made, again=again)
    if waiting:
        await defer(tx, deliver_job(tx.organization_id, waiting))


def _hears(row: Any) -> bool:
    # A test is for the endpoint under test, whatever it subscribed to, and for no other.
    if row.type == EndpointTest.type:
        return bool(row.subject_id == row.endpoint_id)
    return subscribed(row.events, row.type)


def _message(organization_id: UUID, row: Any) -> NewMessage:
    data = facts(organization_id, row.event_id, row.subject_id, row.data)
    made = message_id(row.event_id, row.endpoint_id)
    return NewMessage(made, row.endpoint_id, row.event_id, row.type, body(row.type, row.occurred_at, data))
