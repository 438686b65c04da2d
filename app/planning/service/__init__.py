"""Use cases of planning: plans, publication, blocks, blackouts, coverage, and what to learn now."""

from app.planning.service.blocks import (
    BlackoutAsked,
    add_blackout,
    block,
    drop_blackout,
    edit_block,
    finish_blocks,
    list_blackouts,
    own_blocks,
)
from app.planning.service.covering import Coverage, Moment, coverage
from app.planning.service.floor import refresh_windows
from app.planning.service.me import now
from app.planning.service.plans import (
    PlanAsked,
    PlanBroken,
    discard_plan,
    list_plans,
    plan,
    plan_blocks,
    request_plan,
    solve_plan,
)
from app.planning.service.publishing import Publication, publish_plan
from app.planning.service.upholding import uphold_blocks

__all__ = [
    "BlackoutAsked",
    "Coverage",
    "Moment",
    "PlanAsked",
    "PlanBroken",
    "Publication",
    "add_blackout",
    "block",
    "coverage",
    "discard_plan",
    "drop_blackout",
    "edit_block",
    "finish_blocks",
    "list_blackouts",
    "list_plans",
    "now",
    "own_blocks",
    "plan",
    "plan_blocks",
    "publish_plan",
    "refresh_windows",
    "request_plan",
    "solve_plan",
    "uphold_blocks",
]
