"""The answer to "what can I learn now"."""

from datetime import date
from uuid import UUID

from app.core.schemas import Instant, Output
from app.planning.domain.now import Hold, Source, Why
from app.planning.domain.problem import ItemKind
from app.planning.models import BlockStatus


class NowShift(Output):
    """The shift that runs, or the next one within a day."""

    id: UUID
    work_center_id: UUID
    business_date: date
    starts_at: Instant
    ends_at: Instant
    running: bool
    next_break_at: Instant | None


class NowWindow(Output):
    """A window at the worker's line; `usable_seconds` are inside its buffers."""

    id: UUID
    kind: str
    starts_at: Instant
    ends_at: Instant
    usable_seconds: int
    places: int
    places_taken: int


class NowBlock(Output):
    """A published block of the worker."""

    id: UUID
    work_center_id: UUID
    window_id: UUID
    starts_at: Instant
    ends_at: Instant
    assignment_id: UUID
    kind: ItemKind
    key: str
    hash: str
    seconds: int
    status: BlockStatus
    title: str


class NowItem(Output):
    """Something to learn, with what speaks for it."""

    assignment_id: UUID
    kind: ItemKind
    key: str
    hash: str
    title: str
    language: str
    seconds: int
    mandatory: bool
    due_at: Instant | None
    fits: bool
    why: list[Why]
    sentence: str


class NowBlocked(Output):
    """How many open items are closed for now, by reason."""

    prerequisite: int
    language: int
    tablet: int


class MeNow(Output):
    """What fits best now and why. Learn only while `may_learn`; else `hold` and `sentence` say what to wait for."""

    at: Instant
    time_zone: str
    may_learn: bool
    hold: Hold | None
    sentence: str
    seconds_at_hand: int
    source: Source
    until: Instant | None
    shift: NowShift | None
    window: NowWindow | None
    next_window: NowWindow | None
    block: NowBlock | None
    next_block: NowBlock | None
    items: list[NowItem]
    blocked: NowBlocked
