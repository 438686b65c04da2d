"""Refresh tokens over HTTP: each works once, a lost answer can be had again, a stolen one ends the family."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.clock import ManualClock
from app.core.errors import Unauthenticated
from app.core.ids import new_id
from app.identity import refresh as chain
from tests.builders import Plant, build_plant
from tests.identity.builders import give_secret, refresh, sign_in, who_is

REASON = text("select revoked_reason from session where organization_id = :organization_id and id = :id")


async def held(plant: Plant) -> dict[str, str]:
    await give_secret(plant)
    answer = await sign_in(plant)
    found: dict[str, str] = answer.json()
    return found


async def exchanged(plant: Plant, token: str) -> str:
    answer = await refresh(plant, token)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["refresh_token"])


async def reason(plant: Plant, session_id: str) -> str | None:
    async with plant.write() as tx:
        found: str | None = await tx.scalar(REASON, id=session_id)
    return found


async def test_each_exchange_gives_the_next_pair(plant: Plant, clock: ManualClock) -> None:
    first = await held(plant)
    tokens = [first["refresh_token"]]
    for _ in range(4):
        clock.advance(timedelta(minutes=14))
        answer = await refresh(plant, tokens[-1])
        assert answer.status_code == 200
        assert answer.json()["session_id"] == first["session_id"]
        assert await who_is(plant, answer.json()) == 200
        tokens.append(answer.json()["refresh_token"])
    assert len(set(tokens)) == 5


async def test_a_lost_answer_is_given_again_for_a_minute(plant: Plant, clock: ManualClock) -> None:
    first = (await held(plant))["refresh_token"]
    second = await exchanged(plant, first)
    clock.advance(timedelta(seconds=60))
    assert await exchanged(plant, first) == second
    assert await exchanged(plant, second) != second


async def test_another_client_does_not_get_the_lost_answer(plant: Plant) -> None:
    mine = await held(plant)
    second = await exchanged(plant, mine["refresh_token"])
    assert (await refresh(plant, mine["refresh_token"], agent="curl/8")).status_code == 401
    assert (await refresh(plant, second)).status_code == 401
    assert await reason(plant, mine["session_id"]) == "refresh_reused"


async def test_a_client_without_a_name_is_taken_at_its_word(plant: Plant) -> None:
    mine = await held(plant)
    first = await refresh(plant, mine["refresh_token"], agent="")
    again = await refresh(plant, mine["refresh_token"], agent="anything")
    assert first.json()["refresh_token"] == again.json()["refresh_token"]


async def test_after_a_minute_the_same_token_is_a_theft(plant: Plant, clock: ManualClock) -> None:
    mine = await held(plant)
    second = await exchanged(plant, mine["refresh_token"])
    clock.advance(timedelta(seconds=61))
    assert (await refresh(plant, mine["refresh_token"])).status_code == 401
    assert await reason(plant, mine["session_id"]) == "refresh_reused"
    assert (await refresh(plant, second)).status_code == 401
    assert await who_is(plant, mine) == 401


async def test_the_grandparent_is_a_theft_even_within_the_minute(plant: Plant) -> None:
    mine = await held(plant)
    second = await exchanged(plant, mine["refresh_token"])
    third = await exchanged(plant, second)
    assert (await refresh(plant, mine["refresh_token"])).status_code == 401
    assert (await refresh(plant, third)).status_code == 401
    assert await reason(plant, mine["session_id"]) == "refresh_reused"


async def test_ten_at_once_get_the_same_successor(plant: Plant) -> None:
    mine = await held(plant)
    answers = await asyncio.gather(*[refresh(plant, mine["refresh_token"]) for _ in range(10)])
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


async def test_a_family_is_one_sign_in_not_one_person(plant: Plant, clock: ManualClock) -> None:
    phone = await held(plant)
    tablet = (await sign_in(plant)).json()
    await exchanged(plant, phone["refresh_token"])
    clock.advance(timedelta(seconds=61))
    await refresh(plant, phone["refresh_token"])
    assert await who_is(plant, tablet) == 200


async def test_thirty_days_are_the_longest_sign_in(plant: Plant, clock: ManualClock) -> None:
    token = (await held(plant))["refresh_token"]
    for _ in range(29):
        clock.advance(timedelta(days=1))
        token = await exchanged(plant, token)
    clock.advance(timedelta(hours=23, minutes=59))
    answer = await refresh(plant, token)
    assert (answer.status_code, answer.json()["expires_in"]) == (200, 60)  # the last minute, not a quarter of an hour
    clock.advance(timedelta(minutes=1))
    assert (await refresh(plant, answer.json()["refresh_token"])).status_code == 401


async def test_somebody_who_left_gets_no_new_tokens(plant: Plant) -> None:
    mine = await held(plant)
    async with plant.write() as tx:
        leave = text("update worker set status = 'inactive' where organization_id = :organization_id and id = :id")
        await tx.run(leave, id=plant.people["worker"])
    assert (await refresh(plant, mine["refresh_token"])).status_code == 401
    assert await who_is(plant, mine) == 401


async def test_a_guess_about_a_session_ends_nothing(plant: Plant) -> None:
    mine = await held(plant)
    token = chain.parse(mine["refresh_token"])
    guess = chain.first(token.organization_id, token.session_id)
    assert (await refresh(plant, guess.text)).status_code == 401
    assert (await refresh(plant, mine["refresh_token"])).status_code == 200


async def test_a_token_of_one_organization_or_session_means_nothing_in_another(plant: Plant) -> None:
    mine, other = await held(plant), await build_plant(plant.runtime, plant.http)
    token = chain.parse(mine["refresh_token"])
    moved = [
        chain.RefreshToken(other.organization_id, token.session_id, token.secret),
        chain.RefreshToken(token.organization_id, new_id(), token.secret),
    ]
    answers = {(await refresh(plant, made.text)).status_code for made in moved}
    assert answers == {401}
    assert await who_is(plant, mine) == 200


async def test_only_hashes_are_stored(plant: Plant) -> None:
    mine = await held(plant)
    token = chain.parse(mine["refresh_token"])
    async with plant.write() as tx:
        stored = await tx.rows(text("select token_hash from refresh_token where organization_id = :organization_id"))
    assert [bytes(row.token_hash) for row in stored] == [token.hash]
    assert token.secret not in token.hash


@pytest.mark.parametrize("length", range(6))
def test_a_successor_needs_the_key(length: int) -> None:
    token = chain.first(new_id(), new_id())
    made = token.successor(b"k" * 32)
    assert made == token.successor(b"k" * 32)
    assert made != token.successor(b"k" * 31 + bytes([length]))
    assert chain.parse(made.text) == made


def hostile() -> list[str]:
    """Texts that are nearly a refresh token."""
    good = chain.first(new_id(), new_id()).text
    body = good.removeprefix("ilr_")
    swapped = good[:-1] + "B"  # bits that 32 bytes do not have
    return ["", "ilr_", good[:-1], good + "A", good + "=", good + "\n", good.upper(), "ilk_" + body, swapped, f" {good}",
            good.replace("_", "-", 1), "ilr_" + "g" * 64 + good[68:], "\N{FULLWIDTH DIGIT ONE}" + good[1:]]  # fmt: skip


@pytest.mark.parametrize("number", range(len(hostile())))
def test_only_the_issued_spelling_is_read(number: int) -> None:
    with pytest.raises(Unauthenticated):
        chain.parse(hostile()[number])
