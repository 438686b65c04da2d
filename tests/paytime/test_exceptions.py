"""The queue of accepted activity that earned no credit: supervisors see it within their reach, and nothing is dropped."""

import pytest

from app.paytime.domain import PayKind
from tests.builders import Plant
from tests.paytime.builders import add_shift, learned, pause

MARCH = "from=2026-03-01&to=2026-03-31"


@pytest.fixture
async def uncredited(plant: Plant) -> Plant:
    """A worker who learned into a break at line 1, and a colleague who learned without any shift."""
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker", 0, 480, pause(60, 90))
    await learned(plant, "worker", 50, 70)
    await learned(plant, "colleague", 10, 12, PayKind.QUIZ)
    return plant


@pytest.mark.parametrize("who", ["supervisor", "payroll", "admin", "integration"])
async def test_whoever_puts_pay_right_sees_ids_seconds_and_reasons(uncredited: Plant, who: str) -> None:
    answer = await uncredited.get(who, f"/v1/pay-exceptions?{MARCH}")
    assert answer.status_code == 200, answer.text
    shown = [(one["worker_id"], one["reason"], one["seconds"], one["work_center_id"]) for one in answer.json()["items"]]
    people = uncredited.people
    assert sorted(shown, key=lambda one: one[2]) == [
        (str(people["colleague"]), "off_shift", 120, None),
        (str(people["worker"]), "meal_break", 600, str(uncredited.line_id)),
    ]


async def test_another_line_and_another_site_see_nothing(uncredited: Plant) -> None:
    for who in ("line_supervisor", "other_supervisor"):
        assert (await uncredited.get(who, f"/v1/pay-exceptions?{MARCH}")).json()["items"] == [], who


@pytest.mark.parametrize(("who", "status"), [("worker", 403), ("author", 403), ("nobody", 401)])
async def test_others_do_not_see_the_queue(uncredited: Plant, who: str, status: int) -> None:
    assert (await uncredited.get(who, f"/v1/pay-exceptions?{MARCH}")).status_code == status


async def test_the_queue_is_filtered_and_comes_in_pages(uncredited: Plant) -> None:
    path = f"/v1/pay-exceptions?{MARCH}"
    worker = uncredited.people["worker"]
    assert len((await uncredited.get("supervisor", f"{path}&worker_id={worker}")).json()["items"]) == 1
    assert (await uncredited.get("supervisor", f"{path}&site_id={worker}")).json()["items"] == []
    first = (await uncredited.get("supervisor", f"{path}&limit=1")).json()
    rest = (await uncredited.get("supervisor", f"{path}&limit=1&cursor={first['next_cursor']}")).json()
    assert len({one["id"] for one in first["items"] + rest["items"]}) == 2
    assert rest["next_cursor"] is None
    assert (await uncredited.get("supervisor", "/v1/pay-exceptions?from=2026-01-01&to=2026-12-31")).status_code == 422


async def test_the_supervisor_of_a_crews_line_sees_what_its_people_did_off_shift(uncredited: Plant) -> None:
    """Without a shift there is no work center; the crew's own line decides who sees it."""
    from sqlalchemy import text

    async with uncredited.write() as tx:
        await tx.run(
            text("update crew set work_center_id = :line where organization_id = :organization_id and id = :crew"),
            line=uncredited.second_line_id,
            crew=uncredited.crew_id,
        )
    shown = (await uncredited.get("line_supervisor", f"/v1/pay-exceptions?{MARCH}")).json()["items"]
    assert [one["reason"] for one in shown] == ["off_shift"]
