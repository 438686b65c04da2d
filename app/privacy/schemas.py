"""Shapes of erasures, of what is kept of a person, and of how long records stay."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.core.schemas import CalendarDate, Id, Input, Instant, Output, Whole
from app.privacy.domain import Erasure, ErasureStatus, Ground
from app.privacy.domain.retention import LIMITS, LONGEST, Kind, Proof, Retention

Months = Annotated[Whole, Field(ge=0, le=LONGEST)]


class ErasureCreate(Input):
    """Why a person is erased. The id is yours: sending it again answers the same."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "019cffa0-0000-7000-8000-000000000061", "reason": "asked_by_person"}]}
    )

    id: Id
    reason: Ground


class ErasureOut(Output):
    """An erasure; `touched` counts the rows that were erased or blanked, by table."""

    id: UUID
    worker_id: UUID
    reason: Ground
    status: ErasureStatus
    requested_by: UUID
    requested_at: Instant
    confirmed_by: UUID | None
    done_at: Instant | None
    touched: dict[str, int]

    @classmethod
    def of(cls, erasure: Erasure) -> Self:
        """From the domain value."""
        values = {name: getattr(erasure, name) for name in cls.model_fields if name not in ("reason", "touched")}
        return cls(**values, reason=erasure.ground, touched=dict(erasure.touched))


class KeptRowOut(Output):
    """A row that is kept of you: the table it stands in, and what it says. Secrets and digests are left out."""

    table: str
    row: dict[str, Any]


class RetentionPut(Input):
    """For how many months each kind of record is kept; what is left out has its usual period."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"pay_records": 72, "time_cards": 36, "attempts": 18}]})

    pay_records: Months = LIMITS[Kind.PAY_RECORDS].usual
    time_cards: Months = LIMITS[Kind.TIME_CARDS].usual
    audit_trail: Months = LIMITS[Kind.AUDIT_TRAIL].usual
    attempts: Months = LIMITS[Kind.ATTEMPTS].usual
    plans: Months = LIMITS[Kind.PLANS].usual
    sign_ins: Months = LIMITS[Kind.SIGN_INS].usual

    def months(self) -> dict[Kind, int]:
        """By kind."""
        return {kind: getattr(self, kind.value) for kind in Kind}


class KeptOut(Output):
    """One kind of record: the months it is kept, the fewest that may be chosen, and why."""

    kind: Kind
    months: int
    at_least: int
    why: str


class RetentionOut(Output):
    """How long each kind of record is kept."""

    items: list[KeptOut]

    @classmethod
    def of(cls, found: Retention) -> Self:
        """From the domain value."""
        kept = ((kind, found.months[kind], LIMITS[kind]) for kind in Kind)
        return cls(items=[KeptOut(kind=k, months=months, at_least=limit.least, why=limit.why) for k, months, limit in kept])


class ProofOut(Output):
    """That rows were removed: those of a kind before the day `until`, by table.

    `digest` is made of their keys; `hash` covers the proof and the one before it (SHA-256, hexadecimal).
    """

    id: UUID
    number: int
    kind: Kind
    until: CalendarDate
    removed_at: Instant
    rows: int
    tables: dict[str, int]
    digest: str
    hash: str

    @classmethod
    def of(cls, proof: Proof) -> Self:
        """From the domain value."""
        values = {name: getattr(proof, name) for name in ("id", "number", "kind", "until", "removed_at")}
        tables = dict(proof.tables)
        return cls(**values, rows=sum(tables.values()), tables=tables, digest=proof.digest.hex(), hash=proof.hash.hex())
