"""Shapes of the hash chain's answers; hashes are SHA-256 in hexadecimal."""

from typing import Any
from uuid import UUID

from app.core.schemas import CalendarDate, Instant, Output
from app.paytime.domain.chain import Checked, Fault, Head


class LedgerHeadOut(Output):
    """The end of the chain; `unsealed` entries were written and are linked within seconds."""

    position: int
    hash: str
    unsealed: int

    @classmethod
    def of(cls, head: Head, unsealed: int) -> "LedgerHeadOut":
        """From the domain's value."""
        return cls(position=head.position, hash=head.hash.hex(), unsealed=unsealed)


class PublishedHeadOut(Output):
    """The end of the chain as it was told to the outside on one day."""

    day: CalendarDate
    position: int
    hash: str
    published_at: Instant

    @classmethod
    def of(cls, row: Any) -> "PublishedHeadOut":
        """From a stored head."""
        return cls(day=row.day, position=row.position, hash=row.hash.hex(), published_at=row.published_at)


class PublishedHeadsOut(Output):
    """The heads of the last days, newest first."""

    items: list[PublishedHeadOut]


class FindingOut(Output):
    """Something that is wrong."""

    fault: Fault
    position: int | None
    entry_id: UUID | None


class VerificationOut(Output):
    """One step of a verification: `links` were checked, `findings` are wrong; go on at `next_cursor` until it is null."""

    intact: bool
    links: int
    findings: list[FindingOut]
    next_cursor: str | None

    @classmethod
    def of(cls, checked: Checked) -> "VerificationOut":
        """From the domain's value."""
        found = [FindingOut(fault=f.fault, position=f.position, entry_id=f.entry_id) for f in checked.findings]
        return cls(intact=not found, links=checked.rows, findings=found, next_cursor=checked.next)
