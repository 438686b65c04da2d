"""How an answer comes about, for whoever waits for it: the phase, what the plan is worth so far, and a way to stop."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """What the planner is busy with."""

    FIRST_PLAN = "first_plan"
    IMPROVING = "improving"
    EXPLAINING = "explaining"
    PROVING = "proving"
    DONE = "done"


class Canceled(Exception):
    """Whoever asked does not want the answer any more; nothing was changed."""


def gap_of(objective: int, bound: int | None) -> float | None:
    """The share of the bound that a plan may be missing at most; None without a bound above zero."""
    if bound is None or bound <= 0:
        return None
    return max(0, bound - objective) / bound


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an answer stands. Worth is in hundredths of a point; `done` and `of` count the rounds of the phase."""

    phase: Phase
    objective: int | None = None
    bound: int | None = None
    done: int = 0
    of: int = 1

    @property
    def gap(self) -> float | None:
        """The share of the bound that the plan may be missing at most; None while either is unknown."""
        return None if self.objective is None else gap_of(self.objective, self.bound)


Report = Callable[[Progress], None]
Canceler = Callable[[], bool]


def nobody(_: Progress) -> None:
    """Tell nobody."""


def never() -> bool:
    """Never stop."""
    return False


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told and who may stop; asked between rounds only, so that no answer depends on it."""

    report: Report = nobody
    canceled: Canceler = never

    def tell(self, progress: Progress) -> None:
        """Report a round. Raises Canceled when nobody waits for the answer any more."""
        if self.canceled():
            raise Canceled
        self.report(progress)
