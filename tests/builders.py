"""Builders: an organization with people and places, and clients that speak as one of them."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlmodel import insert

from app.core.access import Role
from app.core.credentials import issue_key
from app.core.db import WriteTransaction
from app.core.ids import new_id
from app.core.runtime import Runtime
from app.identity.models import ApiKeyRow, SessionRow
from app.paytime.domain.rules import Outside
from app.paytime.models import PayPolicyRow
from app.people.models import (
    AreaRow,
    CrewRow,
    MembershipRow,
    NodeKind,
    OrganizationRow,
    RoleGrantRow,
    SiteRow,
    StationRow,
    WorkCenterRow,
    WorkerRow,
    WorkerStatus,
)

ALL_SCOPES = [
    "people:read", "people:write", "roster:read", "roster:write", "downtime:read", "downtime:write", "catalog:read",
    "catalog:write", "learning:read", "learning:write", "planning:read", "planning:write", "paytime:read", "peers:read",
    "webhooks:read", "webhooks:write", "events:read", "imports:read", "imports:write",
]  # fmt: skip

WAITING = text("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")


@dataclass(slots=True)
class Plant:
    """Ids of one organization and clients by name; `people` maps a name to a worker's id."""

    runtime: Runtime
    http: httpx.AsyncClient
    organization_id: UUID
    site_id: UUID = field(default_factory=new_id)
    other_site_id: UUID = field(default_factory=new_id)
    area_id: UUID = field(default_factory=new_id)
    line_id: UUID = field(default_factory=new_id)
    second_line_id: UUID = field(default_factory=new_id)
    other_line_id: UUID = field(default_factory=new_id)
    station_id: UUID = field(default_factory=new_id)
    crew_id: UUID = field(default_factory=new_id)
    second_crew_id: UUID = field(default_factory=new_id)
    people: dict[str, UUID] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    async def call(self, who: str, method: str, path: str, **options: Any) -> httpx.Response:
        """One request as the named person, or `integration`, or `nobody`."""
        given = {**self.headers.get(who, {}), **options.pop("headers", {})}
        return await self.http.request(method, path, headers=given, **options)

    async def get(self, who: str, path: str, **options: Any) -> httpx.Response:
        """GET as somebody."""
        return await self.call(who, "GET", path, **options)

    async def post(self, who: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """POST JSON as somebody."""
        return await self.call(who, "POST", path, json=body, **options)

    def write(self) -> Any:
        """A transaction of this organization acting as the system."""
        return self.runtime.database.write(self.organization_id)


# name -> role and the node it is held on
PEOPLE: dict[str, tuple[Role | None, str]] = {
    "worker": (None, ""),
    "colleague": (None, ""),
    "third": (None, ""),
    "stranger": (None, ""),
    "supervisor": (Role.SUPERVISOR, "site_id"),
    "line_supervisor": (Role.SUPERVISOR, "second_line_id"),
    "other_supervisor": (Role.SUPERVISOR, "other_site_id"),
    "payroll": (Role.PAYROLL, "organization_id"),
    "learning_manager": (Role.LEARNING_MANAGER, "organization_id"),
    "author": (Role.AUTHOR, "organization_id"),
    "admin": (Role.ADMIN, "organization_id"),
}
NODE_KINDS = {
    "organization_id": NodeKind.ORGANIZATION,
    "site_id": NodeKind.SITE,
    "other_site_id": NodeKind.SITE,
    "second_line_id": NodeKind.WORK_CENTER,
}


async def build_plant(runtime: Runtime, http: httpx.AsyncClient) -> Plant:
    """One organization: site (Berlin) with lines 1 and 2, another site (Chicago), two crews, eleven people, one key."""
    plant = Plant(runtime, http, new_id())
    async with plant.write() as tx:
        await _places(tx, plant)
        await _people(tx, plant)
        await _key(tx, plant)
    return plant


async def _add(tx: WriteTransaction, table: type, rows: list[dict[str, Any]]) -> None:
    """One round trip for each table: a plant is built for nearly every test."""
    await tx.run_many(insert(table), [{"created_at": tx.now, **row} for row in rows])


async def _places(tx: WriteTransaction, plant: Plant) -> None:
    slug = f"org-{plant.organization_id.hex[-12:]}"
    await _add(tx, OrganizationRow, [{"slug": slug, "name": "Test plant", "settings": {}, "version": 1}])
    sites = ((plant.site_id, "BER", "Europe/Berlin"), (plant.other_site_id, "CHI", "America/Chicago"))
    await _add(tx, SiteRow, [{"id": id_, "code": code, "name": code, "time_zone": zone} for id_, code, zone in sites])
    # Time outside the shift waits for a supervisor here; what a site has without a policy of its own is tested apart.
    policy = {"outside": Outside.BLOCK, "entitled": 1800, "longest_session": 1800, "weekend": False, "pay_codes": {}}
    policy |= {"cost_centers": {}, "changed_at": tx.now, "version": 1}
    await tx.run_many(insert(PayPolicyRow), [{**policy, "site_id": site_id, "changed_by": site_id} for site_id, _, _ in sites])
    await _add(tx, AreaRow, [{"id": plant.area_id, "site_id": plant.site_id, "code": "A", "name": "Hall A"}])
    lines = (
        (plant.line_id, plant.site_id, plant.area_id, "L1"),
        (plant.second_line_id, plant.site_id, None, "L2"),
        (plant.other_line_id, plant.other_site_id, None, "L1"),
    )
    await _add(tx, WorkCenterRow, [
        {"id": line_id, "site_id": site_id, "area_id": area_id, "code": code, "name": code, "minimum_staying": 1}
        for line_id, site_id, area_id, code in lines
    ])  # fmt: skip
    station = {"id": plant.station_id, "work_center_id": plant.line_id, "code": "S1", "name": "Filler", "has_tablet": True}
    await _add(tx, StationRow, [station])
    crews = ((plant.crew_id, plant.line_id, "C1"), (plant.second_crew_id, plant.second_line_id, "C2"))
    await _add(tx, CrewRow, [
        {"id": crew_id, "site_id": plant.site_id, "work_center_id": line_id, "code": code, "name": code}
        for crew_id, line_id, code in crews
    ])  # fmt: skip


async def _people(tx: WriteTransaction, plant: Plant) -> None:
    plant.people = {name: new_id() for name in PEOPLE}
    workers, memberships, grants, sessions = [], [], [], []
    for number, (name, (role, node)) in enumerate(PEOPLE.items(), 1):
        worker_id, session_id = plant.people[name], new_id()
        site_id = plant.other_site_id if name in ("stranger", "other_supervisor") else plant.site_id
        shown = name.replace("_", " ").title()
        workers.append({
            "id": worker_id, "site_id": site_id, "number": f"{number:04d}", "display_name": shown, "languages": ["en"],
            "status": WorkerStatus.ACTIVE,
        })  # fmt: skip
        if name in ("worker", "colleague", "third"):
            crew_id, since = plant.second_crew_id if name == "third" else plant.crew_id, tx.now.date() - timedelta(days=60)
            memberships.append({"id": new_id(), "worker_id": worker_id, "crew_id": crew_id, "valid_from": since})
        if role is not None:
            node_id = getattr(plant, node)
            grants.append({
                "id": new_id(), "worker_id": worker_id, "role": role, "node_kind": NODE_KINDS[node], "node_id": node_id,
                "allow": True, "granted_by": worker_id,
            })  # fmt: skip
        sessions.append({
            "id": session_id, "worker_id": worker_id, "client": "test", "expires_at": tx.now + timedelta(days=400),
        })  # fmt: skip
        token = plant.runtime.tokens.issue(plant.organization_id, worker_id, session_id, issued_at=tx.now, seconds=400 * 86_400)
        plant.headers[name] = {"Authorization": f"Bearer {token}"}
    for table, rows in ((WorkerRow, workers), (MembershipRow, memberships), (RoleGrantRow, grants), (SessionRow, sessions)):
        await _add(tx, table, rows)


async def _key(tx: WriteTransaction, plant: Plant) -> None:
    key_id = new_id()
    issued = issue_key(plant.organization_id, key_id)
    await tx.run(insert(ApiKeyRow).values(
        organization_id=plant.organization_id, id=key_id, name="test", secret_hash=issued.secret_hash, scopes=ALL_SCOPES,
        created_by=plant.people["admin"], created_at=tx.now, expires_at=tx.now + timedelta(days=400)))  # fmt: skip
    plant.headers["integration"] = {"Authorization": f"Bearer {issued.text}"}


async def until_somebody_waits(plant: Plant) -> None:
    """Wait until a transaction waits for another's lock.

    Asks in a transaction of its own each time: within one, PostgreSQL keeps to what it saw of its sessions first.
    """
    for _ in range(1000):
        async with plant.runtime.database.unfenced() as connection:
            if (await connection.execute(WAITING)).scalar():
                return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waited for a lock")
