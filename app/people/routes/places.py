"""Routes of the organization, its sites and their areas."""

from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.http.etags import IfMatch, set_tag
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id
from app.people import service
from app.people.domain import PLACES_READ, PLACES_WRITE, PlaceKind
from app.people.schemas.places import (
    AreaCreate,
    AreaOut,
    AreaPatch,
    OrganizationOut,
    OrganizationPatch,
    SiteCreate,
    SiteOut,
    SitePatch,
)
from app.people.service import places

router = APIRouter(prefix="/v1", tags=["places"])
Shape = TypeVar("Shape", bound=BaseModel)


def shaped(kind: type[Shape], found: Any) -> Shape:
    """The fields of a row that an answer shows."""
    return kind.model_validate({name: getattr(found, name) for name in kind.model_fields})


def tagged(response: Response, kind: type[Shape], found: Any) -> Shape:
    """The answer for one thing, with its entity tag."""
    set_tag(response, found.version)
    return shaped(kind, found)


@router.get("/organization", summary="Read your organization")
@allow(PLACES_READ)
async def read_organization(tx: Read, response: Response) -> OrganizationOut:
    return tagged(response, OrganizationOut, await service.organization(tx))


@router.patch("/organization", summary="Rename your organization")
@allow(PLACES_WRITE)
async def update_organization(tx: Tx, response: Response, version: IfMatch, body: OrganizationPatch) -> OrganizationOut:
    return tagged(response, OrganizationOut, await service.change_organization(tx, version, body.name))


@router.get("/sites", summary="List sites")
@allow(PLACES_READ)
async def list_sites(tx: Read, asked: Paged) -> Listing[SiteOut]:
    return listing(await places.page(tx, PlaceKind.SITE, asked), asked, lambda row: shaped(SiteOut, row))


@router.post("/sites", status_code=201, summary="Add a site")
@allow(PLACES_WRITE)
async def create_site(tx: Tx, response: Response, body: SiteCreate) -> SiteOut:
    return tagged(response, SiteOut, await places.add(tx, PlaceKind.SITE, dict(body)))


@router.get("/sites/{site_id}", summary="Read a site")
@allow(PLACES_READ)
async def read_site(tx: Read, response: Response, site_id: Id) -> SiteOut:
    return tagged(response, SiteOut, await places.read(tx, PlaceKind.SITE, site_id))


@router.patch("/sites/{site_id}", summary="Change a site")
@allow(PLACES_WRITE)
async def update_site(tx: Tx, response: Response, site_id: Id, version: IfMatch, body: SitePatch) -> SiteOut:
    return tagged(response, SiteOut, await places.change(tx, PlaceKind.SITE, site_id, version, body.changes()))


@router.get("/areas", summary="List areas")
@allow(PLACES_READ)
async def list_areas(
    tx: Read, asked: Paged, site_id: Annotated[Id | None, Query(description="Only areas of this site.")] = None
) -> Listing[AreaOut]:
    found = await places.page(tx, PlaceKind.AREA, asked, site_id=site_id)
    return listing(found, asked, lambda row: shaped(AreaOut, row))


@router.post("/areas", status_code=201, summary="Add an area")
@allow(PLACES_WRITE)
async def create_area(tx: Tx, response: Response, body: AreaCreate) -> AreaOut:
    return tagged(response, AreaOut, await places.add(tx, PlaceKind.AREA, dict(body)))


@router.get("/areas/{area_id}", summary="Read an area")
@allow(PLACES_READ)
async def read_area(tx: Read, response: Response, area_id: Id) -> AreaOut:
    return tagged(response, AreaOut, await places.read(tx, PlaceKind.AREA, area_id))


@router.patch("/areas/{area_id}", summary="Change an area")
@allow(PLACES_WRITE)
async def update_area(tx: Tx, response: Response, area_id: Id, version: IfMatch, body: AreaPatch) -> AreaOut:
    return tagged(response, AreaOut, await places.change(tx, PlaceKind.AREA, area_id, version, body.changes()))
