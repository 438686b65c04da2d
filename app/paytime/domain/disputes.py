"""A dispute's path: opened by the worker, answered by payroll, then settled, or escalated to somebody else and ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

# How long after a line was written it may be disputed; as long as payroll records of a season are at hand.
WINDOW = timedelta(days=90)
# Silence has an end too: of payroll it escalates, of the worker it settles.
ANSWER_WITHIN = timedelta(days=14)


class Step(StrEnum):
    """What happened in a dispute."""

    OPENED = "opened"
    UPHELD = "upheld"
    GRANTED = "granted"
    ACCEPTED = "accepted"
    ESCALATED = "escalated"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class DisputeState(StrEnum):
    """Where a dispute stands; `settled` is its end."""

    OPEN = "open"
    ANSWERED = "answered"
    ESCALATED = "escalated"
    SETTLED = "settled"


class Outcome(StrEnum):
    """What payroll answers."""

    UPHELD = "upheld"
    GRANTED = "granted"


class Reply(StrEnum):
    """What the worker says to an answer, or before there is one."""

    ACCEPTED = "accepted"
    ESCALATED = "escalated"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class DisputeStep:
    """One step: who took it, when, in which words, and the ledger lines it wrote."""

    number: int
    step: Step
    actor_id: UUID
    note: str | None
    entry_ids: tuple[UUID, ...]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Dispute:
    """A worker's objection to a line of the ledger or to time that was not paid, with all its steps in order."""

    id: UUID
    worker_id: UUID
    entry_id: UUID | None
    exception_id: UUID | None
    opened_at: datetime
    steps: tuple[DisputeStep, ...]

    @property
    def state(self) -> DisputeState:
        """Where it stands after its last step."""
        return after([step.step for step in self.steps])


class ImpossibleStep(ValueError):
    """The dispute does not stand where this step could be taken."""


def after(steps: list[Step]) -> DisputeState:
    """The state that the steps lead to. Raises ImpossibleStep where one could not follow."""
    state, final = None, False
    for step in steps:
        state = _next(state, step, final=final)
        final = final or step is Step.ESCALATED
    if state is None:
        raise ImpossibleStep("a dispute begins by being opened")
    return state


def _next(state: DisputeState | None, step: Step, *, final: bool) -> DisputeState:
    if state is None and step is Step.OPENED:
        return DisputeState.OPEN
    if state in (DisputeState.OPEN, DisputeState.ESCALATED):
        if step in (Step.GRANTED, Step.WITHDRAWN):
            return DisputeState.SETTLED
        if step is Step.UPHELD:
            # A second person has looked: their answer is the end inside the house.
            return DisputeState.SETTLED if final else DisputeState.ANSWERED
    if state is DisputeState.OPEN and step is Step.ESCALATED:
        return DisputeState.ESCALATED
    if state is DisputeState.ANSWERED:
        if step in (Step.ACCEPTED, Step.LAPSED, Step.WITHDRAWN):
            return DisputeState.SETTLED
        if step is Step.ESCALATED:
            return DisputeState.ESCALATED
    raise ImpossibleStep(f"{step.value} cannot follow {state.value if state else 'nothing'}")
