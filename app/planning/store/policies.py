"""Statements about planning policies."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.jsonb import as_json

ONE = text(
    "select daily_cap_minutes, weekly_cap_minutes, weekly_target_minutes, notice_minutes, undo_minutes, "
    "weekly_protected_blocks, protected_block_minutes, trainer_weekly_sessions, approval, weights, version "
    "from planning_policy where organization_id = :organization_id and site_id = :site_id"
)
# The version asked for is part of the condition, so of two editors at once one finds nothing to change.
PUT = text(
    "insert into planning_policy as p (organization_id, site_id, daily_cap_minutes, weekly_cap_minutes, weekly_target_minutes, "
    "notice_minutes, undo_minutes, weekly_protected_blocks, protected_block_minutes, trainer_weekly_sessions, "
    "approval, weights, updated_by, updated_at, version) values (:organization_id, :site_id, "
    ":daily_cap_minutes, :weekly_cap_minutes, :weekly_target_minutes, :notice_minutes, :undo_minutes, :weekly_protected_blocks, "
    ":protected_block_minutes, :trainer_weekly_sessions, :approval, "
    "cast(:weights as jsonb), :by, :now, :version + 1) on conflict (organization_id, site_id) do update set "
    "daily_cap_minutes = excluded.daily_cap_minutes, weekly_cap_minutes = excluded.weekly_cap_minutes, "
    "weekly_target_minutes = excluded.weekly_target_minutes, notice_minutes = excluded.notice_minutes, "
    "undo_minutes = excluded.undo_minutes, weekly_protected_blocks = excluded.weekly_protected_blocks, "
    "protected_block_minutes = excluded.protected_block_minutes, trainer_weekly_sessions = excluded.trainer_weekly_sessions, "
    "approval = excluded.approval, weights = excluded.weights, "
    "updated_by = excluded.updated_by, updated_at = excluded.updated_at, version = p.version + 1 where p.version = :version"
)


async def one(tx: ReadTransaction, site_id: UUID) -> Row[Any] | None:
    """The stored policy of a site."""
    return await tx.row(ONE, site_id=site_id)


async def put(tx: WriteTransaction, site_id: UUID, values: Mapping[str, Any]) -> bool:
    """Store a policy over the version it was made from; false when that one is no longer there."""
    given = {**values, "weights": as_json(values["weights"])}
    return bool(await tx.run(PUT, site_id=site_id, by=tx.caller.id, now=tx.now, **given))
