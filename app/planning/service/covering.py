"""Coverage of a work center as it is published: who is there, who learns, who may leave now and who must stay."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.core.db import ReadTransaction
from app.people import service as people
from app.planning.domain.staying import Floor
from app.planning.policies import COVERAGE_READ
from app.planning.service.live.line import Line, read_line

STEP = timedelta(minutes=5)


class Doing(StrEnum):
    """What somebody on shift does."""

    WORKING = "working"
    LEARNING = "learning"
    ON_BREAK = "on_break"


@dataclass(frozen=True, slots=True)
class Moment:
    """Heads at one instant. `short` names what is below its minimum: the headcount, or a skill."""

    at: datetime
    present: int
    minimum: int
    learning: int
    short: tuple[str, ...]

    @property
    def headroom(self) -> int:
        """How many more may leave the line; below zero somebody is missing."""
        return self.present - self.learning - self.minimum


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on shift at one instant, and what keeps them: `headcount`, or skills that only they have to spare."""

    worker_id: UUID
    name: str
    doing: Doing
    may_leave: bool
    must_stay_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SkillCover:
    """A skill that must be there. `single_point` is the only person present who has it."""

    skill: str
    minimum: int
    present: int
    staying: int
    single_point: UUID | None

    @property
    def headroom(self) -> int:
        """How many more qualified people may leave."""
        return self.staying - self.minimum


@dataclass(frozen=True, slots=True)
class Coverage:
    """Moments; and for one moment the people, the skills, and how many may leave together."""

    moments: tuple[Moment, ...]
    people: tuple[Person, ...] = ()
    skills: tuple[SkillCover, ...] = ()
    may_leave_together: int | None = None


async def coverage(tx: ReadTransaction, work_center_id: UUID, start: datetime, end: datetime | None) -> Coverage:
    """Heads at `start` with everybody by name, or heads alone every five minutes until `end`.

    A learner is away for the whole window of their block. Raises NotFound outside the caller's reach.
    """
    center = await people.work_center(tx, work_center_id)
    COVERAGE_READ.must_reach(tx.caller, center.nodes)
    line = await read_line(tx, center, start, end or start + STEP)
    if end is not None:
        steps = -((start - end) // STEP)
        return Coverage(tuple(_moment(start + number * STEP, line.floor(start + number * STEP)) for number in range(steps)))
    floor = line.floor(start)
    names = {worker.id: worker.display_name for worker in (await people.workers(tx, _on_shift(line, start))).values()}
    return Coverage((_moment(start, floor),), _people(line, floor, start, names), _skills(floor), floor.together())


def _moment(at: datetime, floor: Floor) -> Moment:
    return Moment(at, len(floor.present), floor.minimum, len(floor.away), floor.short())


def _on_shift(line: Line, at: datetime) -> list[UUID]:
    return sorted({shift.worker_id for shift in line.shifts if shift.interval.contains(at)})


def _people(line: Line, floor: Floor, at: datetime, names: dict[UUID, str]) -> tuple[Person, ...]:
    found = []
    for worker in _on_shift(line, at):
        doing = Doing.ON_BREAK if worker not in floor.present else Doing.LEARNING if worker in floor.away else Doing.WORKING
        keeps = floor.keeps(worker) if doing is Doing.WORKING else ()
        may = doing is Doing.WORKING and not keeps
        found.append(Person(worker, names.get(worker, ""), doing, may, keeps))
    return tuple(sorted(found, key=lambda person: (person.name, person.worker_id)))


def _skills(floor: Floor) -> tuple[SkillCover, ...]:
    single = dict(floor.single_points())
    return tuple(
        SkillCover(
            skill,
            minimum,
            len(floor.qualified(skill)),
            floor.skill_headroom(skill) + minimum,
            single.get(skill),
        )
        for skill, minimum in sorted(floor.skill_minimums.items())
    )
