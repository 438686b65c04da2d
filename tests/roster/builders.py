"""Ids, shift types and posts that roster tests share."""

from datetime import time
from uuid import UUID

from app.roster.domain import BreakKind, BreakRule, Post, ShiftType

SITE, CENTER, CREW = UUID(int=1), UUID(int=2), UUID(int=3)


def post(worker: int = 100) -> Post:
    return Post(worker_id=UUID(int=worker), site_id=SITE, work_center_id=CENTER, crew_id=CREW)


def shift_type(starts: str, ends: str, *breaks: BreakRule, name: str = "shift", number: int = 9) -> ShiftType:
    return ShiftType(UUID(int=number), name, time.fromisoformat(starts), time.fromisoformat(ends), breaks)


MEAL = BreakRule(offset_minutes=240, minutes=30)
PAID_MEAL = BreakRule(offset_minutes=240, minutes=30, paid=True)
REST = BreakRule(offset_minutes=120, minutes=10, kind=BreakKind.REST, paid=True)
UNPAID_REST = BreakRule(offset_minutes=360, minutes=15, kind=BreakKind.REST, paid=False)

EARLY = shift_type("06:00", "14:00", name="early", number=11)
LATE = shift_type("14:00", "22:00", name="late", number=12)
NIGHT = shift_type("22:00", "06:00", name="night", number=13)
