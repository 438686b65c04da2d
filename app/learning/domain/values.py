"""Values of assignments, attempts and runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.core.access import Policy, Role

PLANNERS = frozenset({Role.SUPERVISOR, Role.LEARNING_MANAGER, Role.ADMIN})
ASSIGN = Policy("assignments.write", PLANNERS, scope="learning:write")
ASSIGNMENTS_READ = Policy("assignments.read", PLANNERS, scope="learning:read")
# A supervisor learns whether somebody is ready, never how often they tried: no other role has a purpose for even that.
READINESS = Policy("readiness.read", frozenset({Role.SUPERVISOR}), own=True, scope="learning:read")
LEARN = Policy("learning.own", own=True)


class TargetKind(StrEnum):
    """Whom an assignment names."""

    WORKER = "worker"
    CREW = "crew"
    JOB_ROLE = "job_role"


class ItemStatus(StrEnum):
    """How far a worker is with an assignment. Open is never stored: it follows from the targets."""

    OPEN = "open"
    STARTED = "started"
    COMPLETED = "completed"


class AttemptStatus(StrEnum):
    """An attempt is open until it is finished or interrupted, once."""

    OPEN = "open"
    COMPLETED = "completed"
    INTERRUPTED = "interrupted"


class Outcome(StrEnum):
    """How the learner left: through to the end, or called away."""

    COMPLETED = "completed"
    INTERRUPTED = "interrupted"


class InterruptReason(StrEnum):
    """Why learning stopped early. `expired` is set by the server alone."""

    PRODUCTION_CALLED = "production_called"
    BREAK_STARTED = "break_started"
    SHIFT_ENDED = "shift_ended"
    SAFETY = "safety"
    DEVICE = "device"
    OTHER = "other"
    EXPIRED = "expired"


class ItemState(StrEnum):
    """What was found for one item of a checklist."""

    DONE = "done"
    NOT_DONE = "not_done"
    NOT_APPLICABLE = "na"


class VerdictKind(StrEnum):
    """What became of one uploaded result."""

    CREATED = "created"
    EXISTS = "exists"
    CONFLICT = "conflict"
    REJECTED = "rejected"


class Readiness(StrEnum):
    """All that a supervisor learns about one worker and one assignment."""

    READY = "ready"
    NOT_READY = "not_ready"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Target:
    """One worker, crew or job role, with the nodes above it when it was named (for who may see and cancel)."""

    kind: TargetKind
    ref: str
    nodes: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """Something that some people should learn."""

    id: UUID
    kind: str
    key: str
    mandatory: bool
    due_at: datetime | None
    priority: int
    created_by: UUID
    created_at: datetime
    cancelled_at: datetime | None = None
    version: int = 1
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Assigned:
    """One assignment as it stands for one worker; `hash` is the version pinned when they started."""

    assignment_id: UUID
    worker_id: UUID
    kind: str
    key: str
    hash: str | None
    mandatory: bool
    due_at: datetime | None
    priority: int
    status: ItemStatus
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One piece of learning a worker still has to do, for planning. `seconds` is the planned length."""

    assignment_id: UUID
    worker_id: UUID
    kind: str
    key: str
    hash: str
    seconds: int
    mandatory: bool
    due_at: datetime | None
    priority: int
    prerequisites_open: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemDone:
    """What was found for an item, with an optional note and photo reference (https address or media id)."""

    state: ItemState
    note: str = ""
    photo: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What a learner did: choices by item (quiz, module), cards seen (module), findings by item (checklist)."""

    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cards: tuple[str, ...] = ()
    items: Mapping[str, ItemDone] = field(default_factory=dict)

    def merged(self, later: "Work") -> "Work":
        """This work with later work laid over it: a later answer replaces, cards add up."""
        return Work(
            {**self.answers, **later.answers},
            tuple(dict.fromkeys((*self.cards, *later.cards))),
            {**self.items, **later.items},
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a piece of work cannot be taken: JSON pointer, stable code, and how to mend it."""

    pointer: str
    code: str
    detail: str


class Upload(NamedTuple):
    """A result made offline. Times are the device's; `hash` is the version that was learned.

    A named tuple like `Attempt`: a batch makes two hundred of each, and a frozen dataclass takes five times as long.
    """

    id: UUID
    kind: str
    key: str
    hash: str
    language: str
    started_at: datetime
    finished_at: datetime
    outcome: Outcome
    reason: InterruptReason | None
    work: Work


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An uploaded item that is not a result at all; `id` where one could be read."""

    id: UUID | None
    faults: tuple[Fault, ...]


class Attempt(NamedTuple):
    """An attempt or checklist run as stored."""

    id: UUID
    worker_id: UUID
    kind: str
    key: str
    hash: str
    language: str
    status: AttemptStatus
    reason: InterruptReason | None
    offline: bool
    started_at: datetime
    finished_at: datetime | None
    last_seen_at: datetime
    lease_until: datetime | None
    seconds: int
    paid_seconds: int
    score: int | None
    passed: bool | None
    fingerprint: str | None
    work: Work


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one uploaded item. A rejected one is not stored, so its id stays free for a mended upload."""

    id: UUID | None
    verdict: VerdictKind
    attempt: Attempt | None = None
    faults: tuple[Fault, ...] = ()


def readiness(status: ItemStatus, due_at: datetime | None, soon: datetime) -> Readiness:
    """Ready once completed; due when it is open and to be done before `soon`; else not ready."""
    if status is ItemStatus.COMPLETED:
        return Readiness.READY
    return Readiness.DUE if due_at is not None and due_at < soon else Readiness.NOT_READY
