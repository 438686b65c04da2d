"""Use cases of roles on the tree."""

from uuid import UUID

from app.core.access import Role
from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.ids import new_id
from app.core.pages import Page
from app.people.domain import ROLES_WRITE, Node, PlaceKind, RoleGrant, denials, may_grant
from app.people.service.records import must_not_stand_above, reached
from app.people.store import grants as store
from app.people.store import places


async def page(tx: ReadTransaction, asked: Page, worker_id: UUID | None) -> list[RoleGrant]:
    """Grants on the nodes the caller administers, one more than asked for."""
    nodes = tx.caller.nodes(ROLES_WRITE.roles)
    return await store.grants(tx, worker_id=worker_id, nodes=nodes, after=asked.after, limit=asked.limit + 1)


async def give(
    tx: WriteTransaction, *, grant_id: UUID | None, worker_id: UUID, role: Role, node_id: UUID, allow: bool
) -> RoleGrant:
    """Grant or deny a role on a node. Repeating it answers the same; the opposite must be revoked first."""
    node = await _administered(tx, node_id)
    await reached(tx, ROLES_WRITE, worker_id)
    if allow:
        await _must_hold(tx, role, node)
    else:
        await must_not_stand_above(tx, worker_id)
        await _keep_an_admin(tx, role, worker_id, node_id)
    made = RoleGrant(grant_id or new_id(), worker_id, role, node.kind, node_id, allow, tx.caller.id)
    if await store.add(tx, made):
        return made
    known = await store.same(tx, worker_id, role, node_id)
    if known is None or known.allow is not allow:
        raise Conflict("The worker already has another answer for this role here: revoke it first.", code="role_taken")
    return known


async def revoke(tx: WriteTransaction, grant_id: UUID) -> None:
    """Take a grant or a denial back. Lifting a denial counts as granting. Raises NotFound, Forbidden, Conflict."""
    known = await store.grant(tx, grant_id)
    if known is None:
        raise NotFound
    node = await _administered(tx, known.node_id)
    if known.allow:
        await _keep_an_admin(tx, known.role, known.worker_id, known.node_id)
    else:
        await _must_hold(tx, known.role, node)
    await store.remove(tx, grant_id)


async def _administered(tx: ReadTransaction, node_id: UUID) -> Node:
    """A node that roles can be granted on and the caller administers. Raises NotFound."""
    if node_id == tx.organization_id:
        node = Node(node_id, "organization", node_id, (node_id,))
    else:
        found = (await places.nodes(tx, [node_id])).get(node_id)
        if found is None or found.kind == PlaceKind.STATION:
            raise NotFound
        node = found
    ROLES_WRITE.must_reach(tx.caller, node.path)
    return node


async def _must_hold(tx: ReadTransaction, role: Role, node: Node) -> None:
    denied = await places.nodes(tx, [grant.node_id for grant in denials(tx.caller, role)])
    if not may_grant(tx.caller, role, node, denied.values()):
        raise Forbidden("Nobody grants a role they do not hold on that node themselves.", code="role_not_held")


async def _keep_an_admin(tx: WriteTransaction, role: Role, worker_id: UUID, node_id: UUID) -> None:
    whole = role is Role.ADMIN and node_id == tx.organization_id
    if whole and await store.is_last_admin(tx, worker_id):
        raise Conflict("The organization would have no admin left.", code="last_admin")
