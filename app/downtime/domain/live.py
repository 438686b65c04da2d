"""Windows on the floor as they happen: opened, extended and closed by a supervisor's button or a machine's signal.

Pure rules: what a signal does to the line, and how a window's time follows from it. Lengths are seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.downtime.domain.history import low_quantile
from app.downtime.domain.patterns import WindowKind

# A signal that comes this late tells of the past and opens nothing.
LATE = timedelta(minutes=15)
# A changeover that begins up to so long before its window is that window, come early.
EARLY = timedelta(hours=2)
# What is expected of a stop when neither the signal nor the line's history says; and the share of stops that are shorter.
USUAL_SECONDS, QUANTILE, FEWEST = 600, 0.2, 5
SHORTEST_SECONDS, LONGEST_SECONDS = 60, 8 * 3600


class SignalKind(StrEnum):
    """What a machine or the system above it tells."""

    MACHINE_STOPPED = "machine_stopped"
    CHANGEOVER_STARTED = "changeover_started"
    RUNNING = "running"


class Effect(StrEnum):
    """What a signal did: `late` came too late or behind a newer one, `none` changed nothing."""

    OPENED = "opened"
    EXTENDED = "extended"
    CLOSED = "closed"
    NONE = "none"
    LATE = "late"


class Cause(StrEnum):
    """What opened a window; `plan` is one that ran as mapped until somebody closed it."""

    BUTTON = "button"
    SIGNAL = "signal"
    PLAN = "plan"


class EndedBy(StrEnum):
    """Why a window is over: production called back, everybody was done, or its time was."""

    PRODUCTION = "production"
    FINISHED = "finished"
    TIME = "time"


# The windows that each signal opens.
OPENS = {SignalKind.MACHINE_STOPPED: WindowKind.OTHER, SignalKind.CHANGEOVER_STARTED: WindowKind.CHANGEOVER}


@dataclass(frozen=True, slots=True)
class LiveWindow:
    """A window that was opened on the floor, and how it ended. `expected_ends_at` may still move while it is open."""

    id: UUID
    work_center_id: UUID
    pattern_id: UUID | None
    kind: WindowKind
    cause: Cause
    opened_at: datetime
    expected_ends_at: datetime
    closed_at: datetime | None
    ended_by: EndedBy | None
    opened_by: UUID
    version: int

    def open_at(self, now: datetime) -> bool:
        """Whether people may still learn in it."""
        return self.closed_at is None and now < self.expected_ends_at


@dataclass(frozen=True, slots=True)
class Signal:
    """One message of a machine; `source` and `external_id` name it for good, so that a repeat changes nothing."""

    source: str
    external_id: str
    work_center_id: UUID
    kind: SignalKind
    at: datetime
    expected_seconds: int | None = None


def reaction(kind: SignalKind, at: datetime, now: datetime, newest: datetime | None, *, is_open: bool) -> Effect:
    """What a signal does; `newest` is when the newest signal of the line happened, `is_open` whether a window runs.

    Behind a newer signal, or more than `LATE` after the fact, nothing: the floor has moved on.
    """
    if now - at > LATE or (newest is not None and at < newest):
        return Effect.LATE
    if kind is SignalKind.RUNNING:
        return Effect.CLOSED if is_open else Effect.NONE
    return Effect.EXTENDED if is_open else Effect.OPENED


def expected_seconds(told: int | None, history: Sequence[int]) -> int:
    """How long a stop is counted on: what is told, else the length that 80 of 100 stops of the line reached."""
    if told is None:
        told = low_quantile(history, QUANTILE) if len(history) >= FEWEST else USUAL_SECONDS
    return min(max(told, SHORTEST_SECONDS), LONGEST_SECONDS)
