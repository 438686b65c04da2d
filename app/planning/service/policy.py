"""How a site wants to be planned: read by the planner, changed by its administrators."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Forbidden, Stale
from app.people import service as people
from app.planning.domain.policy import Approval, Emphasis, SitePolicy
from app.planning.policies import POLICY_READ, POLICY_WRITE
from app.planning.store import policies as store

RULES = tuple(one.name for one in fields(SitePolicy) if one.name not in ("approval", "weights"))
ADMIN_ONLY = "At this site an administrator publishes plans."
ANOTHER = "At this site somebody else than who asked for the plan publishes it."


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """A site's policy and its version; version 0 is the default, which nobody changed yet."""

    site_id: UUID
    policy: SitePolicy
    version: int = 0


async def site_policy(tx: ReadTransaction, site_id: UUID) -> StoredPolicy:
    """The policy of a site, the default where none is stored. Reach is the caller's business."""
    row = await store.one(tx, site_id)
    return StoredPolicy(site_id, SitePolicy()) if row is None else StoredPolicy(site_id, _policy(row._asdict()), row.version)


async def read_policy(tx: ReadTransaction, site_id: UUID) -> StoredPolicy:
    """The policy of a site. Raises NotFound outside the caller's reach."""
    POLICY_READ.must_reach(tx.caller, (await people.site(tx, site_id)).nodes)
    return await site_policy(tx, site_id)


async def change_policy(tx: WriteTransaction, site_id: UUID, changes: Mapping[str, Any], version: int) -> StoredPolicy:
    """Change some of a site's rules; plans asked for from now on follow them. Raises NotFound outside reach, Stale."""
    POLICY_WRITE.must_reach(tx.caller, (await people.site(tx, site_id)).nodes)
    was = await site_policy(tx, site_id)
    if was.version != version:
        raise Stale
    weights = replace(was.policy.weights, **changes.get("weights", {}))
    policy = replace(was.policy, **{**changes, "weights": weights})
    if not await store.put(tx, site_id, {**asdict(policy), "version": version}):
        raise Stale
    return StoredPolicy(site_id, policy, version + 1)


def document_of(policy: SitePolicy) -> dict[str, Any]:
    """A policy as it is kept with a plan: later changes do not reach plans that were asked for."""
    return asdict(policy)


def policy_of(document: Mapping[str, Any]) -> SitePolicy:
    """The policy kept with a plan; plans from before policies have the default."""
    return _policy(document) if document else SitePolicy()


def _policy(found: Mapping[str, Any]) -> SitePolicy:
    # A plan that was asked for before a rule existed follows its default.
    given = {name: found[name] for name in RULES if name in found}
    return SitePolicy(**given, approval=Approval(found["approval"]), weights=Emphasis(**found["weights"]))


async def must_approve(tx: ReadTransaction, row: Any) -> None:
    """Raise Forbidden or Conflict unless the caller has the last word about a plan at its site."""
    approval = (await site_policy(tx, row.site_id)).policy.approval
    site = await people.site(tx, row.site_id)
    if tx.caller.is_system:
        return
    if approval is Approval.ADMIN and not tx.caller.holds(POLICY_WRITE.roles, site.nodes):
        raise Forbidden(ADMIN_ONLY, code="approval_by_admin")
    if approval is Approval.OTHER_PERSON and tx.caller.id == row.requested_by:
        raise Conflict(ANOTHER, code="approval_by_another")
