"""Claims, entries, exceptions and the guarded intervals. Claims, entries and exceptions are append-only by grant and by trigger.

`pay_interval` is no record but the ledger's guard: triggers add the interval of each credit, restoration and
reservation and remove what was reversed or resolved, so the exclusion constraint binds exactly the time that counts or
is reserved. The application may read it and cannot write it, so it cannot get around the constraint.
"""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from app.core.tables import Identified, Table, instant, one_of, stored_enum
from app.paytime.domain import Classification, EntryType, PayKind, Reason, ReasonCode
from app.people.models import parent

LENGTH = "extract(epoch from (ends_at - starts_at))"
CREDIT_OR_BACK = "case entry_type when 'reversal' then -seconds else seconds end"


def switch(*, on: bool = False) -> Any:
    """A flag that lines written before it existed have off, unless told otherwise."""
    return Field(default=on, sa_column_kwargs={"server_default": text("true" if on else "false")})


def from_claim(table: str) -> ForeignKeyConstraint:
    """Every settled second points to the claim it came from."""
    return ForeignKeyConstraint(
        ["organization_id", "worker_id", "source_id"],
        ["pay_claim.organization_id", "pay_claim.worker_id", "pay_claim.source_id"],
        name=f"fk_{table}_claim",
    )


class PayClaimRow(Table, table=True):
    """What was claimed, once per worker and source: its seconds are those of its entries and exceptions together."""

    __tablename__ = "pay_claim"
    __table_args__ = (
        parent("pay_claim", "worker_id", "worker"),
        one_of("kind", PayKind),
        CheckConstraint(f"seconds = {LENGTH}", name="seconds"),
        # Only the removal of old claims looks for them by age, and writing must not pay for it.
        Index("ix_pay_claim_age", "recorded_at", postgresql_using="brin"),
    )
    personal_data: ClassVar[str] = "when a worker learned; kept 3 years as a payroll record (29 CFR 516.5)"

    worker_id: UUID = Field(primary_key=True)
    source_id: UUID = Field(primary_key=True)
    kind: PayKind = stored_enum()
    mandatory: bool
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    seconds: int
    actor_id: UUID
    recorded_at: datetime = instant()
    job_related: bool = switch(on=True)
    productive: bool = switch()
    device_at: datetime | None = instant(default=None)


class PayEntryRow(Identified, table=True):
    """A line of the ledger. `shift_id` is no foreign key: the ledger outlives any change of the roster."""

    __tablename__ = "pay_entry"
    __table_args__ = (
        from_claim("pay_entry"),
        parent("pay_entry", "site_id", "site"),
        parent("pay_entry", "reverses_id", "pay_entry"),
        parent("pay_entry", "replaces_id", "pay_entry"),
        one_of("kind", PayKind),
        one_of("classification", Classification),
        one_of("reason_code", ReasonCode),
        # No second of a line is taken back twice, whoever comes at the same time.
        ExcludeConstraint(
            ("organization_id", "="),
            ("reverses_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            where=text("reverses_id is not null"),
            name="ex_pay_entry_reversed_once",
        ),
        one_of("entry_type", EntryType),
        CheckConstraint(f"{CREDIT_OR_BACK} = {LENGTH} and starts_at < ends_at", name="seconds"),
        CheckConstraint("(entry_type = 'credit') = (reverses_id is null)", name="reverses"),
        CheckConstraint("entry_type = 'credit' or reason is not null", name="reason"),
        Index("ix_pay_entry_worker", "organization_id", "worker_id", "business_date"),
        Index("ix_pay_entry_source", "organization_id", "worker_id", "source_id"),
        Index("ix_pay_entry_date", "organization_id", "business_date"),
        Index("ix_pay_entry_reverses", "organization_id", "reverses_id", postgresql_where=text("reverses_id is not null")),
    )
    personal_data: ClassVar[str] = "paid learning time of a worker; kept 3 years as a payroll record (29 CFR 516.5)"

    worker_id: UUID
    source_id: UUID
    kind: PayKind = stored_enum()
    mandatory: bool
    entry_type: EntryType = stored_enum()
    reverses_id: UUID | None = None
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    seconds: int
    reason: str | None = Field(default=None, max_length=500)
    actor_id: UUID
    shift_id: UUID | None = None
    business_date: date
    site_id: UUID
    work_center_id: UUID | None = None
    time_zone: str = Field(max_length=64)
    utc_offset_seconds: int
    tzdata_version: str = Field(max_length=32)
    recorded_at: datetime = instant()
    classification: Classification = stored_enum(sa_column_kwargs={"server_default": Classification.ON_SHIFT.value})
    reason_code: ReasonCode | None = stored_enum(default=None, nullable=True)
    replaces_id: UUID | None = None
    pay_code: str | None = Field(default=None, max_length=64)
    cost_center: str | None = Field(default=None, max_length=64)
    night_seconds: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    weekend_seconds: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    device_at: datetime | None = instant(default=None)
    rate_minor: int | None = None
    rate_currency: str | None = Field(default=None, max_length=3)


class PayExceptionRow(Identified, table=True):
    """Accepted activity that earned no credit, with its reason; never dropped, never unpaid in silence."""

    __tablename__ = "pay_exception"
    __table_args__ = (
        from_claim("pay_exception"),
        parent("pay_exception", "site_id", "site"),
        one_of("kind", PayKind),
        one_of("reason", Reason),
        CheckConstraint(f"seconds = {LENGTH} and starts_at < ends_at", name="seconds"),
        Index("ix_pay_exception_worker", "organization_id", "worker_id", "business_date"),
        Index("ix_pay_exception_source", "organization_id", "worker_id", "source_id"),
    )
    personal_data: ClassVar[str] = "when a worker learned outside paid time; kept 3 years as a payroll record"

    worker_id: UUID
    source_id: UUID
    kind: PayKind = stored_enum()
    mandatory: bool
    reason: Reason = stored_enum()
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    seconds: int
    actor_id: UUID
    shift_id: UUID | None = None
    business_date: date
    site_id: UUID
    work_center_id: UUID | None = None
    time_zone: str = Field(max_length=64)
    utc_offset_seconds: int
    tzdata_version: str = Field(max_length=32)
    recorded_at: datetime = instant()
    paid: bool = switch()
    outside_hours: bool = switch()
    voluntary: bool = switch()
    not_job_related: bool = switch()
    no_productive_work: bool = switch()
    reviewed: bool = switch()


class PayIntervalRow(Table, table=True):
    """The net credited and the reserved time of each worker, kept by triggers; no two intervals may share a second.

    `entry_id` is the credit, the restoration or the reservation that holds the time; a line that was taken back in its
    middle holds two pieces.
    """

    __tablename__ = "pay_interval"
    __table_args__ = (
        ExcludeConstraint(
            ("organization_id", "="),
            ("worker_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            name="ex_pay_interval_overlap",
        ),
        Index("ix_pay_interval_worker", "organization_id", "worker_id", "ends_at"),
        Index("ix_pay_interval_reserved", "organization_id", "entry_id", postgresql_where=text("reserved")),
    )
    personal_data: ClassVar[str] = "paid learning time of a worker, derived from pay_entry; goes with it"

    entry_id: UUID = Field(primary_key=True)
    starts_at: datetime = instant(primary_key=True)
    worker_id: UUID
    ends_at: datetime = instant()
    reserved: bool = switch()
