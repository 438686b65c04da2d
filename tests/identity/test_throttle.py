"""Failed sign-ins are counted per name, for good, before the secret is looked at."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.clock import ManualClock
from app.core.errors import TooMany
from app.core.runtime import Runtime
from app.identity.domain import DELAYS, wait_after
from app.identity.hashing import NAME, Hasher
from tests.builders import Plant
from tests.identity.builders import OTHER_PIN, PIN, WRONG_PIN, bearer, give_secret, sign_in, slug

COUNTED = text("select key, failures, locked_until from sign_in_throttle where organization_id = :organization_id")


async def failures(plant: Plant) -> list[int]:
    async with plant.write() as tx:
        return sorted(row.failures for row in await tx.rows(COUNTED))


async def fail(plant: Plant, clock: ManualClock, times: int, login: str = "0001") -> None:
    """Wrong secrets, each after the wait the one before it cost."""
    for n in range(times):
        assert (await sign_in(plant, login, WRONG_PIN)).status_code == 401, n
        clock.advance(wait_after(n + 1))


def test_the_waits_grow_from_half_a_minute_to_an_hour_and_stop_at_ten() -> None:
    assert len(DELAYS) == 10
    waits = [delay for delay in DELAYS if delay]
    assert waits == sorted(waits)
    assert (waits[0], waits[-2], waits[-1]) == (30, 3600, 86_400)
    assert wait_after(0) == timedelta(0)
    assert wait_after(500) == timedelta(days=1)


async def test_a_failure_is_counted_although_the_answer_is_a_refusal(plant: Plant) -> None:
    await give_secret(plant)
    await sign_in(plant, secret=WRONG_PIN)
    assert await failures(plant) == [1, 1]  # the name as typed, and the worker


async def test_two_mistakes_cost_nothing_the_third_costs_half_a_minute(plant: Plant, clock: ManualClock) -> None:
    await give_secret(plant)
    await fail(plant, clock, 2)
    assert (await sign_in(plant)).status_code == 200  # and forgives
    await fail(plant, clock, 2)
    assert (await sign_in(plant, secret=WRONG_PIN)).status_code == 401
    answer = await sign_in(plant)
    assert (answer.status_code, answer.json()["code"]) == (429, "sign_in_locked")
    assert 29 <= int(answer.headers["retry-after"]) <= 31
    clock.advance(timedelta(seconds=30))
    assert (await sign_in(plant)).status_code == 200


async def test_ten_guesses_are_all_there_are(plant: Plant, clock: ManualClock) -> None:
    await give_secret(plant)
    await fail(plant, clock, 9)
    assert (await sign_in(plant, secret=WRONG_PIN)).status_code == 401
    for _ in range(12):
        clock.advance(timedelta(hours=1, minutes=59))
        assert (await sign_in(plant)).status_code == 429
    assert await failures(plant) == [10, 10]
    clock.advance(timedelta(minutes=13))
    assert (await sign_in(plant)).status_code == 200


async def test_a_locked_name_is_locked_whether_or_not_it_exists(plant: Plant, clock: ManualClock) -> None:
    await give_secret(plant)
    await fail(plant, clock, 2, "0001")
    await fail(plant, clock, 2, "9999")
    shown = []
    for login in ("0001", "9999"):
        await sign_in(plant, login, WRONG_PIN)
        answer = await sign_in(plant, login, WRONG_PIN)
        body = answer.json()
        body.pop("request_id")
        shown.append((answer.status_code, body, answer.headers["retry-after"]))
    assert shown[0] == shown[1]
    assert shown[0][0] == 429


async def test_number_and_name_share_one_budget_without_telling_so(plant: Plant, clock: ManualClock) -> None:
    await give_secret(plant)
    await fail(plant, clock, 2, "0001")
    assert (await sign_in(plant, "0001", WRONG_PIN)).status_code == 401
    by_name = await sign_in(plant, "Worker", PIN)
    assert (by_name.status_code, by_name.json()["code"]) == (401, "wrong_sign_in")
    clock.advance(timedelta(seconds=30))
    assert (await sign_in(plant, "Worker", PIN)).status_code == 200


async def test_one_name_locked_leaves_the_others_alone(plant: Plant, clock: ManualClock) -> None:
    await give_secret(plant)
    await give_secret(plant, "colleague")
    await fail(plant, clock, 2)
    await sign_in(plant, secret=WRONG_PIN)
    assert (await sign_in(plant)).status_code == 429
    assert (await sign_in(plant, "0002")).status_code == 200


@pytest.mark.parametrize("login", ["0001", "9999"])
async def test_racing_guesses_cannot_outrun_the_count(plant: Plant, login: str) -> None:
    await give_secret(plant)
    answers = await asyncio.gather(*[sign_in(plant, login, WRONG_PIN) for _ in range(10)])
    looked_at = sum(answer.status_code == 401 for answer in answers)
    assert looked_at == 3  # two free mistakes, and the one that locks
    assert sum(answer.status_code == 429 for answer in answers) == 7
    assert set(await failures(plant)) == {looked_at}


async def test_the_count_survives_a_restart(plant: Plant, clock: ManualClock) -> None:
    import httpx

    from app.main import create_app

    await give_secret(plant)
    await fail(plant, clock, 2)
    await sign_in(plant, secret=WRONG_PIN)
    again = create_app(plant.runtime.settings, clock)
    try:
        transport = httpx.ASGITransport(app=again, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            body = {"organization": slug(plant), "login": "0001", "secret": PIN}
            assert (await client.post("/v1/auth/sign-in", json=body)).status_code == 429
    finally:
        await again.state.runtime.stop()


async def test_a_day_without_failures_is_forgotten(plant: Plant, clock: ManualClock) -> None:
    await give_secret(plant)
    await fail(plant, clock, 5)
    clock.advance(timedelta(hours=24))
    assert (await sign_in(plant, secret=WRONG_PIN)).status_code == 401
    assert await failures(plant) == [1, 1]


async def test_what_is_stored_is_not_the_name(plant: Plant) -> None:
    await sign_in(plant, "Somebody Nobody", WRONG_PIN)
    async with plant.write() as tx:
        stored = [row.key for row in await tx.rows(COUNTED)]
    assert [len(key) for key in stored] == [64, 64]
    assert "somebody" not in "".join(stored).lower()


async def test_a_stolen_session_cannot_try_pins_without_end(plant: Plant) -> None:
    await give_secret(plant)
    held = (await sign_in(plant)).json()
    codes = []
    for _ in range(5):
        body = {"current": WRONG_PIN, "new": OTHER_PIN}
        answer = await plant.http.put("/v1/me/credential", json=body, headers=bearer(held))
        codes.append((answer.status_code, answer.json()["code"]))
    assert codes[2:] == [(422, "invalid"), (429, "sign_in_locked"), (429, "sign_in_locked")]


async def test_a_full_queue_answers_at_once_and_counts_nothing(plant: Plant, runtime: Runtime) -> None:
    await give_secret(plant)
    before = runtime.memory[NAME]
    runtime.memory[NAME] = Hasher(runtime.settings.pepper.get_secret_value().encode(), longest_queue=0)
    try:
        answers = await asyncio.gather(*[sign_in(plant, f"77{n}", WRONG_PIN) for n in range(8)])
    finally:
        runtime.memory[NAME] = before
    busy = [answer for answer in answers if answer.status_code == 429]
    assert len(busy) == 6
    assert {answer.json()["code"] for answer in busy} == {"busy"}
    assert await failures(plant) == [1, 1, 1, 1]  # two names, each as typed and as meant


def test_a_place_in_the_queue_is_given_back_even_after_an_error() -> None:
    hashing = Hasher(b"p" * 32, longest_queue=-1)  # room for one
    with pytest.raises(ZeroDivisionError), hashing.place():
        raise ZeroDivisionError
    with hashing.place(), pytest.raises(TooMany), hashing.place():
        raise AssertionError
