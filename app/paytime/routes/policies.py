"""Routes of a site's pay policy."""

from fastapi import APIRouter, Response

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.http.etags import IfMatch, set_tag
from app.core.schemas import Id
from app.paytime import service
from app.paytime.domain import PAY_POLICY_READ, PAY_POLICY_WRITE
from app.paytime.schemas.policies import PayPolicyOut, PayPolicyPut

router = APIRouter(prefix="/v1", tags=["pay time"])


@router.get("/sites/{site_id}/pay-policy", summary="The pay rules of a site")
@allow(PAY_POLICY_READ)
async def get_pay_policy(tx: Read, site_id: Id, response: Response) -> PayPolicyOut:
    """What happens to learning outside paid shift time, caps, entitlements, codes and differentials."""
    found = await service.policy(tx, site_id)
    set_tag(response, found.version)
    return PayPolicyOut.of(found)


@router.put("/sites/{site_id}/pay-policy", summary="Replace the pay rules of a site")
@allow(PAY_POLICY_WRITE)
async def put_pay_policy(tx: Tx, site_id: Id, body: PayPolicyPut, version: IfMatch, response: Response) -> PayPolicyOut:
    """Lines that stand keep what held when they were written. Needs the ETag that was read."""
    made = await service.put_policy(tx, site_id, body.value(version))
    set_tag(response, made.version)
    return PayPolicyOut.of(made)
