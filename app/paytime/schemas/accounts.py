"""Shapes of a worker's account."""

from datetime import date
from typing import Self
from uuid import UUID

from pydantic import Field

from app.core.schemas import CalendarDate, Output
from app.paytime.domain import Account, DayTotal, PayKind, Reason
from app.paytime.schemas.entries import PayEntryOut, UncreditedOut


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
