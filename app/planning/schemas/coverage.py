"""Shapes of coverage: who stays, who may leave now, and what hangs on one person."""

from uuid import UUID

from app.core.schemas import Instant, Output
from app.planning.service.covering import Coverage, Doing


class CoverageStep(Output):
    """One moment at a work center. `headroom` is how many more may leave the line; below zero somebody is missing.

    `short` names what is below its minimum: `headcount`, or skills.
    """

    at: Instant
    present: int
    minimum: int
    learning: int
    headroom: int
    short: list[str]


class CoveragePerson(Output):
    """Somebody on shift. `must_stay_for` says what keeps them: `headcount`, or skills that nobody else has to spare."""

    worker_id: UUID
    name: str
    doing: Doing
    may_leave: bool
    must_stay_for: list[str]


class CoverageSkill(Output):
    """A skill of which a minimum must stay. `single_point` is the only person present who has it."""

    skill: str
    minimum: int
    present: int
    staying: int
    headroom: int
    single_point: UUID | None


class CoverageOut(Output):
    """Coverage of a work center at one moment, with its people and skills, or in steps of five minutes, without.

    Each of those who may leave may do so alone; `may_leave_together` of them at once.
    """

    work_center_id: UUID
    items: list[CoverageStep]
    people: list[CoveragePerson]
    skills: list[CoverageSkill]
    may_leave_together: int | None


def coverage_out(work_center_id: UUID, found: Coverage) -> CoverageOut:
    """Coverage as it is answered."""
    return CoverageOut(
        work_center_id=work_center_id,
        items=[CoverageStep.model_validate(one) for one in found.moments],
        people=[CoveragePerson.model_validate(one) for one in found.people],
        skills=[CoverageSkill.model_validate(one) for one in found.skills],
        may_leave_together=found.may_leave_together,
    )
