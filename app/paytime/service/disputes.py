"""Disputes: a worker objects, somebody else answers, and each has an end."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.events import publish
from app.core.intervals import Interval, subtract
from app.core.pages import Page
from app.paytime.domain import PAY_ANSWER, PAY_DISPUTE, Entry, EntryType, ReasonCode, Uncredited, reach_of
from app.paytime.domain.disputes import (
    ANSWER_WITHIN,
    WINDOW,
    Dispute,
    DisputeState,
    ImpossibleStep,
    Outcome,
    Reply,
    Step,
    after,
)
from app.paytime.domain.rules import DEFAULT
from app.paytime.events import PayDisputeMoved
from app.paytime.lines import Line, opposite_line
from app.paytime.models.rules import PayOutcome
from app.paytime.service.corrections import append
from app.paytime.service.decisions import end, paying
from app.paytime.store import corrections, policies, reading, writing
from app.paytime.store import disputes as store

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class About:
    """What a dispute is about: a line of the ledger, or time that was not paid."""

    entry: Entry | None
    exception: Uncredited | None

    @property
    def author_id(self) -> UUID | None:
        """Who took the time, or decided not to pay it; None where the rule alone did."""
        if self.entry is not None:
            return None if self.entry.entry_type is EntryType.CREDIT else self.entry.actor_id
        return self.exception.decided_by if self.exception else None

    @property
    def worker_id(self) -> UUID | None:
        """Whose time it is."""
        found = self.entry or self.exception
        return found.worker_id if found else None

    @property
    def nodes(self) -> tuple[UUID, ...]:
        """Where it was, for policies."""
        found = self.entry or self.exception
        return tuple(node for node in (found.site_id, found.work_center_id) if node) if found else ()


async def open_dispute(
    tx: WriteTransaction, dispute_id: UUID, entry_id: UUID | None, exception_id: UUID | None, note: str
) -> Dispute:
    """Object to a line of one's own, or to own time that was not paid. The same id again answers the same dispute.

    Raises NotFound for anybody else's, Conflict after 90 days, for a taken id, or while another dispute about it runs.
    """
    known = await store.one(tx, dispute_id)
    if known is not None:
        if (known.worker_id, known.entry_id, known.exception_id) != (tx.caller.worker_id, entry_id, exception_id):
            raise Conflict("This id is taken.", code="id_taken")
        return known
    about = await _about(tx, entry_id, exception_id)
    if about.worker_id is None or about.worker_id != tx.caller.worker_id:
        raise NotFound
    written = about.entry or about.exception
    assert written is not None
    if written.recorded_at < tx.now - WINDOW:
        raise Conflict("It can be disputed for 90 days.", code="dispute_too_late")
    await writing.lock(tx, [about.worker_id])
    if await store.running(tx, written.id):
        raise Conflict("A dispute about it is running.", code="dispute_running")
    if not await store.add(tx, dispute_id, about.worker_id, entry_id, exception_id):
        raise Conflict("This id is taken.", code="id_taken")
    return await _take(tx, Dispute(dispute_id, about.worker_id, entry_id, exception_id, tx.now, ()), Step.OPENED, note)


async def _about(tx: ReadTransaction, entry_id: UUID | None, exception_id: UUID | None) -> About:
    entry = await reading.entry(tx, entry_id) if entry_id else None
    return About(entry, await reading.exception(tx, exception_id) if exception_id else None)


async def _take(tx: WriteTransaction, dispute: Dispute, step: Step, note: str | None, lines: Sequence[Line] = ()) -> Dispute:
    """Append a step and tell the worker. Raises Conflict where it cannot follow, or somebody was quicker."""
    try:
        state = after([*(one.step for one in dispute.steps), step])
    except ImpossibleStep as error:
        raise Conflict(f"The dispute does not stand there: {error}.", code="dispute_step") from error
    if not await store.step(tx, dispute.id, len(dispute.steps) + 1, step, note, [line.id for line in lines]):
        raise Conflict("Somebody else has moved this dispute.", code="dispute_step")
    await append(tx, list(lines))
    told = PayDisputeMoved(subject_id=dispute.worker_id, dispute_id=dispute.id, step=step.value, state=state.value)
    await publish(tx, told)
    moved = await store.one(tx, dispute.id)
    assert moved is not None
    return moved


async def dispute(tx: ReadTransaction, dispute_id: UUID) -> Dispute:
    """One dispute: one's own, or within the reach of payroll. Raises NotFound."""
    found = await store.one(tx, dispute_id)
    if found is None:
        raise NotFound
    about = await _about(tx, found.entry_id, found.exception_id)
    PAY_DISPUTE.must_reach(tx.caller, about.nodes, found.worker_id)
    return found


