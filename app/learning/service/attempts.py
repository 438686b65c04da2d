"""Learning online: start, keep, finish. What was started can also be finished by an offline upload."""

from dataclasses import dataclass
from uuid import UUID

from app.catalog.domain import Published, QuestionReviewed
from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, FieldError, Invalid, NotFound
from app.learning.domain.results import WorkRefused, review, work_faults
from app.learning.domain.timing import LEASE
from app.learning.domain.values import Attempt, AttemptStatus, Fault, InterruptReason, Outcome, Work
from app.learning.service import content
from app.learning.service.recording import prepare, record
from app.learning.store import assignments as assignment_store
from app.learning.store import attempts as store
from app.paytime import service as paytime
from app.people import service as people

RUNS = frozenset({"checklist"})
# Content falls back to its own language, so this only matters where a worker named none.
ANY_LANGUAGE = "en"
TRIES = frozenset({"module", "quiz"})


@dataclass(frozen=True, slots=True)
class Opened:
    """An attempt with the version it is made on; `review` is empty until it was finished."""

    attempt: Attempt
    version: Published
    review: tuple[QuestionReviewed, ...] = ()


async def start(tx: WriteTransaction, attempt_id: UUID, kind: str, key: str, language: str | None) -> Opened:
    """Open an attempt on the version that is pinned or current. The same id again answers the same attempt."""
    worker_id = content.own_worker(tx)
    pinned = await assignment_store.pinned(tx, worker_id, kind, key)
    content_hash = pinned or await content.current_hash(tx, kind, key)
    if language is None:
        language = next(iter((await people.worker(tx, worker_id)).languages), ANY_LANGUAGE)
    made = Attempt(
        id=attempt_id,
        worker_id=worker_id,
        kind=kind,
        key=key,
        hash=content_hash,
        language=language,
        status=AttemptStatus.OPEN,
        reason=None,
        offline=False,
        started_at=tx.now,
        finished_at=None,
        last_seen_at=tx.now,
        lease_until=tx.now + LEASE,
        seconds=0,
        paid_seconds=0,
        score=None,
        passed=None,
        fingerprint=None,
        work=Work(),
    )
    if not await store.start(tx, made):
        found = await store.one(tx, attempt_id)
        if found is None or (found.worker_id, found.kind, found.key) != (worker_id, kind, key):
            raise Conflict("This id names another attempt: make a new one.", code="attempt_id_taken")
        made = found
    return await _opened(tx, made)


async def read(tx: ReadTransaction, attempt_id: UUID, kinds: frozenset[str]) -> Opened:
    """One of the caller's own attempts. Raises NotFound for anybody else's."""
    return await _opened(tx, await _own(tx, attempt_id, kinds))


async def mine(tx: ReadTransaction, after: UUID, limit: int) -> list[Attempt]:
    """The caller's own attempts and runs by id."""
    return await store.of_worker(tx, content.own_worker(tx), after=after, limit=limit)


async def save(tx: WriteTransaction, attempt_id: UUID, kinds: frozenset[str], work: Work) -> Attempt:
    """Keep work in progress: answers given again replace, cards add up. Raises Conflict once the attempt has ended."""
    await _own(tx, attempt_id, kinds)
    attempt = await store.locked(tx, attempt_id)
    if attempt is None or attempt.status is not AttemptStatus.OPEN:
        raise Conflict("This attempt has ended.", code="attempt_ended")
    version = await _version(tx, attempt)
    _refuse(work_faults(version, attempt.id, work, finished=False))
    merged = attempt._replace(work=attempt.work.merged(work), last_seen_at=tx.now, lease_until=tx.now + LEASE)
    await store.save(tx, attempt_id, merged.work, tx.now + LEASE)
    return merged


async def finish(
    tx: WriteTransaction,
    attempt_id: UUID,
    kinds: frozenset[str],
    *,
    outcome: Outcome,
    reason: InterruptReason | None,
    work: Work,
) -> Opened:
    """End an attempt: graded if completed, paid either way. Ending it the same way again answers the same result."""
    attempt = await _own(tx, attempt_id, kinds)
    if attempt.status is AttemptStatus.OPEN:
        # Answers another device just kept count too. The worker's place in the ledger first, as in uploads.
        await paytime.take_turn(tx, [attempt.worker_id])
        attempt = await store.locked(tx, attempt_id) or attempt
    if attempt.status is not AttemptStatus.OPEN:
        return await _ended(tx, attempt, outcome)
    mandatory = await store.known(tx, attempt.worker_id, [(attempt.kind, attempt.key)])
    attempt = attempt._replace(work=attempt.work.merged(work))
    version = await _version(tx, attempt)
    try:
        prepared = prepare(
            attempt, version, outcome=outcome, reason=reason, finished_at=tx.now, now=tx.now, mandatory=bool(mandatory)
        )
    except WorkRefused as refused:
        _refuse(list(refused.faults))
        raise
    recorded = await record(tx, [prepared])
    stored = recorded.attempts[attempt.id]
    return await (_opened(tx, stored) if attempt.id in recorded.created else _ended(tx, stored, outcome))


async def expire(tx: WriteTransaction, limit: int) -> int:
    """Interrupt attempts nobody came back to and pay what was seen of them; answers how many."""
    overdue = await store.expired(tx, limit)
    await paytime.take_turn(tx, {attempt.worker_id for attempt in overdue})
    attempts = await store.still_expired(tx, [attempt.id for attempt in overdue])
    versions = await content.versions(tx, {(attempt.kind, attempt.hash) for attempt in attempts})
    prepared = []
    for attempt in attempts:
        mandatory = await store.known(tx, attempt.worker_id, [(attempt.kind, attempt.key)])
        prepared.append(
            prepare(
                attempt,
                versions[attempt.kind, attempt.hash],
                outcome=Outcome.INTERRUPTED,
                reason=InterruptReason.EXPIRED,
                finished_at=attempt.last_seen_at,
                now=tx.now,
                mandatory=bool(mandatory),
            )
        )
    return len((await record(tx, prepared)).created)


async def _ended(tx: ReadTransaction, attempt: Attempt, outcome: Outcome) -> Opened:
    if attempt.status is not AttemptStatus(outcome):
        raise Conflict(f"This attempt has ended already: {attempt.status.value}.", code="attempt_ended")
    return await _opened(tx, attempt)


async def _own(tx: ReadTransaction, attempt_id: UUID, kinds: frozenset[str]) -> Attempt:
    found = await store.one(tx, attempt_id)
    if found is None or found.worker_id != content.own_worker(tx) or found.kind not in kinds:
        raise NotFound
    return found


async def _version(tx: ReadTransaction, attempt: Attempt) -> Published:
    return (await content.versions(tx, [(attempt.kind, attempt.hash)]))[attempt.kind, attempt.hash]


async def _opened(tx: ReadTransaction, attempt: Attempt) -> Opened:
    version = await _version(tx, attempt)
    # An interrupted attempt was never submitted: its items may be asked again, so their key stays here.
    shown = attempt.status is AttemptStatus.COMPLETED
    reviewed = review(version, attempt.id, attempt.work, attempt.language) if shown else ()
    return Opened(attempt, version, reviewed)


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise Invalid(
            "The work does not fit what was asked, or is not complete.",
            errors=tuple(FieldError(f"#{fault.pointer}", fault.detail, fault.code) for fault in faults[:50]),
        )
