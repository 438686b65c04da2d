"""Administrators and integrations manage endpoints; nobody reads a secret twice."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.core.clock import ManualClock
from app.integrations.sealing import SealBroken, unseal
from app.integrations.service.parts import master_keys
from tests.builders import Plant, build_plant
from tests.integrations.builders import get_endpoint, make_endpoint
from tests.servers import Postgres, sync_engine

URL = "http://127.0.0.1:9/hook"
BODY = {"url": URL, "events": ["worker.*"]}
TABLES = ["webhook_endpoint", "webhook_message", "webhook_delivery", "event", "idempotency_key", "procrastinate_jobs"]


async def test_an_endpoint_is_made_read_listed_changed_and_removed(plant: Plant) -> None:
    made = await make_endpoint(plant, URL, "worker.created", "worker.*")
    assert made["events"] == ["worker.*"]
    assert made["secret"].startswith("whsec_")
    path = f"/v1/webhook-endpoints/{made['id']}"
    read = await plant.get("admin", path)
    assert read.headers["etag"] == '"v1"'
    assert read.json() == {name: value for name, value in made.items() if name != "secret"}
    listed = (await plant.get("integration", "/v1/webhook-endpoints")).json()["items"]
    assert [one["id"] for one in listed] == [made["id"]]
    change = {"events": ["*"], "description": "New", "url": URL + "2"}
    changed = await plant.call("admin", "PATCH", path, json=change, headers={"If-Match": '"v1"'})
    assert changed.status_code == 200, changed.text
    assert changed.json() | change == changed.json()
    assert changed.headers["etag"] == '"v2"'
    assert (await plant.call("admin", "DELETE", path)).status_code == 204
    assert (await plant.get("admin", path)).status_code == 404
    assert (await plant.call("admin", "DELETE", path)).status_code == 404


async def test_an_edit_needs_the_version_that_was_read(plant: Plant) -> None:
    path = f"/v1/webhook-endpoints/{(await make_endpoint(plant, URL))['id']}"
    assert (await plant.call("admin", "PATCH", path, json={"description": "x"})).status_code == 428
    stale = await plant.call("admin", "PATCH", path, json={"description": "x"}, headers={"If-Match": '"v7"'})
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**BODY, "url": "http://example.com/"}, "#/url"),
        ({**BODY, "url": "https://10.0.0.1/"}, "#/url"),
        ({**BODY, "url": "https://user:secret@example.com/"}, "#/url"),
        ({**BODY, "url": "https://169.254.169.254/latest"}, "#/url"),
        ({**BODY, "url": "https://no-such-name.invalid/"}, "#/url"),
        ({**BODY, "events": ["worker.hired"]}, "#/events"),
        ({**BODY, "events": []}, "#/events"),
        ({**BODY, "secret": "whsec_mine"}, "#/secret"),
        ({"events": ["*"]}, "#/url"),
    ],
)
async def test_a_bad_endpoint_is_refused_with_the_field(plant: Plant, body: dict[str, Any], pointer: str) -> None:
    answer = await plant.post("admin", "/v1/webhook-endpoints", body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await plant.get("admin", "/v1/webhook-endpoints")).json()["items"] == []


async def test_a_changed_url_is_checked_like_a_new_one(plant: Plant) -> None:
    made = await make_endpoint(plant, URL)
    path = f"/v1/webhook-endpoints/{made['id']}"
    answer = await plant.call("admin", "PATCH", path, json={"url": "https://10.1.2.3/"}, headers={"If-Match": '"v1"'})
    assert answer.status_code == 422
    assert (await get_endpoint(plant, made))["url"] == URL


@pytest.mark.parametrize("who", ["worker", "supervisor", "payroll", "learning_manager", "author"])
async def test_only_administrators_manage_webhooks(plant: Plant, who: str) -> None:
    made = await make_endpoint(plant, URL)
    path = f"/v1/webhook-endpoints/{made['id']}"
    for method, address, body in [
        ("POST", "/v1/webhook-endpoints", BODY),
        ("GET", "/v1/webhook-endpoints", None),
        ("GET", path, None),
        ("PATCH", path, {"description": "x"}),
        ("DELETE", path, None),
        ("POST", f"{path}/secret-rotations", None),
        ("POST", f"{path}/tests", None),
        ("POST", f"{path}/replays", {"since": "2026-03-01T00:00:00Z"}),
        ("POST", f"/v1/webhook-messages/{made['id']}/replays", None),
        ("GET", "/v1/webhook-deliveries", None),
        ("GET", "/v1/webhook-messages", None),
        ("GET", "/v1/event-types", None),
        ("GET", "/v1/events", None),
    ]:
        answer = await plant.call(who, method, address, json=body, headers={"If-Match": '"v1"'})
        assert answer.status_code == 403, (method, address)
        assert (await plant.call("nobody", method, address, json=body)).status_code == 401, (method, address)


async def test_another_organizations_endpoint_does_not_exist(plant: Plant) -> None:
    other = await build_plant(plant.runtime, plant.http)
    path = f"/v1/webhook-endpoints/{(await make_endpoint(plant, URL))['id']}"
    for method, address, body in [
        ("GET", path, None),
        ("PATCH", path, {"description": "x"}),
        ("DELETE", path, None),
        ("POST", f"{path}/secret-rotations", None),
        ("POST", f"{path}/tests", None),
        ("POST", f"{path}/replays", {"since": "2026-03-01T00:00:00Z"}),
    ]:
        answer = await other.call("admin", method, address, json=body, headers={"If-Match": '"v1"'})
        assert answer.status_code == 404, (method, address)
    assert (await other.get("admin", "/v1/webhook-endpoints")).json()["items"] == []
    assert (await plant.get("admin", path)).json()["version"] == 1


async def test_a_secret_is_shown_once_and_is_nowhere_in_the_database(plant: Plant, database: Postgres) -> None:
    answer = await plant.post("admin", "/v1/webhook-endpoints", BODY, headers={"Idempotency-Key": "first"})
    made = answer.json()
    path = f"/v1/webhook-endpoints/{made['id']}"
    rotated = (await plant.post("admin", f"{path}/secret-rotations", headers={"Idempotency-Key": "second"})).json()
    secrets = [made["secret"], rotated["secret"]]
    assert secrets[0] != secrets[1]
    again = await plant.post("admin", "/v1/webhook-endpoints", BODY, headers={"Idempotency-Key": "first"})
    assert again.json() == {**made, "secret": None}
    seen = [(await plant.get("admin", p)).text for p in (path, "/v1/webhook-endpoints", "/v1/webhook-deliveries")]
    await plant.post("admin", f"{path}/tests")
    engine = sync_engine(database.owner)
    with engine.connect() as connection:
        for table in TABLES:
            seen += [repr(tuple(row)) for row in connection.execute(text(f"select * from {table}"))]
    engine.dispose()
    for secret in secrets:
        coded = secret.removeprefix("whsec_")
        raw = base64.b64decode(coded)
        for form in (coded, coded.rstrip("="), raw.hex(), repr(raw)[2:-1]):
            assert not any(form in row for row in seen)


async def test_a_sealed_secret_opens_for_its_own_endpoint_only(plant: Plant) -> None:
    one, other = await make_endpoint(plant, URL), await make_endpoint(plant, URL)
    async with plant.runtime.database.read(plant.organization_id) as tx:
        rows = await tx.rows(text("select id, secret from webhook_endpoint where organization_id = :organization_id order by id"))
    sealed = {str(row.id): bytes(row.secret) for row in rows}
    keys = master_keys(plant.runtime.settings.master_keys)
    ids = {str(row.id): row.id for row in rows}
    assert unseal(keys, sealed[one["id"]], plant.organization_id, ids[one["id"]]) == one["secret"]
    with pytest.raises(SealBroken):
        unseal(keys, sealed[one["id"]], plant.organization_id, ids[other["id"]])


async def test_a_rotation_says_until_when_the_former_secret_signs_along(plant: Plant, clock: ManualClock) -> None:
    made = await make_endpoint(plant, URL)
    rotated = (await plant.post("admin", f"/v1/webhook-endpoints/{made['id']}/secret-rotations")).json()
    assert rotated["former_secret_until"] == "2026-03-19T09:00:00Z"
    clock.advance(timedelta(hours=24))
    assert (await get_endpoint(plant, made))["former_secret_until"] is None


async def test_an_organization_has_at_most_fifty_endpoints(plant: Plant) -> None:
    for _ in range(50):
        await make_endpoint(plant, URL)
    answer = await plant.post("admin", "/v1/webhook-endpoints", BODY)
    assert answer.status_code == 409
    assert answer.json()["code"] == "too_many_endpoints"
