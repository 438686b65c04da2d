"""Things that posting an example body cannot make: sign-ins, grants, content, results, ledger entries."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.catalog import service as catalog
from app.catalog.domain import content_hash
from app.core.ids import new_id
from app.paytime import service as paytime
from tests.builders import Plant
from tests.learning.builders import CHECKLIST, MODULE, PACK
from tests.paytime.builders import add_shift, claim
from tests.security.world import OWNERS, World, builds, places

# The other organization's content has names and hashes of its own.
THEIR_MODULE = replace(MODULE, id="their-lesson")
THEIR_CHECKLIST = replace(CHECKLIST, id="their-check")
THEIR_PACK = replace(PACK, modules=(THEIR_MODULE,), checklists=(THEIR_CHECKLIST,))


@builds("key")
async def content_key(world: World, plant: Plant, place: str) -> str | None:
    """The key of a published module; the whole organization shares it."""
    mine = plant is world.home
    if place == "own":
        async with plant.write() as tx:
            await catalog.load_pack(tx, PACK if mine else THEIR_PACK)
    return (MODULE if mine else THEIR_MODULE).id


@builds("hash")
async def content_version(world: World, plant: Plant, _: str) -> str | None:
    """The hash of that module."""
    return content_hash(MODULE if plant is world.home else THEIR_MODULE)


@builds("run_id")
async def checklist_run(world: World, plant: Plant, place: str) -> UUID | None:
    """A checklist somebody began."""
    body = {"id": str(new_id()), "key": (CHECKLIST if plant is world.home else THEIR_CHECKLIST).id}
    return await made(world, plant, place, "/v1/checklist-runs", body)


@builds("assist_id")
async def assist(world: World, plant: Plant, place: str) -> UUID | None:
    """Help a worker of line 1 logged about the colleague."""
    if place != "own":
        return None
    body = {
        "id": str(new_id()), "role": "helped", "colleague_id": str(plant.people["colleague"]), "skill": "smed.changeover",
        "work_center_id": str(plant.line_id), "started_at": "2026-03-18T08:40:00Z", "minutes": 10,
    }  # fmt: skip
    return await made(world, plant, place, "/v1/peer-assists", body)


@builds("entry_id")
async def pay_entry(_: World, plant: Plant, place: str) -> UUID | None:
    """Ten minutes of the colleague's in the ledger."""
    if place != "own":
        return None
    async with plant.write() as tx:
        await add_shift(tx, plant, "colleague")
        (credit,) = await paytime.credit(tx, [claim(plant.people["colleague"], 10, 20)])
    return credit.entry_ids[0]


@builds("endpoint_id")
async def endpoint(world: World, plant: Plant, place: str) -> UUID | None:
    """A receiver of webhooks on this machine, where nothing listens."""
    if place != "own":
        return None
    caller = await world.person(plant, "admin")
    body = {"url": "http://127.0.0.1:9/hooks", "events": ["module.completed"]}
    answer = await plant.http.post("/v1/webhook-endpoints", json=body, headers=caller.headers)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


@builds("session_id")
async def session(world: World, plant: Plant, place: str) -> UUID | None:
    """A living sign-in."""
    caller = await world.person(plant, OWNERS[place])
    answer = await plant.http.get("/v1/me/sessions?limit=200", headers=caller.headers)
    world.placed.add("session_id")
    return UUID(next(item["id"] for item in answer.json()["items"] if item["current"]))


@builds("grant_id")
async def grant(_: World, plant: Plant, place: str) -> UUID | None:
    """A role somebody holds."""
    return await found(plant, "role_grant", plant.people["author" if place == "own" else "payroll"])


@builds("membership_id")
async def membership(world: World, plant: Plant, place: str) -> UUID | None:
    """Somebody's place in a crew."""
    world.placed.add("membership_id")
    return await found(plant, "membership", plant.people[OWNERS[place]])


async def found(plant: Plant, table: str, worker_id: UUID) -> UUID | None:
    """A worker's first row of a table."""
    statement = text(f"select id from {table} where organization_id = :organization_id and worker_id = :worker_id")
    async with plant.write() as tx:
        row: UUID | None = await tx.scalar(statement, worker_id=worker_id)
    return row


async def made(world: World, plant: Plant, place: str, path: str, body: dict[str, Any]) -> UUID | None:
    """What the person of a place creates for themself; the walk counts it as theirs."""
    caller = await world.person(plant, OWNERS[place])
    answer = await plant.http.post(path, json=body, headers=caller.headers)
    assert answer.status_code in (200, 201), answer.text
    return UUID(answer.json()["id"])


@builds("period_id")
async def pay_period(world: World, plant: Plant, place: str) -> UUID | None:
    """A closed pay period of the site, so that its files can be made."""
    site = plant.other_site_id if place == "other_site" else plant.site_id
    world.placed.add("period_id")
    payroll = await world.person(plant, "payroll")
    body = {"frequency": "weekly", "starts_on": "2026-03-02"}
    await plant.http.put(f"/v1/sites/{site}/pay-calendar", json=body, headers=payroll.headers)
    answer = await plant.http.get(f"/v1/pay-periods?site_id={site}", headers=payroll.headers)
    return UUID(answer.json()["items"][0]["id"])


@builds("exception_id")
async def pay_exception(_: World, plant: Plant, place: str) -> UUID | None:
    """Two minutes that a worker learned outside every shift."""
    who = OWNERS[place]
    async with plant.write() as tx:
        await paytime.credit(tx, [claim(plant.people[who], -400, -398)])
    return await found(plant, "pay_exception", plant.people[who])


@builds("learning_session_id")
async def learning_session(world: World, plant: Plant, place: str) -> UUID | None:
    """Twenty minutes with a mentor that the worker began."""
    who = OWNERS[place]
    async with plant.write() as tx:
        await tx.run(text("update pay_policy set outside = 'record_as_paid' where organization_id = :organization_id"))
    world.placed.add("learning_session_id")
    body = {"id": str(new_id()), "kind": "shadowing", "seconds": 1200}
    caller = await world.person(plant, who)
    answer = await plant.http.post("/v1/me/learning-sessions", json=body, headers=caller.headers)
    return UUID(answer.json()["id"]) if answer.status_code == 201 else None


@builds("protected_block_id")
async def protected_block(world: World, plant: Plant, place: str) -> UUID | None:
    """Half an hour that a worker was promised at their line."""
    ids, made_id = places(plant, place), new_id()
    statement = text(
        "insert into protected_block (organization_id, id, worker_id, site_id, work_center_id, business_date, starts_at, "
        "ends_at, planned_by, recorded_at) values (:organization_id, :id, :worker, :site, :center, '2026-03-18', "
        "'2026-03-18T10:00:00Z', '2026-03-18T10:30:00Z', :worker, :now)"
    )
    async with plant.write() as tx:
        given = {"worker": ids["worker_id"], "site": ids["site_id"], "center": ids["work_center_id"]}
        await tx.run(statement, id=made_id, now=tx.now, **given)
    world.placed.add("protected_block_id")
    return made_id


@builds("dispute_id")
async def pay_dispute(world: World, plant: Plant, place: str) -> UUID | None:
    """An objection to two minutes that nobody was paid for."""
    exception_id = await pay_exception(world, plant, place)
    world.placed.add("dispute_id")
    body = {"id": str(new_id()), "exception_id": str(exception_id), "note": "I was asked to"}
    return await made(world, plant, place, "/v1/me/pay-disputes", body)
