"""Routes of work centers, their stations, and crews."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.http.etags import IfMatch
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id
from app.people.domain import PLACES_READ, PLACES_WRITE, PlaceKind
from app.people.routes.places import shaped, tagged
from app.people.schemas.places import (
    CrewCreate,
    CrewOut,
    CrewPatch,
    StationCreate,
    StationOut,
    StationPatch,
    WorkCenterCreate,
    WorkCenterOut,
    WorkCenterPatch,
)
from app.people.service import places

router = APIRouter(prefix="/v1", tags=["places"])
OfSite = Annotated[Id | None, Query(description="Only those of this site.")]
OfArea = Annotated[Id | None, Query(description="Only those of this area.")]
OfWorkCenter = Annotated[Id | None, Query(description="Only those of this work center.")]


@router.get("/work-centers", summary="List work centers")
@allow(PLACES_READ)
async def list_work_centers(tx: Read, asked: Paged, site_id: OfSite = None, area_id: OfArea = None) -> Listing[WorkCenterOut]:
    found = await places.page(tx, PlaceKind.WORK_CENTER, asked, site_id=site_id, area_id=area_id)
    return listing(found, asked, lambda row: shaped(WorkCenterOut, row))


@router.post("/work-centers", status_code=201, summary="Add a work center")
@allow(PLACES_WRITE)
async def create_work_center(tx: Tx, response: Response, body: WorkCenterCreate) -> WorkCenterOut:
    return tagged(response, WorkCenterOut, await places.add(tx, PlaceKind.WORK_CENTER, dict(body)))


@router.get("/work-centers/{work_center_id}", summary="Read a work center")
@allow(PLACES_READ)
async def read_work_center(tx: Read, response: Response, work_center_id: Id) -> WorkCenterOut:
    return tagged(response, WorkCenterOut, await places.read(tx, PlaceKind.WORK_CENTER, work_center_id))


@router.patch("/work-centers/{work_center_id}", summary="Change a work center")
@allow(PLACES_WRITE)
async def update_work_center(
    tx: Tx, response: Response, work_center_id: Id, version: IfMatch, body: WorkCenterPatch
) -> WorkCenterOut:
    return tagged(
        response, WorkCenterOut, await places.change(tx, PlaceKind.WORK_CENTER, work_center_id, version, body.changes())
    )


@router.get("/stations", summary="List stations")
@allow(PLACES_READ)
async def list_stations(tx: Read, asked: Paged, work_center_id: OfWorkCenter = None) -> Listing[StationOut]:
    found = await places.page(tx, PlaceKind.STATION, asked, work_center_id=work_center_id)
    return listing(found, asked, lambda row: shaped(StationOut, row))


@router.post("/stations", status_code=201, summary="Add a station")
@allow(PLACES_WRITE)
async def create_station(tx: Tx, response: Response, body: StationCreate) -> StationOut:
    return tagged(response, StationOut, await places.add(tx, PlaceKind.STATION, dict(body)))


@router.get("/stations/{station_id}", summary="Read a station")
@allow(PLACES_READ)
async def read_station(tx: Read, response: Response, station_id: Id) -> StationOut:
    return tagged(response, StationOut, await places.read(tx, PlaceKind.STATION, station_id))


@router.patch("/stations/{station_id}", summary="Change a station")
@allow(PLACES_WRITE)
async def update_station(tx: Tx, response: Response, station_id: Id, version: IfMatch, body: StationPatch) -> StationOut:
    changed = await places.change(tx, PlaceKind.STATION, station_id, version, body.changes())
    return tagged(response, StationOut, changed)


@router.get("/crews", summary="List crews")
@allow(PLACES_READ)
async def list_crews(tx: Read, asked: Paged, site_id: OfSite = None, work_center_id: OfWorkCenter = None) -> Listing[CrewOut]:
    found = await places.page(tx, PlaceKind.CREW, asked, site_id=site_id, work_center_id=work_center_id)
    return listing(found, asked, lambda row: shaped(CrewOut, row))


@router.post("/crews", status_code=201, summary="Add a crew")
@allow(PLACES_WRITE)
async def create_crew(tx: Tx, response: Response, body: CrewCreate) -> CrewOut:
    return tagged(response, CrewOut, await places.add(tx, PlaceKind.CREW, dict(body)))


@router.get("/crews/{crew_id}", summary="Read a crew")
@allow(PLACES_READ)
async def read_crew(tx: Read, response: Response, crew_id: Id) -> CrewOut:
    return tagged(response, CrewOut, await places.read(tx, PlaceKind.CREW, crew_id))


@router.patch("/crews/{crew_id}", summary="Change a crew")
@allow(PLACES_WRITE)
async def update_crew(tx: Tx, response: Response, crew_id: Id, version: IfMatch, body: CrewPatch) -> CrewOut:
    changed = await places.change(tx, PlaceKind.CREW, crew_id, version, body.changes())
    return tagged(response, CrewOut, changed)
