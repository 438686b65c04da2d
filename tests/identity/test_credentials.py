"""Setting and changing secrets: who may, what it ends, and what a stolen database is worth."""

import base64
import hashlib

import pytest
from sqlalchemy import insert, text

from app.core.access import Role
from app.core.ids import new_id
from app.identity import hashing
from app.people.models import NodeKind, RoleGrantRow
from tests.builders import Plant, build_plant
from tests.identity.builders import OTHER_PIN, PASSWORD, PIN, WRONG_PIN, bearer, give_secret, refresh, sign_in, who_is

STORED = text("select kind, hash, must_change from credential where organization_id = :organization_id and worker_id = :id")


def of(plant: Plant, who: str) -> str:
    return f"/v1/workers/{plant.people[who]}/credential"


async def test_a_worker_changes_their_pin_and_other_sign_ins_end(plant: Plant) -> None:
    await give_secret(plant)
    phone, tablet = (await sign_in(plant)).json(), (await sign_in(plant)).json()
    answer = await plant.http.put("/v1/me/credential", json={"current": PIN, "new": OTHER_PIN}, headers=bearer(phone))
    assert answer.status_code == 204, answer.text
    assert (await who_is(plant, phone), await who_is(plant, tablet)) == (200, 401)
    assert (await sign_in(plant, secret=PIN)).status_code == 401
    assert (await sign_in(plant, secret=OTHER_PIN)).status_code == 200


async def test_a_pin_becomes_a_password_and_the_pin_is_gone(plant: Plant) -> None:
    await give_secret(plant)
    phone = (await sign_in(plant)).json()
    await plant.http.put("/v1/me/credential", json={"current": PIN, "new": PASSWORD}, headers=bearer(phone))
    assert (await sign_in(plant, secret=PIN)).status_code == 401
    assert (await sign_in(plant, secret=PASSWORD)).status_code == 200


async def test_the_present_secret_is_needed(plant: Plant) -> None:
    await give_secret(plant)
    phone = (await sign_in(plant)).json()
    answer = await plant.http.put("/v1/me/credential", json={"current": WRONG_PIN, "new": OTHER_PIN}, headers=bearer(phone))
    assert answer.status_code == 422
    assert answer.json()["errors"][0] == {
        "pointer": "#/current", "detail": "This is not your present PIN or password.", "code": "wrong_secret",
    }  # fmt: skip
    assert (await sign_in(plant, secret=PIN)).status_code == 200


async def test_a_weak_new_pin_is_refused_with_the_reason(plant: Plant) -> None:
    await give_secret(plant)
    phone = (await sign_in(plant)).json()
    answer = await plant.http.put("/v1/me/credential", json={"current": PIN, "new": "123456"}, headers=bearer(phone))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/new")
    assert "123456" not in answer.text


async def test_a_temporary_pin_is_set_used_and_replaced(plant: Plant) -> None:
    assert (await plant.call("admin", "PUT", of(plant, "worker"), json={"secret": PIN})).status_code == 204
    held = (await sign_in(plant)).json()
    assert held["must_change"] is True
    body = {"current": PIN, "new": OTHER_PIN}
    assert (await plant.http.put("/v1/me/credential", json=body, headers=bearer(held))).status_code == 204
    listed = (await plant.http.get("/v1/me/sessions", headers=bearer(held))).json()["items"]
    mine = next(item for item in listed if item["current"])
    assert mine["expires_at"].startswith("2026-04-17")  # the session now has its full thirty days
    assert (await sign_in(plant, secret=OTHER_PIN)).json()["must_change"] is False


async def test_with_a_temporary_pin_nothing_is_open_but_changing_it(plant: Plant) -> None:
    await plant.call("admin", "PUT", of(plant, "supervisor"), json={"secret": PIN})
    held = (await sign_in(plant, "0005")).json()
    closed = [
        ("GET", "/v1/me/now?minutes=5", None), ("GET", "/v1/me/blocks?from=2026-03-18T00:00:00Z&to=2026-03-19T00:00:00Z", None),
        ("GET", "/v1/workers", None), ("PATCH", "/v1/me", {"languages": ["de"]}), ("POST", "/v1/attempt-batches", {"items": []}),
        ("POST", "/v1/plans", {"work_center_id": str(plant.line_id), "days": 1}), ("GET", "/v1/sites", None),
    ]  # fmt: skip
    for method, path, body in closed:
        answer = await plant.http.request(method, path, json=body, headers=bearer(held))
        assert (answer.status_code, answer.json()["code"]) == (403, "secret_change_required"), (method, path, answer.text)
    assert (await plant.http.get("/v1/me", headers=bearer(held))).status_code == 200
    assert (await plant.http.get("/v1/me/sessions", headers=bearer(held))).status_code == 200
    again = await refresh(plant, held["refresh_token"])
    assert (await plant.http.get("/v1/workers", headers=bearer(again.json()))).status_code == 403, "a refresh opens nothing"
    body = {"current": PIN, "new": OTHER_PIN}
    assert (await plant.http.put("/v1/me/credential", json=body, headers=bearer(held))).status_code == 204
    assert (await plant.http.get("/v1/workers", headers=bearer(held))).status_code == 200


