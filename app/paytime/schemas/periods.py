"""Shapes of pay calendars, periods and their files; hashes are SHA-256 in hexadecimal."""

from collections.abc import Iterable
from datetime import time
from itertools import groupby
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from app.core.schemas import CalendarDate, Input, Instant, Output, Text, Whole
from app.paytime.domain import PayKind
from app.paytime.domain.exports import ExportFormat
from app.paytime.domain.periods import Frequency, Line, PayPeriod, PeriodStatus, Rounding, Rules
from app.paytime.service.periods import Calendar, Seen

CompanyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,3}$"), Field(description="The Co Code of ADP files.")]
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Note = Annotated[Text, Field(max_length=500, description="Why, for the audit trail.")]


class PayCalendarPut(Input):
    """How a site's pay periods are cut from `starts_on` on; workdays begin at `workday_starts` on the site's own clocks."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"frequency": "biweekly", "starts_on": "2026-03-02", "workday_starts": "00:00"}]}
    )

    frequency: Frequency
    starts_on: CalendarDate
    workday_starts: ClockTime = "00:00"
    rounding: Rounding = Field(Rounding.NONE, description="The declared extra column of files; seconds are never rounded.")
    rounding_seconds: Annotated[Whole, Field(ge=1, le=3600)] = 60
    company_code: CompanyCode = "ILD"

    def calendar(self) -> Calendar:
        """The domain's value."""
        rules = Rules(time.fromisoformat(self.workday_starts), self.rounding, self.rounding_seconds)
        return Calendar(self.frequency, self.starts_on, rules, self.company_code)


class PayCalendarOut(Output):
    """A site's pay calendar."""

    site_id: UUID
    frequency: Frequency
    starts_on: CalendarDate
    workday_starts: str
    rounding: Rounding
    rounding_seconds: int
    company_code: str
    version: int

    @classmethod
    def of(cls, row: Any) -> "PayCalendarOut":
        """From a stored calendar."""
        return cls(
            site_id=row.site_id,
            frequency=row.frequency,
            starts_on=row.starts_on,
            workday_starts=row.workday_starts.strftime("%H:%M"),
            rounding=row.rounding,
            rounding_seconds=row.rounding_seconds,
            company_code=row.company_code,
            version=row.version,
        )


class PayPeriodOut(Output):
    """A pay period; who approved and closed it, and when."""

    id: UUID
    site_id: UUID
    first_date: CalendarDate
    last_date: CalendarDate
    status: PeriodStatus
    approved_by: UUID | None
    approved_at: Instant | None
    closed_by: UUID | None
    closed_at: Instant | None
    exported_at: Instant | None
    version: int

    @classmethod
    def of(cls, period: PayPeriod) -> "PayPeriodOut":
        """From the domain's value."""
        return cls(
            id=period.id,
            site_id=period.site_id,
            first_date=period.first,
            last_date=period.last,
            status=period.status,
            approved_by=period.approved_by,
            approved_at=period.approved_at,
            closed_by=period.closed_by,
            closed_at=period.closed_at,
            exported_at=period.exported_at,
            version=period.version,
        )


class PayPeriodContentOut(PayPeriodOut):
    """A period with what it holds: approve it by `content_hash`. Adjustments are seconds of earlier, closed periods.

    `waiting` entries of the organization were just written and are counted within seconds.
    """

    content_hash: str
    seconds: int
    adjustment_seconds: int
    entries: int
    workers: int
    waiting: int

    @classmethod
    def seen(cls, seen: Seen) -> "PayPeriodContentOut":
        """From the domain's values."""
        held = seen.content
        return cls(
            **PayPeriodOut.of(seen.period).model_dump(),
            content_hash=held.hash.hex(),
            seconds=held.seconds,
            adjustment_seconds=held.adjustment_seconds,
            entries=held.entries,
            workers=len(held.workers),
            waiting=seen.waiting,
        )


class PayLineOut(Output):
    """Net seconds of a workday and kind; an adjustment belongs to a workday of an earlier period."""

    workday: CalendarDate
    kind: PayKind
    adjustment: bool
    seconds: int
    entries: int


class PeriodWorkerOut(Output):
    """What a period holds for one worker."""

    worker_id: UUID
    seconds: int
    lines: list[PayLineOut]


def by_worker(lines: Iterable[Line]) -> list[PeriodWorkerOut]:
    """Lines, which stand in the order of their workers, gathered by worker."""
    found = []
    for worker_id, own in groupby(lines, key=lambda line: line.worker_id):
        kept = list(own)
        shown = [PayLineOut.model_validate(line) for line in kept]
        found.append(PeriodWorkerOut(worker_id=worker_id, seconds=sum(line.seconds for line in kept), lines=shown))
    return found


class PeriodApproval(Input):
    """An approval of exactly what was seen."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"content_hash": "0" * 64, "note": "Checked with the leads"}]})

    content_hash: Digest = Field(description="`content_hash` of the period as it was seen.")
    note: Note | None = None


class PeriodExport(Input):
    """A file to make."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"format": "csv"}]})

    format: ExportFormat


class PayExportOut(Output):
    """A payroll file of a closed period; `GET .../exports/{format}` answers its bytes, the same for ever."""

    format: ExportFormat
    file_name: str
    sha256: str
    bytes: int
    lines: int
    seconds: int
    created_by: UUID
    created_at: Instant

    @classmethod
    def of(cls, row: Any) -> "PayExportOut":
        """From a stored file."""
        return cls(
            format=row.format,
            file_name=row.file_name,
            sha256=row.sha256.hex(),
            bytes=row.bytes,
            lines=row.lines,
            seconds=row.seconds,
            created_by=row.created_by,
            created_at=row.created_at,
        )


class PayExportsOut(Output):
    """The files of a period."""

    items: list[PayExportOut]
