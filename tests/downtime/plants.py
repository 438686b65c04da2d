"""Shifts and patterns in a stored plant, for downtime tests over the service and over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.ids import new_id
from app.roster import service as roster
from tests.builders import Plant

EVERY_FOUR_HOURS = {"type": "every", "minutes": 240, "first": "06:00", "last": "22:00"}
HANDOVER = {"type": "handover", "outgoing_minutes": 10, "incoming_minutes": 5}


def at(text: str) -> datetime:
    """An instant of March 2026, such as `18 13:00`."""
    return datetime.strptime(f"2026-03-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def iso(text: str) -> str:
    """The same as it is sent."""
    return at(text).isoformat().replace("+00:00", "Z")


async def add_shift(plant: Plant, who: str, start: str, hours: float = 8, line: UUID | None = None) -> UUID:
    """A shift of somebody at line 1 or another one."""
    shift_id = new_id()
    asked = roster.ShiftAsked(
        shift_id, plant.people[who], line or plant.line_id, starts_at=at(start), ends_at=at(start) + timedelta(hours=hours)
    )
    async with plant.write() as tx:
        await roster.add_shifts(tx, [asked])
    return shift_id


def pattern_body(plant: Plant, **fields: Any) -> dict[str, Any]:
    """A changeover every four hours at line 1."""
    body = {
        "work_center_id": str(plant.line_id),
        "kind": "changeover",
        "anchor": EVERY_FOUR_HOURS,
        "minutes": 10,
        "max_learners": 2,
        "minimum_staying": 0,
    }
    return body | fields
