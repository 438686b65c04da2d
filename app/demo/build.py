"""Builds the demo plant through the public API; only the organization, its PINs and its content come from the command line."""

import asyncio
import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from app.catalog import service as catalog
from app.catalog.pack.load import load_pack
from app.core.db import system_caller
from app.core.runtime import Runtime
from app.demo import plant
from app.demo.client import Api, sign_in
from app.demo.processes import DemoFailed
from app.identity import service as identity
from app.people import service as people

PAST_DAYS, COMING_DAYS = 10, 14
Say = Callable[[str], None]
LIBRARY = Path("content/packs/starter")
SHIFT_TYPES = {
    "E": ("Early", "06:00", "14:00"),
    "L": ("Late", "14:00", "22:00"),
    "N": ("Night", "22:00", "06:00"),
}
BREAKS = [
    {"offset_minutes": 120, "minutes": 15, "kind": "rest", "paid": True},
    {"offset_minutes": 240, "minutes": 30, "kind": "meal", "paid": False},
]
EVERYTHING = [
    *("people:read", "people:write", "roster:read", "roster:write", "downtime:read", "downtime:write", "catalog:read"),
    *("learning:read", "learning:write", "planning:read", "paytime:read", "peers:read", "webhooks:read", "webhooks:write"),
    *("events:read", "imports:read", "imports:write"),
]


@dataclass(slots=True)
class Built:
    """Ids of what was built, by the names the plant uses."""

    organization_id: UUID
    admin_id: UUID
    other_organization_id: UUID
    other_admin_id: UUID
    sites: dict[str, str] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)
    crews: dict[str, str] = field(default_factory=dict)
    workers: dict[str, str] = field(default_factory=dict)
    key: str = ""


async def open_organizations(runtime: Runtime) -> Built:
    """Create the demo organization and a second one beside it, with their first admins and the starter library."""
    admin = plant.STAFF[0]
    site = people.NewSite("HAM", str(plant.SITES["HAM"]["name"]), str(plant.SITES["HAM"]["time_zone"]))
    made = await people.create_organization(
        runtime,
        slug=plant.SLUG,
        name=plant.NAME,
        site=site,
        admin=people.NewAdmin(admin.number, admin.name, admin.languages),
    )
    other = await people.create_organization(
        runtime,
        slug=plant.OTHER_SLUG,
        name=plant.OTHER_NAME,
        site=people.NewSite("GRZ", "Graz kitchen", "Europe/Vienna"),
        admin=people.NewAdmin(admin.number, "Olga Wolf"),
    )
    for organization_id, worker_id in ((made.organization_id, made.admin_id), (other.organization_id, other.admin_id)):
        async with runtime.database.write(organization_id) as tx:
            await identity.set_credential(tx, worker_id, plant.pin(admin.number), runtime=runtime)
    async with runtime.database.write(made.organization_id, system_caller(made.organization_id)) as tx:
        await catalog.load_pack(tx, load_pack(LIBRARY))
    home = {"HAM": str(made.site_id)}
    return Built(made.organization_id, made.admin_id, other.organization_id, other.admin_id, home)


async def give_pins(runtime: Runtime, built: Built) -> None:
    """Set everybody's demo PIN; hashing is slow on purpose, so two run side by side."""
    gate = asyncio.Semaphore(2)

    async def give(number: str, worker_id: str) -> None:
        async with gate, runtime.database.write(built.organization_id) as tx:
            await identity.set_credential(tx, UUID(worker_id), plant.pin(number), runtime=runtime)

    await asyncio.gather(*(give(number, worker_id) for number, worker_id in built.workers.items()))


