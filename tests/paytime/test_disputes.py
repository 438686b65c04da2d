"""Disputes: whoever loses seconds can object, somebody else answers, and every dispute has an end."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.core.clock import ManualClock
from app.core.ids import new_id
from app.paytime.domain.disputes import DisputeState, ImpossibleStep, Step, after
from app.paytime.jobs import move_disputes
from tests.builders import Plant
from tests.paytime.builders import add_shift, learned

MOVED = text("select data from event where organization_id = :organization_id and type = 'pplt.dispute.moved' order by id")


@pytest.fixture
async def taken(plant: Plant) -> Any:
    """The reversal of ten minutes of the worker's, by payroll."""
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
    (entry_id,) = await learned(plant, "worker", 10, 20)
    made = await plant.post("payroll", f"/v1/pay-entries/{entry_id}/reversals", {"reason": "Not at the station"})
    return made.json()


async def dispute(plant: Plant, entry_id: Any, who: str = "worker", **more: Any) -> Any:
    body = {"id": str(new_id()), "entry_id": entry_id, "note": "I was there, ask Kim", **more}
    return await plant.post(who, "/v1/me/pay-disputes", {k: v for k, v in body.items() if v is not None})


async def answer(plant: Plant, one: Any, outcome: str, who: str = "admin") -> Any:
    return await plant.post(who, f"/v1/pay-disputes/{one['id']}/answers", {"outcome": outcome, "note": "We looked"})


async def reply(plant: Plant, one: Any, said: str, who: str = "worker") -> Any:
    return await plant.post(who, f"/v1/me/pay-disputes/{one['id']}/replies", {"reply": said})


async def net(plant: Plant) -> int:
    found: int = (await plant.get("worker", "/v1/me/pay-time")).json()["seconds"]
    return found


async def test_a_granted_dispute_gives_the_seconds_back_and_is_settled(plant: Plant, taken: Any) -> None:
    opened = (await dispute(plant, taken["id"])).json()
    assert (opened["state"], opened["steps"][0]["note"]) == ("open", "I was there, ask Kim")
    settled = (await answer(plant, opened, "granted")).json()
    assert (settled["state"], await net(plant)) == ("settled", 600)
    (line,) = settled["steps"][1]["entry_ids"]
    entry = (await plant.get("worker", "/v1/me/pay-time")).json()["entries"][-1]
    assert (entry["id"], entry["entry_type"], entry["reason_code"], entry["reverses_id"]) == (
        line, "restoration", "dispute", taken["id"],
    )  # fmt: skip
    async with plant.write() as tx:
        told = [(row.data["step"], row.data["state"]) for row in await tx.rows(MOVED)]
    assert told == [("opened", "open"), ("granted", "settled")]


async def test_an_answer_may_be_accepted_or_escalated_to_a_second_person(plant: Plant, taken: Any) -> None:
    opened = (await dispute(plant, taken["id"])).json()
    assert (await answer(plant, opened, "upheld")).json()["state"] == "answered"
    assert (await reply(plant, opened, "escalated")).json()["state"] == "escalated"
    second = await answer(plant, opened, "upheld")
    assert (second.status_code, second.json()["code"]) == (403, "second_person")
    # Payroll wrote the line, the admin has answered: nobody else here may.
    assert (await answer(plant, opened, "granted", "payroll")).json()["code"] == "second_person"
    assert (await reply(plant, opened, "withdrawn")).json()["state"] == "settled"


async def test_who_took_the_time_does_not_answer_and_nobody_answers_their_own(plant: Plant, taken: Any) -> None:
    opened = (await dispute(plant, taken["id"])).json()
    assert (await answer(plant, opened, "upheld", "payroll")).json()["code"] == "second_person"
    for who, status in (("worker", 403), ("supervisor", 403), ("admin", 201)):
        assert (await answer(plant, opened, "upheld", who)).status_code == status
    assert (await answer(plant, opened, "upheld")).json()["code"] == "second_person"


async def test_only_the_worker_disputes_and_replies(plant: Plant, taken: Any) -> None:
    for who in ("colleague", "supervisor", "payroll"):
        assert (await dispute(plant, taken["id"], who)).status_code == 404
    opened = (await dispute(plant, taken["id"])).json()
    for who in ("colleague", "admin"):
        assert (await reply(plant, opened, "withdrawn", who)).status_code == 404
    assert (await plant.get("colleague", f"/v1/pay-disputes/{opened['id']}")).status_code == 404
    for who in ("worker", "payroll", "admin"):
        assert (await plant.get(who, f"/v1/pay-disputes/{opened['id']}")).json() == opened


async def test_one_dispute_about_a_line_runs_at_a_time(plant: Plant, taken: Any) -> None:
    first = (await dispute(plant, taken["id"])).json()
    again = await dispute(plant, taken["id"], id=first["id"])
    assert (again.status_code, again.json()) == (201, first)
    assert (await dispute(plant, taken["id"])).json()["code"] == "dispute_running"
    await reply(plant, first, "withdrawn")
    assert (await dispute(plant, taken["id"])).status_code == 201


