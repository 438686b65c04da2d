"""Problems as plain tuples: what crosses from one process to another more cheaply than objects do."""

from dataclasses import fields
from operator import attrgetter
from typing import Any

from app.planning.domain.problem import (
    Blackout,
    BusyBlock,
    Kept,
    PaidInterval,
    Pin,
    PlanItem,
    PlanWindow,
    PlanWorker,
    Presence,
    Problem,
    QualifiedMinimum,
)

Packed = tuple[Any, ...]
KINDS: dict[str, type[Any]] = {
    "windows": PlanWindow,
    "items": PlanItem,
    "presence": Presence,
    "pins": Pin,
    "busy": BusyBlock,
    "blackouts": Blackout,
    "kept": Kept,
    "skill_minimums": QualifiedMinimum,
}
_read = {kind: attrgetter(*(field.name for field in fields(kind))) for kind in (*KINDS.values(), PlanWorker, PaidInterval)}
_SHIFTS = [field.name for field in fields(PlanWorker)].index("shifts")


def pack(problem: Problem) -> Packed:
    """A problem as tuples of plain values."""
    workers = []
    for worker in problem.workers:
        values = list(_read[PlanWorker](worker))
        values[_SHIFTS] = [_read[PaidInterval](shift) for shift in worker.shifts]
        workers.append(values)
    rest = [[_read[kind](value) for value in getattr(problem, name)] for name, kind in KINDS.items()]
    return problem.starts_at, problem.ends_at, workers, rest, problem.emphasis


def unpack(packed: Packed) -> Problem:
    """The problem again, checked as when it was made."""
    starts_at, ends_at, people, rest, emphasis = packed
    workers = []
    for values in people:
        values[_SHIFTS] = tuple(PaidInterval(*shift) for shift in values[_SHIFTS])
        workers.append(PlanWorker(*values))
    lists: dict[str, Any] = {
        name: tuple(kind(*values) for values in found) for (name, kind), found in zip(KINDS.items(), rest, strict=True)
    }
    return Problem(starts_at, ends_at, workers=tuple(workers), emphasis=emphasis, **lists)
