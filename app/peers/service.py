"""Use cases of peer assists: log, confirm, decline, expire, read, count."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.events import publish
from app.core.pages import Page
from app.paytime import service as paytime
from app.paytime.domain import Claim, PayKind, reach_of
from app.peers import store
from app.peers.domain import (
    ASSISTS_COUNT,
    CONFIRM_WITHIN,
    Assist,
    AssistAsked,
    AssistCount,
    AssistRole,
    AssistStatus,
    time_fault,
)
from app.peers.events import AssistConfirmed, AssistDeclined, AssistExpired, AssistFacts, AssistLogged
from app.people import service as people

LONGEST_COUNT = timedelta(days=92)
USUAL_COUNT = timedelta(days=31)
EXPIRED_AT_ONCE = 500


async def log(tx: WriteTransaction, asked: AssistAsked) -> Assist:
    """Log an assist of the caller with a colleague; a repeat with the same id answers the first.

    Raises Invalid for a self-assist, an unknown colleague or work center or an impossible time, Conflict when the id
    means something else or the two have another assist at that time.
    """
    logger_id = _worker(tx)
    if asked.colleague_id == logger_id:
        raise Invalid.field("#/colleague_id", "Name somebody else: nobody assists themself.", "self_assist")
    known = await store.one(tx, asked.id)
    if known is not None:
        return _same(known, asked, logger_id)
    assist = await _checked(tx, asked, logger_id)
    pair = (assist.helper_id, assist.helped_id)
    await store.lock_pair(tx, *pair)
    # An overdue assist no longer counts, so it must not stand in the way until the job comes round.
    await _tell_expired(tx, await store.expire(tx, EXPIRED_AT_ONCE, pair))
    known = await store.one(tx, asked.id)
    if known is not None:
        return _same(known, asked, logger_id)
    if await store.overlapping(tx, assist):
        raise Conflict("The two of you have another assist at that time.", code="assist_overlaps")
    if not await store.add(tx, assist):
        raise Conflict("This id is taken.", code="id_taken")
    await publish(tx, AssistLogged(**_facts(assist), logged_by=assist.logged_by.value))
    return assist


def _worker(tx: ReadTransaction) -> UUID:
    if tx.caller.worker_id is None:
        raise Forbidden("Only a signed-in person has assists.")
    return tx.caller.worker_id


def _same(known: Assist, asked: AssistAsked, logger_id: UUID) -> Assist:
    if not known.says(asked, logger_id):
        raise Conflict("This id is taken.", code="id_taken")
    return known


async def _checked(tx: ReadTransaction, asked: AssistAsked, logger_id: UUID) -> Assist:
    fault = time_fault(asked, tx.now)
    if fault:
        raise Invalid.field("#/started_at", fault, "assist_time")
    colleague = (await people.workers(tx, [asked.colleague_id])).get(asked.colleague_id)
    if colleague is None or colleague.status != "active":
        raise Invalid.field("#/colleague_id", "There is no such active colleague.", "unknown_colleague")
    centers = await people.work_centers(tx, ids=[asked.work_center_id])
    if not centers:
        raise Invalid.field("#/work_center_id", "There is no such work center.", "unknown_work_center")
    helper, helped = (logger_id, asked.colleague_id) if asked.role is AssistRole.HELPER else (asked.colleague_id, logger_id)
    return Assist(
        id=asked.id,
        helper_id=helper,
        helped_id=helped,
        logged_by=asked.role,
        skill=asked.skill,
        work_center_id=asked.work_center_id,
        site_id=centers[0].site_id,
        started_at=asked.started_at,
        ends_at=asked.ends_at,
        note=asked.note,
        status=AssistStatus.LOGGED,
        created_at=tx.now,
        expires_at=tx.now + CONFIRM_WITHIN,
        resolved_at=None,
        version=1,
    )


async def confirm(tx: WriteTransaction, assist_id: UUID) -> Assist:
    """The other side says it was so: both are credited in this transaction. Confirming again changes nothing.

    Raises NotFound for outsiders, Forbidden for the logger, Conflict when it was declined or 72 hours are over.
    """
    if not await _resolved(tx, assist_id, AssistStatus.CONFIRMED):
        return await _standing(tx, assist_id)
    assist = await _standing(tx, assist_id)
    claims = [
        Claim(assist.worker(role), assist.started_at, assist.ends_at, PayKind.PEER_ASSIST, assist.id) for role in AssistRole
    ]
    credited = {credit.claim.worker_id: credit.seconds for credit in await paytime.credit(tx, claims)}
    told = AssistConfirmed(**_facts(assist), helper_seconds=credited[assist.helper_id], helped_seconds=credited[assist.helped_id])
    await publish(tx, told)
    return assist


async def decline(tx: WriteTransaction, assist_id: UUID) -> Assist:
    """The other side says it was not so. Declining again changes nothing. Raises as `confirm` does."""
    if await _resolved(tx, assist_id, AssistStatus.DECLINED):
        await publish(tx, AssistDeclined(**_facts(await _standing(tx, assist_id))))
    return await _standing(tx, assist_id)


async def _resolved(tx: WriteTransaction, assist_id: UUID, status: AssistStatus) -> bool:
    """Write the answer of the other side; False when the very same answer stands already."""
    assist = await read(tx, assist_id)
    if assist.role_of(tx.caller.worker_id) is assist.logged_by:
        raise Forbidden("The other side answers what you logged.", code="own_assist")
    if await store.resolve(tx, assist_id, status):
        return True
    stands = (await _standing(tx, assist_id)).status_at(tx.now)
    if stands is not status:
        raise Conflict(f"This assist is {stands.value}.", code=f"assist_{stands.value}")
    return False


async def _standing(tx: ReadTransaction, assist_id: UUID) -> Assist:
    assist = await store.one(tx, assist_id)
    if assist is None:
        raise NotFound
    return assist


async def read(tx: ReadTransaction, assist_id: UUID) -> Assist:
    """An assist the caller is part of. Raises NotFound for everybody else, whatever their role."""
    assist = await _standing(tx, assist_id)
    if assist.role_of(_worker(tx)) is None:
        raise NotFound
    return assist


async def own(tx: ReadTransaction, status: AssistStatus | None, page: Page) -> list[Assist]:
    """The caller's assists on either side, one more than the page shows."""
    return await store.own(tx, _worker(tx), status, page)


