"""Tables of pay periods and their files."""

from datetime import date, datetime, time
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field

from app.core.tables import Identified, Table, instant, one_of, stored_enum
from app.paytime.domain.exports import ExportFormat
from app.paytime.domain.periods import Frequency, PeriodStatus, Rounding
from app.people.models import parent


class PayCalendarRow(Table, table=True):
    """How a site's periods are cut, and how its files look."""

    __tablename__ = "pay_calendar"
    __table_args__ = (
        parent("pay_calendar", "site_id", "site"),
        one_of("frequency", Frequency),
        one_of("rounding", Rounding),
        CheckConstraint("rounding_seconds between 1 and 3600", name="rounding_seconds"),
    )
    personal_data: ClassVar[str] = "none"

    site_id: UUID = Field(primary_key=True)
    frequency: Frequency = stored_enum()
    starts_on: date
    floor: date
    workday_starts: time
    rounding: Rounding = stored_enum()
    rounding_seconds: int
    company_code: str = Field(max_length=3)
    version: int


class PayPeriodRow(Identified, table=True):
    """A pay period of a site. A trigger lets its state go forward only, and nothing else of a closed one change."""

    __tablename__ = "pay_period"
    __table_args__ = (
        parent("pay_period", "site_id", "site"),
        one_of("status", PeriodStatus),
        UniqueConstraint("organization_id", "site_id", "first_date"),
        CheckConstraint("first_date <= last_date", name="dates"),
        CheckConstraint("(status = 'open') = (content_hash is null)", name="content"),
        Index("ix_pay_period_site", "organization_id", "site_id", "last_date"),
    )
    personal_data: ClassVar[str] = "who approved and closed; kept 3 years as a payroll record (29 CFR 516.5)"

    site_id: UUID
    first_date: date
    last_date: date
    status: PeriodStatus = stored_enum()
    after_position: int | None = Field(default=None, sa_type=BigInteger)
    position: int | None = Field(default=None, sa_type=BigInteger)
    content_hash: bytes | None = None
    seconds: int | None = Field(default=None, sa_type=BigInteger)
    entries: int | None = None
    approved_by: UUID | None = None
    approved_at: datetime | None = instant(default=None, nullable=True)
    closed_by: UUID | None = None
    closed_at: datetime | None = instant(default=None, nullable=True)
    exported_at: datetime | None = instant(default=None, nullable=True)
    version: int


class PayExportRow(Table, table=True):
    """A payroll file of a closed period, kept as it was made for ever; append-only for everybody."""

    __tablename__ = "pay_export"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "period_id"], ["pay_period.organization_id", "pay_period.id"], name="fk_pay_export_period_id"
        ),
        one_of("format", ExportFormat),
    )
    personal_data: ClassVar[str] = "numbers of workers and their paid seconds; kept 3 years as a payroll record"

    period_id: UUID = Field(primary_key=True)
    format: ExportFormat = Field(primary_key=True, sa_type=stored_enum().sa_type)
    file_name: str = Field(max_length=100)
    sha256: bytes
    content: bytes
    lines: int
    seconds: int = Field(sa_type=BigInteger)
    created_by: UUID
    created_at: datetime = instant()
