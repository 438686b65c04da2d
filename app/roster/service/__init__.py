"""Use cases of the roster: who works when, and changing it."""

from app.roster.service.absences import absences, add_absence, drop_absence
from app.roster.service.reads import attended_pieces, shift_at, shifts
from app.roster.service.shift_changes import (
    ShiftAsked,
    ShiftEdit,
    add_shifts,
    build_rotation,
    change_shift,
    list_shifts,
    one_shift,
)
from app.roster.service.shift_types import add_shift_type, change_shift_type, checked_type, shift_type, shift_types
from app.roster.service.telling import coming_work_centers, tell_of_worker

__all__ = [
    "ShiftAsked",
    "ShiftEdit",
    "absences",
    "add_absence",
    "add_shift_type",
    "add_shifts",
    "attended_pieces",
    "build_rotation",
    "change_shift",
    "change_shift_type",
    "checked_type",
    "coming_work_centers",
    "drop_absence",
    "list_shifts",
    "one_shift",
    "shift_at",
    "shift_type",
    "shift_types",
    "shifts",
    "tell_of_worker",
]
