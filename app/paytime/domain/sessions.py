"""Sessions: time that is reserved when learning starts and settled once, when it ends or its time is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.core.access import Policy
from app.core.intervals import Interval, between
from app.paytime.domain import PayKind

SESSIONS = Policy("learning_sessions.own", own=True)
# A phone may lose the network on the way to the end of a session: so long after it the end is still taken.
GRACE = timedelta(minutes=30)


class Resolution(StrEnum):
    """How a reservation ended; there is exactly one for each."""

    POSTED = "posted"
    VOIDED = "voided"
    EXPIRED = "expired"


class BreakReason(StrEnum):
    """Why protected time was interrupted or broken."""

    PRODUCTION_NEED = "production_need"
    SAFETY = "safety"
    EQUIPMENT = "equipment"
    ABSENCE = "absence"
    PERSONAL = "personal"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SessionAsked:
    """What a worker wants to begin now: an id of the device's own, a kind, and how long it may take."""

    id: UUID
    kind: PayKind
    seconds: int
    mandatory: bool = False
    job_related: bool = True
    travel: bool = False
    block_id: UUID | None = None
    device_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A reservation with its end, if it has one. `seconds` is what was credited."""

    id: UUID
    worker_id: UUID
    kind: PayKind
    mandatory: bool
    job_related: bool
    travel: bool
    block_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime
    device_at: datetime | None
    site_id: UUID
    time_zone: str
    utc_offset_seconds: int
    tzdata_version: str
    recorded_at: datetime
    resolution: Resolution | None
    resolved_at: datetime | None
    ended_at: datetime | None
    break_reason: BreakReason | None
    seconds: int

    @property
    def interval(self) -> Interval:
        """The reserved time."""
        return Interval(self.starts_at, self.ends_at)


def reservable(start: datetime, seconds: int, closed: list[Interval]) -> Interval | None:
    """The time from `start` that can be reserved: as long as asked, cut where the first closed stretch begins."""
    end = start + timedelta(seconds=seconds)
    for stretch in sorted(closed):
        if stretch.contains(start):
            return None
        if stretch.start > start:
            end = min(end, stretch.start)
    return between(start, end)