async def own_disputes(tx: ReadTransaction, page: Page) -> list[Dispute]:
    """The caller's disputes, one more than the page shows."""
    assert tx.caller.worker_id is not None  # the policy lets only people in
    return await store.own(tx, tx.caller.worker_id, page)


async def disputes(tx: ReadTransaction, page: Page, *, only_open: bool) -> list[Dispute]:
    """Disputes within the caller's reach, one more than the page shows."""
    return await store.listed(tx, reach_of(tx.caller, PAY_ANSWER.roles), page, only_open=only_open)


async def answer(tx: WriteTransaction, dispute_id: UUID, outcome: Outcome, note: str) -> Dispute:
    """Uphold what was disputed, or grant the objection: then what was taken is given back in the same step.

    Raises NotFound outside the caller's reach, Forbidden for the caller's own dispute, their own correction or decision or
    a second answer by the same person, Conflict where no answer is due.
    """
    found = await store.one(tx, dispute_id)
    if found is None:
        raise NotFound
    await writing.lock(tx, [found.worker_id])
    found = await store.one(tx, dispute_id)
    assert found is not None
    about = await _about(tx, found.entry_id, found.exception_id)
    PAY_ANSWER.must_reach(tx.caller, about.nodes)
    if found.worker_id == tx.caller.worker_id:
        raise Forbidden("Somebody else must answer your own dispute.", code="own_entry")
    answered = {one.actor_id for one in found.steps if one.step in (Step.UPHELD, Step.GRANTED)}
    if tx.caller.id in answered | {about.author_id}:
        raise Forbidden("Somebody else must answer: you corrected or answered it before.", code="second_person")
    granted = outcome is Outcome.GRANTED
    lines = await _given_back(tx, about, note) if granted else []
    return await _take(tx, found, Step(outcome.value), note, lines)


async def _given_back(tx: WriteTransaction, about: About, note: str) -> list[Line]:
    """What grants an objection: the time of a reversal that is still free, or of an exception."""
    if about.exception is not None:
        lines = await paying(tx, about.exception, note, ReasonCode.DISPUTE)
        if about.exception.outcome is None:
            # What waited for a decision has one now: nobody decides about it again.
            await end(tx, about.exception, PayOutcome.PAY, note, lines)
        return lines
    entry = about.entry
    if entry is None or entry.entry_type is not EntryType.REVERSAL:
        return []
    whole = Interval(entry.starts_at, entry.ends_at)
    held = [one.interval for one in await corrections.held(tx, entry.worker_id, whole)]
    free = subtract((whole,), [*await corrections.taken_back(tx, entry.id), *held])
    policy = (await policies.policies(tx)).get(entry.site_id, DEFAULT)
    return [opposite_line(entry, piece, policy, code=ReasonCode.DISPUTE, reason=note) for piece in free]


async def reply(tx: WriteTransaction, dispute_id: UUID, said: Reply, note: str | None) -> Dispute:
    """The worker accepts an answer, escalates to somebody else, or withdraws. Raises NotFound for others, Conflict."""
    found = await store.one(tx, dispute_id)
    if found is None or found.worker_id != tx.caller.worker_id:
        raise NotFound
    return await _take(tx, found, Step(said.value), note)


async def move_silent(tx: WriteTransaction) -> int:
    """After 14 days without an answer a dispute escalates; without a reply it settles. Answers how many moved."""
    found = await store.silent(tx, tx.now - ANSWER_WITHIN, AT_ONCE)
    for one in found:
        await _take(tx, one, Step.ESCALATED if one.state is DisputeState.OPEN else Step.LAPSED, None)
    return len(found)
