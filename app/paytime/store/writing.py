"""Statements that write the ledger, and what they need to know first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.ids import new_id
from app.core.intervals import Interval
from app.paytime.domain import Claim, Reason
from app.paytime.lines import Line

# One lock per worker, taken in one order by everybody, so that no two transactions wait for each other. It must be a
# statement of its own: the next one then sees what the previous holder committed.
LOCK = text(
    "select count(pg_advisory_xact_lock(k)) from (select distinct hashtextextended("
    "cast(cast(:organization_id as uuid) as text) || cast(w as text), 23) as k "
    "from unnest(cast(:workers as uuid[])) w order by k) ordered"
)
# Comparisons of instants instead of `&&`: under row-level security only leakproof operators may use an index.
STATE = text(
    "with asked as (select * from jsonb_to_recordset(cast(:claims as jsonb)) "
    "as c(worker_id uuid, source_id uuid, starts_at timestamptz, ends_at timestamptz)), "
    "known as (select c.worker_id, c.source_id from pay_claim c join asked a using (worker_id, source_id) "
    "where c.organization_id = :organization_id) "
    "select jsonb_build_object("
    "'homes', (select jsonb_agg(jsonb_build_array(w.id, w.site_id)) from worker w where w.organization_id = :organization_id "
    "and w.id in (select worker_id from asked)), "
    "'zones', (select jsonb_agg(jsonb_build_array(s.id, s.time_zone)) from site s where s.organization_id = :organization_id), "
    "'taken', (select jsonb_agg(distinct jsonb_build_array(i.worker_id, cast(extract(epoch from i.starts_at) as bigint), "
    "cast(extract(epoch from i.ends_at) as bigint))) from asked a join pay_interval i on i.organization_id = :organization_id "
    "and i.worker_id = a.worker_id and i.ends_at > a.starts_at and i.starts_at < a.ends_at), "
    "'known', (select jsonb_agg(jsonb_build_array(k.worker_id, k.source_id)) from known k), "
    "'entries', (select jsonb_agg(jsonb_build_array(e.worker_id, e.source_id, e.id, e.seconds) order by e.starts_at) "
    "from pay_entry e join known using (worker_id, source_id) "
    "where e.organization_id = :organization_id and e.entry_type = 'credit'), "
    "'exceptions', (select jsonb_agg(jsonb_build_array(x.worker_id, x.source_id, x.reason, x.seconds)) "
    "from pay_exception x join known using (worker_id, source_id) where x.organization_id = :organization_id))"
)
COMMON = "kind text, mandatory boolean, starts_at timestamptz, ends_at timestamptz, seconds int, worker_id uuid, source_id uuid"
PLACED = (
    f"id uuid, {COMMON}, reason text, shift_id uuid, business_date date, site_id uuid, work_center_id uuid, "
    "time_zone text, utc_offset_seconds int, tzdata_version text"
)
PLACED_COLUMNS = (
    "worker_id, source_id, kind, mandatory, starts_at, ends_at, seconds, shift_id, business_date, site_id, work_center_id, "
    "time_zone, utc_offset_seconds, tzdata_version"
)
WRITE = text(
    "with claims as (insert into pay_claim (organization_id, worker_id, source_id, kind, mandatory, starts_at, "  # noqa: S608  # constant columns
    "ends_at, seconds, actor_id, recorded_at) select :organization_id, c.worker_id, c.source_id, c.kind, c.mandatory, c.starts_at, c.ends_at, "
    f"c.seconds, :actor_id, :now from jsonb_to_recordset(cast(:claims as jsonb)) as c({COMMON})), "
    f"exceptions as (insert into pay_exception (organization_id, id, reason, {PLACED_COLUMNS}, actor_id, recorded_at) "
    f"select :organization_id, x.id, x.reason, {PLACED_COLUMNS}, :actor_id, :now "
    f"from jsonb_to_recordset(cast(:exceptions as jsonb)) as x({PLACED})) "
    f"insert into pay_entry (organization_id, id, entry_type, {PLACED_COLUMNS}, actor_id, recorded_at) "
    f"select :organization_id, e.id, 'credit', {PLACED_COLUMNS}, :actor_id, :now "
    f"from jsonb_to_recordset(cast(:entries as jsonb)) as e({PLACED})"
)
# The unique constraint on `reverses_id` decides a race: whoever comes second inserts nothing.
REVERSE = text(
    f"insert into pay_entry (organization_id, id, entry_type, reverses_id, {PLACED_COLUMNS}, "  # noqa: S608  # constant columns
    "reason, actor_id, recorded_at) "
    "select organization_id, :id, 'reversal', id, worker_id, source_id, kind, mandatory, starts_at, ends_at, -seconds, shift_id, "
    "business_date, site_id, work_center_id, time_zone, utc_offset_seconds, tzdata_version, :reason, :actor_id, :now "
    "from pay_entry where organization_id = :organization_id and id = :entry_id and entry_type = 'credit' "
    "on conflict (organization_id, reverses_id) do nothing"
)


@dataclass(frozen=True, slots=True)
class Known:
    """How a source was settled before: its entries, and uncredited seconds by reason."""

    entries: tuple[tuple[UUID, int], ...]
    exceptions: tuple[tuple[Reason, int], ...]


@dataclass(frozen=True, slots=True)
class State:
    """What the ledger knows about the claims at hand."""

    homes: Mapping[UUID, UUID]
    zones: Mapping[UUID, str]
    taken: Mapping[UUID, list[Interval]]
    known: Mapping[tuple[UUID, UUID], Known]


async def lock(tx: WriteTransaction, worker_ids: Iterable[UUID]) -> None:
    """Wait until nobody else is crediting or reversing these workers' time; held until the transaction ends."""
    await tx.run(LOCK, workers=list(worker_ids))


