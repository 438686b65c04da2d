"""Routes of a site's planning policy."""

from fastapi import APIRouter, Response

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.http.etags import IfMatch, set_tag
from app.core.schemas import Id
from app.planning import service
from app.planning.policies import POLICY_READ, POLICY_WRITE
from app.planning.schemas.policy import PolicyEdit, PolicyOut, WeightsOut

router = APIRouter(prefix="/v1", tags=["planning"])


def shown(found: service.StoredPolicy) -> PolicyOut:
    """A policy as it is answered."""
    names = set(PolicyOut.model_fields) - {"site_id", "weights", "version"}
    rules = {name: getattr(found.policy, name) for name in names}
    weights = WeightsOut.model_validate(found.policy.weights)
    return PolicyOut(site_id=found.site_id, version=found.version, weights=weights, **rules)


@router.get("/sites/{site_id}/planning-policy", summary="How a site wants to be planned")
@allow(POLICY_READ)
async def get_planning_policy(tx: Read, site_id: Id, response: Response) -> PolicyOut:
    """Limits, notice, weights, and who publishes; the default until somebody changes it."""
    found = await service.read_policy(tx, site_id)
    set_tag(response, found.version)
    return shown(found)


@router.patch("/sites/{site_id}/planning-policy", summary="Change how a site wants to be planned")
@allow(POLICY_WRITE)
async def edit_planning_policy(tx: Tx, site_id: Id, body: PolicyEdit, version: IfMatch, response: Response) -> PolicyOut:
    """Plans asked for from now on follow it; the limits of plans already asked for stay, who publishes them does not."""
    found = await service.change_policy(tx, site_id, body.changes(), version)
    set_tag(response, found.version)
    return shown(found)
