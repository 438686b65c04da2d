"""Corrections: a reversal takes a credit back, once, by somebody else, and frees the time."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from app.core.ids import new_id
from app.paytime import service as paytime
from tests.builders import Plant
from tests.paytime.builders import add_shift, claim, learned

WRONG = {"reason": "Recorded on the wrong badge"}
EVENTS = text("select subject_id, data from event where organization_id = :organization_id and type = 'pplt.session.adjusted'")


async def credited(plant: Plant, who: str = "worker") -> Any:
    async with plant.write() as tx:
        await add_shift(tx, plant, who)
    (entry_id,) = await learned(plant, who, 10, 13)
    return entry_id


async def reversed_by(plant: Plant, who: str, entry_id: Any, body: Any = None) -> Any:
    return await plant.post(who, f"/v1/pay-entries/{entry_id}/reversals", WRONG if body is None else body)


@pytest.mark.parametrize("who", ["payroll", "admin"])
async def test_a_reversal_is_linked_negative_and_explained(plant: Plant, who: str) -> None:
    entry_id = await credited(plant)
    answer = await reversed_by(plant, who, entry_id)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["entry_type"], made["reverses_id"], made["seconds"]) == ("reversal", str(entry_id), -180)
    assert (made["reason"], made["actor_id"], made["business_date"]) == (WRONG["reason"], str(plant.people[who]), "2026-03-18")
    mine = (await plant.get("worker", "/v1/me/pay-time")).json()
    assert (mine["seconds"], [e["seconds"] for e in mine["entries"]]) == (0, [180, -180])
    assert mine["entries"][0]["reversed_by"] == made["id"]
    async with plant.write() as tx:
        (told,) = await tx.rows(EVENTS)
    assert (told.subject_id, told.data["seconds"], told.data["reverses_id"]) == (plant.people["worker"], -180, str(entry_id))


async def test_reversed_time_is_free_for_other_learning(plant: Plant) -> None:
    await reversed_by(plant, "payroll", await credited(plant))
    assert len(await learned(plant, "worker", 10, 13)) == 1
    assert (await plant.get("worker", "/v1/me/pay-time")).json()["seconds"] == 180


async def test_the_reversed_source_itself_is_not_credited_again(plant: Plant) -> None:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
        asked = claim(plant.people["worker"], 10, 13)
        (first,) = await paytime.credit(tx, [asked])
    await reversed_by(plant, "payroll", first.entry_ids[0])
    async with plant.write() as tx:
        assert await paytime.credit(tx, [asked]) == [first]
    assert (await plant.get("worker", "/v1/me/pay-time")).json()["seconds"] == 0


async def test_an_entry_is_reversed_once(plant: Plant) -> None:
    entry_id = await credited(plant)
    made = (await reversed_by(plant, "payroll", entry_id)).json()
    again = await reversed_by(plant, "admin", entry_id)
    assert (again.status_code, again.json()["code"]) == (409, "already_reversed")
    assert made["reverses_id"] == str(entry_id)


async def test_of_many_reversals_at_once_exactly_one_is_written(plant: Plant) -> None:
    entry_id = await credited(plant)
    answers = await asyncio.gather(*(reversed_by(plant, who, entry_id) for who in ("payroll", "admin") * 6))
    assert sorted(a.status_code for a in answers) == [201, *[409] * 11]
    assert (await plant.get("worker", "/v1/me/pay-time")).json()["seconds"] == 0


@pytest.mark.parametrize("who", ["payroll", "admin"])
async def test_nobody_reverses_their_own_time(plant: Plant, who: str) -> None:
    answer = await reversed_by(plant, who, await credited(plant, who))
    assert (answer.status_code, answer.json()["code"]) == (403, "own_entry")


@pytest.mark.parametrize("who", ["worker", "colleague", "supervisor", "learning_manager", "author", "integration"])
async def test_only_payroll_and_admin_reverse(plant: Plant, who: str) -> None:
    assert (await reversed_by(plant, who, await credited(plant))).status_code == 403


async def test_an_unknown_entry_is_not_found(plant: Plant) -> None:
    assert (await reversed_by(plant, "payroll", new_id())).status_code == 404


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "no"}, {"reason": "x" * 501}, {"reason": 5}, WRONG | {"x": 1}])
async def test_a_reversal_needs_a_reason(plant: Plant, body: Any) -> None:
    entry_id = await credited(plant)
    assert (await reversed_by(plant, "payroll", entry_id, body)).status_code == 422
    assert (await plant.get("worker", "/v1/me/pay-time")).json()["seconds"] == 180
