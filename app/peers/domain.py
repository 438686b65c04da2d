"""Rules of peer assists: one side logs, the other confirms within 72 hours, both are paid for the minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.core.access import Policy, Role

CONFIRM_WITHIN = timedelta(hours=72)
# Phones keep an assist until they are online again; their clocks may run a little ahead of ours.
OLDEST = timedelta(days=45)
CLOCK_AHEAD = timedelta(minutes=2)
LONGEST_MINUTES = 60

ASSISTS_OWN = Policy("peer_assists.own", own=True)
ASSISTS_COUNT = Policy("peer_assists.count", frozenset({Role.SUPERVISOR, Role.ADMIN}), scope="peers:read")


class AssistStatus(StrEnum):
    """Where an assist stands; only a logged one can still change, and exactly once."""

    LOGGED = "logged"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    EXPIRED = "expired"


class AssistRole(StrEnum):
    """Who somebody was in an assist."""

    HELPER = "helper"
    HELPED = "helped"

    @property
    def other(self) -> "AssistRole":
        """The other side."""
        return AssistRole.HELPED if self is AssistRole.HELPER else AssistRole.HELPER


@dataclass(frozen=True, slots=True)
class AssistAsked:
    """What somebody wants to log about themself and a colleague; `role` is the logger's own."""

    id: UUID
    role: AssistRole
    colleague_id: UUID
    skill: str
    work_center_id: UUID
    started_at: datetime
    minutes: int
    note: str | None

    @property
    def ends_at(self) -> datetime:
        """When the help was over."""
        return self.started_at + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class Assist:
    """A logged assist."""

    id: UUID
    helper_id: UUID
    helped_id: UUID
    logged_by: AssistRole
    skill: str
    work_center_id: UUID
    site_id: UUID
    started_at: datetime
    ends_at: datetime
    note: str | None
    status: AssistStatus
    created_at: datetime
    expires_at: datetime
    resolved_at: datetime | None
    version: int

    @property
    def minutes(self) -> int:
        """The length of the help."""
        return (self.ends_at - self.started_at) // timedelta(minutes=1)

    def worker(self, role: AssistRole) -> UUID:
        """Who had this role."""
        return self.helper_id if role is AssistRole.HELPER else self.helped_id

    def role_of(self, worker_id: UUID | None) -> AssistRole | None:
        """The role of a worker in this assist, None for everybody else."""
        return next((role for role in AssistRole if self.worker(role) == worker_id), None)

    def status_at(self, now: datetime) -> AssistStatus:
        """The status as of an instant: an overdue assist is expired even before the job has written so."""
        overdue = self.status is AssistStatus.LOGGED and now >= self.expires_at
        return AssistStatus.EXPIRED if overdue else self.status

    def says(self, asked: AssistAsked, logger_id: UUID) -> bool:
        """Whether this is what that logger asked for: a repeat of the same upload."""
        return (
            self.logged_by is asked.role
            and self.worker(asked.role) == logger_id
            and self.worker(asked.role.other) == asked.colleague_id
            and (self.skill, self.work_center_id, self.note) == (asked.skill, asked.work_center_id, asked.note)
            and (self.started_at, self.ends_at) == (asked.started_at, asked.ends_at)
        )


@dataclass(frozen=True, slots=True)
class AssistCount:
    """How many assists a work center saw, by status; `confirmed_minutes` is the length of the confirmed ones."""

    work_center_id: UUID
    logged: int
    confirmed: int
    declined: int
    expired: int
    confirmed_minutes: int


def time_fault(asked: AssistAsked, now: datetime) -> str | None:
    """What is wrong with the time of an assist, None when it is over and recent enough."""
    if asked.ends_at > now + CLOCK_AHEAD:
        return "Log the assist when it is over: it must have ended by now."
    if asked.started_at < now - OLDEST:
        return f"Only assists of the last {OLDEST.days} days can be logged."
    return None
