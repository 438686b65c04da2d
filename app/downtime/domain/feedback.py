"""What windows turned out to be, and what the next ones are worth because of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.downtime.domain.history import low_quantile

# The weight of the newest window against all before; after ten windows two thirds rest on what was seen.
STEP = 0.1
# From so many windows on their own lengths are believed, at the length that 90 of 100 reached: plans keep what they promise,
# and whoever is done early is offered more on the place they hold.
FEWEST, QUANTILE, MOST = 10, 0.1, 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """One window after it was over: what was mapped, what there was, what was planned into it and what was learned.

    `usable_seconds` are those in which people could learn, 0 for one that did not happen. `held` tells whether there
    was room for everything that was planned.
    """

    id: UUID
    work_center_id: UUID
    pattern_id: UUID | None
    kind: str
    starts_at: datetime
    ends_at: datetime
    mapped_seconds: int
    usable_seconds: int
    held: bool
    planned_seconds: int
    used_seconds: int


@dataclass(frozen=True, slots=True)
class Learned:
    """What a pattern's own windows say: the chance that one holds, and the usable seconds to count on (None: too few)."""

    windows: int
    reliability: float
    usable_seconds: int | None


def learned(before: Learned, held: bool, lengths: Sequence[int]) -> Learned:
    """Feedback with one more window; `lengths` are the usable seconds of the newest that took place, this one included."""
    chance = before.reliability + STEP * ((1.0 if held else 0.0) - before.reliability)
    usable = low_quantile(lengths, QUANTILE) if len(lengths) >= FEWEST else None
    return Learned(before.windows + 1, round(chance, 6), usable)
