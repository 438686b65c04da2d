"""Who must stay at a work center at one moment: the minimum headcount and the minimum of qualified people a skill.

Pure rules, for coverage, for offers and for whoever accepts one. Ids are opaque; a person is present when on shift there
and not on a break, and away while holding a place in a window.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

# The head count as a reason to stay, beside names of skills.
HEADCOUNT = "headcount"


@dataclass(frozen=True)
class Floor:
    """A work center at one moment: the skills of everybody present, who of them learns, and what must stay."""

    present: Mapping[UUID, frozenset[str]]
    away: frozenset[UUID]
    minimum: int
    skill_minimums: Mapping[str, int]

    @cached_property
    def staying(self) -> frozenset[UUID]:
        """Everybody at work."""
        return frozenset(self.present) - self.away

    @property
    def headroom(self) -> int:
        """How many more may leave as far as heads go; below zero somebody is missing."""
        return len(self.staying) - self.minimum

    def qualified(self, skill: str) -> list[UUID]:
        """Everybody present with a skill, away or not."""
        return sorted(worker for worker, skills in self.present.items() if skill in skills)

    def skill_headroom(self, skill: str) -> int:
        """How many more qualified people may leave."""
        return sum(worker in self.staying for worker in self.qualified(skill)) - self.skill_minimums.get(skill, 0)

    def keeps(self, worker: UUID) -> tuple[str, ...]:
        """Why somebody at work may not leave now; empty when they may."""
        reasons = [HEADCOUNT] if self.headroom < 1 else []
        skills = self.present.get(worker, frozenset())
        return (*reasons, *(s for s in sorted(self.skill_minimums) if s in skills and self.skill_headroom(s) < 1))

    def without(self, worker: UUID) -> "Floor":
        """The work center after somebody left to learn."""
        return Floor(self.present, self.away | {worker}, self.minimum, self.skill_minimums)

    def short(self) -> tuple[str, ...]:
        """What is below its minimum as things stand."""
        heads = [HEADCOUNT] if self.headroom < 0 else []
        return (*heads, *(skill for skill in sorted(self.skill_minimums) if self.skill_headroom(skill) < 0))

    def released(self, wanted: Iterable[UUID], most: int) -> list[UUID]:
        """Who of these, in their order, may leave together, at most so many."""
        floor, found = self, list[UUID]()
        for worker in wanted:
            if len(found) < most and worker in floor.staying and not floor.keeps(worker):
                floor = floor.without(worker)
                found.append(worker)
        return found

    def together(self) -> int:
        """A number of people who may leave at once: those without a scarce skill go first. Never more than is safe."""

        def scarce(worker: UUID) -> tuple[int, UUID]:
            return len(self.present[worker] & self.skill_minimums.keys()), worker

        return len(self.released(sorted(self.staying, key=scarce), len(self.staying)))

    def single_points(self) -> list[tuple[str, UUID]]:
        """Skills that must be there and that exactly one person present has, with that person."""
        found = [(skill, self.qualified(skill)) for skill in sorted(self.skill_minimums)]
        return [(skill, people[0]) for skill, people in found if len(people) == 1]


def all_keep(floors: Sequence[Floor], worker: UUID) -> tuple[str, ...]:
    """Why somebody may not leave at one of several moments, the first reason found; moments they are off do not count."""
    for floor in floors:
        if worker in floor.staying and (reasons := floor.keeps(worker)):
            return reasons
    return ()
