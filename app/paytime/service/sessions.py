"""Two-phase sessions: starting reserves time, and exactly one of posting, voiding and expiring ends the reservation."""

from datetime import datetime
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Invalid, NotFound
from app.core.events import publish
from app.core.intervals import Interval, between
from app.core.pages import Page
from app.paytime.domain import Claim, PayKind, Reason, Settlement, Shortfall, on_the_second
from app.paytime.domain.protection import BlockFact, ProtectedBlock
from app.paytime.domain.rules import Outside
from app.paytime.domain.sessions import GRACE, BreakReason, Resolution, Session, SessionAsked, reservable
from app.paytime.lines import lines_of
from app.paytime.service import protection
from app.paytime.service.crediting import attended, credit, raised
from app.paytime.service.protection import Interruption
from app.paytime.service.review import freed
from app.paytime.store import protection as block_store
from app.paytime.store import sessions as store
from app.paytime.store import writing
from app.paytime.zones import tzdata_version, utc_offset_seconds
from app.roster.domain import Shift


def own_id(tx: ReadTransaction) -> UUID:
    """The caller's own worker id."""
    assert tx.caller.worker_id is not None  # the policy lets only people in
    return tx.caller.worker_id


async def start_session(tx: WriteTransaction, asked: SessionAsked) -> Session:
    """Reserve time from now on, cut at the next break and at the end of the shift; the same id again answers the same.

    Raises Conflict in a break, outside the shift where the site forbids it, or while something else holds this time;
    Invalid for more time than a session may take without a protected block.
    """
    worker_id, now = own_id(tx), on_the_second(tx.now)
    await writing.lock(tx, [worker_id])
    known = await store.one(tx, asked.id)
    if known is not None:
        if (known.worker_id, known.kind) != (worker_id, asked.kind):
            raise Conflict("This id is taken.", code="id_taken")
        return known
    if await store.known_source(tx, asked.id):
        raise Conflict("This id is taken.", code="id_taken")
    block = await _block(tx, asked, worker_id)
    claim = Claim(worker_id, now, now + GRACE * 20, asked.kind, asked.id)
    state = await writing.state(tx, [claim])
    shift = next((one for one in attended(state) if one.interval.contains(now)), None)
    policy = state.places.policy(worker_id, shift)
    longest = policy.longest_session if block is None else block.seconds
    if asked.seconds > longest:
        raise Invalid.field("#/seconds", f"At most {longest}: a longer session needs a protected block.", "too_long")
    if shift is None and policy.outside is Outside.BLOCK:
        raise Conflict("You are not on shift.", code="outside_shift")
    reserved = _reserved(now, asked.seconds, shift, state.taken.get(worker_id, []))
    site_id = state.places.site(worker_id, shift)
    zone = state.zones[site_id]
    made = await store.reserve(
        tx,
        **{name: getattr(asked, name) for name in ("id", "mandatory", "job_related", "travel", "block_id", "device_at")},
        worker_id=worker_id,
        kind=asked.kind.value,
        starts_at=reserved.start,
        ends_at=reserved.end,
        expires_at=reserved.end + GRACE,
        site_id=site_id,
        time_zone=zone,
        utc_offset_seconds=utc_offset_seconds(now, zone),
        tzdata_version=tzdata_version(),
    )
    if not made:
        raise Conflict("This id is taken.", code="id_taken")
    if block is not None:
        await protection.happened(tx, block.id, BlockFact.STARTED)
    return await _standing(tx, asked.id)


async def _block(tx: ReadTransaction, asked: SessionAsked, worker_id: UUID) -> ProtectedBlock | None:
    """The protected block a session takes place in. Raises Invalid or Conflict where it cannot."""
    if (asked.block_id is None) != (asked.kind is not PayKind.PROTECTED_BLOCK):
        raise Invalid.field("#/block_id", "A protected_block session names its block, and no other kind does.", "block")
    if asked.block_id is None:
        return None
    block = await block_store.one(tx, asked.block_id)
    if block is None or block.worker_id != worker_id:
        raise Invalid.field("#/block_id", "You have no such block.", "unknown_block")
    if block.state not in (BlockFact.PLANNED, BlockFact.STARTED, BlockFact.INTERRUPTED):
        raise Conflict(f"This block is {block.state.value}.", code="block_over")
    return block


def _reserved(now: datetime, seconds: int, shift: Shift | None, taken: list[Interval]) -> Interval:
    if any(interval.contains(now) for interval in taken):
        raise Conflict("This time counts for something else, or another session runs.", code="session_open")
    pauses = [pause.interval for pause in shift.breaks] if shift else []
    if any(pause.contains(now) for pause in pauses):
        raise Conflict("You are on a break: learn after it.", code="in_break")
    cut = [*taken, *pauses]
    if shift is not None:
        end = on_the_second(shift.ends_at)
        cut.append(Interval(end, end + GRACE * 48))
    found = reservable(now, seconds, cut)
    if found is None:
        raise Conflict("You are not on shift.", code="outside_shift")
    return found


