"""How long each kind of record is kept: the periods an organization chooses, their limits by law, the day that goes."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from uuid import UUID

from app.core.access import Policy, Role

RETENTION_READ = Policy("retention.read", frozenset({Role.ADMIN, Role.PAYROLL}))
RETENTION_WRITE = Policy("retention.write", frozenset({Role.ADMIN}))
LONGEST = 240


class Kind(StrEnum):
    """Kinds of records with a period of their own."""

    PAY_RECORDS = "pay_records"
    TIME_CARDS = "time_cards"
    AUDIT_TRAIL = "audit_trail"
    ATTEMPTS = "attempts"
    PLANS = "plans"
    SIGN_INS = "sign_ins"


@dataclass(frozen=True, slots=True)
class Limit:
    """Months a kind is kept unless chosen otherwise, the fewest that may be chosen, and why."""

    usual: int
    least: int
    why: str


LIMITS: Mapping[Kind, Limit] = {
    Kind.PAY_RECORDS: Limit(36, 36, "payroll records are kept three years (29 CFR 516.5)"),
    Kind.TIME_CARDS: Limit(36, 24, "time cards are kept two years (29 CFR 516.6)"),
    Kind.AUDIT_TRAIL: Limit(36, 36, "who changed pay is kept as long as pay (29 CFR 516.5)"),
    Kind.ATTEMPTS: Limit(24, 2, "results may arrive for 45 days"),
    Kind.PLANS: Limit(13, 2, "plans of the last weeks are still worked with"),
    Kind.SIGN_INS: Limit(6, 1, "attacks are looked into for weeks"),
}


@dataclass(frozen=True, slots=True)
class Retention:
    """The months chosen for each kind; `version` 0 is the default."""

    months: Mapping[Kind, int]
    version: int = 0


def chosen(stored: Mapping[str, int], version: int) -> Retention:
    """The periods that hold: what was chosen, and the usual ones for the rest."""
    return Retention({kind: stored.get(kind.value, limit.usual) for kind, limit in LIMITS.items()}, version)


def too_short(months: Mapping[Kind, int]) -> list[Kind]:
    """Kinds that would be kept for less than the law or the work with them asks."""
    return [kind for kind, number in months.items() if number < LIMITS[kind].least]


def first_kept(today: date, months: int) -> date:
    """The first day whose records stay today: a record goes the day after its months are full, never before.

    Counted back in calendar months; where a month is too short, its last day counts.
    """
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def begins(day: date) -> datetime:
    """The instant a day begins; days are counted in UTC."""
    return datetime.combine(day, time(), UTC)


@dataclass(frozen=True, slots=True)
class Proof:
    """That rows were removed: of which kind, before which day, how many of which table, and a digest of their keys.

    `hash` covers all of that and the hash of the proof before, so that no proof can be taken out or changed unseen.
    """

    id: UUID
    number: int
    kind: Kind
    until: date
    removed_at: datetime
    tables: Mapping[str, int]
    digest: bytes
    hash: bytes
