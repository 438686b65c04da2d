"""Shapes shared by every request and answer: strict inputs, plain outputs, and the small types fields are made of."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Self, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    model_validator,
)

T = TypeVar("T")
RFC3339 = re.compile(r"\A\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})\Z")
CALENDAR_DATE = re.compile(r"\A\d{4}-\d{2}-\d{2}\Z")
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Input(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Patch(Input):
    """A JSON merge patch: absent fields stay, null clears a field that may be empty and is refused for any other."""

    clearable: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def refuse_null(self) -> Self:
        """Null means "clear it", which most fields do not allow."""
        wrong = [n for n in self.model_fields_set if getattr(self, n) is None and n not in self.clearable]
        if wrong:
            raise ValueError(f"{', '.join(sorted(wrong))} must not be null")
        return self

    def changes(self) -> dict[str, Any]:
        """The fields that were sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Output(BaseModel):
    """An answer: every field always present."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


def _whole(value: Any) -> Any:
    # JSON Schema calls 22.0 an integer; true and "22" are not.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a whole number")
    if isinstance(value, float) and not value.is_integer():
        raise ValueError("must be a whole number")
    return int(value)


def _instant(value: Any) -> Any:
    if isinstance(value, str) and not RFC3339.match(value):
        raise ValueError("must be an RFC 3339 instant with a UTC offset, such as 2026-03-29T05:30:00Z")
    if not isinstance(value, str | datetime):
        raise ValueError("must be an RFC 3339 instant as a string")
    return value


def _in_range(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("must carry a UTC offset")
    # Compare before converting: the year 1 with an offset cannot be converted to UTC.
    if not EARLIEST.year <= value.year < LATEST.year + 1:
        raise ValueError("must lie between the years 2000 and 2100")
    return value.astimezone(UTC)


def _date(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not CALENDAR_DATE.match(value):
        raise ValueError("must be a calendar date such as 2026-03-29")
    return value


def _date_in_range(value: date) -> date:
    if not EARLIEST.year <= value.year <= LATEST.year:
        raise ValueError("must lie between the years 2000 and 2100")
    return value


def _printable(value: str) -> str:
    if CONTROL.search(value):
        raise ValueError("must not contain control characters")
    return value


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("must be an IANA time zone such as Europe/Berlin")
    ZoneInfo(value)
    return value


def _uuid(value: Any) -> Any:
    if isinstance(value, str) and len(value) != 36:
        raise ValueError("must be a UUID written as 8-4-4-4-12 hexadecimal digits")
    return value


def _rfc3339(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


# What the validators refuse, in the words of JSON Schema; surrounding space is taken off before it is looked at.
PRINTED_PATTERN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
VISIBLE_PATTERN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*[^\s\x00-\x1f\x7f\x85][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
PRINTED = Field(json_schema_extra={"pattern": PRINTED_PATTERN})
VISIBLE = Field(json_schema_extra={"pattern": VISIBLE_PATTERN})
Whole = Annotated[int, BeforeValidator(_whole)]
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[Whole, Field(ge=0, le=1_000_000)]
Seconds = Annotated[Whole, Field(ge=0, le=31_536_000)]
Minutes = Annotated[Whole, Field(ge=0, le=525_600)]
Version = Annotated[Whole, Field(ge=1, le=2_147_483_647)]
Percent = Annotated[Whole, Field(ge=0, le=100)]
Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    AfterValidator(_in_range),
    PlainSerializer(_rfc3339, return_type=str, when_used="json"),
    # The serializer alone would leave answers with a plain string in the API document.
    Field(json_schema_extra={"format": "date-time"}),
]
CalendarDate = Annotated[date, BeforeValidator(_date), AfterValidator(_date_in_range)]
Id = Annotated[UUID, BeforeValidator(_uuid)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable), VISIBLE]
Text = Annotated[str, StringConstraints(max_length=4000), AfterValidator(_printable), PRINTED]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=128), AfterValidator(_printable), VISIBLE]
Language = Annotated[str, StringConstraints(max_length=16, pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone)]
