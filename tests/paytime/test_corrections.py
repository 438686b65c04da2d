"""Corrections in parts, corrections of corrections, replacements, and who may make them."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.errors import Conflict
from app.core.ids import new_id
from app.paytime import service as paytime
from app.paytime.domain import ReasonCode
from tests.builders import Plant
from tests.paytime.builders import add_shift, at, claim, learned

STANDING = text(
    "select cast(extract(epoch from starts_at) as bigint) as start, cast(extract(epoch from ends_at) as bigint) as stop "
    "from pay_interval where organization_id = :organization_id order by 1"
)


async def credited(plant: Plant, start: float = 10, end: float = 20) -> UUID:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
    (entry_id,) = await learned(plant, "worker", start, end)
    return entry_id


def iso(minutes: float) -> str:
    return at(minutes).isoformat().replace("+00:00", "Z")


async def back(plant: Plant, entry_id: Any, start: float | None = None, end: float | None = None, who: str = "payroll") -> Any:
    body = {"reason": "Recorded on the wrong badge", "reason_code": "wrong_person"}
    if start is not None and end is not None:
        body |= {"starts_at": iso(start), "ends_at": iso(end)}
    return await plant.post(who, f"/v1/pay-entries/{entry_id}/reversals", body)


async def standing(plant: Plant) -> list[tuple[float, float]]:
    base = at(0).timestamp()
    async with plant.write() as tx:
        return [((row.start - base) / 60, (row.stop - base) / 60) for row in await tx.rows(STANDING)]


async def net(plant: Plant) -> int:
    found: int = (await plant.get("worker", "/v1/me/pay-time")).json()["seconds"]
    return found


async def test_a_stretch_in_the_middle_is_taken_back_and_both_ends_stand(plant: Plant) -> None:
    entry_id = await credited(plant)
    made = (await back(plant, entry_id, 12, 15)).json()
    assert (made["seconds"], made["reason_code"], made["entry_type"]) == (-180, "wrong_person", "reversal")
    assert await standing(plant) == [(10, 12), (15, 20)]
    entry = (await plant.get("worker", "/v1/me/pay-time")).json()["entries"][0]
    assert (entry["reversed_by"], entry["reversed_seconds"], await net(plant)) == (made["id"], 180, 420)
    # The freed stretch is free for other learning.
    assert len(await learned(plant, "worker", 12, 15)) == 1


async def test_no_second_is_taken_back_twice_and_all_of_them_can_be(plant: Plant) -> None:
    entry_id = await credited(plant)
    assert (await back(plant, entry_id, 12, 15)).status_code == 201
    for start, end in ((14, 16), (12, 15), (10, 20)):
        again = await back(plant, entry_id, start, end)
        assert (again.status_code, again.json()["code"]) == (409, "already_reversed"), (start, end)
    assert (await back(plant, entry_id)).status_code == 409
    assert (await back(plant, entry_id, 10, 12)).status_code == 201
    assert (await back(plant, entry_id, 15, 20)).status_code == 201
    assert (await standing(plant), await net(plant)) == ([], 0)


@pytest.mark.parametrize(("start", "end"), [(9, 12), (19, 21), (15, 15), (15, 12), (30, 40)])
async def test_a_stretch_outside_the_line_is_refused(plant: Plant, start: float, end: float) -> None:
    answer = await back(plant, await credited(plant), start, end)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "outside_entry")


async def test_a_reversal_is_itself_reversed_in_whole_and_in_part(plant: Plant) -> None:
    entry_id = await credited(plant)
    reversal = (await back(plant, entry_id)).json()
    part = (await back(plant, reversal["id"], 10, 14)).json()
    assert (part["entry_type"], part["seconds"], part["reverses_id"]) == ("restoration", 240, reversal["id"])
    assert (await standing(plant), await net(plant)) == ([(10, 14)], 240)
    assert (await back(plant, reversal["id"])).json()["code"] == "already_reversed"
    assert (await back(plant, reversal["id"], 14, 20)).status_code == 201
    assert await net(plant) == 600
    # And a restoration can be taken back like any credit.
    assert (await back(plant, part["id"], 11, 12)).json()["seconds"] == -60
    assert (await net(plant), await standing(plant)) == (540, [(10, 11), (12, 14), (14, 20)])


async def test_time_that_counts_for_something_else_is_not_restored(plant: Plant) -> None:
    reversal = (await back(plant, await credited(plant))).json()
    await learned(plant, "worker", 12, 13)
    answer = await back(plant, reversal["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "time_taken")
    assert (await back(plant, reversal["id"], 13, 20)).status_code == 201


async def test_nobody_corrects_their_own_minutes(plant: Plant) -> None:
    async with plant.write() as tx:
        await add_shift(tx, plant, "payroll")
    (entry_id,) = await learned(plant, "payroll", 10, 20)
    replaced = {"reason": "Clock", "starts_at": iso(11), "ends_at": iso(12)}
    own = await plant.post("payroll", f"/v1/pay-entries/{entry_id}/replacements", replaced)
    for answer in (await back(plant, entry_id), own):
        assert (answer.status_code, answer.json()["code"]) == (403, "own_entry")
    assert (await back(plant, entry_id, who="admin")).status_code == 201


async def test_a_replacement_moves_a_line_to_its_true_time_in_one_step(plant: Plant) -> None:
    entry_id = await credited(plant)
    body = {"reason": "The phone ran ahead", "starts_at": iso(5), "ends_at": iso(13)}
    answer = await plant.post("payroll", f"/v1/pay-entries/{entry_id}/replacements", body)
    assert answer.status_code == 201, answer.text
    taken, new = answer.json()["entries"]
    assert (taken["reverses_id"], taken["seconds"], taken["reason_code"]) == (str(entry_id), -600, "wrong_time")
    assert (new["replaces_id"], new["seconds"], new["entry_type"]) == (str(entry_id), 480, "credit")
    assert (await standing(plant), await net(plant)) == ([(5, 13)], 480)
    again = await plant.post("payroll", f"/v1/pay-entries/{entry_id}/replacements", body)
    assert (again.status_code, again.json()["code"]) == (409, "already_reversed")


async def test_a_replacement_that_is_not_payable_changes_nothing(plant: Plant) -> None:
    entry_id = await credited(plant)
    await learned(plant, "worker", 30, 40)
    for start, end in ((-5, 5), (35, 45), (25, 31)):
        body = {"reason": "The phone ran ahead", "starts_at": iso(start), "ends_at": iso(end)}
        answer = await plant.post("payroll", f"/v1/pay-entries/{entry_id}/replacements", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_payable")
    assert await standing(plant) == [(10, 20), (30, 40)]


async def test_fifty_reversals_of_parts_race_and_no_second_goes_twice(plant: Plant) -> None:
    entry_id = await credited(plant)

    async def one(number: int) -> int:
        async with plant.write() as tx:
            try:
                start = 10 + number % 10
                asked = paytime.Correction("race", ReasonCode.OTHER, at(start), at(min(20, start + 2)))
                return (await paytime.reverse(tx, entry_id, asked)).seconds
            except Conflict:
                return 0

    taken = await asyncio.gather(*(one(number) for number in range(50)))
    left = sum(stop - start for start, stop in await standing(plant)) * 60
    assert 600 + sum(taken) == left == await net(plant)


async def test_the_same_source_keeps_its_first_answer_after_a_replacement(plant: Plant) -> None:
    asked = claim(plant.people["worker"], 10, 13, source_id=new_id())
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
        (first,) = await paytime.credit(tx, [asked])
    body = {"reason": "The phone ran ahead", "starts_at": iso(5), "ends_at": iso(6)}
    await plant.post("payroll", f"/v1/pay-entries/{first.entry_ids[0]}/replacements", body)
    async with plant.write() as tx:
        assert await paytime.credit(tx, [asked]) == [first]
    assert await net(plant) == 60


@pytest.mark.parametrize(
    ("start", "end", "pointer"), [(300, 310, "#/ends_at"), (-2 * 24 * 60, 20, "#/starts_at")], ids=["to come", "two days"]
)
async def test_a_replacement_is_time_that_passed_and_at_most_a_day(plant: Plant, start: int, end: int, pointer: str) -> None:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
    policy = f"/v1/sites/{plant.site_id}/pay-policy"
    headers = {"If-Match": (await plant.get("payroll", policy)).headers["etag"]}
    await plant.call("payroll", "PUT", policy, json={"outside": "record_as_paid"}, headers=headers)
    (entry_id,) = await learned(plant, "worker", 10, 20)
    body = {"reason": "The date was mistyped", "starts_at": at(start).isoformat(), "ends_at": at(end).isoformat()}
    refused = await plant.post("payroll", f"/v1/pay-entries/{entry_id}/replacements", body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
