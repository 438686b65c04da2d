"""Statements about webhook endpoints."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.jsonb import as_json
from app.core.pages import Page
from app.integrations.domain import DisabledReason, EndpointHealth

COLUMNS = (
    "id, url, events, description, status, disabled_reason, failures, failing_since, "
    "case when former_secret_until > :now then former_secret_until end as former_secret_until, created_at, version"
)
ONE = text(f"select {COLUMNS} from webhook_endpoint where organization_id = :organization_id and id = :id")  # noqa: S608  # constant columns
PAGE = text(
    f"select {COLUMNS} from webhook_endpoint where organization_id = :organization_id and id > :after order by id limit :limit"  # noqa: S608  # constant columns
)
COUNT = text("select count(*) from webhook_endpoint where organization_id = :organization_id")
ADD = text(
    "insert into webhook_endpoint (organization_id, id, url, events, description, secret, status, failures, subscribed_from, created_by, "
    "created_at, version) values (:organization_id, :id, :url, cast(:events as jsonb), :description, :secret, 'active', 0, "
    "cast(pg_current_snapshot() as text), :created_by, :now, 1)"
)
# Switching an endpoint on again clears its record: it gets the whole patience anew.
CHANGE = text(
    "update webhook_endpoint set url = :url, events = cast(:events as jsonb), description = :description, "
    "disabled_reason = case when :status = 'active' then null when status = 'disabled' then disabled_reason else 'administrator' end, "
    "failures = case when status <> :status then 0 else failures end, "
    "watch_started_at = case when status = :status then watch_started_at end, "
    "failing_since = case when status = :status then failing_since end, "
    "status = :status, version = version + 1 where organization_id = :organization_id and id = :id and version = :version"
)
ROTATE = text(
    "update webhook_endpoint set former_secret = secret, former_secret_until = :until, secret = :secret, version = version + 1 "
    "where organization_id = :organization_id and id = :id"
)
DROP = text("delete from webhook_endpoint where organization_id = :organization_id and id = :id")
# One job sends to an endpoint at a time. Whoever finds the lease taken leaves: its holder looks for more when it is done.
LEASE = text(
    "update webhook_endpoint set lease = :lease, leased_until = :until where organization_id = :organization_id and id = :id "
    "and status = 'active' and (lease = :lease or leased_until is null or leased_until <= :now) "
    "returning url, secret, case when former_secret_until > :now then former_secret end as former_secret"
)
RELEASE = text(
    "update webhook_endpoint set lease = null, leased_until = null where organization_id = :organization_id and id = :id "
    "and lease = :lease"
)
HEALTH = text(
    "select watch_started_at, failures, failing_since from webhook_endpoint where organization_id = :organization_id and id = :id "
    "and status = 'active' for update"
)
SET_HEALTH = text(
    "update webhook_endpoint set watch_started_at = :watch_started_at, failures = :failures, failing_since = :failing_since "
    "where organization_id = :organization_id and id = :id"
)
CLEAR_HEALTH = text(
    "update webhook_endpoint set watch_started_at = null, failures = 0, failing_since = null "
    "where organization_id = :organization_id and id = :id and failures > 0"
)
DISABLE = text(
    "update webhook_endpoint set status = 'disabled', disabled_reason = :reason, lease = null, leased_until = null, "
    "version = version + 1 where organization_id = :organization_id and id = :id and status = 'active'"
)
FORGET_SECRETS = text(
    "update webhook_endpoint set former_secret = null, former_secret_until = null "
    "where organization_id = :organization_id and former_secret_until <= :now"
)


async def one(tx: ReadTransaction, endpoint_id: UUID) -> Any:
    """One endpoint without its secrets, or None."""
    return await tx.row(ONE, id=endpoint_id, now=tx.now)


async def page(tx: ReadTransaction, asked: Page) -> Sequence[Any]:
    """Endpoints by id, one more than the page shows."""
    return await tx.rows(PAGE, after=asked.after, limit=asked.limit + 1, now=tx.now)


async def count(tx: ReadTransaction) -> int:
    """How many endpoints there are."""
    return int(await tx.scalar(COUNT))


async def add(tx: WriteTransaction, **values: Any) -> None:
    """Store an endpoint, which hears of what commits from now on."""
    events = as_json(values.pop("events"))
    await tx.run(ADD, **values, events=events, created_by=tx.caller.id, now=tx.now)


async def change(tx: WriteTransaction, **values: Any) -> bool:
    """Store an edit; False when the version moved on."""
    events = as_json(values.pop("events"))
    return await tx.run(CHANGE, **values, events=events) == 1


async def rotate(tx: WriteTransaction, endpoint_id: UUID, secret: bytes, until: datetime) -> None:
    """Put a new sealed secret in front of the current one."""
    await tx.run(ROTATE, id=endpoint_id, secret=secret, until=until)


async def drop(tx: WriteTransaction, endpoint_id: UUID) -> bool:
    """Remove an endpoint with its messages and log; False when there is none."""
    return await tx.run(DROP, id=endpoint_id) == 1


async def lease(tx: WriteTransaction, endpoint_id: UUID, token: UUID, until: datetime) -> Any:
    """Take or prolong the right to send to an active endpoint: url and sealed secrets, or None when another job has it."""
    return await tx.row(LEASE, id=endpoint_id, lease=token, until=until, now=tx.now)


async def release(tx: WriteTransaction, endpoint_id: UUID, token: UUID) -> bool:
    """Give the right back; False when it was lost or the endpoint went."""
    return await tx.run(RELEASE, id=endpoint_id, lease=token) == 1


async def health(tx: WriteTransaction, endpoint_id: UUID) -> EndpointHealth | None:
    """The record of an active endpoint, locked until the transaction ends."""
    row = await tx.row(HEALTH, id=endpoint_id)
    return None if row is None else EndpointHealth(*row)


async def set_health(tx: WriteTransaction, endpoint_id: UUID, found: EndpointHealth) -> None:
    """Store the record after a failure."""
    await tx.run(
        SET_HEALTH,
        id=endpoint_id,
        watch_started_at=found.watch_started_at,
        failures=found.failures,
        failing_since=found.failing_since,
    )


async def clear_health(tx: WriteTransaction, endpoint_id: UUID) -> None:
    """Forget failures after a success."""
    await tx.run(CLEAR_HEALTH, id=endpoint_id)


async def disable(tx: WriteTransaction, endpoint_id: UUID, reason: DisabledReason) -> bool:
    """Switch an endpoint off; False when it was already."""
    return await tx.run(DISABLE, id=endpoint_id, reason=reason.value) == 1


async def forget_former_secrets(tx: WriteTransaction) -> None:
    """Remove secrets that no longer sign."""
    await tx.run(FORGET_SECRETS, now=tx.now)
