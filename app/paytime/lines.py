"""From a settlement to the lines the ledger stores: where and when each stretch was, in the site's own terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.ids import new_id
from app.core.intervals import Interval
from app.paytime.domain import (
    Claim,
    Classification,
    Entry,
    EntryType,
    PayKind,
    Reason,
    ReasonCode,
    Segment,
    Settlement,
    Shortfall,
)
from app.paytime.domain.payroll_file import PAY_CODES
from app.paytime.domain.rules import DEFAULT, PayPolicy, criteria, night_seconds, weekend_seconds
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
    reason: Reason | str | None
    shift_id: UUID | None
    business_date: date
    site_id: UUID
    work_center_id: UUID | None
    time_zone: str
    utc_offset_seconds: int
    tzdata_version: str
    device_at: datetime | None = None
    entry_type: EntryType = EntryType.CREDIT
    reverses_id: UUID | None = None
    replaces_id: UUID | None = None
    classification: Classification = Classification.ON_SHIFT
    reason_code: ReasonCode | None = None
    pay_code: str | None = None
    cost_center: str | None = None
    night_seconds: int = 0
    weekend_seconds: int = 0
    rate_minor: int | None = None
    rate_currency: str | None = None
    paid: bool = False
    outside_hours: bool = False
    voluntary: bool = False
    not_job_related: bool = False
    no_productive_work: bool = False
    reviewed: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """A settled claim as lines."""

    entries: tuple[Line, ...]
    exceptions: tuple[Line, ...]

    @property
    def unpaid(self) -> tuple[Line, ...]:
        """The exceptions that really earned nothing."""
        return tuple(line for line in self.exceptions if not line.paid)


@dataclass(frozen=True, slots=True)
class Places:
    """What lines take from the sites: their zones and policies, and where time outside every shift belongs."""

    homes: Mapping[UUID, UUID]
    zones: Mapping[UUID, str]
    policies: Mapping[UUID, PayPolicy]

    def site(self, worker_id: UUID, shift: Shift | None) -> UUID:
        """The site of a shift, or the worker's own."""
        return shift.site_id if shift else self.homes[worker_id]

    def policy(self, worker_id: UUID, shift: Shift | None) -> PayPolicy:
        """The pay rules that hold there."""
        return self.policies.get(self.site(worker_id, shift), DEFAULT)

    def business_date(self, worker_id: UUID, shift: Shift | None, instant: datetime) -> date:
        """The date a stretch counts for: the shift's own, else the local one."""
        if shift:
            return shift.business_date
        return instant.astimezone(ZoneInfo(self.zones[self.site(worker_id, shift)])).date()


def lines_of(claim: Claim, settlement: Settlement, places: Places) -> Lines:
    """The lines of one claim; time outside every shift belongs to the home site and to its local date."""
    return Lines(
        tuple(credit_line(claim, segment, places) for segment in settlement.segments),
        tuple(exception_line(claim, shortfall, places) for shortfall in settlement.shortfalls),
    )


def credit_line(
    claim: Claim, segment: Segment, places: Places, *, code: ReasonCode | None = None, reason: str | None = None,
    replaces_id: UUID | None = None,
) -> Line:  # fmt: skip
    """One credited stretch."""
    interval, shift = segment.interval, segment.shift
    site_id = places.site(claim.worker_id, shift)
    policy, zone = places.policies.get(site_id, DEFAULT), places.zones[site_id]
    work_center_id = shift.work_center_id if shift else None
    night, weekend = differentials(policy, interval, zone)
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
        business_date=places.business_date(claim.worker_id, shift, interval.start),
        site_id=site_id,
        work_center_id=work_center_id,
        time_zone=zone,
        utc_offset_seconds=utc_offset_seconds(interval.start, zone),
        tzdata_version=tzdata_version(),
        device_at=claim.device_at,
        replaces_id=replaces_id,
        classification=segment.classification,
        reason_code=code,
        pay_code=policy.pay_code(claim.kind, PAY_CODES[claim.kind]),
        cost_center=policy.cost_center(work_center_id),
        night_seconds=night,
        weekend_seconds=weekend,
        rate_minor=shift.rate.minor if shift and shift.rate else None,
        rate_currency=shift.rate.currency if shift and shift.rate else None,
    )


def differentials(policy: PayPolicy, interval: Interval, zone: str) -> tuple[int, int]:
    """Seconds of a stretch in the night and on a weekend, where the site pays these differently."""
    if policy.night_from is None and not policy.weekend:
        return 0, 0
    local = ZoneInfo(zone)
    return night_seconds(policy, interval, local), weekend_seconds(policy, interval, local)


def opposite_line(entry: Entry, interval: Interval, policy: PayPolicy, *, code: ReasonCode, reason: str) -> Line:
    """The line that takes a stretch of another back: a reversal of a credit, a restoration of a reversal."""
    back = entry.entry_type is not EntryType.REVERSAL
    if interval.seconds == abs(entry.seconds):
        night, weekend = abs(entry.night_seconds), abs(entry.weekend_seconds)
    else:
        night, weekend = differentials(policy, interval, entry.time_zone)
        night, weekend = min(night, abs(entry.night_seconds)), min(weekend, abs(entry.weekend_seconds))
    sign = -1 if back else 1
    return Line(
        id=new_id(),
        worker_id=entry.worker_id,
        source_id=entry.source_id,
        kind=entry.kind,
        mandatory=entry.mandatory,
        starts_at=interval.start,
        ends_at=interval.end,
        seconds=sign * interval.seconds,
        reason=reason,
        shift_id=entry.shift_id,
        business_date=entry.business_date,
        site_id=entry.site_id,
        work_center_id=entry.work_center_id,
        time_zone=entry.time_zone,
        utc_offset_seconds=utc_offset_seconds(interval.start, entry.time_zone),
        tzdata_version=tzdata_version(),
        device_at=entry.device_at,
        entry_type=EntryType.REVERSAL if back else EntryType.RESTORATION,
        reverses_id=entry.id,
        classification=entry.classification,
        reason_code=code,
        pay_code=entry.pay_code,
        cost_center=entry.cost_center,
        night_seconds=sign * night,
        weekend_seconds=sign * weekend,
        rate_minor=entry.rate_minor,
        rate_currency=entry.rate_currency,
    )


def exception_line(claim: Claim, shortfall: Shortfall, places: Places, *, reviewed: bool = False) -> Line:
    """One stretch that a supervisor must see, with the four criteria as they were."""
    interval, shift = shortfall.interval, shortfall.shift
    site_id = places.site(claim.worker_id, shift)
    four = criteria(claim, shortfall.reason)
    return Line(
        id=new_id(),
        worker_id=claim.worker_id,
        source_id=claim.source_id,
        kind=claim.kind,
        mandatory=claim.mandatory,
        starts_at=interval.start,
        ends_at=interval.end,
        seconds=interval.seconds,
        reason=shortfall.reason,
        shift_id=shift.id if shift else None,
        business_date=places.business_date(claim.worker_id, shift, interval.start),
        site_id=site_id,
        work_center_id=shift.work_center_id if shift else None,
        time_zone=places.zones[site_id],
        utc_offset_seconds=utc_offset_seconds(interval.start, places.zones[site_id]),
        tzdata_version=tzdata_version(),
        paid=shortfall.paid,
        outside_hours=four.outside_hours,
        voluntary=four.voluntary,
        not_job_related=four.not_job_related,
        no_productive_work=four.no_productive_work,
        reviewed=reviewed,
    )
