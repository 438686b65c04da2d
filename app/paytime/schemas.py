"""Shapes of the ledger's requests and answers."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.core.schemas import CalendarDate, Input, Instant, Output, Text
from app.paytime.domain import Account, DayTotal, Entry, EntryType, PayKind, Reason, Uncredited

Why = Annotated[Text, Field(min_length=3, max_length=500, description="Why, as the worker will read it.")]


class ReversalCreate(Input):
    """A credit to take back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Recorded on the wrong badge"}]})

    reason: Why


class PayEntryOut(Output):
    """A line of the ledger. `seconds` is negative on a reversal; `reversed_by` names the line that took this one back."""

    id: UUID
    worker_id: UUID
    source_id: UUID
    kind: PayKind
    mandatory: bool
    entry_type: EntryType
    reverses_id: UUID | None
    reversed_by: UUID | None
    starts_at: Instant
    ends_at: Instant
    seconds: int
    reason: str | None
    actor_id: UUID
    shift_id: UUID
    business_date: CalendarDate
    site_id: UUID
    work_center_id: UUID
    time_zone: str
    utc_offset_seconds: int
    recorded_at: Instant

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The answer for one line."""
        return cls.model_validate(entry)


class UncreditedOut(Output):
    """Accepted activity that earned no credit, and why."""

    id: UUID
    source_id: UUID
    kind: PayKind
    reason: Reason
    starts_at: Instant
    ends_at: Instant
    seconds: int
    business_date: CalendarDate
    site_id: UUID
    recorded_at: Instant


class PayExceptionOut(UncreditedOut):
    """A stretch of a worker's accepted activity that earned no credit, for whoever puts the roster or the pay right."""

    worker_id: UUID
    work_center_id: UUID | None

    @classmethod
    def of(cls, found: Uncredited) -> Self:
        """The answer for one stretch."""
        return cls.model_validate(found)


class KindSeconds(Output):
    """Net seconds of one kind."""

    kind: PayKind
    seconds: int
    entries: int


class DayOut(Output):
    """One business date."""

    business_date: CalendarDate
    seconds: int
    kinds: list[KindSeconds]


class ReasonSeconds(Output):
    """Uncredited seconds for one reason."""

    reason: Reason
    seconds: int


class AccountOut(Output):
    """A worker's paid learning time: net totals of the whole period, one page of entries, and what was not credited.

    `uncredited` sums everything; `exceptions` shows the first 200 stretches: ask for fewer days to see others.
    """

    worker_id: UUID
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    seconds: int
    days: list[DayOut]
    uncredited: list[ReasonSeconds]
    exceptions: list[UncreditedOut]
    entries: list[PayEntryOut]
    next_cursor: str | None

    @classmethod
    def of(cls, account: Account, entries: list[PayEntryOut], next_cursor: str | None) -> Self:
        """The answer for one worker and period."""
        return cls(
            worker_id=account.worker_id,
            first=account.period.first,
            last=account.period.last,
            seconds=sum(total.seconds for total in account.totals),
            days=days_of(list(account.totals)),
            uncredited=[ReasonSeconds(reason=reason, seconds=seconds) for reason, seconds in account.exception_totals],
            exceptions=[UncreditedOut.model_validate(found) for found in account.exceptions],
            entries=entries,
            next_cursor=next_cursor,
        )


def days_of(totals: list[DayTotal]) -> list[DayOut]:
    """Totals by business date, oldest first."""
    dates = sorted({total.business_date for total in totals})
    by_date = {day: [t for t in totals if t.business_date == day] for day in dates}
    return [
        DayOut(
            business_date=day,
            seconds=sum(t.seconds for t in of_day),
            kinds=[KindSeconds(kind=t.kind, seconds=t.seconds, entries=t.entries) for t in of_day],
        )
        for day, of_day in by_date.items()
    ]


class PayrollTotalsOut(Output):
    """What the payroll file of the same period adds up to; `sha256` is that of its lines above the checksum line."""

    lines: int
    seconds: int
    entries: int
    kinds: list[KindSeconds]
    sha256: str
