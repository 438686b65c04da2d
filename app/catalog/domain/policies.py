"""Who may read the catalog and who may publish into it."""

from __future__ import annotations

from app.core.access import Policy, Role

AUTHORS = frozenset({Role.AUTHOR, Role.LEARNING_MANAGER})

CATALOG_READ = Policy("catalog.read", frozenset(Role), own=True, scope="catalog:read")
CATALOG_WRITE = Policy("catalog.write", AUTHORS, scope="catalog:write")
