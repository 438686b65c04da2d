"""From a settlement to the lines the ledger stores: where and when each stretch was, in the site's own terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.ids import new_id
from app.core.intervals import Interval
from app.paytime.domain import Claim, PayKind, Reason, Settlement
from app.paytime.zones import tzdata_version, utc_offset_seconds
from app.roster.domain import Shift


@dataclass(frozen=True, slots=True)
class Line:
    """A row of `pay_entry` (no reason) or `pay_exception` (with one) before it is written."""

    id: UUID
    worker_id: UUID
    source_id: UUID
    kind: PayKind
    mandatory: bool
    starts_at: datetime
    ends_at: datetime
    seconds: int
    reason: Reason | None
    shift_id: UUID | None
    business_date: date
    site_id: UUID
    work_center_id: UUID | None
    time_zone: str
    utc_offset_seconds: int
    tzdata_version: str


@dataclass(frozen=True, slots=True)
class Lines:
    """A settled claim as lines."""

    entries: tuple[Line, ...]
    exceptions: tuple[Line, ...]


def lines_of(claim: Claim, settlement: Settlement, home: UUID, zones: Mapping[UUID, str]) -> Lines:
    """The lines of one claim; time outside every shift belongs to the home site and to its local date."""
    return Lines(
        tuple(_line(claim, s.interval, None, s.shift, home, zones) for s in settlement.segments),
        tuple(_line(claim, s.interval, s.reason, s.shift, home, zones) for s in settlement.shortfalls),
    )


def _line(
    claim: Claim, interval: Interval, reason: Reason | None, shift: Shift | None, home: UUID, zones: Mapping[UUID, str]
) -> Line:
    site_id = shift.site_id if shift else home
    zone = zones[site_id]
    return Line(
        id=new_id(),
        worker_id=claim.worker_id,
        source_id=claim.source_id,
        kind=claim.kind,
        mandatory=claim.mandatory,
        starts_at=interval.start,
        ends_at=interval.end,
        seconds=interval.seconds,
        reason=reason,
        shift_id=shift.id if shift else None,
        business_date=shift.business_date if shift else interval.start.astimezone(ZoneInfo(zone)).date(),
        site_id=site_id,
        work_center_id=shift.work_center_id if shift else None,
        time_zone=zone,
        utc_offset_seconds=utc_offset_seconds(interval.start, zone),
        tzdata_version=tzdata_version(),
    )
