"""Values of skills and who may see and set them."""

from dataclasses import dataclass
from datetime import date

from app.core.access import Policy, Role

SKILLED_READ = Policy("worker_skills.read", frozenset({Role.SUPERVISOR, Role.ADMIN}), own=True, scope="people:read")
SKILLED_WRITE = Policy("worker_skills.write", frozenset({Role.SUPERVISOR, Role.ADMIN}), scope="people:write")
MINIMUMS_READ = Policy("skill_minimums.read", frozenset({Role.SUPERVISOR, Role.ADMIN}), scope="people:read")
MINIMUMS_WRITE = Policy("skill_minimums.write", frozenset({Role.SUPERVISOR, Role.ADMIN}), scope="people:write")


@dataclass(frozen=True, slots=True)
class Qualification:
    """A skill somebody has, up to and including a day; None is without end."""

    skill: str
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class SkillMinimum:
    """How many people with a skill must stay at a work center at every moment."""

    skill: str
    minimum: int
