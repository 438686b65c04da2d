"""Rules of the roster: local wall time to UTC, shift types to shifts, paid and learnable time, absences.

Wall times are naive and local to the site; every length is computed in UTC, so a night shift over a clock change has
its real length.
"""

from app.roster.domain.rotations import (
    ROTATIONS,
    BuiltRoster,
    CrewPlan,
    Rotation,
    build_roster,
    rotation_from_letters,
)
from app.roster.domain.shifts import (
    attended_intervals,
    double_booked,
    expand_shift,
    learnable_intervals,
    may_learn,
    paid_intervals,
    seconds_by_workday,
    shift_span,
)
from app.roster.domain.values import (
    MOST_AN_HOUR,
    Absence,
    AbsenceKind,
    Break,
    BreakKind,
    BreakRule,
    ImpossibleShift,
    Post,
    Rate,
    Shift,
    ShiftType,
)

__all__ = [
    "MOST_AN_HOUR",
    "ROTATIONS",
    "Absence",
    "AbsenceKind",
    "Break",
    "BreakKind",
    "BreakRule",
    "BuiltRoster",
    "CrewPlan",
    "ImpossibleShift",
    "Post",
    "Rate",
    "Rotation",
    "Shift",
    "ShiftType",
    "attended_intervals",
    "build_roster",
    "double_booked",
    "expand_shift",
    "learnable_intervals",
    "may_learn",
    "paid_intervals",
    "rotation_from_letters",
    "seconds_by_workday",
    "shift_span",
]
