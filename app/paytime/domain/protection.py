"""Protected time: blocks a supervisor planned for a worker, what became of each, and how much of it was kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from app.core.access import Policy, Role
from app.paytime.domain import PAYERS
from app.paytime.domain.sessions import BreakReason

PLANNERS = frozenset({Role.SUPERVISOR, Role.LEARNING_MANAGER, Role.ADMIN})
PROTECT = Policy("protected_blocks.write", PLANNERS)
PROTECT_SEE = Policy("protected_blocks.read", PLANNERS, own=True)
PROTECTION_READ = Policy("protection.read", PLANNERS | PAYERS, scope="paytime:read")
OWN_PROTECTION = Policy("protection.own", own=True)
# Fewer people could be told apart.
SMALLEST_CREW = 8


class BlockFact(StrEnum):
    """What happened to a protected block."""

    PLANNED = "planned"
    STARTED = "started"
    INTERRUPTED = "interrupted"
    BROKEN = "broken"
    DELIVERED = "delivered"
    MADE_UP = "made_up"


@dataclass(frozen=True, slots=True)
class Happened:
    """One fact about a block: who brought it about, when and why. `seconds` is what was delivered by it."""

    fact: BlockFact
    actor_id: UUID
    reason: BreakReason | None
    note: str | None
    seconds: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ProtectedBlock:
    """Time promised to a worker, in order of what happened to it."""

    id: UUID
    worker_id: UUID
    site_id: UUID
    work_center_id: UUID
    business_date: date
    starts_at: datetime
    ends_at: datetime
    makes_up_id: UUID | None
    planned_by: UUID
    recorded_at: datetime
    facts: Sequence[Happened]

    @property
    def seconds(self) -> int:
        """The promised length."""
        return int((self.ends_at - self.starts_at).total_seconds())

    @property
    def delivered(self) -> int:
        """The seconds kept so far in the block itself."""
        return sum(one.seconds for one in self.facts if one.fact is not BlockFact.MADE_UP)

    @property
    def state(self) -> BlockFact:
        """What happened last."""
        return self.facts[-1].fact if self.facts else BlockFact.PLANNED


@dataclass(frozen=True, slots=True)
class Rate:
    """Protected seconds delivered and entitled; a rate above one is a promise more than kept."""

    delivered: int
    entitled: int

    @property
    def percent(self) -> int | None:
        """Whole percent, cut, never rounded up; None where nobody was entitled to anything."""
        return 100 * self.delivered // self.entitled if self.entitled else None


@dataclass(frozen=True, slots=True)
class GroupRate:
    """The rate of a site or crew; withheld where fewer than 8 people stand behind it."""

    id: UUID
    people: int
    rate: Rate | None
