"""Shift types: how a plant names its shifts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Invalid, NotFound, Stale
from app.core.ids import new_id
from app.core.jsonb import as_json
from app.people import service as people
from app.roster import store
from app.roster.domain import BreakRule, ShiftType
from app.roster.policies import ROSTER_WRITE


@dataclass(frozen=True, slots=True)
class StoredShiftType:
    """A shift type with its site, code and version."""

    site_id: UUID
    code: str
    version: int
    shift: ShiftType


def _stored(row: Any) -> StoredShiftType:
    return StoredShiftType(row.site_id, row.code, row.version, store.type_of(row))


async def shift_types(tx: ReadTransaction, site_id: UUID | None = None) -> list[StoredShiftType]:
    """Shift types of one site or of all."""
    return [_stored(row) for row in await store.types(tx, site_id=site_id)]


async def shift_type(tx: ReadTransaction, shift_type_id: UUID) -> StoredShiftType:
    """One shift type. Raises NotFound."""
    rows = await store.types(tx, ids=[shift_type_id])
    if not rows:
        raise NotFound
    return _stored(rows[0])


def checked_type(shift_type_id: UUID, name: str, starts: time, ends: time, breaks: Sequence[BreakRule]) -> ShiftType:
    """A shift type that keeps the rules of the roster. Raises Invalid naming the breaks otherwise."""
    try:
        return ShiftType(shift_type_id, name, starts, ends, tuple(breaks))
    except ValueError as error:
        raise Invalid.field("#/breaks", str(error), "breaks") from error


def _rules(shift: ShiftType) -> str:
    records = [
        {"offset_minutes": r.offset_minutes, "minutes": r.minutes, "kind": r.kind.value, "paid": r.paid} for r in shift.breaks
    ]
    return as_json(records)


async def add_shift_type(
    tx: WriteTransaction, site_id: UUID, code: str, name: str, *, starts: time, ends: time, breaks: Sequence[BreakRule]
) -> StoredShiftType:
    """Name a shift of a site. Raises NotFound outside the caller's reach, Conflict for a code in use."""
    site = await people.site(tx, site_id)
    ROSTER_WRITE.must_reach(tx.caller, site.nodes)
    made = checked_type(new_id(), name, starts, ends, breaks)
    await store.add_type(tx, id=made.id, site_id=site_id, code=code, name=name, starts=starts, ends=ends, breaks=_rules(made))
    return StoredShiftType(site_id, code, 1, made)


async def change_shift_type(tx: WriteTransaction, wanted: ShiftType, version: int) -> StoredShiftType:
    """Replace name, times and breaks; shifts that stand already keep theirs. Raises Stale on another version."""
    found = await shift_type(tx, wanted.id)
    ROSTER_WRITE.must_reach(tx.caller, (await people.site(tx, found.site_id)).nodes)
    changed = await store.change_type(
        tx, id=wanted.id, name=wanted.name, starts=wanted.starts, ends=wanted.ends, breaks=_rules(wanted), version=version
    )
    if not changed:
        raise Stale
    return await shift_type(tx, wanted.id)
