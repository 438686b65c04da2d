"""Rotations of crews, written as letters, and the shifts that follow from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from app.roster.domain.shifts import expand_shift
from app.roster.domain.values import ImpossibleShift, Post, Shift, ShiftType


@dataclass(frozen=True, slots=True)
class Rotation:
    """A crew rotation: one entry a day, a shift type or None for a day off, repeated for ever from the anchor date."""

    days: tuple[ShiftType | None, ...]
    anchor: date

    def __post_init__(self) -> None:
        if not self.days:
            raise ValueError("a rotation needs at least one day")

    def shift_type_on(self, day: date, offset: int = 0) -> ShiftType | None:
        """What a crew works on a date when it runs so many days ahead of the anchor."""
        return self.days[((day - self.anchor).days + offset) % len(self.days)]


@dataclass(frozen=True, slots=True)
class CrewPlan:
    """A crew's place in the rotation and the posts of its members."""

    offset: int
    posts: tuple[Post, ...]


@dataclass(frozen=True, slots=True)
class BuiltRoster:
    """Shifts built from a rotation, and the business dates on which a shift had no real time."""

    shifts: tuple[Shift, ...]
    impossible: tuple[tuple[date, str], ...]


# D day, E evening, N night, - off; each is one full cycle for one crew, the other crews run at equal offsets.
ROTATIONS: Mapping[str, str] = {
    "four_on_four_off": "DDDD----NNNN----",
    "two_two_three": "DD--DDD--DD---NN--NNN--NN---",
    "dupont": "NNNN---DDD-NNN---DDDD-------",
    "continental": "DDEENNN--DDEEENN--DDDEENN---",
    "three_shift_weeks": "DDDDD--EEEEE--NNNNN--",
}


def rotation_from_letters(letters: str, shift_types: Mapping[str, ShiftType], anchor: date) -> Rotation:
    """A rotation written as letters, `-` for a day off; ValueError for a letter without a shift type."""
    unknown = sorted(set(letters) - set(shift_types) - {"-"})
    if unknown:
        raise ValueError(f"no shift type for {', '.join(unknown)}")
    return Rotation(tuple(shift_types.get(letter) for letter in letters), anchor)


def build_roster(rotation: Rotation, crews: Sequence[CrewPlan], zone: ZoneInfo, first: date, last: date) -> BuiltRoster:
    """Shifts of every crew member for the business dates first to last, both included; repeating gives the same ids."""
    shifts: list[Shift] = []
    impossible: dict[tuple[date, str], None] = {}
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        for crew in crews:
            shift_type = rotation.shift_type_on(day, crew.offset)
            if shift_type is None:
                continue
            try:
                shifts.extend(expand_shift(shift_type, day, zone, post) for post in crew.posts)
            except ImpossibleShift:
                impossible[(day, shift_type.name)] = None
    return BuiltRoster(tuple(shifts), tuple(impossible))
