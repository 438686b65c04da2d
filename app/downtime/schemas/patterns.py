"""Shapes of window patterns."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from app.core.schemas import CalendarDate, Id, Input, Output, Patch, Percent, Whole
from app.downtime.domain.patterns import WindowKind
from app.downtime.models import PatternOrigin
from app.downtime.schemas.bounds import Buffer, FewMinutes, Learners, Staying


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


class PatternEdit(Patch):
    """A merge patch: fields that are absent stay as they are; the anchor is replaced whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"max_learners": 3}]})
    clearable: ClassVar[frozenset[str]] = frozenset({"valid_from", "valid_until"})

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
        """The given fields as the use case names them; null empties a date."""
        given = self.model_dump(exclude_unset=True)
        percent = given.pop("reliability_percent", None)
        return given if percent is None else given | {"reliability": percent / 100}


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


class PatternsOut(Output):
    """Patterns that were mapped together."""

    items: list[PatternOut]
