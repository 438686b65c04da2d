"""What waits in the supervisors' list: each stretch is paid or not, by somebody else than its worker, with a reason."""

from collections.abc import Sequence
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.events import publish
from app.core.intervals import Interval, subtract
from app.paytime.domain import (
    PAY_DECIDE,
    Claim,
    Classification,
    ReasonCode,
    Segment,
    Uncredited,
)
from app.paytime.domain.rules import DEFAULT, OUTSIDE
from app.paytime.events import PayExceptionDecided
from app.paytime.lines import Line, credit_line, opposite_line
from app.paytime.models.rules import PayOutcome
from app.paytime.service.corrections import append
from app.paytime.store import corrections as store
from app.paytime.store import reading, writing
from app.people import service as people
from app.roster.domain import Shift


async def decide(tx: WriteTransaction, exception_id: UUID, outcome: PayOutcome, reason: str) -> Uncredited:
    """Pay a stretch or not, once. Answers it with its outcome.

    Raises NotFound outside the caller's reach, Forbidden for the caller's own time, Conflict when it was decided before
    or when its time counts already.
    """
    found = await reading.exception(tx, exception_id)
    if found is None:
        raise NotFound
    worker = await people.worker(tx, found.worker_id)
    center = (found.work_center_id,) if found.work_center_id else worker.nodes
    PAY_DECIDE.must_reach(tx.caller, (found.site_id, *center), None)
    if found.worker_id == tx.caller.worker_id:
        raise Forbidden("Somebody else must decide about your own time.", code="own_entry")
    await writing.lock(tx, [found.worker_id])
    lines = await paying(tx, found, reason) if outcome is PayOutcome.PAY else await _taking(tx, found, reason)
    await append(tx, lines)
    await end(tx, found, outcome, reason, lines)
    decided = await reading.exception(tx, exception_id)
    assert decided is not None
    return decided


async def end(tx: WriteTransaction, found: Uncredited, outcome: PayOutcome, reason: str, lines: Sequence[Line]) -> None:
    """Write and tell how a stretch ended; the lines are for the caller to append. Raises Conflict when it ended before."""
    if not await store.end(tx, [found.id], outcome.value, reason, [line.id for line in lines]):
        raise Conflict("Somebody has decided about it.", code="already_decided")
    seconds = sum(line.seconds for line in lines)
    told = PayExceptionDecided(subject_id=found.worker_id, exception_id=found.id, outcome=outcome.value, seconds=seconds)
    await publish(tx, told)


async def paying(tx: WriteTransaction, found: Uncredited, reason: str, code: ReasonCode = ReasonCode.DECISION) -> list[Line]:
    """Credit what of the stretch is free; nothing where the policy has credited it."""
    if found.paid and found.outcome is None:
        return []
    within = Interval(found.starts_at, found.ends_at)
    claim = Claim(found.worker_id, found.starts_at, found.ends_at, found.kind, found.source_id, not found.voluntary)
    state = await writing.state(tx, [claim])
    free = subtract((within,), (held.interval for held in await store.held(tx, found.worker_id, within)))
    if not free and found.outcome is None:
        raise Conflict("Its time counts already.", code="already_credited")
    where = Classification(found.reason.value) if found.reason in OUTSIDE else Classification.ON_SHIFT
    pieces = [Segment(piece, _around(piece, state.shifts), where) for piece in free]
    return [credit_line(claim, piece, state.places, code=code, reason=reason) for piece in pieces]


def _around(piece: Interval, shifts: Sequence[Shift]) -> Shift | None:
    return next((shift for shift in shifts if shift.interval.covers(piece)), None)


async def _taking(tx: WriteTransaction, found: Uncredited, reason: str) -> list[Line]:
    """Take back what the policy credited for the stretch; nothing where nothing stands."""
    if not found.paid:
        return []
    within = Interval(found.starts_at, found.ends_at)
    state = await writing.state(tx, [Claim(found.worker_id, found.starts_at, found.ends_at, found.kind, found.source_id)])
    standing = [held for held in await store.held(tx, found.worker_id, within) if not held.reserved]
    entries = await reading.several(tx, [held.entry_id for held in standing])
    lines = []
    for held in standing:
        entry, piece = entries[held.entry_id], held.interval.intersection(within)
        if entry.source_id == found.source_id and piece is not None:
            policy = state.policies.get(entry.site_id, DEFAULT)
            lines.append(opposite_line(entry, piece, policy, code=ReasonCode.DECISION, reason=reason))
    return lines
