"""Shapes of skills."""

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field

from app.core.schemas import CalendarDate, Code, Input, Output, Whole


class QualificationIn(Input):
    """A skill somebody has, up to and including a day; without one it does not end."""

    skill: Code
    valid_until: CalendarDate | None = None


class WorkerSkillsSet(Input):
    """All skills a worker has from now on; what is left out is taken away."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [{"skill": "forklift", "valid_until": "2027-03-31"}]}]})

    items: Annotated[list[QualificationIn], Field(max_length=200)]


class SkillMinimumIn(Input):
    """So many people with a skill must stay at every moment."""

    skill: Code
    minimum: Annotated[Whole, Field(ge=1, le=1000)]


class SkillMinimumsSet(Input):
    """All a work center needs from now on; what is left out is no longer asked for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [{"skill": "forklift", "minimum": 1}]}]})

    items: Annotated[list[SkillMinimumIn], Field(max_length=50)]


class QualificationOut(Output):
    """A skill somebody has; `valid_until` null is without end."""

    skill: str
    valid_until: date | None


class WorkerSkillsOut(Output):
    """A worker's skills by name, ended ones too."""

    items: list[QualificationOut]


class SkillMinimumOut(Output):
    """So many people with a skill must stay."""

    skill: str
    minimum: int


class SkillMinimumsOut(Output):
    """What a work center needs beside its minimum headcount."""

    items: list[SkillMinimumOut]
