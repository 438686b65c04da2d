"""How a site wants to be planned: limits, notice, what counts how much, and who has the last word."""

from dataclasses import dataclass, field
from enum import StrEnum


class Approval(StrEnum):
    """Who may publish a plan: any supervisor in reach, anybody but who asked for it, or an administrator."""

    SUPERVISOR = "supervisor"
    OTHER_PERSON = "other_person"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Emphasis:
    """How much each wish counts, in percent of the planner's own weights; 100 leaves them as documented.

    What is mandatory always counts in full; fairness is a matter of the weekly target.
    """

    reviews: int = 100
    skill_gaps: int = 100
    optional: int = 100
    stability: int = 100


@dataclass(frozen=True, slots=True)
class SitePolicy:
    """The rules of one site. Caps and the weekly target are learning minutes of one worker; None is no cap, 0 no target.

    New blocks start at least `notice_minutes` after planning; a publication can be taken back for `undo_minutes`. Everybody
    gets `weekly_protected_blocks` of `protected_block_minutes` in each week with a shift; no trainer gives more than
    `trainer_weekly_sessions` in one.
    """

    daily_cap_minutes: int = 20
    weekly_cap_minutes: int | None = None
    weekly_target_minutes: int = 0
    notice_minutes: int = 0
    undo_minutes: int = 60
    weekly_protected_blocks: int = 0
    protected_block_minutes: int = 30
    trainer_weekly_sessions: int = 3
    approval: Approval = Approval.SUPERVISOR
    # Measured: at 100 a new plan of an unchanged line moves one block of eight for next to nothing, at 300 one of a hundred.
    weights: Emphasis = field(default_factory=lambda: Emphasis(stability=300))
