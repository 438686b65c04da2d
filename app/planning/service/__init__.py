"""Use cases of planning: plans, publication, blocks, blackouts, coverage, and what to learn now."""

from app.planning.service.blocks import (
    BlackoutAsked,
    add_blackout,
    block,
    drop_blackout,
    finish_blocks,
    list_blackouts,
    own_blocks,
)
from app.planning.service.comparing import Compared, compare_plan
from app.planning.service.covering import Coverage, Moment, coverage
from app.planning.service.editing import Edit, edit_block, edit_plan_block
from app.planning.service.floor import refresh_windows
from app.planning.service.me import now
from app.planning.service.plans import (
    PlanAsked,
    cancel_plan,
    discard_plan,
    list_plans,
    plan,
    plan_blocks,
    plan_progress,
    request_plan,
)
from app.planning.service.policy import StoredPolicy, change_policy, read_policy
from app.planning.service.publishing import Publication, publish_plan
from app.planning.service.solving import PlanBroken, solve_plan, take_up_again
from app.planning.service.undoing import Withdrawal, withdraw_publication
from app.planning.service.upholding import uphold_blocks

__all__ = [
    "BlackoutAsked",
    "Compared",
    "Coverage",
    "Edit",
    "Moment",
    "PlanAsked",
    "PlanBroken",
    "Publication",
    "StoredPolicy",
    "Withdrawal",
    "add_blackout",
    "block",
    "cancel_plan",
    "change_policy",
    "compare_plan",
    "coverage",
    "discard_plan",
    "drop_blackout",
    "edit_block",
    "edit_plan_block",
    "finish_blocks",
    "list_blackouts",
    "list_plans",
    "now",
    "own_blocks",
    "plan",
    "plan_blocks",
    "plan_progress",
    "publish_plan",
    "read_policy",
    "refresh_windows",
    "request_plan",
    "solve_plan",
    "take_up_again",
    "uphold_blocks",
    "withdraw_publication",
]