async def test_whoever_does_not_want_to_change_it_may_sign_out(plant: Plant) -> None:
    await give_secret(plant, must_change=True)
    held = (await sign_in(plant)).json()
    assert (await plant.http.post("/v1/auth/sign-out", json={}, headers=bearer(held))).status_code == 204
    assert await who_is(plant, held) == 401


async def test_setting_a_pin_ends_sign_ins_and_lifts_a_lock(plant: Plant) -> None:
    await give_secret(plant)
    held = (await sign_in(plant)).json()
    for _ in range(4):
        await sign_in(plant, secret=WRONG_PIN)
    assert (await sign_in(plant)).status_code == 429
    await plant.call("admin", "PUT", of(plant, "worker"), json={"secret": OTHER_PIN})
    assert await who_is(plant, held) == 401
    assert (await sign_in(plant, secret=OTHER_PIN)).status_code == 200


@pytest.mark.parametrize("who", ["worker", "supervisor", "payroll", "learning_manager", "author", "integration"])
async def test_only_admins_set_anothers_secret(plant: Plant, who: str) -> None:
    answer = await plant.call(who, "PUT", of(plant, "colleague"), json={"secret": PIN})
    assert answer.status_code == 403


async def test_an_admin_of_one_site_stays_inside_it_and_below_themself(plant: Plant) -> None:
    row = {
        "id": new_id(),
        "worker_id": plant.people["third"],
        "role": Role.ADMIN,
        "node_kind": NodeKind.SITE,
        "node_id": plant.site_id,
    }
    granted = {"allow": True, "granted_by": plant.people["admin"]}
    async with plant.write() as tx:
        await tx.run(insert(RoleGrantRow).values(organization_id=plant.organization_id, created_at=tx.now, **row, **granted))
    reached = {
        who: await plant.call("third", "PUT", of(plant, who), json={"secret": PIN}) for who in ("worker", "stranger", "admin")
    }
    assert {who: answer.status_code for who, answer in reached.items()} == {"worker": 204, "stranger": 404, "admin": 403}


async def test_another_organizations_worker_is_not_there(plant: Plant) -> None:
    other = await build_plant(plant.runtime, plant.http)
    for worker_id in (other.people["worker"], new_id()):
        answer = await plant.call("admin", "PUT", f"/v1/workers/{worker_id}/credential", json={"secret": PIN})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_what_is_stored_is_argon2id_at_the_promised_cost(plant: Plant) -> None:
    await give_secret(plant)
    async with plant.write() as tx:
        row = await tx.row(STORED, id=plant.people["worker"])
    assert row is not None
    assert row.kind == "pin"
    assert row.hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_dump_without_the_pepper_recovers_no_pin(plant: Plant) -> None:
    await give_secret(plant)
    async with plant.write() as tx:
        row = await tx.row(STORED, id=plant.people["worker"])
    assert row is not None
    worker_id = plant.people["worker"]
    plain = [PIN, base64.b64encode(hashlib.sha512(PIN.encode()).digest()).decode(), f"{worker_id}{PIN}"]
    assert not any(hashing.ARGON2.verify(guess, row.hash) for guess in plain)
    assert not await hashing.Hasher(b"another pepper of enough bytes...").verify(worker_id, PIN, row.hash)
    right = hashing.Hasher(plant.runtime.settings.pepper.get_secret_value().encode())
    assert await right.verify(worker_id, PIN, row.hash)


async def test_a_hash_moved_to_another_worker_opens_nothing(plant: Plant) -> None:
    await give_secret(plant)
    await give_secret(plant, "colleague", OTHER_PIN)
    async with plant.write() as tx:
        row = await tx.row(STORED, id=plant.people["worker"])
        assert row is not None
        move = text("update credential set hash = :hash where organization_id = :organization_id and worker_id = :id")
        await tx.run(move, hash=row.hash, id=plant.people["colleague"])
    assert (await sign_in(plant, "0002", PIN)).status_code == 401


async def test_the_dummy_hash_costs_what_a_real_one_costs() -> None:
    assert hashing.DUMMY.split("$")[1:4] == (await hashing.Hasher(b"p" * 32).hash(new_id(), PIN)).split("$")[1:4]
    assert not await hashing.Hasher(b"p" * 32).verify(new_id(), PIN, None)
