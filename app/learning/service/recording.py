"""Recording of finished learning: one function that prepares a row, one that writes rows with everything that follows.

Pay is settled before the attempts are written: the ledger answers the same for a source it knows, takes one lock a
worker, and so puts two uploads of the same results one after the other.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.catalog.domain import Published
from app.core.db import WriteTransaction
from app.core.errors import Unavailable
from app.core.events import Event, announcement
from app.learning.domain.results import assess
from app.learning.domain.timing import Span, paid_span
from app.learning.domain.values import Attempt, AttemptStatus, InterruptReason, Outcome, Upload
from app.learning.events import AttemptCompleted, ChecklistCompleted, Learned, ModuleCompleted, QuizFailed, QuizPassed
from app.learning.store import attempts as store
from app.paytime import service as paytime
from app.paytime.domain import Claim, PayKind


@dataclass(frozen=True, slots=True)
class Prepared:
    """A finished attempt that is graded and bounded, not yet paid or written."""

    attempt: Attempt
    completes: bool
    span: Span
    mandatory: bool

    @property
    def claim(self) -> Claim | None:
        """What the ledger is asked to credit; nothing for less than a second."""
        if not self.span.seconds:
            return None
        kind, source = PayKind(self.attempt.kind), self.attempt.id
        return Claim(self.attempt.worker_id, self.span.start, self.span.end, kind, source, self.mandatory)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The stored attempts by id, and which of them took effect just now."""

    attempts: dict[UUID, Attempt]
    created: frozenset[UUID]


def prepare(
    open_attempt: Attempt,
    version: Published,
    *,
    outcome: Outcome,
    reason: InterruptReason | None,
    finished_at: datetime,
    now: datetime,
    mandatory: bool,
) -> Prepared:
    """Grade an attempt and bound its seconds. Raises WorkRefused when the work does not fit the version."""
    result = assess(version, open_attempt.id, open_attempt.work, outcome)
    span = paid_span(open_attempt.started_at, finished_at, planned=version.seconds, now=now)
    finished = open_attempt._replace(
        status=AttemptStatus(outcome),
        reason=reason if outcome is Outcome.INTERRUPTED else None,
        finished_at=finished_at,
        last_seen_at=now,
        lease_until=None,
        seconds=span.seconds,
        score=result.score,
        passed=result.passed,
    )
    return Prepared(finished, result.completes, span, mandatory)


async def record(
    tx: WriteTransaction, prepared: Sequence[Prepared], skew: int | None = None, ledger: paytime.Ledger | None = None
) -> Recorded:
    """Pay, store and announce finished attempts. Ids that took effect before change nothing and pay nothing again.

    `ledger` is what the ledger knows, if it was asked already; where it does not reach around the claims it is asked again.
    """
    if not prepared:
        return Recorded({}, frozenset())
    claims = [claim for claim in (each.claim for each in prepared) if claim is not None]
    booked = await _booked(tx, claims, ledger)
    paid = {credit.claim.source_id: credit.seconds for credit in booked.credits}
    # The ledger may know the source from another device's upload a moment ago, then its answer is not ours to store.
    rows = [
        store.NewRow(p.attempt._replace(paid_seconds=min(p.span.seconds, paid.get(p.attempt.id, 0))), p.completes)
        for p in prepared
    ]
    told = announcement(tx.organization_id, [*booked.events, *(event for row in rows for event in facts(row.attempt))])
    created = await store.finish(tx, rows, skew, pay=booked.values, told=told)
    attempts = {row.attempt.id: row.attempt for row in rows if row.attempt.id in created}
    if len(created) < len(rows):
        attempts |= await _taken(tx, [row.attempt for row in rows if row.attempt.id not in created])
    return Recorded(attempts, frozenset(created))


async def _booked(tx: WriteTransaction, claims: Sequence[Claim], ledger: paytime.Ledger | None) -> paytime.Booking:
    if claims and (ledger is None or not ledger.reaches(claims)):
        ledger = await paytime.ledger_around(tx, claims)
    return paytime.book(tx, claims, ledger)


async def _taken(tx: WriteTransaction, lost: Sequence[Attempt]) -> dict[UUID, Attempt]:
    """Attempts that somebody else stored a moment ago under our ids; undoes everything if we were paid for ours."""
    stored = await store.several(tx, [attempt.id for attempt in lost])
    for attempt in lost:
        first = stored.get(attempt.id)
        if first is None or first.worker_id != attempt.worker_id or first.paid_seconds != attempt.paid_seconds:
            raise Unavailable("Another device sent the same id at once: send it again.", code="try_again", retry_after=1)
    return stored


def facts(attempt: Attempt) -> list[Event]:
    """What a finished attempt tells others; an interrupted one only shows in the ledger."""
    if attempt.status is not AttemptStatus.COMPLETED or attempt.finished_at is None:
        return []
    shared: dict[str, Any] = {
        "subject_id": attempt.id,
        "worker_id": attempt.worker_id,
        "kind": attempt.kind,
        "key": attempt.key,
        "hash": attempt.hash,
        "finished_at": attempt.finished_at,
        "seconds": attempt.seconds,
        "paid_seconds": attempt.paid_seconds,
    }
    return [AttemptCompleted(**shared), _second_fact(attempt, shared)]


def _second_fact(attempt: Attempt, shared: dict[str, Any]) -> Learned:
    if attempt.kind == "quiz":
        kind = QuizPassed if attempt.passed else QuizFailed
        return kind(**shared, score=attempt.score or 0)
    return ModuleCompleted(**shared) if attempt.kind == "module" else ChecklistCompleted(**shared)


def evidence(upload: Upload) -> dict[str, Any]:
    """An uploaded result as JSON values, complete and in one form."""
    return {
        "kind": upload.kind,
        "key": upload.key,
        "hash": upload.hash,
        "language": upload.language,
        "started_at": upload.started_at.isoformat(),
        "finished_at": upload.finished_at.isoformat(),
        "outcome": upload.outcome,
        "reason": upload.reason,
        "work": store.work_json(upload.work),
    }


def fingerprint(upload: Upload) -> str:
    """Equal for equal results, however their JSON was written."""
    return hashlib.sha256(orjson.dumps(evidence(upload), option=orjson.OPT_SORT_KEYS)).hexdigest()


def begun(upload: Upload, worker_id: UUID, now: datetime, print_: str) -> Attempt:
    """An uploaded result as the open attempt it was until it ended."""
    return Attempt(
        id=upload.id,
        worker_id=worker_id,
        kind=upload.kind,
        key=upload.key,
        hash=upload.hash,
        language=upload.language,
        status=AttemptStatus.OPEN,
        reason=None,
        offline=True,
        started_at=upload.started_at,
        finished_at=None,
        last_seen_at=now,
        lease_until=None,
        seconds=0,
        paid_seconds=0,
        score=None,
        passed=None,
        fingerprint=print_,
        work=upload.work,
    )