def build_places(api: Api, built: Built) -> None:
    """Sites, work centers, stations and crews."""
    for code, values in plant.SITES.items():
        if code not in built.sites:
            built.sites[code] = api.post("/v1/sites", {"code": code, **values})["id"]
    for line in plant.LINES:
        body = {
            "site_id": built.sites[line.site],
            "code": line.code,
            "name": line.name,
            "kind": line.kind,
            "minimum_staying": line.staying,
            "tablets": line.tablets,
        }
        line_id = built.lines[line.code] = api.post("/v1/work-centers", body)["id"]
        for number in range(1, line.tablets + 1):
            station = {
                "work_center_id": line_id,
                "code": f"S{number}",
                "name": f"{line.name}, tablet {number}",
                "has_tablet": True,
            }
            api.post("/v1/stations", station)
        for crew in plant.CREW_OFFSETS:
            body = {
                "site_id": built.sites[line.site],
                "work_center_id": line_id,
                "code": f"{line.code}-{crew}",
                "name": f"{line.name}, crew {crew}",
            }
            built.crews[f"{line.code}-{crew}"] = api.post("/v1/crews", body)["id"]


def workers_csv() -> str:
    """The 90 people as the personnel system would send them."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(["PersNo", "Name", "Plant", "Team", "Languages", "Job"])
    for person in plant.everybody():
        writer.writerow([person.number, person.name, person.site, person.crew, "|".join(person.languages), person.job_role])
    return out.getvalue()


MAPPING = json.dumps(
    {
        "external_id": "PersNo",
        "number": "PersNo",
        "name": "Name",
        "site": "Plant",
        "crew": "Team",
        "languages": "Languages",
        "job_role": "Job",
    }
)


def import_workers(api: Api, built: Built) -> dict[str, int]:
    """Import everybody from one CSV file, then give the few their roles. Answers the import's counts."""
    query = {"kind": "workers", "source": "hr", "mapping": MAPPING}
    headers = {"content-type": "text/csv"}
    done = api.call("POST", "/v1/imports", params=query, content=workers_csv().encode(), headers=headers).json()
    if done["refused"] or done["status"] != "finished":
        rows = api.items(f"/v1/imports/{done['id']}/rows", verdict="refused")
        raise DemoFailed(f"the demo's own workers were refused: {rows[:3]}")
    built.workers = {worker["number"]: worker["id"] for worker in api.items("/v1/workers")}
    for person in plant.STAFF[1:]:
        node = built.sites.get(person.node, str(built.organization_id))
        api.post("/v1/role-grants", {"worker_id": built.workers[person.number], "role": person.role, "node_id": node})
    made = api.post("/v1/integration-keys", {"name": "Learning platform", "scopes": EVERYTHING, "days": 90})
    built.key = made["key"]
    return {name: done[name] for name in ("created", "updated", "unchanged", "flagged", "refused")}


def build_roster(api: Api, built: Built, today: date) -> int:
    """Three rotating shifts for four crews a line, from ten days ago to two weeks ahead. Answers how many shifts."""
    anchor = date(2026, 1, 5)
    changed = 0
    for site, site_id in built.sites.items():
        for code, (name, starts, ends) in SHIFT_TYPES.items():
            body = {"site_id": site_id, "code": code, "name": name, "starts": starts, "ends": ends, "breaks": BREAKS}
            api.post("/v1/shift-types", body)
        crews = [
            {"crew_id": built.crews[f"{line.code}-{crew}"], "work_center_id": built.lines[line.code], "offset": offset}
            for line in plant.LINES
            if line.site == site
            for crew, offset in plant.CREW_OFFSETS.items()
        ]
        rotation = {
            "site_id": site_id,
            "rotation": plant.ROTATION,
            "anchor": anchor,
            "first": today - timedelta(days=PAST_DAYS),
            "last": today + timedelta(days=COMING_DAYS),
            "crews": crews,
        }
        changed += api.post("/v1/rosters", rotation)["changed"]
    return changed


def signed_in(base: str, number: str) -> Api:
    """The API as one of the demo's people."""
    return sign_in(base, plant.SLUG, number, plant.pin(number))


def today_of(now: datetime) -> date:
    """The date of an instant in UTC: close enough for a horizon of weeks."""
    return now.astimezone(UTC).date()
