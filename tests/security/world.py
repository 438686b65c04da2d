"""Two organizations with people of every role, and a thing of each kind in each place, made through the API itself.

A path parameter `shift_id` gets its things from a builder registered for that name, else by posting the example body
to the collection before it. Kinds that nothing can make yet are walked with absent ids only, and listed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel import insert

from app.core.access import Role
from app.core.credentials import issue_key
from app.core.ids import new_id
from app.core.runtime import Runtime
from app.identity.models import ApiKeyRow, SessionRow
from tests.builders import ALL_SCOPES, PEOPLE, Plant, build_plant
from tests.security.bodies import PLACING, Operation, operations

PLACES = ("own", "other_crew", "other_site")
OWNERS = {"own": "worker", "other_crew": "third", "other_site": "stranger"}
# Where each caller's role reaches; None means the whole organization, absent means nothing but themself.
REACH: dict[str, set[str] | None] = {
    "supervisor": {"own", "other_crew"}, "line_supervisor": {"other_crew"}, "other_supervisor": {"other_site"},
    "payroll": None, "learning_manager": None, "author": None, "admin": None,
}  # fmt: skip
Builder = Callable[["World", Plant, str], Awaitable[UUID | str | None]]
BUILDERS: dict[str, Builder] = {}


def builds(name: str) -> Callable[[Builder], Builder]:
    """Register who makes the things of a path parameter."""

    def register(builder: Builder) -> Builder:
        BUILDERS[name] = builder
        return builder

    return register


def roles_of(who: str) -> frozenset[str]:
    """The roles a person of the plant holds."""
    role = PEOPLE[who][0]
    return frozenset({Role.WORKER.value, *([role.value] if role else [])})


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asks: headers, the roles and scopes they hold, and whether they are a person."""

    name: str
    headers: dict[str, str]
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()

    def permitted(self, policy: dict[str, object]) -> bool:
        """What the declared policy says about this caller."""
        if policy.get("public"):
            return True
        person = bool(self.roles)
        roles = policy.get("roles")
        assert isinstance(roles, list)
        return bool(self.roles & set(roles)) or (person and bool(policy.get("own"))) or policy.get("scope") in self.scopes


@dataclass(slots=True)
class World:
    """The organization under test, a foreign one, and things by parameter name and place."""

    app: FastAPI
    home: Plant
    foreign: Plant
    operations: list[Operation] = field(default_factory=list)
    things: dict[str, dict[str, UUID | str]] = field(default_factory=dict)
    foreign_things: dict[str, UUID | str] = field(default_factory=dict)
    placed: set[str] = field(default_factory=set)
    dead: list[Caller] = field(default_factory=list)
    keys: list[Caller] = field(default_factory=list)
    people: dict[str, Caller] = field(default_factory=dict)

    def ids(self, place: str) -> dict[str, UUID | str]:
        """Every id by name in one place of the organization under test."""
        return {**places(self.home, place), **{name: at[place] for name, at in self.things.items() if place in at}}

    def foreign_ids(self) -> dict[str, UUID | str]:
        """The same names in the foreign organization."""
        return {**places(self.foreign, "own"), **self.foreign_things}

    def absent_ids(self) -> dict[str, UUID | str]:
        """The same names, meaning nothing."""
        names = [*places(self.home, "own"), *self.things, *self.foreign_things]
        content = {"key": f"absent-{new_id().hex[:8]}", "hash": sha256(new_id().bytes).hexdigest()}
        return {name: content.get(name, new_id()) for name in names}

    async def person(self, plant: Plant, who: str) -> Caller:
        """A person with a session of their own, so that what one call ends does not disturb the next."""
        session_id = new_id()
        async with plant.write() as tx:
            row = {"id": session_id, "worker_id": plant.people[who], "client": "walk", "created_at": tx.now}
            until = tx.now + timedelta(days=1)
            await tx.run(insert(SessionRow).values(organization_id=plant.organization_id, expires_at=until, **row))
            await tx.run(text("update worker set status = 'active' where organization_id = :organization_id"))
            now = tx.now
        token = plant.runtime.tokens.issue(plant.organization_id, plant.people[who], session_id, issued_at=now, seconds=86_400)
        return Caller(who, {"Authorization": f"Bearer {token}"}, roles_of(who))

    async def ask(self, operation: Operation, who: str, ids: dict[str, UUID | str], *, abroad: bool = False) -> httpx.Response:
        """One request as a person of either organization; signs in again when an earlier request ended the sign-in."""
        plant, name = (self.foreign if abroad else self.home), f"{who} abroad" if abroad else who
        for _ in range(2):
            if name not in self.people:
                self.people[name] = await self.person(plant, who)
            answer = await self.send(operation, self.people[name], ids)
            if answer.status_code != 401 or operation.policy.get("public"):
                break
            del self.people[name]
        return answer

    async def send(self, operation: Operation, caller: Caller | None, ids: dict[str, UUID | str]) -> httpx.Response:
        """One request of the operation with these ids."""
        made = operation.request(ids)
        made["headers"] |= caller.headers if caller else {}
        return await self.home.http.request(**made)


