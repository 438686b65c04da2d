"""Who may read and change the downtime map."""

from app.core.access import Policy, Role

DOWNTIME_READ = Policy("downtime.read", frozenset({Role.SUPERVISOR, Role.ADMIN, Role.LEARNING_MANAGER}), scope="downtime:read")
DOWNTIME_WRITE = Policy("downtime.write", frozenset({Role.SUPERVISOR, Role.ADMIN}), scope="downtime:write")
