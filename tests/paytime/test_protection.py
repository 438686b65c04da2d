"""Protected time: promised, kept, interrupted, broken and made up, and how much of it was delivered."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import insert

from app.core.clock import ManualClock
from app.core.ids import new_id
from app.paytime.domain.protection import GroupRate, Rate
from app.paytime.service.protection import _safe_beside
from app.people.models import MembershipRow
from tests.builders import Plant
from tests.paytime.builders import add_shift, add_worker, at, pause

MARCH = "from=2026-03-01&to=2026-03-31"


@pytest.fixture
async def on_shift(plant: Plant) -> Plant:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker", 0, 480, pause(250, 280))
    return plant


async def plan(plant: Plant, start: float, end: float, who: str = "supervisor", **more: Any) -> Any:
    times = {"starts_at": at(start).isoformat(), "ends_at": at(end).isoformat()}
    return await plant.post(
        who, "/v1/protected-blocks", {"id": str(new_id()), "worker_id": str(plant.people["worker"]), **times, **more}
    )


async def run(plant: Plant, clock: ManualClock, block: Any, minutes: int, **why: Any) -> Any:
    session_id, seconds = str(new_id()), block["seconds"]
    body = {"id": session_id, "kind": "protected_block", "seconds": seconds, "block_id": block["id"]}
    begun = await plant.post("worker", "/v1/me/learning-sessions", body)
    assert begun.status_code == 201, begun.text
    clock.at += timedelta(minutes=minutes)
    return await plant.post("worker", f"/v1/me/learning-sessions/{session_id}/end", why)


async def shown(plant: Plant, block: Any) -> Any:
    return (await plant.get("worker", f"/v1/protected-blocks/{block['id']}")).json()


async def test_a_block_is_kept_and_counts_towards_what_the_worker_is_entitled_to(on_shift: Plant, clock: ManualClock) -> None:
    block = (await plan(on_shift, 180, 210)).json()
    assert (block["state"], block["seconds"], block["delivered"]) == ("planned", 1800, 0)
    await run(on_shift, clock, block, 30)
    kept = await shown(on_shift, block)
    assert (kept["state"], kept["delivered"]) == ("delivered", 1800)
    assert [one["fact"] for one in kept["facts"]] == ["planned", "started", "delivered"]
    mine = (await on_shift.get("worker", f"/v1/me/protected-time?{MARCH}")).json()
    assert (mine["rate"], [one["id"] for one in mine["items"]]) == (
        {"delivered": 1800, "entitled": 1800, "percent": 100}, [block["id"]],
    )  # fmt: skip


async def test_an_interrupted_block_says_why_and_goes_on_later(on_shift: Plant, clock: ManualClock) -> None:
    block = (await plan(on_shift, 180, 210)).json()
    await run(on_shift, clock, block, 10, reason="production_need", note="Two people are missing")
    cut = await shown(on_shift, block)
    last = cut["facts"][-1]
    assert (cut["state"], cut["delivered"], last["reason"], last["note"]) == (
        "interrupted", 600, "production_need", "Two people are missing",
    )  # fmt: skip
    await run(on_shift, clock, block, 30)
    assert (await shown(on_shift, block))["state"] == "delivered"


async def test_a_broken_block_is_made_up(on_shift: Plant, clock: ManualClock) -> None:
    block = (await plan(on_shift, 180, 210)).json()
    why = {"reason": "safety", "note": "A spill"}
    broken = await on_shift.post("supervisor", f"/v1/protected-blocks/{block['id']}/breaks", why)
    assert (broken.status_code, broken.json()["state"]) == (201, "broken")
    again = await on_shift.post("supervisor", f"/v1/protected-blocks/{block['id']}/breaks", why)
    assert again.json()["code"] == "block_over"
    other = (await plan(on_shift, 190, 220, makes_up_id=block["id"])).json()
    await run(on_shift, clock, other, 30)
    made_up = await shown(on_shift, block)
    assert (made_up["state"], made_up["facts"][-2]["reason"], made_up["delivered"]) == ("made_up", "safety", 0)
    assert (await shown(on_shift, other))["state"] == "delivered"


@pytest.mark.parametrize(("start", "end"), [(-10, 10), (240, 260), (470, 490), (260, 270), (300, 300)])
async def test_time_in_a_break_or_outside_the_shift_is_not_promised(on_shift: Plant, start: float, end: float) -> None:
    answer = await plan(on_shift, start, end)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_learnable")


async def test_what_cannot_be_planned(on_shift: Plant) -> None:
    first = (await plan(on_shift, 180, 210)).json()
    assert (await plan(on_shift, 200, 220)).json()["code"] == "block_overlaps"
    assert (await plan(on_shift, 300, 330, makes_up_id=first["id"])).json()["code"] == "block_not_broken"
    assert (await plan(on_shift, 300, 330, makes_up_id=str(new_id()))).status_code == 404
    for who, status in (("worker", 403), ("line_supervisor", 404), ("other_supervisor", 404)):
        assert (await plan(on_shift, 300, 330, who)).status_code == status


async def test_only_groups_of_eight_and_more_show_a_rate(on_shift: Plant) -> None:
    async def rates() -> Any:
        return (await on_shift.get("supervisor", f"/v1/sites/{on_shift.site_id}/protection?{MARCH}")).json()

    few = await rates()
    assert (few["site"]["rate"], {crew["rate"] for crew in few["crews"]}) == (None, {None})
    async with on_shift.write() as tx:
        for number in range(7):
            worker_id = await add_worker(tx, on_shift, f"hand-{number}")
            await add_shift(tx, on_shift, f"hand-{number}")
            await tx.run(insert(MembershipRow).values(
                organization_id=on_shift.organization_id, id=new_id(), worker_id=worker_id, crew_id=on_shift.crew_id,
                valid_from=tx.now.date(), created_at=tx.now))  # fmt: skip
    many = await rates()
    assert many["site"]["rate"] == {"delivered": 0, "entitled": 14_400, "percent": 0}
    crews = {crew["id"]: crew["rate"] for crew in many["crews"]}
    assert (crews[str(on_shift.crew_id)], crews[str(on_shift.second_crew_id)]) == (many["site"]["rate"], None)


def test_no_small_group_can_be_computed_from_the_others() -> None:
    crews = [GroupRate(new_id(), people, Rate(1, 2) if people >= 8 else None) for people in (20, 9, 3)]
    assert [one.rate is not None for one in _safe_beside(32, crews)] == [True, False, False]
    assert [one.rate is not None for one in _safe_beside(29, crews[:2])] == [True, True]
