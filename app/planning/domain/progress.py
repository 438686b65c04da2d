"""How much work a plan may be, and how far it has come."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Effort(StrEnum):
    """How long the planner may look for something better: moves, never seconds, so that answers repeat."""

    QUICK = "quick"
    STANDARD = "standard"
    THOROUGH = "thorough"


class Phase(StrEnum):
    """What is being done for a plan, in this order."""

    WAITING = "waiting"
    READING = "reading"
    SOLVING = "solving"
    PROVING = "proving"
    CHECKING = "checking"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the planner is: percent of its moves, and the worth of the best plan so far in hundredths of a point.

    `bound` is what no plan can exceed, `gap` the share of it that may still be missing; both are known once proved.
    """

    phase: Phase = Phase.WAITING
    percent: int = 0
    objective: int | None = None
    bound: int | None = None

    @property
    def gap(self) -> float | None:
        """The share of the bound that may be missing; None before the bound is known or where it is not above zero."""
        if self.bound is None or self.objective is None or self.bound <= 0:
            return None
        return max(0, self.bound - self.objective) / self.bound

    def facts(self) -> dict[str, Any]:
        """The progress as it is stored beside its phase."""
        found = asdict(self)
        del found["phase"]
        return {**found, "gap": self.gap}
