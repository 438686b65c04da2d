"""Tables of the downtime map."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from app.core.tables import Identified, Table, document, instant, one_of, stored_enum
from app.downtime.domain.classify import StoppageKind
from app.downtime.domain.live import Cause, Effect, EndedBy, SignalKind
from app.downtime.domain.patterns import WindowKind
from app.downtime.domain.stoppages import Origin
from app.people.models import parent


class PatternOrigin(StrEnum):
    """Where a pattern comes from: somebody who knows the line, or the line's own log."""

    SURVEY = "survey"
    HISTORY = "history"


class WindowPatternRow(Identified, table=True):
    """Where micro-downtime comes back. A retired pattern keeps its windows before `retired_at`."""

    __tablename__ = "window_pattern"
    __table_args__ = (
        parent("window_pattern", "work_center_id", "work_center"),
        one_of("kind", WindowKind),
        one_of("origin", PatternOrigin),
        Index("ix_window_pattern_work_center", "organization_id", "work_center_id"),
    )
    personal_data: ClassVar[str] = "none"

    work_center_id: UUID
    kind: WindowKind = stored_enum()
    anchor: dict[str, Any] = document()
    minutes: int = 0
    setup_seconds: int = 0
    return_seconds: int = 0
    max_learners: int = 1
    minimum_staying: int = 0
    valid_from: date | None = None
    valid_until: date | None = None
    reliability: float = 1.0
    origin: PatternOrigin = stored_enum(default=PatternOrigin.SURVEY)
    created_at: datetime = instant()
    retired_at: datetime | None = instant(default=None, nullable=True)
    version: int = 1


class WindowChangeRow(Identified, table=True):
    """What differs about one window; its id is the window's. Without a pattern it is a window of its own.

    `natural_*` is where the pattern puts the window; a null field is as the pattern has it.
    """

    __tablename__ = "window_change"
    __table_args__ = (
        parent("window_change", "work_center_id", "work_center"),
        parent("window_change", "pattern_id", "window_pattern"),
        one_of("kind", WindowKind),
        CheckConstraint("(pattern_id is null) = (kind is not null)", name="own"),
        CheckConstraint("natural_ends_at > natural_starts_at", name="natural"),
        CheckConstraint("ends_at > starts_at", name="length"),
        Index("ix_window_change_natural", "organization_id", "work_center_id", "natural_starts_at"),
    )
    personal_data: ClassVar[str] = "none"

    work_center_id: UUID
    pattern_id: UUID | None = None
    natural_starts_at: datetime = instant()
    natural_ends_at: datetime = instant()
    cancelled: bool = False
    starts_at: datetime | None = instant(default=None, nullable=True)
    ends_at: datetime | None = instant(default=None, nullable=True)
    max_learners: int | None = None
    kind: WindowKind | None = stored_enum(default=None, nullable=True)
    setup_seconds: int = 0
    return_seconds: int = 0
    minimum_staying: int = 0
    created_at: datetime = instant()
    version: int = 1


class StoppageRow(Identified, table=True):
    """One cleaned stop of a line. `observed_at` is its start or, when only its length is known, its log's last day."""

    __tablename__ = "stoppage"
    __table_args__ = (
        parent("stoppage", "work_center_id", "work_center"),
        one_of("kind", StoppageKind),
        one_of("origin", Origin),
        CheckConstraint("seconds >= 0", name="seconds"),
        CheckConstraint("ends_at > starts_at", name="length"),
        Index("ix_stoppage_work_center", "organization_id", "work_center_id", "observed_at"),
    )
    personal_data: ClassVar[str] = "reasons as the line's log words them, which should name nobody; kept 5 years"

    work_center_id: UUID
    source: str = Field(max_length=64)
    external_id: str = Field(max_length=400)
    machine: str = Field(max_length=200)
    kind: StoppageKind = stored_enum()
    planned: bool
    reason: str = Field(max_length=4000)
    seconds: int
    origin: Origin = stored_enum()
    starts_at: datetime | None = instant(default=None, nullable=True)
    ends_at: datetime | None = instant(default=None, nullable=True)
    observed_at: datetime = instant()
    exact: bool = True
    doubtful: bool = False
    created_at: datetime = instant()


