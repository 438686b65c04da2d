"""Tables of the catalog."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.catalog.domain import ContentKind, PackOrigin
from app.core.tables import Table, document, instant, one_of, stored_enum


class ContentPackRow(Table, table=True):
    """A pack as it was last published."""

    __tablename__ = "content_pack"
    __table_args__ = (one_of("origin", PackOrigin),)
    personal_data: ClassVar[str] = "none"

    key: str = Field(primary_key=True, max_length=64)
    pack_version: str = Field(max_length=32)
    title: dict[str, str] = document()
    license: str = Field(max_length=500)
    origin: PackOrigin = stored_enum()
    default_language: str = Field(max_length=16)
    languages: list[str] = Field(sa_type=ARRAY(Text))
    skills: list[dict[str, object]] = document()
    published_at: datetime = instant()


class ContentVersionRow(Table, table=True):
    """A published version, for ever: the application may add rows and never change or remove one."""

    __tablename__ = "content_version"
    __table_args__ = (
        one_of("kind", ContentKind),
        Index("ix_content_version_key", "organization_id", "kind", "key", "published_at"),
    )
    personal_data: ClassVar[str] = "none"

    kind: ContentKind = stored_enum(primary_key=True)
    hash: str = Field(primary_key=True, max_length=64)
    key: str = Field(max_length=64)
    pack: str = Field(max_length=64)
    pack_version: str = Field(max_length=32)
    seconds: int
    languages: list[str] = Field(sa_type=ARRAY(Text))
    skills: list[str] = Field(sa_type=ARRAY(Text))
    prerequisites: list[str] = Field(sa_type=ARRAY(Text))
    tags: list[str] = Field(sa_type=ARRAY(Text))
    needs_tablet: bool
    title: dict[str, str] = document()
    body: dict[str, object] = document()
    published_at: datetime = instant()


class ContentCurrentRow(Table, table=True):
    """Which version of an item is on offer; a retired item is no longer offered but its versions stay."""

    __tablename__ = "content_current"
    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        ForeignKeyConstraint(
            ["organization_id", "kind", "hash"],
            ["content_version.organization_id", "content_version.kind", "content_version.hash"],
            name="fk_content_current_hash",
        ),
    )
    personal_data: ClassVar[str] = "none"

    kind: ContentKind = stored_enum(primary_key=True)
    key: str = Field(primary_key=True, max_length=64)
    id: UUID
    hash: str = Field(max_length=64)
    pack: str = Field(max_length=64)
    retired_at: datetime | None = instant(default=None)
    updated_at: datetime = instant()
    version: int = 1


class CatalogStateRow(Table, table=True):
    """The catalog's version: another number after each change, never one that was used before."""

    __tablename__ = "catalog_state"
    personal_data: ClassVar[str] = "none"

    version: int = Field(sa_type=BigInteger)
