"""Request and answer shapes of the roster."""

from datetime import time
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from app.core.schemas import CalendarDate, Code, Flag, Id, Input, Instant, Name, Output, Patch, Whole
from app.roster.domain import MOST_AN_HOUR, AbsenceKind, Break, BreakKind, BreakRule, Rate
from app.roster.models import ShiftStatus


def _clock(value: Any) -> Any:
    if not isinstance(value, str | time) or (isinstance(value, str) and len(value) not in (5, 8)):
        raise ValueError("must be a local time such as 22:00")
    return value


def _naive(value: time) -> time:
    if value.tzinfo is not None or value.microsecond:
        raise ValueError("must be a local time such as 22:00")
    return value


CLOCK = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"
LocalTime = Annotated[
    time,
    BeforeValidator(_clock, json_schema_input_type=Annotated[str, StringConstraints(pattern=CLOCK)]),
    AfterValidator(_naive),
]
LocalTimeOut = Annotated[time, WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$"})]
Letters = Annotated[str, StringConstraints(min_length=1, max_length=112, pattern=r"^[A-Za-z0-9-]+$")]


class BreakRuleIn(Input):
    """A break of a shift type, so many minutes after the shift starts."""

    offset_minutes: Annotated[Whole, Field(ge=0, le=1440)]
    minutes: Annotated[Whole, Field(ge=1, le=240)]
    kind: BreakKind = BreakKind.MEAL
    paid: Flag = False

    def value(self) -> BreakRule:
        """The domain's value."""
        return BreakRule(self.offset_minutes, self.minutes, self.kind, self.paid)


class BreakRuleOut(Output):
    """A break of a shift type."""

    offset_minutes: int
    minutes: int
    kind: BreakKind
    paid: bool


class ShiftTypeCreate(Input):
    """A shift as the plant names it; it crosses midnight when it does not end after it starts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "site_id": "0197f6a0-0000-7000-8000-000000000001",
                    "code": "N",
                    "name": "Night",
                    "starts": "22:00",
                    "ends": "06:00",
                    "breaks": [{"offset_minutes": 240, "minutes": 30, "kind": "meal", "paid": False}],
                }
            ]
        }
    )

    site_id: Id
    code: Code
    name: Name
    starts: LocalTime
    ends: LocalTime
    breaks: Annotated[list[BreakRuleIn], Field(max_length=12, default_factory=list)]


class ShiftTypeEdit(Patch):
    """A merge patch: fields that are absent stay as they are."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Late"}]})

    name: Name | None = None
    starts: LocalTime | None = None
    ends: LocalTime | None = None
    breaks: Annotated[list[BreakRuleIn], Field(max_length=12)] | None = None


class ShiftTypeOut(Output):
    """A shift type."""

    id: UUID
    site_id: UUID
    code: str
    name: str
    starts: LocalTimeOut
    ends: LocalTimeOut
    breaks: list[BreakRuleOut]
    version: int


class BreakIn(Input):
    """A break at its real time."""

    starts_at: Instant
    ends_at: Instant
    kind: BreakKind = BreakKind.MEAL
    paid: Flag = False

    def value(self) -> Break:
        """The domain's value."""
        return Break(self.starts_at, self.ends_at, self.kind, self.paid)


class BreakOut(Output):
    """A break at its real time."""

    starts_at: Instant
    ends_at: Instant
    kind: BreakKind
    paid: bool


class RateIn(Input):
    """What an hour of the shift is paid, in minor units of a currency: 2150 and EUR for 21.50. Shown with paid time only."""

    amount_minor: Annotated[Whole, Field(ge=0, le=MOST_AN_HOUR)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]

    def value(self) -> Rate:
        """The domain's value."""
        return Rate(self.amount_minor, self.currency)


