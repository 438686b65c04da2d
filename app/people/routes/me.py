"""Routes about oneself."""

from fastapi import APIRouter, Response

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.http.etags import set_tag
from app.people.domain import ME, ME_READ
from app.people.schemas.workers import MeOut, MePatch, OwnRoleOut
from app.people.service import me

router = APIRouter(prefix="/v1", tags=["me"])
OF_WORKER = ("id", "number", "display_name", "languages", "job_role", "email", "phone", "site_id", "crew_ids", "version")


def _shape(response: Response, found: me.Profile) -> MeOut:
    set_tag(response, found.worker.version)
    return MeOut(
        **{name: getattr(found.worker, name) for name in OF_WORKER},
        organization_id=found.organization_id,
        site_name=found.site.name,
        time_zone=found.site.time_zone,
        roles=[OwnRoleOut.model_validate(grant) for grant in found.roles],
    )


@router.get("/me", summary="Read your own profile")
@allow(ME_READ)
async def read_me(tx: Read, response: Response) -> MeOut:
    return _shape(response, await me.profile(tx))


@router.patch("/me", summary="Change your languages")
@allow(ME)
async def update_me(tx: Tx, response: Response, body: MePatch) -> MeOut:
    return _shape(response, await me.change(tx, body.languages))