async def counts(
    tx: ReadTransaction, start: datetime | None, end: datetime | None, work_center_id: UUID | None
) -> list[AssistCount]:
    """How many assists each work center in the caller's reach saw, without people or notes. Raises Invalid."""
    end = end or tx.now
    start = start or end - USUAL_COUNT
    if not timedelta() < end - start <= LONGEST_COUNT:
        raise Invalid.field("#/from", f"Ask for a stretch of at most {LONGEST_COUNT.days} days.", "bad_stretch")
    reach = reach_of(tx.caller, ASSISTS_COUNT.roles)
    return await store.counts(tx, start, end, work_center_id=work_center_id, allowed=reach.allowed, denied=reach.denied)


async def expire_overdue(tx: WriteTransaction) -> int:
    """Write and tell the end of assists nobody confirmed in time; answers how many, at most 500 at once."""
    expired = await store.expire(tx, EXPIRED_AT_ONCE)
    await _tell_expired(tx, expired)
    return len(expired)


async def _tell_expired(tx: WriteTransaction, expired: Sequence[Assist]) -> None:
    await publish(tx, *(AssistExpired(**_facts(assist)) for assist in expired))


def _facts(assist: Assist) -> AssistFacts:
    return {
        "subject_id": assist.id,
        "helper_id": assist.helper_id,
        "helped_id": assist.helped_id,
        "skill": assist.skill,
        "work_center_id": assist.work_center_id,
        "minutes": assist.minutes,
    }
