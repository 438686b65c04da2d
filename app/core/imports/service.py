"""Use cases of imports: submit, apply chunk by chunk, read the report."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Any
from uuid import UUID

from app.core import events
from app.core.access import Caller, Grant, Policy, Role
from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import AppError, Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.imports import store
from app.core.imports.events import ImportFinished
from app.core.imports.kinds import KINDS, LONGEST_REASON, ImportKind, ImportRow, RowVerdict
from app.core.imports.reading import ReadRow, Sheet, checked_columns, read_rows
from app.core.imports.store import ImportRun
from app.core.jobs import Job, defer
from app.core.models import ImportStatus, Verdict
from app.core.pages import Page
from app.core.runtime import Runtime

CHUNK_ROWS = 500
MOST_ROWS = 200_000
STAFF = frozenset(Role) - {Role.WORKER}
IMPORTS_WRITE = Policy("imports.write", STAFF, scope="imports:write")
IMPORTS_READ = Policy("imports.read", STAFF, scope="imports:read")


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What a caller wants imported; `fingerprint` tells a repeated request from another one with the same id."""

    kind: str
    source: str
    sheet: Sheet
    fingerprint: bytes
    id: UUID | None = None
    mapping: Mapping[str, str] | None = None
    options: Mapping[str, Any] | None = None
    dry_run: bool = False


def kind_named(name: str) -> ImportKind:
    """A registered kind. Raises Invalid."""
    if name not in KINDS:
        raise Invalid.field("#/kind", f"must be one of {', '.join(sorted(KINDS))}", "unknown_kind")
    return KINDS[name]


def kinds_for(caller: Caller) -> list[ImportKind]:
    """The kinds a caller may import, by name."""
    return [KINDS[name] for name in sorted(KINDS) if KINDS[name].policy.permits(caller)]


async def submit(tx: WriteTransaction, order: ImportOrder) -> ImportRun:
    """Import at once, from 501 rows on as a job. The same id and content again answers the import as it stands."""
    kind = kind_named(order.kind)
    kind.policy.must_permit(tx.caller)
    _check_options(kind, order.options or {})
    ignored = checked_columns(kind, order.mapping or {}, order.sheet.header)
    run_id = order.id or new_id()
    if not await store.open_run(tx, _opened(tx, run_id, order, ignored)):
        return await _known(tx, run_id, order.fingerprint)
    rows = read_rows(kind, order.mapping or {}, order.sheet)
    first = list(islice(rows, CHUNK_ROWS))
    second = list(islice(rows, CHUNK_ROWS))
    if not first:
        raise Invalid.field("#/rows", "has no rows", "no_rows")
    if second:
        await _postpone(tx, run_id, first, second, rows)
    else:
        await store.set_total(tx, run_id, len(first))
        await _apply(tx, await _run(tx, run_id), [first])
        await _finish(tx, run_id)
    return await _run(tx, run_id)


def _check_options(kind: ImportKind, options: Mapping[str, Any]) -> None:
    unknown = sorted(set(options) - set(kind.options))
    if unknown:
        raise Invalid.field(f"#/options/{unknown[0][:64]}", "this kind has no such option", "unknown_option")


def _opened(tx: WriteTransaction, run_id: UUID, order: ImportOrder, ignored: Sequence[str]) -> dict[str, Any]:
    return {
        "id": run_id,
        "kind": order.kind,
        "source": order.source,
        "status": ImportStatus.WAITING,
        "dry_run": order.dry_run,
        "fingerprint": order.fingerprint,
        "mapping": dict(order.mapping or {}),
        "options": dict(order.options or {}),
        "acting_as": rights_of(tx.caller),
        "ignored_columns": [name[:200] for name in ignored],
        "created_by": tx.caller.id,
        "created_at": tx.now,
    }


async def _known(tx: WriteTransaction, run_id: UUID, fingerprint: bytes) -> ImportRun:
    found = await _run(tx, run_id)
    if found.created_by != tx.caller.id or bytes(found.fingerprint) != fingerprint:
        raise Conflict("Another import has this id.", code="id_taken")
    return found


