"""What a site's policy says about pay: time outside paid shift time, caps, entitlements, codes and differentials.

Pure rules; nothing here rounds. Differentials only count seconds, the rate is payroll's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.intervals import DAY, Interval, intersect, local_day, resolve_local, total_seconds
from app.paytime.domain import Claim, PayKind, Reason

HALF_HOUR = 1800
SATURDAY = 5
OUTSIDE = frozenset({Reason.OFF_SHIFT, Reason.MEAL_BREAK, Reason.REST_BREAK})


class Outside(StrEnum):
    """What happens to learning outside paid shift time; it is always kept and always shown to a supervisor."""

    BLOCK = "block"
    RECORD_AS_PAID = "record_as_paid"
    UNPAID_IF_ALL_FOUR = "unpaid_if_all_four"


@dataclass(frozen=True, slots=True)
class Criteria:
    """The four of 29 CFR 785.27: only where all hold need attendance not be counted as working time."""

    outside_hours: bool
    voluntary: bool
    not_job_related: bool
    no_productive_work: bool

    @property
    def all_four(self) -> bool:
        """Whether the time may go unpaid."""
        return self.outside_hours and self.voluntary and self.not_job_related and self.no_productive_work


@dataclass(frozen=True, slots=True)
class PayPolicy:
    """The pay rules of one site. Caps and entitlements are seconds; None caps nothing. `version` 0 is the default."""

    outside: Outside = Outside.RECORD_AS_PAID
    shift_cap: int | None = None
    day_cap: int | None = None
    week_cap: int | None = None
    entitled: int = HALF_HOUR
    longest_session: int = HALF_HOUR
    night_from: time | None = None
    night_until: time | None = None
    weekend: bool = False
    pay_codes: Mapping[str, str] = field(default_factory=dict)
    cost_centers: Mapping[str, str] = field(default_factory=dict)
    version: int = 0

    @property
    def capped(self) -> bool:
        """Whether any cap is set."""
        return not (self.shift_cap is None and self.day_cap is None and self.week_cap is None)

    def cost_center(self, work_center_id: UUID | None) -> str | None:
        """Where payroll books time of this work center, if the site says so."""
        return self.cost_centers.get(str(work_center_id))

    def pay_code(self, kind: PayKind, usual: str) -> str:
        """The earning code of a kind: the site's own, else the usual one."""
        return self.pay_codes.get(kind.value, usual)


DEFAULT = PayPolicy()


def criteria(claim: Claim, reason: Reason) -> Criteria:
    """The four criteria for a stretch of a claim. A short rest counts as hours worked (785.18), so it is not outside."""
    outside = reason in (Reason.OFF_SHIFT, Reason.MEAL_BREAK)
    return Criteria(outside, not claim.mandatory, not claim.job_related, not claim.productive)


def pays_outside(policy: PayPolicy, claim: Claim, reason: Reason) -> bool:
    """Whether the policy credits a stretch outside paid shift time at once."""
    if reason not in OUTSIDE or policy.outside is Outside.BLOCK:
        return False
    return policy.outside is Outside.RECORD_AS_PAID or not criteria(claim, reason).all_four


def night_seconds(policy: PayPolicy, interval: Interval, zone: ZoneInfo) -> int:
    """Real seconds inside the site's night, which may cross midnight and a clock change."""
    if policy.night_from is None or policy.night_until is None:
        return 0
    nights, day = [], interval.start.astimezone(zone).date() - DAY
    while day <= interval.end.astimezone(zone).date():
        last = day if policy.night_from < policy.night_until else day + DAY
        begin = resolve_local(datetime.combine(day, policy.night_from), zone)
        until = resolve_local(datetime.combine(last, policy.night_until), zone)
        nights += [Interval(begin, until)] if begin < until else []
        day += DAY
    return total_seconds(intersect((interval,), nights))


def weekend_seconds(policy: PayPolicy, interval: Interval, zone: ZoneInfo) -> int:
    """Real seconds on the local Saturday or Sunday."""
    if not policy.weekend:
        return 0
    found, day = [], interval.start.astimezone(zone).date()
    while day <= interval.end.astimezone(zone).date():
        whole = local_day(day, zone) if day.weekday() >= SATURDAY else None
        found += [whole] if whole else []
        day += DAY
    return total_seconds(intersect((interval,), found))
