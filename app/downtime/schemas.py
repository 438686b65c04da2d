"""Request and answer shapes of the downtime map."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from app.core.schemas import CalendarDate, Id, Input, Instant, Output, Percent, Whole
from app.downtime.domain.classify import StoppageKind, StoppageSize
from app.downtime.domain.history import TooLittle
from app.downtime.domain.patterns import Side, WindowKind
from app.downtime.domain.stoppages import Origin
from app.downtime.models import PatternOrigin


def _moment(value: str) -> str:
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError("must be a local date and time such as 2026-03-16T06:00") from error
    return value


WallTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$")]
WallMoment = Annotated[
    str, StringConstraints(pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"), AfterValidator(_moment)
]
Weekday = Annotated[Whole, Field(ge=0, le=6)]
FewMinutes = Annotated[Whole, Field(ge=0, le=480)]
Buffer = Annotated[Whole, Field(ge=0, le=7200)]
Learners = Annotated[Whole, Field(ge=1, le=1000)]
Staying = Annotated[Whole, Field(ge=0, le=1000)]
EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]
EXAMPLE: dict[str, Any] = {
    "work_center_id": "0197f6a0-0000-7000-8000-000000000003",
    "kind": "changeover",
    "anchor": {"type": "every", "minutes": 240, "first": "06:00", "last": "22:00", "weekdays": [0, 1, 2, 3, 4]},
    "minutes": 12,
    "setup_seconds": 60,
    "return_seconds": 60,
    "max_learners": 2,
}


class HandoverAnchor(Input):
    """The last and first minutes of adjoining shifts of the roster."""

    type: Literal["handover"]
    outgoing_minutes: FewMinutes = 0
    incoming_minutes: FewMinutes = 0
    gap_minutes: FewMinutes = 0
    overlap_minutes: FewMinutes = 30


class EveryAnchor(Input):
    """Every so many minutes of the local day, from `first` until before `last`, on weekdays (Monday 0)."""

    type: Literal["every"]
    minutes: Annotated[Whole, Field(ge=1, le=1440)]
    first: WallTime = "00:00"
    last: WallTime | None = None
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = Field(default_factory=lambda: list(EVERY_DAY))


class RuleAnchor(Input):
    """An RFC 5545 recurrence rule from a local start."""

    type: Literal["rule"]
    rule: Annotated[str, StringConstraints(min_length=1, max_length=400)]
    start: WallMoment


Anchor = Annotated[HandoverAnchor | EveryAnchor | RuleAnchor, Field(discriminator="type")]
Recurrence = Annotated[EveryAnchor | RuleAnchor, Field(discriminator="type")]


class PatternCreate(Input):
    """Where micro-downtime comes back. `minutes` is the length of a recurring window; a handover has its own."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: Id | None = None
    work_center_id: Id
    kind: WindowKind
    anchor: Anchor
    minutes: FewMinutes = 0
    setup_seconds: Buffer = 0
    return_seconds: Buffer = 0
    max_learners: Learners = 1
    minimum_staying: Annotated[Staying | None, Field(description="By default what the work center needs.")] = None
    valid_from: CalendarDate | None = None
    valid_until: CalendarDate | None = None
    reliability_percent: Percent = 100


class PatternEdit(Input):
    """A merge patch: fields that are absent stay as they are; the anchor is replaced whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"max_learners": 3}]})

    kind: WindowKind | None = None
    anchor: Anchor | None = None
    minutes: FewMinutes | None = None
    setup_seconds: Buffer | None = None
    return_seconds: Buffer | None = None
    max_learners: Learners | None = None
    minimum_staying: Staying | None = None
    valid_from: CalendarDate | None = None
    valid_until: CalendarDate | None = None
    reliability_percent: Percent | None = None

    def changes(self) -> dict[str, Any]:
        """The given fields as the use case names them; null empties a date and keeps anything else."""
        given = self.model_dump(exclude_unset=True)
        percent = given.pop("reliability_percent", None)
        kept = {name: value for name, value in given.items() if value is not None or name.startswith("valid_")}
        return kept if percent is None else kept | {"reliability": percent / 100}


class PatternOut(Output):
    """A window pattern. `origin` says whether people or the line's log know of it."""

    id: UUID
    work_center_id: UUID
    kind: WindowKind
    anchor: dict[str, Any]
    minutes: int
    setup_seconds: int
    return_seconds: int
    max_learners: int
    minimum_staying: int
    valid_from: date | None
    valid_until: date | None
    reliability_percent: int
    origin: PatternOrigin
    version: int


class WindowCreate(Input):
    """A window of its own, such as an announced stop. `id` may be made by the client."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "work_center_id": "0197f6a0-0000-7000-8000-000000000003",
                    "kind": "lull",
                    "starts_at": "2026-03-18T10:00:00Z",
                    "ends_at": "2026-03-18T10:15:00Z",
                    "max_learners": 2,
                }
            ]
        }
    )

    id: Id | None = None
    work_center_id: Id
    kind: WindowKind
    starts_at: Instant
    ends_at: Instant
    setup_seconds: Buffer = 0
    return_seconds: Buffer = 0
    max_learners: Learners = 1
    minimum_staying: Annotated[Staying | None, Field(description="By default what the work center needs.")] = None


class WindowSeen(Input):
    """Where the window was seen: its work center, and its start as its pattern has it (`pattern_starts_at`)."""

    work_center_id: Id
    pattern_starts_at: Instant


class WindowCancellation(WindowSeen):
    """Which window will not be."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"work_center_id": "0197f6a0-0000-7000-8000-000000000003", "pattern_starts_at": "2026-03-18T13:00:00Z"}]
        }
    )


class WindowChange(WindowSeen):
    """A merge patch: move or shorten a window, change how many may learn, cancel or restore it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "work_center_id": "0197f6a0-0000-7000-8000-000000000003",
                    "pattern_starts_at": "2026-03-18T13:00:00Z",
                    "ends_at": "2026-03-18T13:05:00Z",
                }
            ]
        }
    )

    starts_at: Instant | None = None
    ends_at: Instant | None = None
    max_learners: Learners | None = None
    cancelled: Annotated[bool | None, Field(strict=True)] = None


class WindowOut(Output):
    """One stretch of micro-downtime; version 0 has never been touched. `places` of the people `present` may learn.

    `pattern_id` is null for a window of its own; `shares_time_with` are other windows of the same work center.
    """

    id: UUID
    pattern_id: UUID | None
    work_center_id: UUID
    kind: WindowKind
    side: Side | None
    starts_at: Instant
    ends_at: Instant
    pattern_starts_at: Instant
    time_zone: str
    usable_seconds: int
    max_learners: int
    minimum_staying: int
    reliability_percent: int
    present: int
    places: int
    cancelled: bool
    shares_time_with: list[UUID]
    version: int


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


class PatternsOut(Output):
    """Patterns that were mapped together."""

    items: list[PatternOut]