async def test_lists_show_what_still_runs(plant: Plant, taken: Any) -> None:
    opened = (await dispute(plant, taken["id"])).json()

    async def listed(query: str = "") -> list[str]:
        return [one["id"] for one in (await plant.get("payroll", f"/v1/pay-disputes{query}")).json()["items"]]

    assert await listed("?open=true") == [opened["id"]]
    await answer(plant, opened, "granted")
    assert (await listed("?open=true"), await listed()) == ([], [opened["id"]])
    assert [one["state"] for one in (await plant.get("worker", "/v1/me/pay-disputes")).json()["items"]] == ["settled"]


async def test_time_that_was_not_paid_can_be_disputed(plant: Plant) -> None:
    await learned(plant, "worker", -20, -10)
    (one,) = (await plant.get("worker", "/v1/me/pay-time")).json()["exceptions"]
    body = {"outcome": "not_paid", "reason": "Nobody asked for it"}
    await plant.post("supervisor", f"/v1/pay-exceptions/{one['id']}/decisions", body)
    opened = await dispute(plant, None, exception_id=one["id"])
    assert opened.status_code == 201, opened.text
    assert (await answer(plant, opened.json(), "granted")).json()["state"] == "settled"
    mine = (await plant.get("worker", "/v1/me/pay-time")).json()
    assert (mine["seconds"], mine["uncredited"]) == (600, [])


async def test_silence_escalates_and_settles(plant: Plant, taken: Any, clock: ManualClock) -> None:
    opened = (await dispute(plant, taken["id"])).json()
    clock.at += timedelta(days=13, hours=23)
    await move_disputes(plant.runtime)
    assert (await plant.get("worker", f"/v1/pay-disputes/{opened['id']}")).json()["state"] == "open"
    clock.at += timedelta(hours=1)
    for _ in range(2):
        await move_disputes(plant.runtime)
    assert (await plant.get("worker", f"/v1/pay-disputes/{opened['id']}")).json()["state"] == "escalated"
    assert (await answer(plant, opened, "upheld")).json()["state"] == "settled"


async def test_an_unanswered_answer_settles(plant: Plant, taken: Any, clock: ManualClock) -> None:
    opened = (await dispute(plant, taken["id"])).json()
    await answer(plant, opened, "upheld")
    clock.at += timedelta(days=14)
    await move_disputes(plant.runtime)
    shown = (await plant.get("worker", f"/v1/pay-disputes/{opened['id']}")).json()
    assert (shown["state"], shown["steps"][-1]["step"]) == ("settled", "lapsed")


async def test_after_ninety_days_it_is_too_late(plant: Plant, taken: Any, clock: ManualClock) -> None:
    clock.at += timedelta(days=91)
    assert (await dispute(plant, taken["id"])).json()["code"] == "dispute_too_late"


@given(st.lists(st.sampled_from(list(Step)), max_size=8))
def test_no_path_leads_on_from_the_end(steps: list[Step]) -> None:
    path: list[Step] = []
    for step in steps:
        try:
            state = after([*path, step])
        except ImpossibleStep:
            continue
        assert not path or after(path) is not DisputeState.SETTLED
        path.append(step)
        assert path[0] is Step.OPENED
        assert path.count(Step.ESCALATED) <= 1
        assert state in DisputeState


async def waiting(plant: Plant) -> Any:
    """Ten minutes of the worker's after the shift, which wait for a decision."""
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
    await learned(plant, "worker", 500, 510)
    (found,) = (await plant.get("payroll", "/v1/pay-exceptions?open=true")).json()["items"]
    return found


async def test_granting_what_waits_for_a_decision_is_the_decision(plant: Plant) -> None:
    found = await waiting(plant)
    opened = (await dispute(plant, None, exception_id=found["id"])).json()
    assert (await answer(plant, opened, "granted")).status_code == 201
    assert await net(plant) == 600
    (ended,) = (await plant.get("payroll", "/v1/pay-exceptions")).json()["items"]
    assert (ended["outcome"], ended["outcome_reason"], ended["decided_by"]) == ("pay", "We looked", str(plant.people["admin"]))
    assert (await plant.get("payroll", "/v1/pay-exceptions?open=true")).json()["items"] == []
    body = {"outcome": "not_paid", "reason": "Not seen"}
    decided = await plant.post("payroll", f"/v1/pay-exceptions/{found['id']}/decisions", body)
    assert (decided.status_code, decided.json()["code"]) == (409, "already_decided")


async def test_who_decided_not_to_pay_does_not_answer(plant: Plant) -> None:
    found = await waiting(plant)
    body = {"outcome": "not_paid", "reason": "Not seen"}
    assert (await plant.post("payroll", f"/v1/pay-exceptions/{found['id']}/decisions", body)).status_code == 201
    (shown,) = (await plant.get("worker", "/v1/me/pay-time")).json()["exceptions"]
    assert (shown["outcome_reason"], shown["decided_by"]) == ("Not seen", str(plant.people["payroll"]))
    opened = (await dispute(plant, None, exception_id=found["id"])).json()
    assert (await answer(plant, opened, "upheld", "payroll")).json()["code"] == "second_person"
    assert (await answer(plant, opened, "granted", "admin")).json()["state"] == "settled"
    assert await net(plant) == 600
