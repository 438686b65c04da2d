"""Who may plan, see plans and coverage, and see their own blocks."""

from app.core.access import Policy, Role

# Learning managers see aggregates only, so plans, which name people, are not for them.
PLAN_READ = Policy("plans.read", frozenset({Role.SUPERVISOR, Role.ADMIN}), scope="planning:read")
PLAN_WRITE = Policy("plans.write", frozenset({Role.SUPERVISOR, Role.ADMIN}), scope="planning:write")
COVERAGE_READ = Policy("coverage.read", frozenset({Role.SUPERVISOR, Role.ADMIN}), scope="planning:read")
OWN_LEARNING = Policy("blocks.own", own=True)
POLICY_READ = Policy("planning_policy.read", frozenset({Role.SUPERVISOR, Role.ADMIN}), scope="planning:read")
# Who may publish is decided here too, so supervisors do not change it for themselves.
POLICY_WRITE = Policy("planning_policy.write", frozenset({Role.ADMIN}), scope="planning:write")
