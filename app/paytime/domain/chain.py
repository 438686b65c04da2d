"""The hash chain over the ledger: what a link says, how it is hashed, and what verification may find.

A link's hash covers the link before it, the digest of an entry's facts, and the link's own columns. The facts name
people by pseudonyms, so that they may leave the organization, and stay valid after a person is forgotten.
"""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.core.access import Policy
from app.paytime.domain import PAYERS

LEDGER_VERIFY = Policy("ledger.verify", PAYERS, scope="paytime:read")
# PostgreSQL counts microseconds from here, and names the types of a record's columns by these numbers.
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# Payroll records are kept so long at least (29 CFR 516.5).
YEARS_KEPT = 3
BYTEA, INT8, INT4, UUID_TYPE, TIMESTAMPTZ = 17, 20, 23, 2950, 1184


class Fault(StrEnum):
    """What verification found wrong."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    BROKEN = "broken"
    MISPLACED = "misplaced"
    WRONG_PERSON = "wrong_person"
    WRONG_HEAD = "wrong_head"
    WRONG_PROOF = "wrong_proof"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: at a position of the chain, about an entry, or both."""

    fault: Fault
    position: int | None
    entry_id: UUID | None


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the hash after `position` links."""

    position: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Facts:
    """An entry about to be linked: the digest of its facts, and the pseudonyms they use."""

    entry_id: UUID
    form: int
    who: UUID
    actor: UUID
    note: bytes | None
    digest: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the chain."""

    position: int
    facts: Facts
    hash: bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """What one step of a verification saw; `next` is where the following step goes on, None after the last."""

    rows: int
    findings: Sequence[Finding]
    next: str | None


def youngest_retired(now: datetime) -> datetime:
    """No line that was linked from here on may have gone already, whatever says that its time was over."""
    return now.replace(year=now.year - YEARS_KEPT, day=28 if (now.month, now.day) == (2, 29) else now.day)


def genesis(organization_id: UUID) -> Head:
    """The head of an empty chain."""
    return Head(0, hashlib.sha256(b"interlude-ledger|" + str(organization_id).encode()).digest())


def record(*columns: tuple[int, bytes | None]) -> bytes:
    """PostgreSQL's binary form of a record: how many columns, then of each its type's number, its length and its bytes."""
    parts = [struct.pack(">i", len(columns))]
    for kind, value in columns:
        parts.append(struct.pack(">Ii", kind, -1 if value is None else len(value)) + (value or b""))
    return b"".join(parts)


def linked(head: Head, entries: Sequence[Facts], sealed_at: datetime) -> list[Link]:
    """The links that entries become after a head, in their order."""
    found = []
    moment = struct.pack(">q", (sealed_at - EPOCH) // MICROSECOND)
    for entry in entries:
        position = head.position + 1
        own = record(
            (BYTEA, head.hash),
            (BYTEA, entry.digest),
            (INT8, struct.pack(">q", position)),
            (INT4, struct.pack(">i", entry.form)),
            (UUID_TYPE, entry.entry_id.bytes),
            (UUID_TYPE, entry.who.bytes),
            (UUID_TYPE, entry.actor.bytes),
            (TIMESTAMPTZ, moment),
        )
        head = Head(position, hashlib.sha256(own).digest())
        found.append(Link(position, entry, head.hash))
    return found
