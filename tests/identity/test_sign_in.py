"""Signing in over HTTP: who gets in, what they hold, and what an outsider can tell."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.clock import ManualClock
from app.core.ids import new_id
from tests.builders import Plant
from tests.identity.builders import PASSWORD, PIN, WRONG_PIN, bearer, give_secret, sign_in, who_is


async def test_a_worker_signs_in_with_number_and_pin(plant: Plant) -> None:
    await give_secret(plant)
    answer = await sign_in(plant, client="phone")
    assert answer.status_code == 200, answer.text
    held = answer.json()
    assert held["worker_id"] == str(plant.people["worker"])
    assert (held["token_type"], held["expires_in"], held["must_change"]) == ("Bearer", 900, False)
    assert await who_is(plant, held) == 200


async def test_the_answer_is_not_to_be_stored_and_tells_the_rate(plant: Plant) -> None:
    await give_secret(plant)
    answer = await sign_in(plant)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["ratelimit-policy"] == '"sign-in";q=600;w=60'


@pytest.mark.parametrize("login", ["Worker", " worker ", "WORKER"])
async def test_a_name_nobody_else_has_works_too(plant: Plant, login: str) -> None:
    await give_secret(plant)
    assert (await sign_in(plant, login)).status_code == 200


async def test_a_password_works_with_its_spaces(plant: Plant) -> None:
    await give_secret(plant, secret=f" {PASSWORD} ")
    assert (await sign_in(plant, secret=f" {PASSWORD} ")).status_code == 200
    assert (await sign_in(plant, secret=PASSWORD)).status_code == 401


async def test_the_same_password_typed_on_another_keyboard_works(plant: Plant) -> None:
    await give_secret(plant, secret="Caf\u00e9 am Hafen 12")
    assert (await sign_in(plant, secret="Cafe\u0301 am Hafen 12")).status_code == 200


async def test_an_outsider_cannot_tell_what_was_wrong(plant: Plant) -> None:
    await give_secret(plant)
    await give_secret(plant, "third")
    async with plant.write() as tx:
        from sqlalchemy import text

        leave = text("update worker set status = 'inactive' where organization_id = :organization_id and id = :id")
        await tx.run(leave, id=plant.people["third"])
    answers = [
        await sign_in(plant, secret=WRONG_PIN),  # wrong secret
        await sign_in(plant, "9999"),  # nobody
        await sign_in(plant, "0002"),  # has no secret
        await sign_in(plant, "0003"),  # has left
        await sign_in(plant, secret=PASSWORD),  # has a PIN, not a password
        await sign_in(plant, organization=f"org-{new_id().hex}"),  # no such organization
    ]
    shown = set()
    for answer in answers:
        body = answer.json()
        body.pop("request_id")
        shown.add((answer.status_code, str(body), frozenset(set(answer.headers) - {"x-request-id"})))
    assert len(shown) == 1
    assert answers[0].status_code == 401
    assert answers[0].json()["code"] == "wrong_sign_in"


async def test_a_name_two_people_share_signs_nobody_in(plant: Plant) -> None:
    await give_secret(plant)
    await give_secret(plant, "third")
    async with plant.write() as tx:
        from sqlalchemy import text

        same = text("update worker set display_name = 'Worker' where organization_id = :organization_id and id = :id")
        await tx.run(same, id=plant.people["third"])
    assert (await sign_in(plant, "Worker")).status_code == 401
    assert (await sign_in(plant, "0003")).status_code == 200


async def test_a_temporary_pin_opens_a_short_session_and_expires(plant: Plant, clock: ManualClock) -> None:
    await give_secret(plant, must_change=True)
    held = (await sign_in(plant)).json()
    assert held["must_change"] is True
    clock.advance(timedelta(minutes=16))
    assert await who_is(plant, held) == 401
    assert (await sign_in(plant)).status_code == 200
    clock.advance(timedelta(hours=72))
    assert (await sign_in(plant)).status_code == 401


async def test_an_access_token_ends_after_a_quarter_of_an_hour(plant: Plant, clock: ManualClock) -> None:
    await give_secret(plant)
    held = (await sign_in(plant)).json()
    clock.advance(timedelta(seconds=906))
    answer = await plant.http.get("/v1/me/sessions", headers=bearer(held))
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


async def test_a_plant_never_lets_in_somebody_of_another(plant: Plant) -> None:
    from tests.builders import build_plant

    await give_secret(plant, secret=PIN)
    other = await build_plant(plant.runtime, plant.http)
    assert (await sign_in(other, secret=PIN)).status_code == 401


async def test_a_secret_that_is_replaced_while_it_is_checked_opens_nothing(plant: Plant) -> None:
    """The admin's transaction, which ends all sessions, has begun when the old secret is found right."""
    await give_secret(plant)
    values = {"worker_id": plant.people["worker"]}
    async with plant.write() as tx:
        await tx.run(
            text("update credential set hash = 'another' where organization_id = :organization_id and worker_id = :worker_id"),
            **values,
        )
        entering = asyncio.create_task(sign_in(plant))
        await asyncio.sleep(1)
    answer = await entering
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_sign_in")
    async with plant.write() as tx:
        made = await tx.scalar(
            text(
                "select count(*) from session where organization_id = :organization_id and worker_id = :worker_id "
                "and client <> 'test'"
            ),
            **values,
        )
    assert made == 0
