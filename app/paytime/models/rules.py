"""Tables of pay rules: the policy of a site, and how exceptions ended."""

from datetime import datetime, time
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.core.tables import Table, document, instant, one_of, stored_enum
from app.paytime.domain.rules import Outside
from app.people.models import parent


class PayOutcome(StrEnum):
    """How an exception ended: a person decided, or the roster was put right."""

    PAY = "pay"
    NOT_PAID = "not_paid"
    RECLASSIFIED = "reclassified"


class PayPolicyRow(Table, table=True):
    """The pay rules of one site; a site without a row has the default ones."""

    __tablename__ = "pay_policy"
    __table_args__ = (parent("pay_policy", "site_id", "site"), one_of("outside", Outside))
    personal_data: ClassVar[str] = "who changed it last"

    site_id: UUID = Field(primary_key=True)
    outside: Outside = stored_enum()
    shift_cap: int | None = None
    day_cap: int | None = None
    week_cap: int | None = None
    entitled: int
    longest_session: int
    night_from: time | None = None
    night_until: time | None = None
    weekend: bool
    pay_codes: dict[str, Any] = document()
    cost_centers: dict[str, Any] = document()
    changed_by: UUID
    changed_at: datetime = instant()
    version: int = 1


class PayOutcomeRow(Table, table=True):
    """How an exception ended, once."""

    __tablename__ = "pay_outcome"
    __table_args__ = (parent("pay_outcome", "exception_id", "pay_exception"), one_of("outcome", PayOutcome))
    personal_data: ClassVar[str] = "who decided about a worker's time and why; kept 3 years as a payroll record"

    exception_id: UUID = Field(primary_key=True)
    outcome: PayOutcome = stored_enum()
    reason: str = Field(max_length=500)
    entry_ids: list[UUID] = Field(sa_type=ARRAY(UuidType))
    actor_id: UUID
    recorded_at: datetime = instant()
