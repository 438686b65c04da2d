"""Statements that write the ledger, and what they need to know first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core import events, jobs
from app.core.db import WriteTransaction
from app.core.intervals import Interval
from app.core.jsonb import as_json
from app.paytime.caps import Used
from app.paytime.domain import Claim, Reason
from app.paytime.domain.rules import Outside, PayPolicy
from app.paytime.lines import Line, Places
from app.roster.domain import Absence, Break, BreakKind, Rate, Shift

# One lock per worker, taken in one order by everybody, so that no two transactions wait for each other; the same as in
# `pay_state`.
LOCK = text(
    "select count(pg_advisory_xact_lock(k)) from (select distinct hashtextextended("
    "cast(cast(:organization_id as uuid) as text) || cast(w as text), 23) as k "
    "from unnest(cast(:workers as uuid[])) w order by k) ordered"
)
# Both functions are in the migration of this feature. Other features may call them inside statements of their own.
STATE = text(
    "select pay_state(:organization_id, cast(:workers as uuid[]), cast(:sources as uuid[]), "
    "cast(:start as timestamptz), cast(:end as timestamptz))"
)
APPEND = (
    "select pay_append(:organization_id, :actor_id, cast(:now as timestamptz), cast(:claims as jsonb), cast(:entries as jsonb), "
    "cast(:exceptions as jsonb))"
)
WRITE = text(APPEND)
# The same, what is told about it and the jobs of whoever listens: one round trip while the workers' locks are held.
TOLD = f"with paid as materialized ({APPEND}), told as ({events.INSERT})"
TELL = text(f"{TOLD} select count(*) from paid")  # noqa: S608  # constants
TELL_LISTENERS = text(
    f"{TOLD}, queued as materialized ({jobs.ENQUEUE}) select (select count(*) from paid), (select count(*) from queued)"  # noqa: S608  # constants
)


@dataclass(frozen=True, slots=True)
class Known:
    """How a source was settled before: its entries, and uncredited seconds by reason."""

    entries: tuple[tuple[UUID, int], ...]
    exceptions: tuple[tuple[Reason, int], ...]


@dataclass(frozen=True, slots=True)
class State:
    """What the ledger knows about some workers between two instants, and about some sources. Their locks are held."""

    start: datetime
    end: datetime
    homes: Mapping[UUID, UUID]
    zones: Mapping[UUID, str]
    taken: Mapping[UUID, list[Interval]]
    known: Mapping[tuple[UUID, UUID], Known]
    shifts: Sequence[Shift]
    absences: Sequence[Absence]
    policies: Mapping[UUID, PayPolicy] = field(default_factory=dict)
    used: Sequence[Used] = ()

    @property
    def places(self) -> Places:
        """The sites as lines need them."""
        return Places(self.homes, self.zones, self.policies)

    def reaches(self, claims: Iterable[Claim]) -> bool:
        """Whether all of the claims' time lies between the two instants."""
        return all(self.start <= claim.starts_at and claim.ends_at <= self.end for claim in claims)


async def lock(tx: WriteTransaction, worker_ids: Iterable[UUID]) -> None:
    """Wait until nobody else is crediting or reversing these workers' time; held until the transaction ends."""
    await tx.run(LOCK, workers=list(worker_ids))


async def state(tx: WriteTransaction, claims: Sequence[Claim]) -> State:
    """Wait for the workers' locks; then what the ledger knows around the claims."""
    found = await tx.scalar(
        STATE,
        workers=list({c.worker_id for c in claims}),
        sources=[c.source_id for c in claims],
        start=min(c.starts_at for c in claims),
        end=max(c.ends_at for c in claims),
    )
    return understood(found)


def understood(found: Mapping[str, Any]) -> State:
    """What the function `pay_state` answered."""
    taken: dict[UUID, list[Interval]] = {}
    for worker_id, start, end in found["taken"] or ():
        taken.setdefault(UUID(worker_id), []).append(Interval(_instant(start), _instant(end)))
    return State(
        start=datetime.fromisoformat(found["from"]),
        end=datetime.fromisoformat(found["until"]),
        homes={UUID(worker): UUID(site) for worker, site in found["homes"] or ()},
        zones={UUID(site): zone for site, zone in found["zones"] or ()},
        taken=taken,
        known=_known(found),
        shifts=[_shift(one) for one in found["shifts"] or ()],
        absences=[Absence(UUID(w), _at(start), _at(end)) for w, start, end in found["absences"] or ()],
        policies={UUID(one["site_id"]): policy_of(one) for one in found.get("policies") or ()},
        used=[
            (UUID(w), date.fromisoformat(day), UUID(shift) if shift else None, seconds)
            for w, day, shift, seconds in found.get("used") or ()
        ],
    )


def policy_of(one: Mapping[str, Any]) -> PayPolicy:
    """A row of `pay_policy` as JSON has it."""
    night = (one["night_from"], one["night_until"])
    return PayPolicy(
        outside=Outside(one["outside"]),
        **{name: one[name] for name in ("shift_cap", "day_cap", "week_cap", "entitled", "longest_session", "weekend")},
        night_from=time.fromisoformat(night[0]) if night[0] else None,
        night_until=time.fromisoformat(night[1]) if night[1] else None,
        pay_codes=one["pay_codes"],
        cost_centers=one["cost_centers"],
        version=one["version"],
    )


def _at(written: str) -> datetime:
    return datetime.fromisoformat(written)


def _shift(one: Mapping[str, Any]) -> Shift:
    pauses = (Break(_at(b["starts_at"]), _at(b["ends_at"]), BreakKind(b["kind"]), b["paid"]) for b in one["breaks"])
    return Shift(
        id=UUID(one["id"]),
        worker_id=UUID(one["worker_id"]),
        site_id=UUID(one["site_id"]),
        work_center_id=UUID(one["work_center_id"]),
        crew_id=UUID(one["crew_id"]) if one["crew_id"] else None,
        business_date=date.fromisoformat(one["business_date"]),
        starts_at=_at(one["starts_at"]),
        ends_at=_at(one["ends_at"]),
        breaks=tuple(pauses),
        rate=Rate(one["rate_minor"], one["rate_currency"]) if one["rate_minor"] is not None else None,
    )


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


async def write_and_tell(tx: WriteTransaction, values: Mapping[str, Any], told: events.Announcement) -> None:
    """The same, and what is told about them, with the jobs of whoever listens."""
    if told.jobs:
        await tx.run(TELL_LISTENERS, **values, events=told.events, jobs=jobs.as_rows(told.jobs))
    else:
        await tx.run(TELL, **values, events=told.events)


async def write(tx: WriteTransaction, values: Mapping[str, Any]) -> None:
    """Append claims, their credited lines and their uncredited ones, all in one statement."""
    await tx.run(WRITE, **values)


def append_values(
    tx: WriteTransaction, claims: Sequence[Claim], entries: Sequence[Line], exceptions: Sequence[Line]
) -> dict[str, Any]:
    """What `pay_append` takes."""
    rows = [
        {
            "worker_id": c.worker_id,
            "source_id": c.source_id,
            "kind": c.kind,
            "mandatory": c.mandatory,
            "starts_at": c.starts_at,
            "ends_at": c.ends_at,
            "seconds": c.seconds,
            "job_related": c.job_related,
            "productive": c.productive,
            "device_at": c.device_at,
        }
        for c in claims
    ]
    return {
        "claims": as_json(rows),
        "entries": as_json(entries),
        "exceptions": as_json(exceptions),
        "actor_id": tx.caller.id,
        "now": tx.now,
    }
