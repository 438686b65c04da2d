"""Every statement about the catalog."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.catalog.domain import (
    ContentKey,
    ContentKind,
    CurrentItem,
    LoadLine,
    Localized,
    Module,
    Pack,
    PackOnOffer,
    PackOrigin,
    Published,
    PublishedItem,
    Skill,
    SkillClass,
    content_hash,
    from_json,
    kind_of,
    languages_of,
    to_json,
)
from app.core.db import ReadTransaction, WriteTransaction
from app.core.ids import new_id
from app.core.jsonb import as_json

VERSION = text("select version from catalog_state where organization_id = :organization_id")
# The number comes from a sequence: one that was rolled back is never given out again, so a process that already
# remembers the catalog of a number can trust it.
LOCK = text(
    "insert into catalog_state (organization_id, version) values (:organization_id, nextval('catalog_version')) "
    "on conflict (organization_id) do update set version = catalog_state.version returning version"
)
BUMP = text(
    "update catalog_state set version = nextval('catalog_version') where organization_id = :organization_id returning version"
)
# Version and items in one statement, hence of one instant.
CATALOG = text(
    "select s.version as catalog_version, v.kind, v.key, v.hash, v.seconds, v.languages, v.skills, v.prerequisites, "
    "v.needs_tablet, v.title, v.tags from catalog_state s "
    "left join content_current c on c.organization_id = s.organization_id and c.retired_at is null "
    "left join content_version v on v.organization_id = c.organization_id and v.kind = c.kind and v.hash = c.hash "
    "where s.organization_id = :organization_id order by v.kind, v.key"
)
BODY = text("select body from content_version where organization_id = :organization_id and kind = :kind and hash = :hash")
CURRENT = text(
    "select c.id, c.kind, c.key, c.hash, c.pack, v.prerequisites, c.retired_at is not null as retired "
    "from content_current c join content_version v "
    "on v.organization_id = c.organization_id and v.kind = c.kind and v.hash = c.hash "
    "where c.organization_id = :organization_id"
)
ADD_VERSIONS = text(
    "insert into content_version (organization_id, kind, hash, key, pack, pack_version, seconds, languages, skills, "
    "prerequisites, tags, needs_tablet, title, body, published_at) "
    "select :organization_id, v.kind, v.hash, v.key, v.pack, v.pack_version, v.seconds, v.languages, v.skills, "
    "v.prerequisites, v.tags, v.needs_tablet, v.title, v.body, cast(:now as timestamptz) "
    "from jsonb_to_recordset(cast(:versions as jsonb)) as v(kind text, hash text, key text, pack text, pack_version text, "
    "seconds int, languages text[], skills text[], prerequisites text[], tags text[], needs_tablet boolean, title jsonb, "
    "body jsonb) on conflict (organization_id, kind, hash) do nothing"
)
OFFER = text(
    "insert into content_current (organization_id, kind, key, id, hash, pack, updated_at, version) "
    "select :organization_id, o.kind, o.key, o.id, o.hash, :pack, cast(:now as timestamptz), 1 "
    "from jsonb_to_recordset(cast(:offers as jsonb)) as o(kind text, key text, id uuid, hash text) "
    "on conflict (organization_id, kind, key) do update set hash = excluded.hash, retired_at = null, "
    "updated_at = excluded.updated_at, version = content_current.version + 1 returning kind, key, id"
)
RETIRE = text(
    "update content_current c set retired_at = :now, updated_at = :now, version = c.version + 1 "
    "from jsonb_to_recordset(cast(:items as jsonb)) as r(kind text, key text) "
    "where c.organization_id = :organization_id and c.kind = r.kind and c.key = r.key and c.retired_at is null "
    "returning c.kind, c.key, c.id"
)
RETIRED_AT = text(
    "select retired_at from content_current where organization_id = :organization_id and kind = :kind and key = :key"
)
PACKS = text(
    "select key, pack_version, title, license, origin, default_language, languages, skills, published_at "
    'from content_pack where organization_id = :organization_id order by key collate "C"'
)
# Touches the row only when something differs, so that loading the same pack again writes nothing.
KEEP_PACK = text(
    "insert into content_pack as p (organization_id, key, pack_version, title, license, origin, default_language, languages, "
    "skills, published_at) values (:organization_id, :key, :pack_version, cast(:title as jsonb), :license, :origin, "
    ":default_language, cast(:languages as text[]), cast(:skills as jsonb), :now) "
    "on conflict (organization_id, key) do update set pack_version = excluded.pack_version, title = excluded.title, "
    "license = excluded.license, origin = excluded.origin, default_language = excluded.default_language, "
    "languages = excluded.languages, skills = excluded.skills, published_at = excluded.published_at "
    "where (p.pack_version, p.title, p.license, p.origin, p.default_language, p.languages, p.skills) is distinct from "
    "(excluded.pack_version, excluded.title, excluded.license, excluded.origin, excluded.default_language, "
    "excluded.languages, excluded.skills)"
)


async def catalog_version(tx: ReadTransaction) -> int | None:
    """The catalog's version, or nothing when the organization never published."""
    found: int | None = await tx.scalar(VERSION)
    return found