def places(plant: Plant, place: str) -> dict[str, UUID | str]:
    """Ids of the plant's own tree, as seen from a place."""
    lines = {"own": plant.line_id, "other_crew": plant.second_line_id, "other_site": plant.other_line_id}
    site = plant.other_site_id if place == "other_site" else plant.site_id
    owner = plant.people[OWNERS[place]]
    found: dict[str, UUID | str] = {"site_id": site, "work_center_id": lines[place], "worker_id": owner, "node_id": lines[place]}
    if place != "other_site":
        found["crew_id"] = plant.crew_id if place == "own" else plant.second_crew_id
    if place == "own":
        found |= {"area_id": plant.area_id, "station_id": plant.station_id, "colleague_id": plant.people["colleague"]}
    return found


async def build_world(app: FastAPI, runtime: Runtime, http: httpx.AsyncClient) -> World:
    """Both organizations with everything the document lets us make."""
    world = World(app, await build_plant(runtime, http), await build_plant(runtime, http))
    world.operations = operations(app.openapi())
    world.keys = [await key(world.home, "integration", ALL_SCOPES), await key(world.home, "integration_without_scopes", [])]
    world.dead = await dead_callers(world)
    # Content first: most other things are about something to learn.
    asked = {name for operation in world.operations for name in operation.path_names} - set(places(world.home, "own"))
    names = sorted(asked, key=lambda name: (name not in ("key", "hash"), name))
    # Twice, because one thing may need another that comes later in the alphabet.
    for name in names * 2:
        for place in PLACES:
            if place not in world.things.get(name, {}) and (made := await build(world, world.home, name, place)):
                world.things.setdefault(name, {})[place] = made
        if name not in world.foreign_things and (made := await build(world, world.foreign, name, "own")):
            world.foreign_things[name] = made
    return world


async def build(world: World, plant: Plant, name: str, place: str) -> UUID | str | None:
    """One thing for a path parameter, by its builder or by posting to its collection."""
    if name in BUILDERS:
        return await BUILDERS[name](world, plant, place)
    for reading in world.operations:
        if reading.path.endswith("/{" + name + "}"):
            collection = reading.path.rsplit("/", 1)[0]
            for making in world.operations:
                if (making.path, making.method) == (collection, "POST"):
                    return await post(world, plant, making, name, place)
    return None


async def post(world: World, plant: Plant, making: Operation, name: str, place: str) -> UUID | str | None:
    """Create by the API as whoever may; None when the example does not do."""
    at_home = plant is world.home
    ids = {
        **places(plant, place),
        **({n: at[place] for n, at in world.things.items() if place in at} if at_home else world.foreign_things),
    }
    who = OWNERS[place] if making.policy.get("own") and not making.policy["roles"] else "admin"
    answer = await world.send(making, await world.person(plant, who), ids)
    if answer.status_code not in (200, 201, 202):
        return None
    found = answer.json()
    if making.named_ids() & PLACING or who != "admin":
        world.placed.add(name)
    return UUID(found["id"]) if isinstance(found, dict) and "id" in found else None


async def key(plant: Plant, name: str, scopes: list[str], *, revoked: bool = False) -> Caller:
    """An integration with these scopes."""
    key_id = new_id()
    issued = issue_key(plant.organization_id, key_id)
    async with plant.write() as tx:
        row = {
            "id": key_id,
            "name": name,
            "secret_hash": issued.secret_hash,
            "scopes": scopes,
            "created_by": plant.people["admin"],
        }
        times = {"created_at": tx.now, "expires_at": tx.now + timedelta(days=30), "revoked_at": tx.now if revoked else None}
        await tx.run(insert(ApiKeyRow).values(organization_id=plant.organization_id, **row, **times))
    return Caller(name, {"Authorization": f"Bearer {issued.text}"}, scopes=frozenset(scopes))


async def dead_callers(world: World) -> list[Caller]:
    """Credentials that were good once: each must now be nobody."""
    plant = world.home
    signed_out = await world.person(plant, "admin")
    await plant.http.post("/v1/auth/sign-out", json={"everywhere": False}, headers=signed_out.headers)
    foreign_session = plant.runtime.tokens.issue(
        plant.organization_id, world.foreign.people["admin"], new_id(), issued_at=plant.runtime.clock.now(), seconds=900
    )
    revoked = await key(plant, "revoked_key", ALL_SCOPES, revoked=True)
    mixed = Caller("session_of_another_organization", {"Authorization": f"Bearer {foreign_session}"})
    return [Caller("signed_out", signed_out.headers), revoked, mixed]
