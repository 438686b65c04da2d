"""Shape of a worker's own statement."""

from datetime import date
from uuid import UUID

from pydantic import Field

from app.core.schemas import Instant, Output
from app.paytime.domain.statements import Statement
from app.paytime.schemas.accounts import DayOut, ReasonSeconds, days_of
from app.paytime.schemas.entries import PayEntryOut


class CorrectionOut(Output):
    """Time that was taken back: how much, why, and by whom."""

    entry_id: UUID
    reverses_id: UUID | None
    seconds: int
    reason: str | None
    actor_id: UUID
    actor_name: str | None


class StatementOut(Output):
    """Everything the ledger holds for the caller in a period, in whole seconds.

    `ledger_position` and `ledger_hash` are where the hash chain ended when the statement was made.
    """

    worker: str
    number: str
    site: str
    language: str
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    made_at: Instant
    seconds: int
    days: list[DayOut]
    corrections: list[CorrectionOut]
    uncredited: list[ReasonSeconds]
    entries: list[PayEntryOut]
    ledger_position: int
    ledger_hash: str

    @classmethod
    def of(cls, made: Statement) -> "StatementOut":
        """From the domain's value."""
        corrections = [
            CorrectionOut(
                entry_id=entry.id,
                reverses_id=entry.reverses_id,
                seconds=entry.seconds,
                reason=entry.reason,
                actor_id=entry.actor_id,
                actor_name=made.names.get(str(entry.actor_id)),
            )
            for entry in made.corrections
        ]
        return cls(
            worker=made.worker,
            number=made.number,
            site=made.site,
            language=made.language,
            first=made.period.first,
            last=made.period.last,
            made_at=made.made_at,
            seconds=made.seconds,
            days=days_of(list(made.totals)),
            corrections=corrections,
            uncredited=[ReasonSeconds(reason=reason, seconds=seconds) for reason, seconds in made.uncredited],
            entries=[PayEntryOut.of(entry) for entry in made.entries],
            ledger_position=made.head.position,
            ledger_hash=made.head.hash.hex(),
        )
