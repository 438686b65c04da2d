"""Use cases of sites, areas, work centers, stations and crews, which are kept alike."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from app.core.events import publish
from app.core.ids import new_id
from app.core.pages import Page
from app.people.domain import PARENTS, PLACES_WRITE, Node, PlaceKind
from app.people.events import MinimumChanged
from app.people.store import places as store


async def page(tx: ReadTransaction, kind: PlaceKind, asked: Page, **filters: UUID | None) -> list[Any]:
    """Places of one kind, one more than asked for. Everybody in the organization may see its places."""
    return list(await store.page(tx, kind, filters, asked.after, asked.limit + 1))


async def read(tx: ReadTransaction, kind: PlaceKind, place_id: UUID) -> Any:
    """One place. Raises NotFound."""
    found = await store.one(tx, kind, place_id)
    if found is None:
        raise NotFound
    return found


async def add(tx: WriteTransaction, kind: PlaceKind, values: Mapping[str, Any]) -> Any:
    """Add a place under places the caller may change; the same id again answers the place as it is now."""
    await _check_parents(tx, values)
    given = {**values, "id": values.get("id") or new_id()}
    made = await store.add(tx, kind, given)
    if made is not None:
        return made
    known = await store.one(tx, kind, given["id"])
    if known is None:
        raise Conflict("Another one here has this code.", code="code_taken")
    await _reached(tx, kind, known.id)
    return known


async def change(tx: WriteTransaction, kind: PlaceKind, place_id: UUID, version: int, changes: Mapping[str, Any]) -> Any:
    """Change a place the caller reaches. Raises NotFound, Stale, or Invalid for a parent on another site."""
    node = await _reached(tx, kind, place_id)
    known = await read(tx, kind, place_id)
    if known.version != version:
        raise Stale
    if not changes:
        return known
    if any(changes.get(column) for column in PARENTS):
        await _check_parents(tx, {"site_id": node.site_id, **changes})
    changed = await store.change(tx, kind, place_id, version, changes)
    if changed is None:
        raise Stale
    if kind is PlaceKind.WORK_CENTER and changed.minimum_staying != known.minimum_staying:
        await publish(tx, MinimumChanged(subject_id=place_id, work_center_id=place_id))
    return changed


async def _reached(tx: ReadTransaction, kind: PlaceKind, place_id: UUID) -> Node:
    node = (await store.nodes(tx, [place_id])).get(place_id)
    if node is None or node.kind != kind:
        raise NotFound
    PLACES_WRITE.must_reach(tx.caller, node.path)
    return node


async def _check_parents(tx: ReadTransaction, values: Mapping[str, Any]) -> None:
    """Every place above must be of its kind, within reach and on one site; a site needs the whole organization."""
    wanted = {column: values[column] for column in PARENTS if values.get(column)}
    if not wanted and not PLACES_WRITE.reaches(tx.caller, ()):
        raise Forbidden("Sites are added by an admin of the whole organization.")
    found = await store.nodes(tx, set(wanted.values()))
    for column, place_id in wanted.items():
        node = found.get(place_id)
        if node is None or node.kind != PARENTS[column]:
            raise NotFound
        PLACES_WRITE.must_reach(tx.caller, node.path)
        if "site_id" in values and node.site_id != values["site_id"]:
            raise Invalid.field(f"#/{column}", "belongs to another site", "other_site")
