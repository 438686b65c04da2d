"""Statements about sites, areas, work centers, stations and crews, which are stored alike, and the tree they form."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.core.db import ReadTransaction, WriteTransaction
from app.core.tables import Identified, metadata
from app.people.domain import Node, PlaceKind
from app.people.models import AreaRow, CrewRow, SiteRow, StationRow, WorkCenterRow

TABLES: dict[PlaceKind, type[Identified]] = {
    PlaceKind.SITE: SiteRow,
    PlaceKind.AREA: AreaRow,
    PlaceKind.WORK_CENTER: WorkCenterRow,
    PlaceKind.STATION: StationRow,
    PlaceKind.CREW: CrewRow,
}
NODES = text(
    "select id, 'site' as kind, id as site_id, array[id] as path from site "
    "where organization_id = :organization_id and id = any(:ids) "
    "union all select id, 'area', site_id, array[id, site_id] from area "
    "where organization_id = :organization_id and id = any(:ids) "
    "union all select id, 'work_center', site_id, array_remove(array[id, area_id, site_id], null) from work_center "
    "where organization_id = :organization_id and id = any(:ids) "
    "union all select s.id, 'station', w.site_id, array_remove(array[s.id, w.id, w.area_id, w.site_id], null) "
    "from station s join work_center w on w.organization_id = s.organization_id and w.id = s.work_center_id "
    "where s.organization_id = :organization_id and s.id = any(:ids) "
    "union all select c.id, 'crew', c.site_id, array_remove(array[c.id, w.id, w.area_id, c.site_id], null) "
    "from crew c left join work_center w on w.organization_id = c.organization_id and w.id = c.work_center_id "
    "where c.organization_id = :organization_id and c.id = any(:ids)"
)
ORGANIZATION = text(
    "select organization_id as id, slug, name, version from organization where organization_id = :organization_id"
)
RENAME = text(
    "update organization set name = :name, version = version + 1 where organization_id = :organization_id and version = :version"
)


def table(kind: PlaceKind) -> Table:
    """The table of a kind of place."""
    return metadata.tables[str(TABLES[kind].__tablename__)]


async def nodes(tx: ReadTransaction, ids: Collection[UUID]) -> dict[UUID, Node]:
    """The named places with everything above them; unknown ids are absent."""
    rows = await tx.rows(NODES, ids=list(ids)) if ids else []
    return {row.id: Node(row.id, row.kind, row.site_id, tuple(row.path)) for row in rows}


async def add(tx: WriteTransaction, kind: PlaceKind, values: Mapping[str, Any]) -> Row[Any] | None:
    """Store a place; None when its id or its code is taken."""
    to = table(kind)
    given = {"organization_id": tx.organization_id, "created_at": tx.now, "version": 1, **values}
    return await tx.row(insert(to).values(given).on_conflict_do_nothing().returning(*to.c))


async def change(
    tx: WriteTransaction, kind: PlaceKind, place_id: UUID, version: int, values: Mapping[str, Any]
) -> Row[Any] | None:
    """Change a place that still has this version; None when it has not."""
    to = table(kind)
    mine = (to.c.organization_id == tx.organization_id) & (to.c.id == place_id) & (to.c.version == version)
    return await tx.row(update(to).where(mine).values(**values, version=version + 1).returning(*to.c))


async def one(tx: ReadTransaction, kind: PlaceKind, place_id: UUID) -> Row[Any] | None:
    """One place."""
    of = table(kind)
    return await tx.row(select(*of.c).where(of.c.organization_id == tx.organization_id, of.c.id == place_id))


async def page(tx: ReadTransaction, kind: PlaceKind, filters: Mapping[str, Any], after: UUID, limit: int) -> Sequence[Row[Any]]:
    """Places after an id whose columns equal the filters that are not None."""
    of = table(kind)
    wanted = [of.c[column] == value for column, value in filters.items() if value is not None]
    mine = [of.c.organization_id == tx.organization_id, of.c.id > after]
    return await tx.rows(select(*of.c).where(*mine, *wanted).order_by(of.c.id).limit(limit))


async def all_of(tx: ReadTransaction, kind: PlaceKind) -> Sequence[Row[Any]]:
    """Every place of a kind."""
    of = table(kind)
    return await tx.rows(select(*of.c).where(of.c.organization_id == tx.organization_id))


async def coded(tx: ReadTransaction, kind: PlaceKind, codes: Collection[str]) -> Sequence[Row[Any]]:
    """Every place of a kind with one of these codes, whatever it stands under."""
    of = table(kind)
    return await tx.rows(select(*of.c).where(of.c.organization_id == tx.organization_id, of.c.code.in_(codes)))


async def named(tx: ReadTransaction, kind: PlaceKind, ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """Every place of a kind with one of these ids."""
    of = table(kind)
    return await tx.rows(select(*of.c).where(of.c.organization_id == tx.organization_id, of.c.id.in_(ids)))


async def organization(tx: ReadTransaction) -> Row[Any] | None:
    """The organization itself."""
    return await tx.row(ORGANIZATION)


async def rename_organization(tx: WriteTransaction, version: int, name: str) -> bool:
    """Rename the organization if it still has this version."""
    return await tx.run(RENAME, version=version, name=name) == 1
