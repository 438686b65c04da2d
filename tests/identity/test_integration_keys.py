"""Keys of integrations: made by admins, shown once, scoped, expiring, rotated without a gap."""

import asyncio
import base64
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.core import credentials
from app.core.clock import ManualClock
from app.core.errors import Unauthenticated
from app.core.ids import new_id
from app.identity import service as identity
from app.identity.domain import Scope
from tests.builders import ALL_SCOPES, Plant, build_plant

BODY = {"name": "Learning platform", "scopes": ["people:read", "events:read"], "days": 90}


async def made(plant: Plant, **changes: Any) -> dict[str, Any]:
    answer = await plant.post("admin", "/v1/integration-keys", {**BODY, **changes})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def status(plant: Plant, key: str) -> int:
    """403 for a living key on a route no key may use, 401 for a dead one."""
    answer = await plant.http.get("/v1/me/sessions", headers={"Authorization": f"Bearer {key}"})
    return answer.status_code


async def listed(plant: Plant) -> dict[str, dict[str, Any]]:
    answer = await plant.get("admin", "/v1/integration-keys")
    return {item["id"]: item for item in answer.json()["items"]}


async def test_a_key_works_and_is_shown_once(plant: Plant) -> None:
    key = await made(plant)
    assert key["key"].startswith("ilk_")
    assert await status(plant, key["key"]) == 403
    again = await plant.get("admin", "/v1/integration-keys")
    assert key["key"] not in again.text
    assert "key" not in (await listed(plant))[key["id"]]
    assert key["scopes"] == ["events:read", "people:read"]


async def test_the_database_holds_no_usable_key_even_after_a_repeatable_request(plant: Plant) -> None:
    headers = {"Idempotency-Key": "make-one-key"}
    first = await plant.post("admin", "/v1/integration-keys", BODY, headers=headers)
    second = await plant.post("admin", "/v1/integration-keys", BODY, headers=headers)
    assert second.headers["idempotency-replayed"] == "true"
    assert (second.json()["id"], second.json()["key"]) == (first.json()["id"], None)
    secret = first.json()["key"][-43:]
    async with plant.write() as tx:
        for table in ("api_key", "idempotency_key", "event"):
            rows = await tx.rows(text(f"select cast(to_jsonb(t) as text) from {table} t"))
            assert not any(secret in row[0] for row in rows)
        bodies = [bytes(row[0]) for row in await tx.rows(text("select body from idempotency_key"))]
    assert len(bodies) == 1
    assert secret.encode() not in bodies[0]


async def test_two_live_keys_of_a_name_are_enough_to_rotate(plant: Plant) -> None:
    old, new = await made(plant), await made(plant)
    refused = await plant.post("admin", "/v1/integration-keys", BODY)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_keys")
    assert (await plant.call("admin", "DELETE", f"/v1/integration-keys/{old['id']}")).status_code == 204
    assert (await status(plant, old["key"]), await status(plant, new["key"])) == (401, 403)
    await made(plant)


async def test_racing_requests_never_make_a_third(plant: Plant) -> None:
    answers = await asyncio.gather(*[plant.post("admin", "/v1/integration-keys", BODY) for _ in range(6)])
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409, 409]


async def test_an_expired_key_is_dead_and_makes_room(plant: Plant, clock: ManualClock) -> None:
    key = await made(plant, days=1)
    clock.advance(timedelta(days=1))
    assert await status(plant, key["key"]) == 401
    await made(plant)
    await made(plant)


async def test_revoking_twice_is_harmless(plant: Plant, clock: ManualClock) -> None:
    key = await made(plant)
    path = f"/v1/integration-keys/{key['id']}"
    await plant.call("admin", "DELETE", path)
    at = (await listed(plant))[key["id"]]["revoked_at"]
    clock.advance(timedelta(minutes=5))
    assert (await plant.call("admin", "DELETE", path)).status_code == 204
    assert (await listed(plant))[key["id"]]["revoked_at"] == at


@pytest.mark.parametrize(
    "changes", [{"days": 366}, {"days": 0}, {"scopes": []}, {"scopes": ["*"]}, {"scopes": ["people:write", "admin"]}]
)
async def test_what_a_key_may_not_have(plant: Plant, changes: dict[str, Any]) -> None:
    assert (await plant.post("admin", "/v1/integration-keys", {**BODY, **changes})).status_code == 422


async def test_another_organizations_admin_sees_and_ends_nothing(plant: Plant) -> None:
    key, other = await made(plant), await build_plant(plant.runtime, plant.http)
    assert key["id"] not in await listed(other)
    answer = await plant.http.delete(f"/v1/integration-keys/{key['id']}", headers=other.headers["admin"])
    assert answer.status_code == 404
    assert await status(plant, key["key"]) == 403


async def test_a_key_cannot_make_keys(plant: Plant) -> None:
    assert (await plant.post("integration", "/v1/integration-keys", BODY)).status_code == 403


async def test_use_is_noted_to_the_minute_and_only_for_the_right_secret(plant: Plant, clock: ManualClock) -> None:
    key, unused = await made(plant), await made(plant)
    forged = credentials.issue_key(plant.organization_id, credentials.read_key(unused["key"]).subject)
    credentials.take_seen_keys()
    assert await status(plant, key["key"]) == 403
    assert await status(plant, forged.text) == 401
    clock.advance(timedelta(seconds=40))
    await identity.write_down_key_use(plant.runtime)
    found = await listed(plant)
    assert found[key["id"]]["last_used_at"] == "2026-03-18T09:00:40Z"
    assert found[unused["id"]]["last_used_at"] is None


def test_a_flood_of_made_up_keys_stays_small() -> None:
    credentials.take_seen_keys()
    for _ in range(credentials.MOST_SEEN + 50):
        credentials.read_key(credentials.issue_key(new_id(), new_id()).text)
    assert len(credentials.take_seen_keys()) == credentials.MOST_SEEN
    assert credentials.take_seen_keys() == []


def spellings() -> list[str]:
    """Other spellings of one key, and texts that are nearly one."""
    good = credentials.issue_key(new_id(), new_id()).text
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spare = last[last.index(good[-1]) + 1]  # the same 32 bytes, other unused bits
    return ["ilk_", good[:-1], good + "A", good + "=", good[:-1] + spare, good.upper(), good[:68] + "-" + good[69:],
            "ilk_" + "0x" + good[6:], good.replace("ilk_", "ilk_{", 1)[:112], good[:-2] + "é" + good[-1],
            good[:70] + base64.b64encode(b"x" * 30).decode() + "+/"]  # fmt: skip


@pytest.mark.parametrize("number", range(len(spellings())))
def test_only_the_issued_spelling_of_a_key_is_read(number: int) -> None:
    with pytest.raises(Unauthenticated):
        credentials.read_key(spellings()[number])


def test_every_scope_tests_use_is_known() -> None:
    assert {scope.value for scope in Scope} == set(ALL_SCOPES)
