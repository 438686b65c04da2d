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
from app.planning.service.following import finish_sessions, follow_promises
from app.planning.service.live.acting import Happened, close_floor, extend_floor, lapse_offers, open_floor, take_signal
from app.planning.service.live.answering import OwnOffer, own_offers
from app.planning.service.live.answering import accept as accept_offer
from app.planning.service.live.answering import decline as decline_offer
from app.planning.service.live.board import flagged_blocks, replan_center
from app.planning.service.live.replanning import FARTHEST, Replanned, replan
from app.planning.service.live.settling import end_window, settle_windows
from app.planning.service.live.solver import prepared, start
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
from app.planning.service.requesting import (
    ProtectedAsked,
    ProtectedRequest,
    cancel_protected,
    protected_request,
    protected_requests,
    request_protected,
)
from app.planning.service.shadowing import (
    ShadowAsked,
    ShadowSession,
    cancel_session,
    own_sessions,
    request_session,
    session,
    sessions,
)
from app.planning.service.solving import PlanBroken, solve_plan, take_up_again
from app.planning.service.undoing import Withdrawal, withdraw_publication
from app.planning.service.wanted import PAIR_KINDS

__all__ = [
    "FARTHEST",
    "PAIR_KINDS",
    "BlackoutAsked",
    "Compared",
    "Coverage",
    "Edit",
    "Happened",
    "Moment",
    "OwnOffer",
    "PlanAsked",
    "PlanBroken",
    "ProtectedAsked",
    "ProtectedRequest",
    "Publication",
    "Replanned",
    "ShadowAsked",
    "ShadowSession",
    "StoredPolicy",
    "Withdrawal",
    "accept_offer",
    "add_blackout",
    "block",
    "cancel_plan",
    "cancel_protected",
    "cancel_session",
    "change_policy",
    "close_floor",
    "compare_plan",
    "coverage",
    "decline_offer",
    "discard_plan",
    "drop_blackout",
    "edit_block",
    "edit_plan_block",
    "end_window",
    "extend_floor",
    "finish_blocks",
    "finish_sessions",
    "flagged_blocks",
    "follow_promises",
    "lapse_offers",
    "list_blackouts",
    "list_plans",
    "now",
    "open_floor",
    "own_blocks",
    "own_offers",
    "own_sessions",
    "plan",
    "plan_blocks",
    "plan_progress",
    "prepared",
    "protected_request",
    "protected_requests",
    "publish_plan",
    "read_policy",
    "refresh_windows",
    "replan",
    "replan_center",
    "request_plan",
    "request_protected",
    "request_session",
    "session",
    "sessions",
    "settle_windows",
    "solve_plan",
    "start",
    "take_signal",
    "take_up_again",
    "withdraw_publication",
]
