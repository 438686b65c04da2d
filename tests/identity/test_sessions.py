"""A person's sign-ins: seen, ended one by one or all at once, and forgotten in time."""

from datetime import timedelta

from sqlalchemy import text

from app.core.clock import ManualClock
from app.core.ids import new_id
from app.identity import service as identity
from app.identity.service.sessions import NOBODY
from tests.builders import Plant
from tests.identity.builders import WRONG_PIN, bearer, give_secret, refresh, sign_in, who_is


async def two(plant: Plant) -> tuple[dict[str, str], dict[str, str]]:
    """The same worker signed in on a phone and on a tablet."""
    await give_secret(plant)
    phone = (await sign_in(plant, client="phone")).json()
    tablet = (await sign_in(plant, client="tablet")).json()
    return phone, tablet


async def test_a_person_sees_where_they_are_signed_in(plant: Plant) -> None:
    phone, tablet = await two(plant)
    answer = await plant.http.get("/v1/me/sessions", headers=bearer(tablet))
    seen = {item["client"]: (item["id"], item["current"]) for item in answer.json()["items"]}
    assert seen["phone"] == (phone["session_id"], False)
    assert seen["tablet"] == (tablet["session_id"], True)


async def test_the_list_has_pages(plant: Plant) -> None:
    _, tablet = await two(plant)
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = (await plant.http.get(f"/v1/me/sessions?limit=1{cursor}", headers=bearer(tablet))).json()
        seen += [item["id"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert len(set(seen)) == 3  # phone, tablet, and the one the plant's builder made


async def test_signing_out_ends_this_sign_in_only(plant: Plant) -> None:
    phone, tablet = await two(plant)
    answer = await plant.http.post("/v1/auth/sign-out", json={}, headers=bearer(phone))
    assert answer.status_code == 204
    assert (await who_is(plant, phone), await who_is(plant, tablet)) == (401, 200)
    assert (await refresh(plant, phone["refresh_token"])).status_code == 401


async def test_signing_out_everywhere_ends_all(plant: Plant) -> None:
    phone, tablet = await two(plant)
    await plant.http.post("/v1/auth/sign-out", json={"everywhere": True}, headers=bearer(phone))
    assert (await who_is(plant, phone), await who_is(plant, tablet)) == (401, 401)
    assert (await plant.get("colleague", "/v1/me/sessions")).status_code == 200


async def test_a_lost_phone_is_signed_out_from_the_tablet(plant: Plant) -> None:
    phone, tablet = await two(plant)
    path = f"/v1/me/sessions/{phone['session_id']}"
    assert (await plant.http.delete(path, headers=bearer(tablet))).status_code == 204
    assert await who_is(plant, phone) == 401
    assert (await plant.http.delete(path, headers=bearer(tablet))).status_code == 404


async def test_nobody_ends_somebody_elses_sign_in(plant: Plant) -> None:
    phone, _ = await two(plant)
    for who in ("colleague", "supervisor", "admin"):
        known = await plant.call(who, "DELETE", f"/v1/me/sessions/{phone['session_id']}")
        absent = await plant.call(who, "DELETE", f"/v1/me/sessions/{new_id()}")
        assert (known.status_code, known.json()["code"]) == (absent.status_code, absent.json()["code"]) == (404, "not_found")
    assert await who_is(plant, phone) == 200


async def test_an_integration_has_no_sign_ins(plant: Plant) -> None:
    assert (await plant.get("integration", "/v1/me/sessions")).status_code == 403


async def test_what_has_ended_is_forgotten_in_time(plant: Plant, clock: ManualClock) -> None:
    phone, tablet = await two(plant)
    await sign_in(plant, "0002", WRONG_PIN)
    await plant.http.post("/v1/auth/sign-out", json={}, headers=bearer(phone))
    await identity.forget(plant.runtime)
    assert await rows(plant) == {"session": 13, "refresh_token": 1, "sign_in_throttle": 2}
    clock.advance(timedelta(days=100))  # the builder's own sessions live 400 days
    await identity.forget(plant.runtime)
    assert await rows(plant) == {"session": 12, "refresh_token": 0, "sign_in_throttle": 0}
    clock.advance(timedelta(days=30))
    await identity.forget(plant.runtime)
    assert await rows(plant) == {"session": 11, "refresh_token": 0, "sign_in_throttle": 0}
    assert await who_is(plant, tablet) == 401


async def test_names_given_for_no_organization_are_forgotten_too(plant: Plant, clock: ManualClock) -> None:
    await sign_in(plant, secret=WRONG_PIN, organization="nowhere")
    count = text("select count(*) from sign_in_throttle where organization_id = :organization_id")
    async with plant.runtime.database.write(NOBODY) as tx:
        assert await tx.scalar(count) >= 1
    clock.advance(timedelta(days=2))
    await identity.forget(plant.runtime)
    async with plant.runtime.database.write(NOBODY) as tx:
        assert await tx.scalar(count) == 0


async def rows(plant: Plant) -> dict[str, int]:
    """How many rows of sign-in the plant has."""
    found = {}
    async with plant.write() as tx:
        for table in ("session", "refresh_token", "sign_in_throttle"):
            found[table] = await tx.scalar(text(f"select count(*) from {table} where organization_id = :organization_id"))
    return found