class LoggedDayRow(Table, table=True):
    """A local date on which a line's log shows that it ran, with or without a stop."""

    __tablename__ = "logged_day"
    __table_args__ = (parent("logged_day", "work_center_id", "work_center"),)
    personal_data: ClassVar[str] = "none"

    work_center_id: UUID = Field(primary_key=True)
    day: date = Field(primary_key=True)


class StoppageReasonRow(Table, table=True):
    """What a reason code of one log means."""

    __tablename__ = "stoppage_reason"
    __table_args__ = ()
    personal_data: ClassVar[str] = "none"

    source: str = Field(primary_key=True, max_length=64)
    code: str = Field(primary_key=True, max_length=200)
    meaning: str = Field(max_length=200)


class ProductionBatchRow(Table, table=True):
    """When a batch of a line ran; `date_of_end` when its date seems to be that of the end."""

    __tablename__ = "production_batch"
    __table_args__ = (
        parent("production_batch", "work_center_id", "work_center"),
        CheckConstraint("ends_at > starts_at", name="length"),
    )
    personal_data: ClassVar[str] = "none"

    work_center_id: UUID = Field(primary_key=True)
    source: str = Field(primary_key=True, max_length=64)
    name: str = Field(primary_key=True, max_length=200)
    day: date
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    date_of_end: bool = False


class LiveWindowRow(Identified, table=True):
    """A window opened on the floor; its id is the window's. A work center has at most one that is not closed."""

    __tablename__ = "live_window"
    __table_args__ = (
        parent("live_window", "work_center_id", "work_center"),
        one_of("kind", WindowKind),
        one_of("cause", Cause),
        one_of("ended_by", EndedBy),
        CheckConstraint("(closed_at is null) = (ended_by is null)", name="ended"),
        Index(
            "ix_live_window_open", "organization_id", "work_center_id", unique=True, postgresql_where=text("closed_at is null")
        ),
    )
    personal_data: ClassVar[str] = "who opened it; kept 13 months"

    work_center_id: UUID
    pattern_id: UUID | None = None
    kind: WindowKind = stored_enum()
    cause: Cause = stored_enum()
    opened_at: datetime = instant()
    expected_ends_at: datetime = instant()
    closed_at: datetime | None = instant(default=None, nullable=True)
    ended_by: EndedBy | None = stored_enum(default=None, nullable=True)
    opened_by: UUID
    version: int = 1


class MachineSignalRow(Table, table=True):
    """One message of a machine, known by what its source calls it, and what it did."""

    __tablename__ = "machine_signal"
    __table_args__ = (
        parent("machine_signal", "work_center_id", "work_center"),
        one_of("kind", SignalKind),
        one_of("effect", Effect),
        Index("ix_machine_signal_work_center", "organization_id", "work_center_id", "at"),
    )
    personal_data: ClassVar[str] = "none"

    source: str = Field(primary_key=True, max_length=64)
    external_id: str = Field(primary_key=True, max_length=200)
    work_center_id: UUID
    kind: SignalKind = stored_enum()
    at: datetime = instant()
    expected_seconds: int | None = None
    received_at: datetime = instant()
    effect: Effect = stored_enum()
    window_id: UUID | None = None


class WindowOutcomeRow(Identified, table=True):
    """What a window turned out to be; its id is the window's."""

    __tablename__ = "window_outcome"
    __table_args__ = (
        parent("window_outcome", "work_center_id", "work_center"),
        one_of("kind", WindowKind),
        Index("ix_window_outcome_pattern", "organization_id", "pattern_id", "starts_at"),
        Index("ix_window_outcome_work_center", "organization_id", "work_center_id", "starts_at"),
    )
    personal_data: ClassVar[str] = "none"

    work_center_id: UUID
    pattern_id: UUID | None = None
    kind: WindowKind = stored_enum()
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    mapped_seconds: int
    usable_seconds: int
    held: bool
    planned_seconds: int
    used_seconds: int
    settled_at: datetime = instant()


class PatternFeedbackRow(Table, table=True):
    """What the windows of a pattern say about the next ones; plans rest on it."""

    __tablename__ = "pattern_feedback"
    __table_args__ = (parent("pattern_feedback", "pattern_id", "window_pattern"),)
    personal_data: ClassVar[str] = "none"

    pattern_id: UUID = Field(primary_key=True)
    windows: int
    reliability: float
    usable_seconds: int | None = None
    updated_at: datetime = instant()