async def _run(tx: ReadTransaction, run_id: UUID) -> ImportRun:
    found = await store.run(tx, run_id)
    if found is None:
        raise NotFound
    return found


async def _postpone(
    tx: WriteTransaction, run_id: UUID, first: list[ReadRow], second: list[ReadRow], rest: Iterator[ReadRow]
) -> None:
    """Store every chunk and enqueue the job that applies them; the file is read only as fast as it is stored."""
    total, number, chunk = 0, 0, first
    following: list[ReadRow] = second
    while chunk:
        total += len(chunk)
        if total > MOST_ROWS:
            raise Invalid.field("#/rows", f"has more than {MOST_ROWS} rows: send it in parts", "too_many_rows")
        await store.add_chunk(tx, run_id, number, chunk)
        chunk, following, number = following, list(islice(rest, CHUNK_ROWS)), number + 1
    await store.set_total(tx, run_id, total)
    job = {"organization_id": str(tx.organization_id), "run_id": str(run_id)}
    await defer(tx, Job("core.import_run", job, lock=f"import:{run_id}"))


async def advance(runtime: Runtime, organization_id: UUID, run_id: UUID) -> bool:
    """Apply the next chunk of a large import in a transaction of its own; False when there is nothing left to do.

    A process that dies in between leaves the chunk waiting, so that repeating the job goes on where it stopped.
    """
    async with runtime.database.read(organization_id) as tx:
        found = await store.run(tx, run_id)
    if found is None or found.finished_at is not None:
        return False
    caller = caller_of(organization_id, found.created_by, found.acting_as)
    try:
        async with runtime.database.write(organization_id, caller) as tx:
            return await _step(tx, run_id)
    except AppError as error:
        async with runtime.database.write(organization_id, caller) as tx:
            await store.drop_chunks(tx, run_id)
            await store.close(tx, run_id, ImportStatus.FAILED, failure_of(error)[:LONGEST_REASON])
        return False


def failure_of(error: AppError) -> str:
    """Why a whole import failed, with the field each reason is about."""
    named = [f"{fault.pointer.rsplit('/', 1)[-1]}: {fault.detail}" for fault in error.errors]
    return "; ".join(named) or error.detail


async def _step(tx: WriteTransaction, run_id: UUID) -> bool:
    run = await store.run(tx, run_id, lock=True)
    if run is None or run.finished_at is not None:
        return False
    chunk = await store.take_chunk(tx, run_id)
    if chunk is None:
        await _finish(tx, run_id)
        return False
    chunks, whole = [chunk], kind_named(run.kind).whole
    # A rehearsal sees its own earlier rows only if all of them share the transaction that is taken back.
    while (run.dry_run or whole) and (chunk := await store.take_chunk(tx, run_id)) is not None:
        chunks.append(chunk)
    await _apply(tx, run, chunks)
    return True


async def _apply(tx: WriteTransaction, run: ImportRun, chunks: Sequence[list[ReadRow]]) -> None:
    """Apply chunks and store the report; a dry run takes everything back but the report."""
    kind = kind_named(run.kind)
    await store.one_at_a_time(tx, run.kind)
    verdicts: list[RowVerdict] = []
    async with store.undone(tx, run.dry_run):
        for chunk in [list(chain.from_iterable(chunks))] if kind.whole else chunks:
            verdicts += await _judged(tx, kind, run, chunk)
    counts = {verdict.value: sum(v.verdict is verdict for v in verdicts) for verdict in Verdict}
    await store.report(tx, run.id, verdicts, counts)