async def state(tx: ReadTransaction, claims: Sequence[Claim]) -> State:
    """Home sites, zones, credited time around the claims, and the answers given before."""
    asked = [{"worker_id": c.worker_id, "source_id": c.source_id, "starts_at": c.starts_at, "ends_at": c.ends_at} for c in claims]
    found = await tx.scalar(STATE, claims=_json(asked))
    taken: dict[UUID, list[Interval]] = {}
    for worker_id, start, end in found["taken"] or ():
        taken.setdefault(UUID(worker_id), []).append(Interval(_instant(start), _instant(end)))
    return State(
        homes={UUID(worker): UUID(site) for worker, site in found["homes"] or ()},
        zones={UUID(site): zone for site, zone in found["zones"] or ()},
        taken=taken,
        known=_known(found),
    )


def _json(rows: Any) -> str:
    # The driver's own UUID class is unknown to orjson.
    return orjson.dumps(rows, default=str).decode()


def _instant(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


def _known(found: Mapping[str, Any]) -> dict[tuple[UUID, UUID], Known]:
    entries: dict[tuple[UUID, UUID], list[tuple[UUID, int]]] = {}
    sums: dict[tuple[UUID, UUID], dict[Reason, int]] = {}
    for worker, source, entry_id, seconds in found["entries"] or ():
        entries.setdefault((UUID(worker), UUID(source)), []).append((UUID(entry_id), seconds))
    for worker, source, reason, seconds in found["exceptions"] or ():
        of_source = sums.setdefault((UUID(worker), UUID(source)), dict.fromkeys(Reason, 0))
        of_source[Reason(reason)] += seconds
    keys = [(UUID(worker), UUID(source)) for worker, source in found["known"] or ()]
    return {key: Known(tuple(entries.get(key, ())), tuple((r, s) for r, s in sums.get(key, {}).items() if s)) for key in keys}


async def write(tx: WriteTransaction, claims: Sequence[Claim], entries: Sequence[Line], exceptions: Sequence[Line]) -> None:
    """Append claims, their credited lines and their uncredited ones, all in one statement."""
    rows = [
        {
            "worker_id": c.worker_id,
            "source_id": c.source_id,
            "kind": c.kind,
            "mandatory": c.mandatory,
            "starts_at": c.starts_at,
            "ends_at": c.ends_at,
            "seconds": c.seconds,
        }
        for c in claims
    ]
    await tx.run(
        WRITE,
        claims=_json(rows),
        entries=_json(entries),
        exceptions=_json(exceptions),
        actor_id=tx.caller.id,
        now=tx.now,
    )


async def reverse(tx: WriteTransaction, entry_id: UUID, reason: str) -> UUID | None:
    """Append the reversal of a credit; None when it was reversed before."""
    made = new_id()
    done = await tx.run(REVERSE, id=made, entry_id=entry_id, reason=reason, actor_id=tx.caller.id, now=tx.now)
    return made if done else None
