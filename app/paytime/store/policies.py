"""Statements about the sites' pay policies."""

from uuid import UUID

import orjson
from sqlalchemy import text

from app.core.db import ReadTransaction, WriteTransaction
from app.paytime.domain.rules import PayPolicy
from app.paytime.store.writing import policy_of

ALL = text("select row_to_json(p) as policy from pay_policy p where p.organization_id = :organization_id")
VALUES = (
    ":outside, :shift_cap, :day_cap, :week_cap, :entitled, :longest_session, :night_from, :night_until, :weekend, "
    "cast(:pay_codes as jsonb), cast(:cost_centers as jsonb), :changed_by, :now"
)
NAMES = (
    "outside, shift_cap, day_cap, week_cap, entitled, longest_session, night_from, night_until, weekend, pay_codes, cost_centers, "
    "changed_by, changed_at"
)
ADD = text(
    f"insert into pay_policy (organization_id, site_id, {NAMES}, version) "  # noqa: S608  # constant columns
    f"values (:organization_id, :site_id, {VALUES}, 1) on conflict do nothing"
)
CHANGE = text(
    f"update pay_policy set ({NAMES}) = row({VALUES}), version = version + 1 "  # noqa: S608  # constant columns
    "where organization_id = :organization_id and site_id = :site_id and version = :version"
)


async def policies(tx: ReadTransaction) -> dict[UUID, PayPolicy]:
    """Every site's own policy; sites without one have the default."""
    rows = [row.policy for row in await tx.rows(ALL)]
    return {UUID(row["site_id"]): policy_of(row) for row in rows}


async def put(tx: WriteTransaction, site_id: UUID, policy: PayPolicy) -> bool:
    """Store a site's policy over the version it names; false when another version stands."""
    values = {
        "outside": policy.outside.value,
        **{name: getattr(policy, name) for name in ("shift_cap", "day_cap", "week_cap", "entitled", "longest_session")},
        **{name: getattr(policy, name) for name in ("night_from", "night_until", "weekend", "version")},
        "pay_codes": orjson.dumps(dict(policy.pay_codes)).decode(),
        "cost_centers": orjson.dumps(dict(policy.cost_centers)).decode(),
    }
    version = values.pop("version")
    given = {**values, "site_id": site_id, "changed_by": tx.caller.id, "now": tx.now}
    if version == 0:
        return bool(await tx.run(ADD, **given))
    return bool(await tx.run(CHANGE, **given, version=version))
