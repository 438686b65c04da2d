"""A site's pay policy: read, and change by people whom the site's payroll trusts."""

from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Stale
from app.paytime.domain import PAY_POLICY_READ, PAY_POLICY_WRITE
from app.paytime.domain.rules import DEFAULT, PayPolicy
from app.paytime.store import policies as store
from app.people import service as people


async def policy(tx: ReadTransaction, site_id: UUID) -> PayPolicy:
    """The policy that holds at a site. Raises NotFound outside the caller's reach."""
    site = await people.site(tx, site_id)
    PAY_POLICY_READ.must_reach(tx.caller, site.nodes)
    return (await store.policies(tx)).get(site_id, DEFAULT)


async def policies(tx: ReadTransaction) -> dict[UUID, PayPolicy]:
    """The policies of all sites that have one of their own."""
    return await store.policies(tx)


async def put_policy(tx: WriteTransaction, site_id: UUID, wanted: PayPolicy) -> PayPolicy:
    """Replace a site's policy; lines that stand keep what held when they were written.

    `wanted.version` is the version that was read, 0 for the default. Raises NotFound outside the caller's reach, Stale.
    """
    site = await people.site(tx, site_id)
    PAY_POLICY_WRITE.must_reach(tx.caller, site.nodes)
    if not await store.put(tx, site_id, wanted):
        raise Stale
    return (await store.policies(tx))[site_id]
