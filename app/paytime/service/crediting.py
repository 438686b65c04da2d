"""Crediting: claims settled against the ledger and appended, in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.errors import NotFound
from app.core.events import Event, announcement
from app.paytime.caps import Caps
from app.paytime.domain import Claim, Credit, Reason
from app.paytime.events import PayExceptionRaised, PayTimeRecorded
from app.paytime.lines import Line, lines_of
from app.paytime.settled import settled
from app.paytime.store import writing
from app.roster import service as roster
from app.roster.domain import Shift

Ledger = writing.State
# The call that appends a `Booking`, for statements of other features.
APPEND = writing.APPEND


@dataclass(frozen=True, slots=True)
class Booking:
    """Settled claims before they are written: the answers in the order of the claims, and what `pay_append` takes."""

    credits: Sequence[Credit]
    events: Sequence[Event]
    values: Mapping[str, Any]
    fresh: bool


async def credit(tx: WriteTransaction, claims: Sequence[Claim]) -> list[Credit]:
    """Append what the claims earned and keep the rest as exceptions; answers stand in the order of the claims.

    A source known for its worker gets its first answer again. Call it once per transaction and as late as possible:
    it holds the workers' locks until the transaction ends. Raises NotFound for an unknown worker.
    """
    if not claims:
        return []
    booked = book(tx, claims, await writing.state(tx, claims))
    if booked.fresh:
        await writing.write_and_tell(tx, booked.values, announcement(tx.organization_id, booked.events))
    return list(booked.credits)


async def take_turn(tx: WriteTransaction, worker_ids: Iterable[UUID]) -> None:
    """Wait for the workers' locks now, where rows of other features are locked before anything is credited."""
    await writing.lock(tx, worker_ids)


async def ledger_around(tx: WriteTransaction, claims: Sequence[Claim]) -> Ledger:
    """Wait for the locks of the claims' workers; then what the ledger knows around the claims."""
    return await writing.state(tx, claims)


def understood(found: Mapping[str, Any]) -> Ledger:
    """The ledger as the SQL function `pay_state` answered it inside a statement of another feature."""
    return writing.understood(found)


def book(tx: WriteTransaction, claims: Sequence[Claim], state: Ledger | None) -> Booking:
    """Settle claims against the ledger, whose locks must be held, and write nothing: whoever calls it does.

    `state` must reach around all claims and name their sources; only without claims it may be absent. Raises NotFound for
    an unknown worker.
    """
    if state is None:
        return Booking((), (), writing.append_values(tx, (), (), ()), fresh=False)
    # Of a source that stands twice in one upload, the first claim counts, in its place.
    once: dict[tuple[UUID, UUID], Claim] = {}
    for claim in claims:
        once.setdefault(claim.key, claim)
    fresh = [claim for key, claim in once.items() if key not in state.known]
    if any(claim.worker_id not in state.homes for claim in fresh):
        raise NotFound
    answers = {key: _answer_again(known) for key, known in state.known.items()}
    places = state.places
    settlements = settled(fresh, attended(state), state.taken, places, Caps(places, state.used))
    lines = [lines_of(claim, settlement, places) for claim, settlement in zip(fresh, settlements, strict=True)]
    events: list[Event] = []
    for claim, made in zip(fresh, lines, strict=True):
        seconds, ids = sum(line.seconds for line in made.entries), tuple(line.id for line in made.entries)
        answers[claim.key] = (seconds, ids, _by_reason(made.unpaid))
        if claim.seconds:
            events.append(_recorded(claim, seconds, ids))
        events += raised(claim, made.exceptions)
    entries = [line for made in lines for line in made.entries]
    values = writing.append_values(tx, fresh, entries, [line for made in lines for line in made.exceptions])
    return Booking([Credit(claim, *answers[claim.key]) for claim in claims], events, values, fresh=bool(fresh))


Answer = tuple[int, tuple[UUID, ...], tuple[tuple[Reason, int], ...]]


def _answer_again(known: writing.Known) -> Answer:
    return sum(seconds for _, seconds in known.entries), tuple(i for i, _ in known.entries), known.exceptions


def _by_reason(lines: Iterable[Line]) -> tuple[tuple[Reason, int], ...]:
    sums = dict.fromkeys(Reason, 0)
    for line in lines:
        if line.reason is not None:
            sums[Reason(line.reason)] += line.seconds
    return tuple((reason, seconds) for reason, seconds in sums.items() if seconds)


def attended(state: Ledger) -> list[Shift]:
    """The parts of the shifts that their workers were there for."""
    if not state.absences:
        return list(state.shifts)
    return [piece for shift in state.shifts for piece in roster.attended_pieces(shift, state.absences)]


def _recorded(claim: Claim, seconds: int, entry_ids: tuple[UUID, ...]) -> PayTimeRecorded:
    return PayTimeRecorded(
        subject_id=claim.worker_id,
        source_id=claim.source_id,
        kind=claim.kind.value,
        mandatory=claim.mandatory,
        seconds=seconds,
        uncredited_seconds=claim.seconds - seconds,
        entry_ids=entry_ids,
    )


def raised(claim: Claim, exceptions: Iterable[Line]) -> list[Event]:
    """What supervisors are told; that somebody was credited already concerns nobody."""
    shown = [line for line in exceptions if line.reason is not Reason.ALREADY_CREDITED]
    if not shown:
        return []
    return [
        PayExceptionRaised(
            subject_id=claim.worker_id,
            source_id=claim.source_id,
            site_id=shown[0].site_id,
            exception_ids=tuple(line.id for line in shown),
            seconds=sum(line.seconds for line in shown),
            unpaid_seconds=sum(line.seconds for line in shown if not line.paid),
        )
    ]
