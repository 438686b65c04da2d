"""Upload of results made offline: one verdict an item, in order; one bad item never blocks the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.catalog.domain import Published
from app.core.db import Opening, WriteTransaction
from app.learning.domain.results import WorkRefused
from app.learning.domain.timing import OLDEST, SECOND, SKEW, time_fault
from app.learning.domain.values import Attempt, AttemptStatus, Fault, Unreadable, Upload, Verdict, VerdictKind
from app.learning.service import content
from app.learning.service.recording import Prepared, begun, evidence, fingerprint, prepare, record
from app.learning.store import attempts as store
from app.paytime import service as paytime

UNKNOWN = Fault("/hash", "unknown_content", "this version was never published under this kind and key")


@dataclass(frozen=True, slots=True)
class Known:
    """What the batch is judged against: stored attempts, versions, what is mandatory, who and when."""

    worker_id: UUID
    now: datetime
    attempts: Mapping[UUID, Attempt]
    versions: Mapping[tuple[str, str], Published]
    mandatory: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Judged:
    """An item after judging: refused with faults, or to be written (`prepared`), or known already (neither)."""

    upload: Upload
    print: str
    faults: tuple[Fault, ...] = ()
    prepared: Prepared | None = None


async def record_batch(opening: Opening, given: Sequence[Upload | Unreadable], sent_at: datetime | None) -> list[Verdict]:
    """Store, grade and pay what is new. Repeating a batch, in part or as a whole, changes nothing and answers the same.

    Two statements: one learns all that the batch is judged by, one writes all that follows from it.
    """
    uploads = [item for item in given if isinstance(item, Upload)]
    pairs = sorted({(upload.kind, upload.key) for upload in uploads})
    tx, stored = await store.open_upload(opening, [upload.id for upload in uploads], pairs, *_reach(uploads, opening.now))
    worker_id, attempts = content.own_worker(tx), stored.attempts
    new = {(u.kind, u.hash) for u in uploads if u.id not in attempts or attempts[u.id].status is AttemptStatus.OPEN}
    known = Known(worker_id, tx.now, attempts, await content.versions(tx, new), frozenset(stored.mandatory))
    judged = judge_all(uploads, known)
    skew = None if sent_at is None else max(-(2**31), min(2**31 - 1, (sent_at - tx.now) // SECOND))
    ledger = None if stored.ledger is None else paytime.understood(stored.ledger)
    recorded = await record(tx, [each.prepared for each in judged if each.prepared], skew, ledger)
    verdicts = iter(_verdicts(judged, {**attempts, **recorded.attempts}, recorded.created, worker_id))
    answer = [next(verdicts) if isinstance(item, Upload) else _unreadable(item) for item in given]
    await _keep_conflicts(tx, judged, [v for v, item in zip(answer, given, strict=True) if isinstance(item, Upload)])
    return answer


def _reach(uploads: Sequence[Upload], now: datetime) -> tuple[datetime, datetime]:
    """The time that results in the batch may be paid for, as far as it can be believed."""
    oldest, newest = now - OLDEST, now + SKEW
    start = min((upload.started_at for upload in uploads if upload.started_at >= oldest), default=now)
    end = max((upload.finished_at for upload in uploads if upload.finished_at <= newest), default=now)
    # A clock that is ahead moves a span back by as much.
    return min(start, newest) - SKEW - SECOND, max(end, oldest)


def judge_all(uploads: Sequence[Upload], known: Known) -> list[Judged]:
    """Decide about each item, in order; the first acceptable one of an id is the one that counts."""
    taken: set[UUID] = set()
    judged = []
    for upload in uploads:
        each = _judge(upload, known, repeated=upload.id in taken)
        if each.prepared:
            taken.add(upload.id)
        judged.append(each)
    return judged


def _judge(upload: Upload, known: Known, *, repeated: bool) -> Judged:
    print_ = fingerprint(upload)
    stored = known.attempts.get(upload.id)
    if repeated or (stored is not None and not _continues(stored, upload, known.worker_id)):
        return Judged(upload, print_)
    late = time_fault(upload.started_at, upload.finished_at, known.now)
    version = known.versions.get((upload.kind, upload.hash))
    if late or version is None or version.id != upload.key:
        return Judged(upload, print_, (late or UNKNOWN,))
    started = begun(upload, known.worker_id, known.now, print_)
    finished_at = upload.finished_at
    if stored is not None:
        # Begun online: the server knows when, so the device's clock only says how long it took.
        started = started._replace(started_at=stored.started_at, offline=False, work=stored.work.merged(upload.work))
        took = max(timedelta(0), upload.finished_at - upload.started_at)
        finished_at = min(max(known.now, stored.started_at), stored.started_at + took)
    try:
        prepared = prepare(
            started, version, outcome=upload.outcome, reason=upload.reason, finished_at=finished_at, now=known.now,
            mandatory=(upload.kind, upload.key) in known.mandatory,
        )  # fmt: skip
    except WorkRefused as refused:
        return Judged(upload, print_, refused.faults)
    return Judged(upload, print_, prepared=prepared)


def _continues(stored: Attempt, upload: Upload, worker_id: UUID) -> bool:
    """Whether the upload is the end of an attempt that was started online."""
    same = (stored.worker_id, stored.kind, stored.hash) == (worker_id, upload.kind, upload.hash)
    return same and stored.status is AttemptStatus.OPEN


def _verdicts(
    judged: Sequence[Judged], stored: Mapping[UUID, Attempt], created: frozenset[UUID], worker_id: UUID
) -> list[Verdict]:
    found = []
    for each in judged:
        if each.faults:
            found.append(Verdict(each.upload.id, VerdictKind.REJECTED, faults=each.faults))
            continue
        attempt = stored[each.upload.id]
        own = attempt if attempt.worker_id == worker_id else None
        if each.prepared and attempt.id in created:
            kind = VerdictKind.CREATED
        else:
            kind = VerdictKind.EXISTS if own and own.fingerprint == each.print else VerdictKind.CONFLICT
        found.append(Verdict(each.upload.id, kind, own))
    return found


def _unreadable(item: Unreadable) -> Verdict:
    return Verdict(item.id, VerdictKind.REJECTED, faults=item.faults)


async def _keep_conflicts(tx: WriteTransaction, judged: Sequence[Judged], verdicts: Sequence[Verdict]) -> None:
    """Keep what contradicts a stored result: somebody may have to explain it one day."""
    rows = [
        {
            "attempt_id": each.upload.id,
            "fingerprint": each.print,
            "worker_id": content.own_worker(tx),
            "payload": evidence(each.upload),
        }
        for each, verdict in zip(judged, verdicts, strict=True)
        if verdict.verdict is VerdictKind.CONFLICT
    ]
    await store.keep_conflicts(tx, rows)
