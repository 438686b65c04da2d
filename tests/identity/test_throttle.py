"""Failed sign-ins are counted per name, for good, before the secret is looked at."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.clock import ManualClock
from app.core.errors import TooMany
from app.core.runtime import Runtime
from app.identity import service as identity
from app.identity.domain import DELAYS, KNOWN_DELAYS, network, wait_after
from app.identity.hashing import NAME, Hasher
from tests.builders import Plant, build_plant
from tests.identity.builders import OTHER_PIN, PIN, WRONG_PIN, bearer, give_secret, sign_in, slug

PLANT, OUTSIDE, ELSEWHERE = "192.0.2.10", "203.0.113.5", "198.51.100.7"
COUNTED = text("select key, failures, locked_until from sign_in_throttle where organization_id = :organization_id")


async def failures(plant: Plant) -> list[int]:
    async with plant.write() as tx:
        return sorted(row.failures for row in await tx.rows(COUNTED))


async def fail(plant: Plant, clock: ManualClock, times: int, login: str = "0001", address: str = "127.0.0.1") -> None:
    """Wrong secrets, each after the wait the one before it cost."""
    for n in range(times):
        assert (await sign_in(plant, login, WRONG_PIN, address=address)).status_code == 401, n
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
    # The name as typed and the worker, from this network and from everywhere.
    assert await failures(plant) == [1, 1, 1, 1]


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
    assert await failures(plant) == [10, 10, 10, 10]
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
    assert await failures(plant) == [1, 1, 1, 1]


async def test_what_is_stored_is_not_the_name(plant: Plant) -> None:
    await sign_in(plant, "Somebody Nobody", WRONG_PIN)
    async with plant.write() as tx:
        stored = [row.key for row in await tx.rows(COUNTED)]
    assert [len(key) for key in stored] == [64] * 4
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
    assert await failures(plant) == [1] * 8  # two names, each as typed and as meant, here and everywhere


async def test_an_outsider_keeps_nobody_from_signing_in_where_the_plant_signs_in(plant: Plant, clock: ManualClock) -> None:
    for who in ("worker", "colleague", "third"):
        await give_secret(plant, who)
    assert (await sign_in(plant, "0002", address=PLANT)).status_code == 200
    for login in ("0001", "0002", "0003", "9999"):
        await fail(plant, clock, 9, login, address=OUTSIDE)
        assert (await sign_in(plant, login, WRONG_PIN, address=OUTSIDE)).status_code == 401
        assert (await sign_in(plant, login, address=OUTSIDE)).status_code == 429
        assert (await sign_in(plant, login, address=ELSEWHERE)).status_code == 429, "all strange networks share one budget"
    # The whole shift, the one who never signed in before included, comes in at once.
    for login in ("0001", "0002", "0003"):
        assert (await sign_in(plant, login, address=PLANT)).status_code == 200
    # And an outsider who guesses from there as well learns nothing from it: a name nobody has is not locked either.
    assert (await sign_in(plant, "9999", WRONG_PIN, address=PLANT)).status_code == 401


async def test_where_the_plant_signs_in_nobody_waits_longer_than_a_quarter_of_an_hour(plant: Plant, clock: ManualClock) -> None:
    await give_secret(plant)
    await give_secret(plant, "colleague")
    await sign_in(plant, "0002", address=PLANT)
    for n in range(14):
        assert (await sign_in(plant, secret=WRONG_PIN, address=PLANT)).status_code == 401, n
        clock.advance(wait_after(n + 1, KNOWN_DELAYS))
    assert (await sign_in(plant, secret=WRONG_PIN, address=PLANT)).status_code == 401
    locked = await sign_in(plant, address=PLANT)
    assert (locked.status_code, locked.json()["code"]) == (429, "sign_in_locked")
    assert int(locked.headers["retry-after"]) <= KNOWN_DELAYS[-1] + 1 == 901
    clock.advance(timedelta(seconds=KNOWN_DELAYS[-1]))
    assert (await sign_in(plant, address=PLANT)).status_code == 200


async def test_many_strange_networks_have_no_more_guesses_than_one(plant: Plant, clock: ManualClock) -> None:
    await give_secret(plant)
    looked_at = 0
    for n in range(40):
        answer = await sign_in(plant, secret=WRONG_PIN, address=f"198.51.100.{n}")
        looked_at += answer.status_code == 401
        clock.advance(timedelta(minutes=31))
    assert looked_at <= 10


async def test_a_network_is_known_for_a_month_and_only_to_its_organization(plant: Plant, clock: ManualClock) -> None:
    other = await build_plant(plant.runtime, plant.http)
    for one in (plant, other):
        await give_secret(one)
    await sign_in(plant, address=PLANT)
    await fail(other, clock, 9, address=OUTSIDE)
    await sign_in(other, secret=WRONG_PIN, address=OUTSIDE)
    assert (await sign_in(other, address=PLANT)).status_code == 429
    clock.advance(timedelta(days=31))
    await fail(plant, clock, 9, address=OUTSIDE)
    await sign_in(plant, secret=WRONG_PIN, address=OUTSIDE)
    assert (await sign_in(plant, address=PLANT)).status_code == 429
    await identity.forget(plant.runtime)
    async with plant.write() as tx:
        assert await tx.scalar(text("select count(*) from known_network where organization_id = :organization_id")) == 0


async def test_a_new_pin_from_an_admin_lifts_the_lock_everywhere(plant: Plant, clock: ManualClock) -> None:
    await give_secret(plant)
    await fail(plant, clock, 9, address=OUTSIDE)
    await sign_in(plant, secret=WRONG_PIN, address=OUTSIDE)
    path = f"/v1/workers/{plant.people['worker']}/credential"
    assert (await plant.call("admin", "PUT", path, json={"secret": OTHER_PIN})).status_code == 204
    assert await failures(plant) == []
    assert (await sign_in(plant, secret=OTHER_PIN, address=OUTSIDE)).status_code == 200


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_a_household_of_ipv6_addresses_counts_as_one_network(address: str, counted: str) -> None:
    assert network(address) == counted


def test_a_place_in_the_queue_is_given_back_even_after_an_error() -> None:
    hashing = Hasher(b"p" * 32, longest_queue=-1)  # room for one
    with pytest.raises(ZeroDivisionError), hashing.place():
        raise ZeroDivisionError
    with hashing.place(), pytest.raises(TooMany), hashing.place():
        raise AssertionError