async def lock(tx: WriteTransaction) -> int:
    """The catalog's version, with every other publisher of the organization kept waiting until the transaction ends."""
    return int(await tx.scalar(LOCK))


async def bump(tx: WriteTransaction) -> int:
    """Give the catalog a number it never had."""
    return int(await tx.scalar(BUMP))


async def catalog(tx: ReadTransaction) -> tuple[int, list[PublishedItem]] | None:
    """The catalog's version and everything on offer in it, as of one instant."""
    rows = await tx.rows(CATALOG)
    return (rows[0].catalog_version, [_item(row) for row in rows if row.kind is not None]) if rows else None


async def version(tx: ReadTransaction, kind: str, address: str) -> Published | None:
    """A published version by its hash, on offer or not."""
    body = await tx.scalar(BODY, kind=kind, hash=address)
    return None if body is None else from_json(body)


async def current(tx: ReadTransaction) -> dict[ContentKey, CurrentItem]:
    """Every item ever published, with its newest version; retired ones too."""
    rows = await tx.rows(CURRENT)
    return {
        (r.kind, r.key): CurrentItem(r.id, ContentKind(r.kind), r.key, r.hash, r.pack, tuple(r.prerequisites), r.retired)
        for r in rows
    }


async def add_versions(tx: WriteTransaction, pack: Pack, versions: Sequence[Published]) -> None:
    """Keep versions that are not known yet."""
    if versions:
        rows = [_version_row(pack, version) for version in versions]
        await tx.run(ADD_VERSIONS, versions=as_json(rows), now=tx.now)


async def offer(tx: WriteTransaction, pack: str, lines: Sequence[LoadLine]) -> dict[ContentKey, UUID]:
    """Make these versions the ones on offer; answers the ids of their items."""
    offers = [{"kind": line.kind, "key": line.key, "id": new_id(), "hash": line.hash} for line in lines]
    rows = await tx.rows(OFFER, offers=as_json(offers), pack=pack, now=tx.now) if offers else ()
    return {(row.kind, row.key): row.id for row in rows}


async def retire(tx: WriteTransaction, places: Iterable[ContentKey]) -> dict[ContentKey, UUID]:
    """Take items off offer; answers the ids of those that were on it."""
    items = [{"kind": kind, "key": key} for kind, key in places]
    rows = await tx.rows(RETIRE, items=as_json(items), now=tx.now) if items else ()
    return {(row.kind, row.key): row.id for row in rows}


async def retired_at(tx: ReadTransaction, kind: str, key: str) -> datetime | None:
    """When an item was retired."""
    found: datetime | None = await tx.scalar(RETIRED_AT, kind=kind, key=key)
    return found


async def packs(tx: ReadTransaction) -> list[PackOnOffer]:
    """Every pack as it was last published, by key."""
    return [
        PackOnOffer(
            key=r.key,
            pack_version=r.pack_version,
            title=r.title,
            license=r.license,
            origin=PackOrigin(r.origin),
            default_language=r.default_language,
            languages=tuple(r.languages),
            skills=tuple(Skill(s["key"], Localized.of(s["title"]), SkillClass(s["class"])) for s in r.skills),
            published_at=r.published_at,
        )
        for r in await tx.rows(PACKS)
    ]


async def keep_pack(tx: WriteTransaction, pack: Pack) -> bool:
    """Keep what the pack says of itself; answers whether that differs from before."""
    skills = [{"key": skill.id, "title": skill.title.by_language(), "class": skill.skill_class} for skill in pack.skills]
    touched = await tx.run(
        KEEP_PACK,
        key=pack.id,
        pack_version=pack.version,
        title=as_json(pack.title.by_language()),
        license=pack.license,
        origin=pack.origin,
        default_language=pack.default_language,
        languages=list(pack.languages),
        skills=as_json(skills),
        now=tx.now,
    )
    return touched > 0


def _item(row: Row[Any]) -> PublishedItem:
    return PublishedItem(
        kind=ContentKind(row.kind),
        key=row.key,
        hash=row.hash,
        seconds=row.seconds,
        languages=tuple(row.languages),
        skills=tuple(row.skills),
        prerequisites=tuple(row.prerequisites),
        needs_tablet=row.needs_tablet,
        title=row.title,
        tags=tuple(row.tags),
    )


def _version_row(pack: Pack, version: Published) -> dict[str, Any]:
    module = version if isinstance(version, Module) else None
    return {
        "kind": kind_of(version),
        "hash": content_hash(version),
        "key": version.id,
        "pack": pack.id,
        "pack_version": pack.version,
        "seconds": version.seconds,
        "languages": languages_of(version),
        "skills": version.skills,
        "prerequisites": module.prerequisites if module else (),
        "tags": version.tags,
        "needs_tablet": module.needs_tablet if module else False,
        "title": version.title.by_language(),
        "body": to_json(version),
    }
