"""Use case: sending what is due. At least once: a crash between sending and settling sends again, with the same id.

An endpoint is sent to by one job at a time (a lease that ends by itself), at most four messages at once. Its turn ends
with the first failure, so that a broken receiver never keeps a job longer than one attempt takes.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom
from typing import Any
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.events import publish
from app.core.ids import new_id
from app.core.jobs import defer
from app.core.runtime import Runtime
from app.integrations.domain import (
    DeliveryResult,
    DisabledReason,
    EndpointHealth,
    MessageStatus,
    Outcome,
    after_failure,
    judge,
    must_disable,
)
from app.integrations.events import EndpointDisabled
from app.integrations.sealing import unseal
from app.integrations.service.parts import deliver_job, master_keys, sender
from app.integrations.signing import signature_headers
from app.integrations.store import endpoints, messages
from app.integrations.store.messages import Attempted

AT_ONCE = 4
TURNS = 25
"""Rounds of four before an endpoint with much to take lets others go first."""
LEASE = timedelta(seconds=15)
"""How long a dead job's endpoint waits for another; prolonged before each round and, while one takes long, during it."""
PROLONG_SECONDS = 5.0
CLOCKS_DIFFER = timedelta(seconds=2)
"""The database starts a job by its own clock, which may be ahead of ours by this much."""
_CHANCE = SystemRandom()
_STATUS = {Outcome.DELIVERED: MessageStatus.DELIVERED, Outcome.RETRY: MessageStatus.WAITING}


@dataclass(frozen=True, slots=True)
class Round:
    """What one endpoint is to be sent now: where, signed with which secrets, and up to four messages."""

    organization_id: UUID
    endpoint_id: UUID
    url: str
    secrets: tuple[str, ...]
    messages: Sequence[Any]


async def deliver(runtime: Runtime, organization_id: UUID, endpoint_ids: Sequence[UUID]) -> None:
    """Send what is due for these endpoints, side by side. One that cannot be served never stops another."""
    turns = (_take_turn(runtime, organization_id, endpoint_id) for endpoint_id in endpoint_ids)
    failures = [end for end in await asyncio.gather(*turns, return_exceptions=True) if isinstance(end, BaseException)]
    if failures:
        raise failures[0]


async def _take_turn(runtime: Runtime, organization_id: UUID, endpoint_id: UUID) -> None:
    lease, fine = new_id(), True
    for _ in range(TURNS):
        async with runtime.database.write(organization_id) as tx:
            now = await _begin_round(tx, runtime, endpoint_id, lease)
        if now is None:
            return
        if not now.messages:
            break
        async with _held(runtime, now, lease):
            fine = all(await asyncio.gather(*(_attempt(runtime, now, message) for message in now.messages)))
        if not fine:
            break
    async with runtime.database.write(organization_id) as tx:
        await _end_turn(tx, endpoint_id, lease, failing=not fine)


async def _begin_round(tx: WriteTransaction, runtime: Runtime, endpoint_id: UUID, lease: UUID) -> Round | None:
    """The next messages, or None when another job sends to the endpoint, or nobody may."""
    found = await endpoints.lease(tx, endpoint_id, lease, tx.now + LEASE)
    if found is None:
        return None
    keys = master_keys(runtime.settings.master_keys)
    sealed = (found.secret, found.former_secret)
    secrets = tuple(unseal(keys, bytes(one), tx.organization_id, endpoint_id) for one in sealed if one is not None)
    due = await messages.due(tx, endpoint_id, tx.now + CLOCKS_DIFFER, AT_ONCE)
    return Round(tx.organization_id, endpoint_id, found.url, secrets, due)


@asynccontextmanager
async def _held(runtime: Runtime, now: Round, lease: UUID) -> AsyncIterator[None]:
    """Prolong the lease for as long as the round takes. Losing it is no harm: settling twice changes nothing."""

    async def prolong() -> None:
        while True:
            await asyncio.sleep(PROLONG_SECONDS)
            async with runtime.database.write(now.organization_id) as tx:
                await endpoints.lease(tx, now.endpoint_id, lease, tx.now + LEASE)

    prolonging = asyncio.create_task(prolong())
    try:
        yield
    finally:
        prolonging.cancel()
        await asyncio.gather(prolonging, return_exceptions=True)


async def _end_turn(tx: WriteTransaction, endpoint_id: UUID, lease: UUID, *, failing: bool) -> None:
    """Give the lease back first, then look again: what was written meanwhile found it taken and relies on us."""
    if await endpoints.release(tx, endpoint_id, lease) and await messages.due(tx, endpoint_id, tx.now, 1):
        await defer(tx, deliver_job(tx.organization_id, [endpoint_id], patient=failing))


async def _attempt(runtime: Runtime, now: Round, message: Any) -> bool:
    """Send one message with no transaction open, then write down what came of it; True when it was taken."""
    sent_at = runtime.clock.now()
    content = bytes(message.body)
    headers = signature_headers(str(message.id), sent_at, content, now.secrets)
    result = await sender(runtime).send(now.url, content, headers, now=sent_at)
    async with runtime.database.write(now.organization_id) as tx:
        return await settle(tx, now.endpoint_id, message, result) is Outcome.DELIVERED


async def settle(tx: WriteTransaction, endpoint_id: UUID, message: Any, result: DeliveryResult) -> Outcome:
    """Judge an attempt: done, again later, given up, or the endpoint wants no more."""
    attempt = message.attempts + 1
    verdict = judge(attempt, result, _CHANCE.uniform(-1.0, 1.0))
    again_at = tx.now + timedelta(seconds=verdict.wait or 0)
    # The endpoint's row before the message's, as everywhere, so that nobody waits for each other.
    await _note_health(tx, endpoint_id, verdict.outcome)
    status = _STATUS.get(verdict.outcome, MessageStatus.DEAD)
    done = Attempted(message.id, endpoint_id, message.type, attempt, verdict.outcome, result, status, again_at)
    if await messages.settle(tx, done) and verdict.outcome is Outcome.RETRY:
        await defer(tx, deliver_job(tx.organization_id, [endpoint_id], again_at, patient=True))
    return verdict.outcome


async def _note_health(tx: WriteTransaction, endpoint_id: UUID, outcome: Outcome) -> None:
    if outcome is Outcome.DELIVERED:
        await endpoints.clear_health(tx, endpoint_id)
        return
    before = await endpoints.health(tx, endpoint_id)
    if before is None:
        return
    now = after_failure(before, tx.now)
    await endpoints.set_health(tx, endpoint_id, now)
    reason = _reason_to_disable(outcome, now, tx)
    if reason is not None and await endpoints.disable(tx, endpoint_id, reason):
        await publish(tx, EndpointDisabled(subject_id=endpoint_id, reason=reason.value))


def _reason_to_disable(outcome: Outcome, health: EndpointHealth, tx: WriteTransaction) -> DisabledReason | None:
    if outcome is Outcome.ENDPOINT_GONE:
        return DisabledReason.GONE
    return DisabledReason.FAILING if must_disable(health, tx.now) else None
