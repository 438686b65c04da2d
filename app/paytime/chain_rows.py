"""Tables of the hash chain over the ledger."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from app.core.tables import Table, instant


class LedgerUnsealedRow(Table, table=True):
    """An entry that waits to be linked, and the digest of it; a trigger on `pay_entry` writes it, sealing removes it."""

    __tablename__ = "ledger_unsealed"
    personal_data: ClassVar[str] = "none: ids of entries, for seconds"

    entry_id: UUID = Field(primary_key=True)
    digest: bytes


class PayPseudonymRow(Table, table=True):
    """The map from a person (or key) to the name that the chain knows them by; emptied when they are forgotten.

    `proof` is the SHA-256 of both ids: it tells a wrong person in an entry without telling the right one.
    """

    __tablename__ = "pay_pseudonym"
    __table_args__ = (UniqueConstraint("organization_id", "pseudonym"),)
    personal_data: ClassVar[str] = "the pseudonym of a person in the chain; destroyed when they are forgotten"

    person_id: UUID = Field(primary_key=True)
    pseudonym: UUID | None = None
    proof: bytes


class LedgerLinkRow(Table, table=True):
    """One link of an organization's chain; append-only for everybody."""

    __tablename__ = "ledger_link"
    __table_args__ = (UniqueConstraint("organization_id", "entry_id"),)
    personal_data: ClassVar[str] = "pseudonyms and digests; kept as long as the entries they prove"

    position: int = Field(primary_key=True, sa_type=BigInteger)
    entry_id: UUID
    form: int
    who: UUID
    actor: UUID
    note: bytes | None = None
    facts: bytes
    hash: bytes
    sealed_at: datetime = instant()


class LedgerHeadRow(Table, table=True):
    """The end of the chain as it was told to the outside on one day; append-only for everybody."""

    __tablename__ = "ledger_head"
    personal_data: ClassVar[str] = "none: a position and a digest a day"

    day: date = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)
    hash: bytes
    published_at: datetime = instant()


class LedgerRetiredRow(Table, table=True):
    """A link whose entry went because its time was over, and the proof of removal that covers it; append-only."""

    __tablename__ = "ledger_retired"
    personal_data: ClassVar[str] = "none: positions of the chain"

    position: int = Field(primary_key=True, sa_type=BigInteger)
    proof_id: UUID
