"""Builders: an organization with people and places, and clients that speak as one of them."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
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
        for number, (name, (role, node)) in enumerate(PEOPLE.items(), 1):
            await _person(tx, plant, name, number, role, node)
        await _key(tx, plant)
    return plant


async def _places(tx: WriteTransaction, plant: Plant) -> None:
    now, slug = tx.now, f"org-{plant.organization_id.hex[-12:]}"
    await tx.run(insert(OrganizationRow).values(
        organization_id=plant.organization_id, slug=slug, name="Test plant", settings={}, created_at=now, version=1))  # fmt: skip
    for site_id, code, zone in ((plant.site_id, "BER", "Europe/Berlin"), (plant.other_site_id, "CHI", "America/Chicago")):
        await tx.run(insert(SiteRow).values(
            organization_id=plant.organization_id, id=site_id, code=code, name=code, time_zone=zone, created_at=now))  # fmt: skip
        # Time outside the shift waits for a supervisor here; what a site has without a policy of its own is tested apart.
        await tx.run(insert(PayPolicyRow).values(
            organization_id=plant.organization_id, site_id=site_id, outside=Outside.BLOCK, entitled=1800, longest_session=1800,
            weekend=False, pay_codes={}, cost_centers={}, changed_by=site_id, changed_at=now, version=1))  # fmt: skip
    await tx.run(insert(AreaRow).values(
        organization_id=plant.organization_id, id=plant.area_id, site_id=plant.site_id, code="A", name="Hall A",
        created_at=now))  # fmt: skip
    lines = (
        (plant.line_id, plant.site_id, plant.area_id, "L1"),
        (plant.second_line_id, plant.site_id, None, "L2"),
        (plant.other_line_id, plant.other_site_id, None, "L1"),
    )
    for line_id, site_id, area_id, code in lines:
        await tx.run(insert(WorkCenterRow).values(
            organization_id=plant.organization_id, id=line_id, site_id=site_id, area_id=area_id, code=code, name=code,
            minimum_staying=1, created_at=now))  # fmt: skip
    await tx.run(insert(StationRow).values(
        organization_id=plant.organization_id, id=plant.station_id, work_center_id=plant.line_id, code="S1", name="Filler",
        has_tablet=True, created_at=now))  # fmt: skip
    for crew_id, line_id, code in ((plant.crew_id, plant.line_id, "C1"), (plant.second_crew_id, plant.second_line_id, "C2")):
        await tx.run(insert(CrewRow).values(
            organization_id=plant.organization_id, id=crew_id, site_id=plant.site_id, work_center_id=line_id, code=code,
            name=code, created_at=now))  # fmt: skip


async def _person(tx: WriteTransaction, plant: Plant, name: str, number: int, role: Role | None, node: str) -> None:
    worker_id, session_id = new_id(), new_id()
    plant.people[name] = worker_id
    elsewhere = name in ("stranger", "other_supervisor")
    await tx.run(insert(WorkerRow).values(
        organization_id=plant.organization_id, id=worker_id, site_id=plant.other_site_id if elsewhere else plant.site_id,
        number=f"{number:04d}", display_name=name.replace("_", " ").title(), languages=["en"], status=WorkerStatus.ACTIVE,
        created_at=tx.now))  # fmt: skip
    if name in ("worker", "colleague", "third"):
        await tx.run(insert(MembershipRow).values(
            organization_id=plant.organization_id, id=new_id(), worker_id=worker_id,
            crew_id=plant.second_crew_id if name == "third" else plant.crew_id, valid_from=tx.now.date() - timedelta(days=60),
            created_at=tx.now))  # fmt: skip
    if role is not None:
        await tx.run(insert(RoleGrantRow).values(
            organization_id=plant.organization_id, id=new_id(), worker_id=worker_id, role=role, node_kind=NODE_KINDS[node],
            node_id=getattr(plant, node), allow=True, granted_by=worker_id, created_at=tx.now))  # fmt: skip
    await tx.run(insert(SessionRow).values(
        organization_id=plant.organization_id, id=session_id, worker_id=worker_id, client="test", created_at=tx.now,
        expires_at=tx.now + timedelta(days=400)))  # fmt: skip
    token = plant.runtime.tokens.issue(plant.organization_id, worker_id, session_id, issued_at=tx.now, seconds=400 * 86_400)
    plant.headers[name] = {"Authorization": f"Bearer {token}"}


async def _key(tx: WriteTransaction, plant: Plant) -> None:
    key_id = new_id()
    issued = issue_key(plant.organization_id, key_id)
    await tx.run(insert(ApiKeyRow).values(
        organization_id=plant.organization_id, id=key_id, name="test", secret_hash=issued.secret_hash, scopes=ALL_SCOPES,
        created_by=plant.people["admin"], created_at=tx.now, expires_at=tx.now + timedelta(days=400)))  # fmt: skip
    plant.headers["integration"] = {"Authorization": f"Bearer {issued.text}"}