async def own_session(tx: ReadTransaction, session_id: UUID) -> Session:
    """One of the caller's sessions. Raises NotFound for anybody else's."""
    found = await store.one(tx, session_id)
    if found is None or found.worker_id != own_id(tx):
        raise NotFound
    return found


async def own_sessions(tx: ReadTransaction, page: Page) -> list[Session]:
    """The caller's sessions, one more than the page shows."""
    return await store.own(tx, own_id(tx), page)


async def end_session(tx: WriteTransaction, session_id: UUID, ended_at: datetime | None, why: Interruption | None) -> Session:
    """End a session and credit what it took, never more than was reserved. Ending it so again answers the same.

    `ended_at` may say that it ended earlier than now. Raises NotFound, Conflict when it ended otherwise.
    """
    session = await own_session(tx, session_id)
    await writing.lock(tx, [session.worker_id])
    end = min(on_the_second(tx.now), session.ends_at)
    end = max(session.starts_at, min(end, on_the_second(ended_at)) if ended_at else end)
    if not await store.resolve(tx, session.id, Resolution.POSTED, end, why.reason if why else None):
        return await _ended(tx, session.id, Resolution.POSTED)
    seconds = 0
    if end > session.starts_at:
        (given,) = await credit(tx, [await _claim(tx, session, end)])
        seconds = given.seconds
    await _release(tx, session, end)
    if session.block_id is not None:
        block = await protection.seen_block(tx, session.block_id)
        await protection.delivered(tx, block, seconds, why or Interruption(BreakReason.OTHER))
    return await _standing(tx, session.id)


async def void_session(tx: WriteTransaction, session_id: UUID) -> Session:
    """Take a session back as if it had not been: nothing is credited. Again answers the same. Raises as `end_session`."""
    session = await own_session(tx, session_id)
    await writing.lock(tx, [session.worker_id])
    if not await store.resolve(tx, session.id, Resolution.VOIDED, None, None):
        return await _ended(tx, session.id, Resolution.VOIDED)
    await _release(tx, session, session.starts_at)
    if session.block_id is not None:
        await protection.happened(tx, session.block_id, BlockFact.INTERRUPTED, Interruption(BreakReason.OTHER))
    return await _standing(tx, session.id)


async def expire_sessions(tx: WriteTransaction, limit: int) -> int:
    """End sessions nobody ended, by the server's clock; answers how many. Their time waits for a supervisor's decision."""
    found = await store.overdue(tx, limit)
    await writing.lock(tx, {session.worker_id for session in found})
    ended = 0
    for session in found:
        if await store.resolve(tx, session.id, Resolution.EXPIRED, session.ends_at, None):
            await _keep_for_supervisor(tx, session)
            await _release(tx, session, session.starts_at)
            ended += 1
    return ended


async def _keep_for_supervisor(tx: WriteTransaction, session: Session) -> None:
    claim = await _claim(tx, session, session.ends_at)
    state = await writing.state(tx, [claim])
    shift = next((one for one in attended(state) if one.interval.contains(session.starts_at)), None)
    made = lines_of(claim, Settlement((), (Shortfall(session.interval, Reason.EXPIRED, shift),)), state.places)
    await writing.write(tx, writing.append_values(tx, [claim], (), made.exceptions))
    await publish(tx, *raised(claim, made.exceptions))
    if session.block_id is not None:
        await protection.happened(tx, session.block_id, BlockFact.INTERRUPTED, Interruption(BreakReason.OTHER))


async def _release(tx: WriteTransaction, session: Session, end: datetime) -> None:
    rest = between(end, session.ends_at)
    if rest is not None:
        await freed(tx, session.worker_id, rest)


async def _claim(tx: ReadTransaction, session: Session, end: datetime) -> Claim:
    return Claim(
        session.worker_id,
        session.starts_at,
        end,
        session.kind,
        await store.free_name(tx, session.id),
        session.mandatory,
        job_related=session.job_related,
        travel=session.travel,
        device_at=session.device_at,
    )


async def _standing(tx: ReadTransaction, session_id: UUID) -> Session:
    found = await store.one(tx, session_id)
    assert found is not None
    return found


async def _ended(tx: ReadTransaction, session_id: UUID, wanted: Resolution) -> Session:
    found = await _standing(tx, session_id)
    if found.resolution is not wanted:
        stands = found.resolution.value if found.resolution else "open"
        raise Conflict(f"This session was {stands} already.", code="session_ended")
    return found