async def _judged(tx: WriteTransaction, kind: ImportKind, run: ImportRun, chunk: Sequence[ReadRow]) -> list[RowVerdict]:
    """One verdict a row. When the database refuses the chunk, each row is tried alone so that only the guilty fail."""
    refused = [RowVerdict(r.row.number, Verdict.REFUSED, r.fault[:LONGEST_REASON]) for r in chunk if r.fault]
    rows = [read.row for read in chunk if not read.fault]
    together = await store.unless_refused(tx, partial(_handled, tx, kind, run, rows))
    if together is not None:
        return refused + together
    if kind.whole:
        return refused + [RowVerdict(row.number, Verdict.REFUSED, "the input contradicts what is stored") for row in rows]
    for row in rows:
        alone = await store.unless_refused(tx, partial(_handled, tx, kind, run, [row]))
        refused += alone or [RowVerdict(row.number, Verdict.REFUSED, "it contradicts what is stored")]
    return refused


async def _handled(tx: WriteTransaction, kind: ImportKind, run: ImportRun, rows: Sequence[ImportRow]) -> list[RowVerdict]:
    if not rows:
        return []
    verdicts = await kind.handler(tx, rows, run.source, {**run.options, "mapping": run.mapping})
    if sorted(v.row_number for v in verdicts) != sorted(row.number for row in rows):
        raise RuntimeError(f"the import kind {kind.name} did not answer one verdict for each row")
    return verdicts


async def _finish(tx: WriteTransaction, run_id: UUID) -> None:
    await store.close(tx, run_id, ImportStatus.FINISHED)
    run = await _run(tx, run_id)
    if not run.dry_run:
        counts = {verdict.value: getattr(run, verdict.value) for verdict in Verdict}
        await events.publish(tx, ImportFinished(subject_id=run_id, kind=run.kind, source=run.source, **counts))


async def readable_run(tx: ReadTransaction, run_id: UUID) -> ImportRun:
    """The caller's own import, or any of a kind they hold for the whole organization. Raises NotFound."""
    found = await _run(tx, run_id)
    if found.kind not in KINDS or not _may_read(tx.caller, found):
        raise NotFound
    return found


def _may_read(caller: Caller, run: ImportRun) -> bool:
    policy = KINDS[run.kind].policy
    return policy.permits(caller) and (run.created_by == caller.id or sees_all(caller, policy))


def sees_all(caller: Caller, policy: Policy) -> bool:
    """Whether every import of a kind with this policy may be read, whoever sent it."""
    return caller.kind == "integration" or policy.reaches(caller, ())


async def readable_runs(tx: ReadTransaction, asked: Page, kind: str | None = None) -> list[ImportRun]:
    """Imports the caller may read, oldest first, one more than asked for."""
    permitted = [k for k in kinds_for(tx.caller) if kind in (None, k.name)]
    whole = [k.name for k in permitted if sees_all(tx.caller, k.policy)]
    return await store.runs(tx, [k.name for k in permitted], whole, asked.after, asked.limit + 1)


async def report(tx: ReadTransaction, run_id: UUID, verdict: Verdict | None, after: int, limit: int) -> Sequence[Any]:
    """Rows of a readable import's report after a row number, one more than asked for."""
    await readable_run(tx, run_id)
    return await store.verdicts(tx, run_id, verdict, after, limit + 1)


def rights_of(caller: Caller) -> dict[str, Any]:
    """What a caller may do, to be stored: a large import acts with the rights held when it was sent."""
    return {
        "kind": caller.kind,
        "worker_id": str(caller.worker_id) if caller.worker_id else None,
        "grants": [[grant.role.value, str(grant.node_id), grant.allow] for grant in caller.grants],
        "scopes": sorted(caller.scopes),
    }


def caller_of(organization_id: UUID, caller_id: UUID, rights: Mapping[str, Any]) -> Caller:
    """The caller behind stored rights."""
    worker_id = rights["worker_id"]
    return Caller(
        organization_id,
        caller_id,
        rights["kind"],
        UUID(worker_id) if worker_id else None,
        grants=tuple(Grant(Role(role), UUID(node), allow) for role, node, allow in rights["grants"]),
        scopes=frozenset(rights["scopes"]),
    )