class ShiftCreate(Input):
    """Either `shift_type_id` and `business_date`, or `starts_at` and `ends_at`. `id` may be made by the client."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "worker_id": "0197f6a0-0000-7000-8000-000000000002",
                    "work_center_id": "0197f6a0-0000-7000-8000-000000000003",
                    "starts_at": "2026-03-18T05:00:00Z",
                    "ends_at": "2026-03-18T13:00:00Z",
                    "breaks": [{"starts_at": "2026-03-18T09:00:00Z", "ends_at": "2026-03-18T09:30:00Z"}],
                }
            ]
        }
    )

    id: Id | None = None
    worker_id: Id
    work_center_id: Id
    crew_id: Id | None = None
    shift_type_id: Id | None = None
    business_date: CalendarDate | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    breaks: Annotated[list[BreakIn], Field(max_length=12, default_factory=list)]
    hourly_rate: RateIn | None = None


class ShiftChange(Patch):
    """A merge patch: move, shorten, reassign or cancel a shift."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "cancelled"}]})

    starts_at: Instant | None = None
    ends_at: Instant | None = None
    breaks: Annotated[list[BreakIn], Field(max_length=12)] | None = None
    work_center_id: Id | None = None
    status: ShiftStatus | None = None


class ShiftOut(Output):
    """One worker's shift; it belongs to the business date on which it starts locally."""

    id: UUID
    worker_id: UUID
    site_id: UUID
    work_center_id: UUID
    crew_id: UUID | None
    business_date: CalendarDate
    starts_at: Instant
    ends_at: Instant
    seconds: int
    breaks: list[BreakOut]
    status: ShiftStatus
    version: int


class MyShift(Output):
    """One of the caller's own shifts, with the zone to show it in."""

    id: UUID
    work_center_id: UUID
    business_date: CalendarDate
    starts_at: Instant
    ends_at: Instant
    time_zone: str
    breaks: list[BreakOut]


class MyShifts(Output):
    """The caller's coming shifts."""

    items: list[MyShift]


class RotationCrew(Input):
    """A crew's place in the rotation: the days it runs ahead of the anchor."""

    crew_id: Id
    work_center_id: Id
    offset: Annotated[Whole, Field(ge=0, le=365)] = 0


class RotationBuild(Input):
    """Build shifts for crews from a rotation written as letters: one shift type code a day, `-` for a day off."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "site_id": "0197f6a0-0000-7000-8000-000000000001",
                    "rotation": "EEEEE--LLLLL--NNNNN--",
                    "anchor": "2026-03-16",
                    "first": "2026-03-16",
                    "last": "2026-03-29",
                    "crews": [
                        {
                            "crew_id": "0197f6a0-0000-7000-8000-000000000004",
                            "work_center_id": "0197f6a0-0000-7000-8000-000000000003",
                            "offset": 0,
                        }
                    ],
                }
            ]
        }
    )

    site_id: Id
    rotation: Letters
    anchor: CalendarDate
    first: CalendarDate
    last: CalendarDate
    crews: Annotated[list[RotationCrew], Field(min_length=1, max_length=50)]


class ImpossibleDate(Output):
    """A business date on which a shift has no real time."""

    business_date: CalendarDate
    shift_type: str


class RotationBuilt(Output):
    """How many shifts were added or changed."""

    changed: int
    impossible: list[ImpossibleDate]


class AbsenceCreate(Input):
    """A worker is not there although the roster says so."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "worker_id": "0197f6a0-0000-7000-8000-000000000002",
                    "starts_at": "2026-03-18T05:00:00Z",
                    "ends_at": "2026-03-18T13:00:00Z",
                    "kind": "sick",
                }
            ]
        }
    )

    id: Id | None = None
    worker_id: Id
    starts_at: Instant
    ends_at: Instant
    kind: AbsenceKind = AbsenceKind.OTHER


class AbsenceOut(Output):
    """An absence."""

    id: UUID
    worker_id: UUID
    starts_at: Instant
    ends_at: Instant
    kind: AbsenceKind
