"""The live floor over HTTP: windows open, go on and close now; people are asked, answer, and are called back."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from app.core.access import Caller
from app.core.clock import ManualClock
from app.core.errors import AppError
from app.core.ids import new_id
from app.core.jobs import TASKS
from app.planning import service
from tests.downtime.plants import pattern_body
from tests.paytime.builders import add_shift, add_worker, pause
from tests.planning.builders import NOW, Line, instant

Window = dict[str, Any]


async def open_now(line: Line, window_id: Any = None, who: str = "supervisor", **body: Any) -> httpx.Response:
    given = {"work_center_id": str(line.plant.line_id), "kind": "changeover", "minutes": 10, "max_learners": 2, **body}
    given = {name: value for name, value in given.items() if value is not None}
    return await line.plant.post(who, f"/v1/windows/{window_id or new_id()}/opening", given)


async def opened(line: Line, **body: Any) -> Window:
    answer = await open_now(line, **body)
    assert answer.status_code == 201, answer.text
    found: Window = answer.json()
    return found


async def close_now(line: Line, window: Window, **body: Any) -> httpx.Response:
    given = {"work_center_id": str(line.plant.line_id), **body}
    return await line.plant.post("supervisor", f"/v1/windows/{window['id']}/closing", given)


async def offers(line: Line, who: str = "worker") -> list[dict[str, Any]]:
    answer = await line.plant.get(who, "/v1/me/offers")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def accept(line: Line, who: str = "worker", offer: dict[str, Any] | None = None) -> httpx.Response:
    given = offer or (await offers(line, who))[0]
    return await line.plant.post(who, f"/v1/learning-offers/{given['id']}/acceptance")


async def now_of(line: Line, who: str = "worker") -> dict[str, Any]:
    found: dict[str, Any] = (await line.plant.get(who, "/v1/me/now")).json()
    return found


async def test_a_window_opens_and_those_who_may_leave_are_asked(line: Line) -> None:
    await line.assign()
    window = await opened(line)
    assert (window["starts_at"], window["expected_ends_at"], window["cause"]) == (instant(0), instant(10), "button")
    people = {str(line.plant.people[who]) for who in ("worker", "colleague")}
    assert {one["worker_id"] for one in window["offers"]} == people
    (mine,) = await offers(line)
    assert (mine["key"], mine["seconds"], mine["expires_at"], mine["until"]) == ("stop-the-line", 180, instant(1.5), instant(10))
    assert mine["title"]["es"] == "Stop the line (es)"
    seen = await now_of(line)
    assert (seen["may_learn"], seen["window"]["id"], seen["seconds_at_hand"]) == (True, window["id"], 600)
    assert [kind for kind, _ in await line.events("window.opened")] == ["window.opened"]


async def test_nobody_is_asked_in_time_they_were_promised_nor_up_to_its_last_minute(line: Line) -> None:
    await line.assign()
    for who, start in (("worker", 0), ("colleague", 2)):
        time = {"worker_id": str(line.plant.people[who]), "starts_at": instant(start), "ends_at": instant(start + 30)}
        made = await line.plant.post("supervisor", "/v1/protected-blocks", {"id": str(new_id()), **time})
        assert made.status_code == 201, made.text
    # The colleague's time begins in two minutes, too soon for a module of three.
    assert (await opened(line))["offers"] == []


async def test_a_window_kept_free_for_protected_time_asks_nobody(line: Line) -> None:
    await line.assign()
    for kind in ("protected", "shadowing"):
        window = await opened(line, kind=kind)
        assert window["offers"] == []
        assert (await now_of(line))["may_learn"] is False
        assert (await close_now(line, window)).status_code == 201


async def test_a_mapped_window_does_not_open_as_one_of_its_own(line: Line) -> None:
    pattern = pattern_body(line.plant, minutes=10)
    assert (await line.plant.post("supervisor", "/v1/window-patterns", pattern)).status_code == 201
    span = {"from": instant(0), "to": instant(1440), "work_center_id": str(line.plant.line_id)}
    found = (await line.plant.get("supervisor", "/v1/windows", params=span)).json()["items"]
    answer = await open_now(line, window_id=found[0]["id"])
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/pattern_starts_at")
    assert (await line.plant.get("supervisor", "/v1/windows", params=span)).json()["items"] == found


async def test_an_accepted_offer_holds_a_place_and_begins_a_block(line: Line) -> None:
    await line.assign()
    window = await opened(line)
    taken = await accept(line)
    assert taken.status_code == 201, taken.text
    assert (taken.json()["status"], await offers(line)) == ("accepted", [])
    (block,) = await line.mine()
    assert (block["id"], block["window_id"], block["plan_id"]) == (taken.json()["block_id"], window["id"], None)
    assert (block["starts_at"], block["ends_at"]) == (instant(0), instant(3))
    cover = await line.plant.get("supervisor", "/v1/coverage", params={"work_center_id": str(line.plant.line_id)})
    assert cover.json()["items"][0]["learning"] == 1
    again = await accept(line, offer=taken.json())
    assert (again.status_code, again.json()["block_id"]) == (201, block["id"])
    assert len(await line.mine()) == 1


async def test_no_more_are_asked_than_may_leave_and_the_next_after_a_decline(line: Line) -> None:
    await line.assign(workers=[str(line.plant.people[who]) for who in ("worker", "colleague", "third")])
    window = await opened(line, max_learners=5)
    assert len(window["offers"]) == 2
    asked = {one["worker_id"]: one for one in window["offers"]}
    (left,) = {str(line.plant.people[who]) for who in ("worker", "colleague", "third")} - set(asked)
    first = next(who for who, known in line.plant.people.items() if str(known) in asked)
    (own,) = await offers(line, first)
    answer = await line.plant.post(first, f"/v1/learning-offers/{own['id']}/decline")
    assert (answer.status_code, answer.json()["status"]) == (201, "declined")
    last = next(who for who, known in line.plant.people.items() if str(known) == left)
    assert len(await offers(line, last)) == 1
    assert await offers(line, first) == []
    assert (await accept(line, first, own)).json()["code"] == "offer_answered"


async def test_an_offer_that_nobody_answers_lapses_and_somebody_else_is_asked(line: Line, clock: ManualClock) -> None:
    await line.assign()
    window = await opened(line, max_learners=1)
    (first,) = window["offers"]
    who = "worker" if first["worker_id"] == str(line.plant.people["worker"]) else "colleague"
    other = "colleague" if who == "worker" else "worker"
    (given,) = await offers(line, who)
    clock.at = NOW + timedelta(seconds=91)
    assert await offers(line, who) == []
    assert (await accept(line, who, given)).json()["code"] == "offer_lapsed"
    args = {"organization_id": str(line.plant.organization_id), "window_id": window["id"]}
    for _ in range(2):
        await TASKS["planning.ask_next"].handler(line.plant.runtime, **args)
    assert len(await offers(line, other)) == 1
    assert [kind for kind, _ in await line.events("learning_offer.lapsed")] == ["learning_offer.lapsed"]
    assert (await accept(line, other)).status_code == 201


async def test_production_calls_back_and_learning_pauses(line: Line, clock: ManualClock) -> None:
    await line.assign()
    window = await opened(line)
    assert (await accept(line)).status_code == 201
    clock.at = NOW + timedelta(seconds=60)
    closed = await close_now(line, window)
    assert closed.status_code == 201, closed.text
    assert (closed.json()["ended_by"], closed.json()["closed_at"]) == ("production", instant(1))
    assert await line.mine() == []
    assert await offers(line, "colleague") == []
    seen = await now_of(line)
    assert (seen["may_learn"], seen["hold"], seen["window"]) == (False, "no_window", None)
    kinds = [kind for kind, _ in await line.events("learning_")]
    assert kinds.count("learning_block.paused") == kinds.count("learning_offer.withdrawn") == 1
    assert (await accept(line, "colleague", window["offers"][0])).status_code == 404
    for _ in range(2):
        assert (await close_now(line, window)).json()["closed_at"] == instant(1)
    outcome = await line.plant.get(
        "supervisor",
        "/v1/window-outcomes",
        params={"work_center_id": str(line.plant.line_id), "from": instant(-60), "to": instant(60)},
    )
    (found,) = outcome.json()["items"]
    assert (found["usable_seconds"], found["planned_seconds"], found["used_seconds"], found["held"]) == (60, 180, 0, False)


async def test_what_was_cut_is_placed_again_in_what_is_planned(line: Line, clock: ManualClock) -> None:
    await line.window(120, 10)
    await line.assign(kind="checklist", key="truck-check", workers=[str(line.plant.people["third"])])
    await line.published()
    await line.assign()
    window = await opened(line)
    assert (await accept(line)).status_code == 201
    clock.at = NOW + timedelta(seconds=60)
    closed = (await close_now(line, window)).json()
    (block,) = await line.mine()
    assert [one["block_id"] for one in closed["replan"]["moved"]] == [block["id"]]
    assert block["starts_at"] == instant(120)


async def test_a_changeover_that_comes_early_asks_those_first_who_had_a_place(line: Line) -> None:
    planned = await line.window(60, 10, max_learners=1)
    await line.assign()
    await line.published()
    (had,) = [who for who in ("worker", "colleague") if await line.mine(who)]
    early = await opened(line, window_id=planned, pattern_starts_at=instant(60), minutes=None, max_learners=None)
    assert (early["starts_at"], early["expected_ends_at"], early["max_learners"]) == (instant(0), instant(10), 1)
    assert [one["worker_id"] for one in early["offers"]] == [str(line.plant.people[had])]


async def test_an_extension_moves_the_end_and_asks_more(line: Line, clock: ManualClock) -> None:
    await line.assign()
    window = await opened(line, minutes=2)
    assert window["offers"] == []
    path, body = f"/v1/windows/{window['id']}/extension", {"work_center_id": str(line.plant.line_id), "minutes": 8}
    clock.at = NOW + timedelta(seconds=60)
    longer = await line.plant.post("supervisor", path, body)
    assert longer.status_code == 201, longer.text
    assert (longer.json()["expected_ends_at"], len(longer.json()["offers"])) == (instant(9), 2)
    assert (await now_of(line))["window"]["ends_at"] == instant(9)
    clock.at = NOW + timedelta(minutes=9)
    assert (await line.plant.post("supervisor", path, body)).json()["code"] == "window_over"


async def test_an_extension_into_a_break_that_leaves_the_line_short_is_refused(line: Line) -> None:
    await line.run("delete from shift where organization_id = :organization_id and worker_id = :w", w=line.plant.people["third"])
    async with line.plant.write() as tx:
        await add_shift(tx, line.plant, "third", 0, 480, pause(192, 210))
    await line.assign()
    window = await opened(line)
    assert len(window["offers"]) == 2
    for who in ("worker", "colleague"):
        assert (await accept(line, who)).status_code == 201
    path = f"/v1/windows/{window['id']}/extension"
    longer = await line.plant.post("supervisor", path, {"work_center_id": str(line.plant.line_id), "minutes": 20})
    assert (longer.status_code, longer.json()["code"]) == (409, "coverage_minimum")
    shorter = await line.plant.post("supervisor", path, {"work_center_id": str(line.plant.line_id), "minutes": 12})
    assert shorter.status_code == 201


async def test_one_window_is_open_at_a_line_whoever_presses_first(line: Line) -> None:
    answers = await asyncio.gather(*(open_now(line) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"window_open"}
    assert len(await line.events("window.opened")) == 1


async def test_a_window_whose_time_is_over_is_closed_and_the_next_may_open(line: Line, clock: ManualClock) -> None:
    window = await opened(line, minutes=5)
    clock.at = NOW + timedelta(minutes=6)
    args = {"organization_id": str(line.plant.organization_id), "window_id": window["id"]}
    for _ in range(2):
        await TASKS["planning.end_window"].handler(line.plant.runtime, **args)
    assert len(await line.events("window.closed")) == 1
    assert (await opened(line))["starts_at"] == instant(6)


async def test_only_supervisors_of_the_line_act_on_it(line: Line) -> None:
    for who, status in (
        ("worker", 403),
        ("payroll", 403),
        ("line_supervisor", 404),
        ("other_supervisor", 404),
        ("integration", 201),
    ):
        assert (await open_now(line, who=who)).status_code == status, who
    stranger = await line.plant.post("colleague", f"/v1/learning-offers/{new_id()}/acceptance")
    assert stranger.status_code == 404


async def test_nobody_is_asked_in_a_blackout_or_for_what_does_not_fit(line: Line) -> None:
    await line.assign()
    body = {"work_center_id": str(line.plant.line_id), "starts_at": instant(2), "ends_at": instant(60), "reason": "audit"}
    assert (await line.plant.post("supervisor", "/v1/blackouts", body)).status_code == 201
    assert (await opened(line))["offers"] == []


async def test_many_acceptors_never_leave_the_line_short(line: Line) -> None:
    """Twelve are asked together; then eight go home, and all answer at the same instant."""
    async with line.plant.write() as tx:
        for number in range(12):
            await add_worker(tx, line.plant, f"extra{number}")
            await add_shift(tx, line.plant, f"extra{number}")
    extra = [f"extra{number}" for number in range(12)]
    await line.assign(workers=[str(line.plant.people[who]) for who in extra])
    await line.run("update work_center set minimum_staying = 3 where organization_id = :organization_id and code = 'L1'")
    window = await opened(line, max_learners=12)
    assert len(window["offers"]) == 12
    gone = [line.plant.people[who] for who in ("worker", "colleague", "third", *extra[:5])]
    await line.run(
        "update shift set status = 'cancelled' where organization_id = :organization_id and worker_id = any(:gone)", gone=gone
    )

    async def seat(offer: dict[str, Any]) -> str:
        who = UUID(offer["worker_id"])
        caller = Caller(line.plant.organization_id, who, "person", worker_id=who)
        try:
            async with line.plant.runtime.database.write(line.plant.organization_id, caller) as tx:
                await service.accept_offer(tx, UUID(offer["id"]))
        except AppError as error:
            return error.code
        return "accepted"

    answers = await asyncio.gather(*(seat(offer) for offer in window["offers"]))
    assert answers.count("accepted") == 4, answers
    assert set(answers) == {"accepted", "coverage_minimum", "not_here"}
    cover = await line.plant.get("supervisor", "/v1/coverage", params={"work_center_id": str(line.plant.line_id)})
    step = cover.json()["items"][0]
    assert (step["present"], step["learning"], step["headroom"], step["short"]) == (7, 4, 0, [])
