"""Shapes of what a line's log says."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.core.schemas import Input, Instant, Output, Percent
from app.downtime.domain.classify import StoppageKind, StoppageSize
from app.downtime.domain.history import TooLittle
from app.downtime.domain.patterns import WindowKind
from app.downtime.domain.stoppages import Origin
from app.downtime.schemas.bounds import Buffer, Learners, Staying
from app.downtime.schemas.patterns import Recurrence


class StoppageOut(Output):
    """One stop of a line. Without times only its length is known; a doubtful one opens no window."""

    id: UUID
    work_center_id: UUID
    source: str
    machine: str
    kind: StoppageKind
    planned: bool
    reason: str
    seconds: int
    size: StoppageSize
    origin: Origin
    starts_at: Instant | None
    ends_at: Instant | None
    exact: bool
    doubtful: bool


class TypicalTimeOut(Output):
    """A local time of day at which a kind of stop comes back, and on how many days out of a hundred it did."""

    at: str
    reliability_percent: int


class ProposalOut(Output):
    """What the history says about one kind of stop; `too_little` says why it cannot be accepted."""

    kind: StoppageKind
    window_kind: WindowKind | None
    stoppages: int
    opportunities: int
    length_seconds: int
    usable_seconds: int
    median_seconds: int
    expected_per_opportunity: float
    reliability_percent: int
    typical_times: list[TypicalTimeOut]
    too_little: TooLittle | None


class ProposalsOut(Output):
    """The proposals of a line; `counted_over` says what an opportunity is."""

    work_center_id: UUID
    time_zone: str
    counted_over: Literal["shifts", "days"]
    items: list[ProposalOut]


class ProposalAccept(Input):
    """Take a proposal into the map. Without an `anchor` it comes daily at its typical times."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "changeover", "from": "2026-01-01T00:00:00Z", "to": "2026-03-18T00:00:00Z", "max_learners": 2}]
        }
    )

    kind: StoppageKind
    start: Annotated[Instant, Field(alias="from")]
    end: Annotated[Instant, Field(alias="to")]
    quantile_percent: Percent = 20
    setup_seconds: Buffer = 0
    return_seconds: Buffer = 0
    max_learners: Learners = 1
    minimum_staying: Annotated[Staying | None, Field(description="By default what the work center needs.")] = None
    anchor: Recurrence | None = None
