"""Use cases: the endpoints an organization has told us to send to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.events import EVENT_TYPES, publish
from app.core.ids import new_id
from app.core.jobs import defer
from app.core.pages import Page
from app.integrations.domain import EndpointStatus, EventTypeRefused, checked_patterns, message_id
from app.integrations.events import EndpointTest
from app.integrations.policies import WEBHOOKS_READ, WEBHOOKS_WRITE
from app.integrations.sealing import seal
from app.integrations.service.announcing import begin_replay
from app.integrations.service.parts import deliver_job, master_keys, must_manage
from app.integrations.signing import new_secret
from app.integrations.store import endpoints as store

MAX_ENDPOINTS = 50
BOTH_SIGN = timedelta(hours=24)
"""How long the former secret signs along after a rotation."""


@dataclass(frozen=True, slots=True)
class EndpointEdit:
    """Changes to an endpoint; None leaves a field as it is. `replay_since` also sends what it missed."""

    url: str | None = None
    events: Sequence[str] | None = None
    description: str | None = None
    status: EndpointStatus | None = None
    replay_since: datetime | None = None


def patterns(events: Sequence[str]) -> list[str]:
    """Event patterns in their shortest form. Raises Invalid for one that no event type fits."""
    try:
        return list(checked_patterns(events, EVENT_TYPES))
    except EventTypeRefused as error:
        raise Invalid.field("#/events", "Use types of /v1/event-types, `prefix.*` or `*`.", "unknown_event_type") from error


async def endpoints(tx: ReadTransaction, asked: Page) -> Sequence[Any]:
    """One page of endpoints. Raises Forbidden."""
    must_manage(tx, WEBHOOKS_READ)
    return await store.page(tx, asked)


async def endpoint(tx: ReadTransaction, endpoint_id: UUID) -> Any:
    """One endpoint without its secrets. Raises Forbidden, NotFound."""
    must_manage(tx, WEBHOOKS_READ)
    return await _found(tx, endpoint_id)


async def add_endpoint(
    tx: WriteTransaction, keys: Mapping[str, bytes], *, url: str, events: Sequence[str], description: str
) -> tuple[Any, str]:
    """A new endpoint and its secret, which nothing shows again. `url` is vetted already. Raises Conflict, Invalid."""
    must_manage(tx, WEBHOOKS_WRITE)
    if await store.count(tx) >= MAX_ENDPOINTS:
        raise Conflict(f"An organization has at most {MAX_ENDPOINTS} endpoints.", code="too_many_endpoints")
    endpoint_id, secret = new_id(), new_secret()
    sealed = seal(master_keys(keys), secret, tx.organization_id, endpoint_id)
    await store.add(tx, id=endpoint_id, url=url, events=patterns(events), description=description, secret=sealed)
    return await store.one(tx, endpoint_id), secret


async def change_endpoint(tx: WriteTransaction, endpoint_id: UUID, edit: EndpointEdit, version: int) -> Any:
    """Change an endpoint; switched on again it is sent what waits for it. Raises NotFound, Stale, Invalid, Conflict."""
    must_manage(tx, WEBHOOKS_WRITE)
    now = await _found(tx, endpoint_id)
    changed = await store.change(
        tx,
        id=endpoint_id,
        url=now.url if edit.url is None else edit.url,
        events=now.events if edit.events is None else patterns(edit.events),
        description=now.description if edit.description is None else edit.description,
        status=str(edit.status or now.status),
        version=version,
    )
    if not changed:
        raise Stale
    found = await store.one(tx, endpoint_id)
    if edit.replay_since is not None:
        await begin_replay(tx, found, edit.replay_since)
    if found.status != now.status and found.status == EndpointStatus.ACTIVE:
        await defer(tx, deliver_job(tx.organization_id, [endpoint_id]))
    return found


async def drop_endpoint(tx: WriteTransaction, endpoint_id: UUID) -> None:
    """Remove an endpoint, its messages and its log. Raises NotFound."""
    must_manage(tx, WEBHOOKS_WRITE)
    if not await store.drop(tx, endpoint_id):
        raise NotFound


async def rotate_secret(tx: WriteTransaction, keys: Mapping[str, bytes], endpoint_id: UUID) -> tuple[Any, str]:
    """A new secret, shown once; the former one signs along for 24 hours. Raises NotFound."""
    must_manage(tx, WEBHOOKS_WRITE)
    await _found(tx, endpoint_id)
    secret = new_secret()
    sealed = seal(master_keys(keys), secret, tx.organization_id, endpoint_id)
    await store.rotate(tx, endpoint_id, sealed, tx.now + BOTH_SIGN)
    return await store.one(tx, endpoint_id), secret


async def send_test(tx: WriteTransaction, endpoint_id: UUID) -> UUID:
    """Publish a test that only this endpoint hears of; answers the id its message will have. Raises NotFound, Conflict."""
    must_manage(tx, WEBHOOKS_WRITE)
    if (await _found(tx, endpoint_id)).status != EndpointStatus.ACTIVE:
        raise Conflict("The endpoint is switched off.", code="endpoint_disabled")
    (event_id,) = await publish(tx, EndpointTest(subject_id=endpoint_id))
    return message_id(event_id, endpoint_id)


async def _found(tx: ReadTransaction, endpoint_id: UUID) -> Any:
    found = await store.one(tx, endpoint_id)
    if found is None:
        raise NotFound
    return found
