"""Who may read and change the roster."""

from app.core.access import Policy, Role

ROSTER_READ = Policy("roster.read", frozenset({Role.SUPERVISOR, Role.ADMIN, Role.PAYROLL}), scope="roster:read")
ROSTER_WRITE = Policy("roster.write", frozenset({Role.SUPERVISOR, Role.ADMIN}), scope="roster:write")
OWN_ROSTER = Policy("roster.own", own=True)
