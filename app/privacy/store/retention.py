"""Statements that remove what was kept long enough, and the periods an organization chose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, TextClause, text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.jsonb import as_json
from app.privacy.domain.retention import Kind, begins

POLICY = text("select months, version from retention_policy where organization_id = :organization_id")
ADD = text(
    "insert into retention_policy (organization_id, months, changed_by, changed_at, version) "
    "values (:organization_id, cast(:months as jsonb), :actor, :now, 1) on conflict do nothing"
)
CHANGE = text(
    "update retention_policy set months = cast(:months as jsonb), changed_by = :actor, changed_at = :now, version = version + 1 "
    "where organization_id = :organization_id and version = :version"
)
AUDIT = text("select retire_audit(:organization_id, :sign_ins, :until, :now, :limit)")
# Answers that were not taken are append-only: a function of the database removes them.
CONFLICTS = text("select rows, digest from retire_conflicts(:organization_id, :before, :limit)")
# A batch at a time, around rows that somebody holds: nobody waits for this, and what is left goes in the next run.
REMOVE = (
    "with gone as (delete from {table} t where t.ctid = any(array(select t.ctid from {table} t "
    "where t.organization_id = :organization_id and {over} limit :limit for update of t skip locked)) "
    "and t.organization_id = :organization_id returning {key} as key) select count(*) as rows, "
    "sha256(convert_to(coalesce(string_agg('{table} ' || key, ',' order by key), ''), 'UTF8')) as digest from gone"
)
# Nothing goes whose pay is not exported, or disputed.
PAID = "not pay_waits(t.organization_id, {worker}, t.id, 'infinity')"


@dataclass(frozen=True, slots=True)
class Removal:
    """Which rows of a table go, and the key that the proof's digest is made of."""

    table: str
    statement: TextClause


def removal(table: str, over: str, key: str = "cast(t.id as text)") -> Removal:
    """Rows of a table that are `over`, an SQL condition with `:before`."""
    return Removal(table, text(REMOVE.format(table=table, over=over, key=key)))


OLD_BLOCK = (
    "exists (select from block b where b.organization_id = t.organization_id and b.id = t.block_id and b.ends_at < :before)"
)
OLD_RUN = "exists (select from import_run r where r.organization_id = t.organization_id and r.id = t.run_id and r.finished_at < :before)"
# In the order of removing: what belongs to something goes before it.
REMOVALS: Mapping[Kind, tuple[Removal, ...]] = {
    Kind.TIME_CARDS: (
        removal(
            "shift",
            "t.ends_at < :before and not exists (select from pay_entry e where e.organization_id = t.organization_id "
            "and e.worker_id = t.worker_id and e.shift_id = t.id "
            "and pay_waits(e.organization_id, e.worker_id, e.source_id, 'infinity'))",
        ),
        removal("absence", "t.ends_at < :before"),
    ),
    Kind.ATTEMPTS: (
        removal(
            "attempt",
            "t.finished_at < :before and coalesce(t.received_at, t.finished_at) < :before and " + PAID.format(worker="t.worker_id"),
        ),
        Removal("attempt_conflict", CONFLICTS),
    ),
    Kind.PLANS: (
        removal("block_flag", OLD_BLOCK, "cast(t.block_id as text) || t.reason"),
        removal(
            "block",
            "t.ends_at < :before and not exists (select from block_flag f where f.organization_id = t.organization_id "
            "and f.block_id = t.id)",
        ),
        removal("learning_offer", "t.expires_at < :before"),
        removal(
            "plan",
            "greatest(t.created_at, t.ends_at) < :before and not exists (select from block b "
            "where b.organization_id = t.organization_id and b.plan_id = t.id)",
        ),
        removal("protected_request", "greatest(t.created_at, t.due_at) < :before"),
        removal("shadow_session", "greatest(t.created_at, t.due_at) < :before"),
        removal("live_window", "t.closed_at < :before"),
        removal(
            "peer_assist",
            "t.status <> 'logged' and greatest(t.ends_at, t.resolved_at) < :before and "
            + PAID.format(worker="t.helper_id") + " and " + PAID.format(worker="t.helped_id"),
        ),
        removal("import_row", OLD_RUN, "cast(t.run_id as text) || lpad(cast(t.row_number as text), 10, '0')"),
        removal(
            "import_run",
            "t.finished_at < :before and not exists (select from import_row r where r.organization_id = t.organization_id "
            "and r.run_id = t.id) and not exists (select from import_chunk c where c.organization_id = t.organization_id "
            "and c.run_id = t.id)",
        ),
    ),
}  # fmt: skip


async def policy(tx: ReadTransaction) -> Row[Any] | None:
    """The months that were chosen, or None."""
    return await tx.row(POLICY)


async def put(tx: WriteTransaction, months: Mapping[Kind, int], version: int) -> bool:
    """Store the months over the version they were read at; false when another version stands."""
    given = {"months": as_json({kind.value: number for kind, number in months.items()}), "actor": tx.caller.id, "now": tx.now}
    if version == 0:
        return bool(await tx.run(ADD, **given))
    return bool(await tx.run(CHANGE, **given, version=version))


async def remove(tx: WriteTransaction, what: Removal, until: date, limit: int) -> tuple[int, bytes]:
    """Remove rows of one table that ended before a day: how many, and the digest of their keys."""
    row = await tx.row(what.statement, before=begins(until), limit=limit)
    assert row is not None
    return row.rows, bytes(row.digest)


async def remove_audit(tx: WriteTransaction, until: date, limit: int, *, sign_ins: bool) -> tuple[Mapping[str, int], bytes]:
    """Remove lines of the audit trail: sign-ins, or everything else."""
    found = await tx.scalar(AUDIT, sign_ins=sign_ins, until=until, now=tx.now, limit=limit)
    return found["tables"], bytes.fromhex(found["digest"])
