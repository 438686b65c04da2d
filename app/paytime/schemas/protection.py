"""Shapes of protected time."""

from typing import Self
from uuid import UUID

from pydantic import ConfigDict

from app.core.schemas import CalendarDate, Id, Input, Instant, Output
from app.paytime.domain.protection import BlockFact, GroupRate, ProtectedBlock, Rate
from app.paytime.domain.sessions import BreakReason
from app.paytime.schemas.sessions import Note
from app.paytime.service import BlockAsked, Interruption

EXAMPLE_ID = "019cffa0-0000-7000-8000-000000000052"
EXAMPLE_WORKER = "019cffa0-0000-7000-8000-000000000007"


class BlockPlan(Input):
    """Promise time to a worker. The id is yours; `makes_up_id` names a broken block that this one makes up for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": EXAMPLE_ID,
                    "worker_id": EXAMPLE_WORKER,
                    "starts_at": "2026-03-18T10:00:00Z",
                    "ends_at": "2026-03-18T10:30:00Z",
                }
            ]
        }
    )

    id: Id
    worker_id: Id
    starts_at: Instant
    ends_at: Instant
    makes_up_id: Id | None = None

    def value(self) -> BlockAsked:
        """As the service takes it."""
        return BlockAsked(**self.model_dump())


class BlockBreak(Input):
    """Why a block does not take place."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "production_need", "note": "Two people are missing"}]})

    reason: BreakReason
    note: Note | None = None

    def value(self) -> Interruption:
        """As the service takes it."""
        return Interruption(self.reason, self.note)


class HappenedOut(Output):
    """One thing that happened to a block."""

    fact: BlockFact
    actor_id: UUID
    reason: BreakReason | None
    note: str | None
    seconds: int
    recorded_at: Instant


class ProtectedBlockOut(Output):
    """Time promised to a worker, and what became of it."""

    id: UUID
    worker_id: UUID
    site_id: UUID
    work_center_id: UUID
    business_date: CalendarDate
    starts_at: Instant
    ends_at: Instant
    seconds: int
    delivered: int
    state: BlockFact
    makes_up_id: UUID | None
    planned_by: UUID
    facts: list[HappenedOut]

    @classmethod
    def of(cls, block: ProtectedBlock) -> Self:
        """The answer for one block."""
        return cls.model_validate(block)


class RateOut(Output):
    """Seconds delivered and entitled; `percent` is null where nobody was entitled to anything."""

    delivered: int
    entitled: int
    percent: int | None


class MyProtection(Output):
    """The caller's own protected time; nobody else is shown the rate."""

    rate: RateOut
    items: list[ProtectedBlockOut]
    next_cursor: str | None

    @classmethod
    def of(cls, rate: Rate, items: list[ProtectedBlockOut], next_cursor: str | None) -> Self:
        """The answer for one worker and period."""
        return cls(rate=RateOut.model_validate(rate), items=items, next_cursor=next_cursor)


class GroupRateOut(Output):
    """The rate of a site or crew; null where fewer than 8 people stand behind it, or could be computed from it."""

    id: UUID
    rate: RateOut | None


class ProtectionOut(Output):
    """How much of the promised time a site and its crews delivered."""

    site: GroupRateOut
    crews: list[GroupRateOut]

    @classmethod
    def of(cls, site: GroupRate, crews: list[GroupRate]) -> Self:
        """The answer for one site."""
        return cls(site=GroupRateOut.model_validate(site), crews=[GroupRateOut.model_validate(one) for one in crews])
