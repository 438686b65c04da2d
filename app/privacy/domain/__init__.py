"""Rules of erasing a person and of showing them what is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.core.access import Policy, Role

ERASURE = Policy("privacy.erasure", frozenset({Role.ADMIN}))
OWN_DATA = Policy("privacy.own_data", own=True)


class Ground(StrEnum):
    """Why a person is erased, in the words of Art. 17(1) GDPR; free text could name them again."""

    NO_LONGER_NEEDED = "no_longer_needed"
    ASKED_BY_PERSON = "asked_by_person"
    UNLAWFUL = "unlawful"
    LEGAL_DUTY = "legal_duty"


class ErasureStatus(StrEnum):
    """An erasure waits for a second person, then it is done for good."""

    REQUESTED = "requested"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Held:
    """How one table holds a person: which rows are about them, and what erasing does to those.

    `about` is the SQL condition of the rows about `:person` in a table called t. `by` are columns that only say who acted
    on something of somebody else; such rows are shown by their keys and instants. `erased` true removes the rows;
    `blanked` replaces free text and contact details where the rows must stay. `hidden` is never shown: secrets and digests.
    """

    about: str = ""
    by: tuple[str, ...] = ()
    erased: bool = False
    blanked: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure: who asked, who confirmed, and how many rows of each table it touched."""

    id: UUID
    worker_id: UUID
    ground: Ground
    status: ErasureStatus
    requested_by: UUID
    requested_at: datetime
    confirmed_by: UUID | None
    done_at: datetime | None
    touched: Mapping[str, int]
