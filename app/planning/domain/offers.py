"""Offers of learning in a window opened on the floor: who is asked, what fits, and how long the question stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

# A question on a phone stands this long, then somebody else is asked.
TIME_TO_LIVE = timedelta(seconds=90)
# Below this nothing is worth walking to the tablet for.
SHORTEST = timedelta(seconds=60)


class OfferStatus(StrEnum):
    """How far an offer is. An accepted one made a block; a withdrawn one lost its window or its place."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class Flag(StrEnum):
    """Why a block cannot take place as published."""

    WINDOW_LOST = "window_lost"
    TIME_LOST = "time_lost"
    BLACKOUT = "blackout"
    COVERAGE = "coverage"


class Refused(StrEnum):
    """Why an offer cannot be accepted any more."""

    LAPSED = "offer_lapsed"
    ANSWERED = "offer_answered"
    WINDOW_OVER = "window_over"
    TOO_LITTLE_TIME = "too_little_time"
    NO_PLACE = "no_place"
    COVERAGE = "coverage_minimum"
    NOT_HERE = "not_here"
    BUSY = "worker_busy"
    NO_TABLET = "no_tablet"
    DONE = "already_done"


@dataclass(frozen=True, slots=True)
class Choice:
    """An item that one worker could learn now; `own_place` tells that it was published in this very window."""

    assignment_id: UUID
    kind: str
    key: str
    hash: str
    seconds: int
    mandatory: bool
    due_at: datetime | None
    priority: int
    needs_tablet: bool
    own_place: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be asked: until when they are there, what they could learn best first, what they learned today."""

    worker_id: UUID
    until: datetime
    choices: tuple[Choice, ...]
    used_seconds: int


def fitting(candidate: Candidate, start: datetime, closes: datetime, cap_seconds: int, *, tablet: bool) -> Choice | None:
    """The best item that fits what is left of the window, of the worker's time and of their daily limit."""
    left = min(candidate.until, closes) - start
    room = min(left // timedelta(seconds=1), cap_seconds - candidate.used_seconds)
    for choice in candidate.choices:
        if choice.seconds <= room and (tablet or not choice.needs_tablet):
            return choice
    return None


FAR = timedelta(days=3650)


def asking_order(found: Sequence[tuple[Candidate, Choice]], now: datetime) -> list[tuple[Candidate, Choice]]:
    """Whoever holds a place there first, then mandatory work by date, then who learned least today; ids between equals."""

    def place(pair: tuple[Candidate, Choice]) -> tuple[bool, bool, datetime, int, int, UUID]:
        candidate, choice = pair
        due = choice.due_at if choice.mandatory and choice.due_at else now + FAR
        return not choice.own_place, not choice.mandatory, due, candidate.used_seconds, -choice.priority, candidate.worker_id

    return sorted(found, key=place)
