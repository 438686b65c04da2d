"""The hash chain over the ledger: what a link says, how it is hashed, and what verification may find.

A link's hash covers the link before it, the digest of an entry's facts, and the link's own columns. The facts name
people by pseudonyms, so that they may leave the organization, and stay valid after a person is forgotten.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.core.access import Policy
from app.paytime.domain import PAYERS

LEDGER_VERIFY = Policy("ledger.verify", PAYERS, scope="paytime:read")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Fault(StrEnum):
    """What verification found wrong."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    BROKEN = "broken"
    MISPLACED = "misplaced"
    WRONG_PERSON = "wrong_person"
    WRONG_HEAD = "wrong_head"


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


def genesis(organization_id: UUID) -> Head:
    """The head of an empty chain."""
    return Head(0, hashlib.sha256(b"interlude-ledger|" + str(organization_id).encode()).digest())


def linked(head: Head, entries: Sequence[Facts], sealed_at: datetime) -> list[Link]:
    """The links that entries become after a head, in their order."""
    found = []
    moment = (sealed_at - EPOCH) // MICROSECOND
    for entry in entries:
        position = head.position + 1
        own = f"|{position}|{entry.form}|{entry.entry_id}|{entry.who}|{entry.actor}|{moment}"
        head = Head(position, hashlib.sha256(head.hash + entry.digest + own.encode()).digest())
        found.append(Link(position, entry, head.hash))
    return found
