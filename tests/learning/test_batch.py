"""Results made offline take effect once, for ever, and one bad item never blocks the others."""

import asyncio
from datetime import timedelta
from typing import Any

from app.core.clock import ManualClock
from app.core.ids import new_id
from tests.learning.builders import School, instant, module_result, quiz_result, run_result


async def test_a_batch_is_graded_and_paid(school: School) -> None:
    verdicts = await school.upload("worker", module_result(), quiz_result(right=1), run_result())
    assert [v["verdict"] for v in verdicts] == ["created"] * 3
    assert [(v["status"], v["score"], v["passed"]) for v in verdicts] == [
        ("completed", 100, None), ("completed", 33, False), ("completed", None, None),
    ]  # fmt: skip
    assert [v["paid_seconds"] for v in verdicts] == [180, 120, 120]
    assert await school.paid() == 420


async def test_the_same_batch_again_answers_the_same_and_pays_nothing(school: School) -> None:
    batch = [module_result(), quiz_result()]
    first = await school.upload("worker", *batch)
    again = await school.upload("worker", *reversed(batch))
    assert [v["verdict"] for v in again] == ["exists"] * 2
    assert [{**v, "verdict": "created"} for v in reversed(again)] == first
    assert await school.paid() == 300


async def test_eight_clients_sending_the_same_batch_at_once_store_each_result_once(school: School) -> None:
    batch = [quiz_result(start=-100 + 3 * n) for n in range(12)]

    answers = await asyncio.gather(*(send(school, "worker", *batch) for _ in range(8)))
    for place in range(len(batch)):
        seen = sorted(answer[place]["verdict"] for answer in answers)
        assert seen == ["created"] + ["exists"] * 7
    assert await school.count("select count(*) from attempt") == 12
    assert await school.paid() == 12 * 120
    assert await school.count("select count(*) from event where type = 'attempt.completed'") == 12


async def send(school: School, who: str, *items: dict[str, Any]) -> list[dict[str, Any]]:
    """Upload as a device does: again while it is told to."""
    for _ in range(10):
        answer = await school.plant.post(who, "/v1/attempt-batches", {"items": list(items)})
        if answer.status_code == 200:
            found: list[dict[str, Any]] = answer.json()["items"]
            return found
        assert (answer.status_code, answer.json()["code"]) == (503, "try_again"), answer.text
    raise AssertionError("never taken")


async def test_two_people_racing_for_one_id_are_paid_once(school: School) -> None:
    for round_ in range(6):
        batch = [quiz_result(start=-100 + 10 * round_ + 3 * n) for n in range(3)]
        answers = await asyncio.gather(*(send(school, who, *batch) for who in ("worker", "colleague") * 2))
        for place in range(3):
            verdicts = sorted(answer[place]["verdict"] for answer in answers)
            assert verdicts == ["conflict", "conflict", "created", "exists"]
    assert await school.paid() + await school.paid("colleague") == 6 * 3 * 120
    assert await school.count("select count(*) from attempt") == 18


async def test_different_results_racing_under_one_id_leave_one(school: School) -> None:
    for round_ in range(6):
        first = quiz_result(start=-100 + 10 * round_, right=3)
        others = [{**first, "finished_at": instant(-100 + 10 * round_ + minutes)} for minutes in (1, 3, 4)]
        answers = await asyncio.gather(*(send(school, "worker", each) for each in (first, *others)))
        assert sorted(answer[0]["verdict"] for answer in answers) == ["conflict"] * 3 + ["created"]
        assert len({answer[0]["paid_seconds"] for answer in answers}) == 1
    assert await school.count("select count(*) from attempt") == 6
    assert await school.count("select count(*) from attempt_conflict") == 18
    assert await school.count("select sum(paid_seconds) from attempt") == await school.paid()


async def test_finishing_online_and_by_upload_at_once_has_one_effect(school: School, clock: ManualClock) -> None:
    for _ in range(5):
        attempt_id = str(new_id())
        await school.plant.post("worker", "/v1/attempts", {"id": attempt_id, "kind": "quiz", "key": "stop-quiz"})
        clock.advance(timedelta(minutes=2))
        result = quiz_result(id=attempt_id, start=0, minutes=1)
        finish = {"answers": result["answers"]}
        online, upload = await asyncio.gather(
            school.plant.post("worker", f"/v1/attempts/{attempt_id}/finish", finish), send(school, "worker", result)
        )
        assert online.status_code == 200 or online.json()["code"] == "try_again", online.text
        assert upload[0]["verdict"] in ("created", "conflict")
    assert await school.count("select count(*) from event where type = 'attempt.completed'") == 5
    assert await school.count("select sum(paid_seconds) from attempt") == await school.paid()


async def test_another_result_under_a_known_id_is_a_conflict_and_kept(school: School) -> None:
    first = quiz_result(right=1)
    await school.upload("worker", first)
    second = {**first, "answers": quiz_result(id=first["id"], right=3)["answers"]}
    for _ in range(2):
        (verdict,) = await school.upload("worker", second)
        assert (verdict["verdict"], verdict["score"]) == ("conflict", 33)
    assert await school.count("select count(*) from attempt_conflict") == 1
    assert await school.paid() == 120


async def test_an_id_of_a_colleague_is_a_conflict_that_tells_nothing(school: School) -> None:
    mine = quiz_result()
    await school.upload("worker", mine)
    (verdict,) = await school.upload("colleague", mine)
    assert verdict["verdict"] == "conflict"
    assert verdict["score"] is None and verdict["paid_seconds"] is None
    assert await school.paid("colleague") == 0


async def test_an_id_twice_in_one_batch_counts_once(school: School) -> None:
    once = quiz_result()
    other = {**once, "finished_at": instant(-19)}
    verdicts = await school.upload("worker", once, once, other)
    assert [v["verdict"] for v in verdicts] == ["created", "exists", "conflict"]
    assert await school.paid() == 120


async def test_each_bad_item_says_where_and_why(school: School) -> None:
    bad: list[tuple[dict[str, Any], str, str]] = [
        (quiz_result(hash="0" * 64), "unknown_content", "/hash"),
        (module_result(key="stop-quiz"), "unknown_content", "/hash"),
        (quiz_result(answers={"nothing": ["right"]}), "unknown_item", "/answers/nothing"),
        (module_result(cards=["why"]), "cards_missing", "/cards"),
        (module_result(cards=["why", "check", "none"]), "unknown_card", "/cards/2"),
        (run_result(items={"tires": {"state": "done"}}), "item_missing", "/items/forks"),
        (run_result(answers={"tires": ["done"]}), "not_applicable", "/answers"),
        (quiz_result(start=6), "in_the_future", "/finished_at"),
        (quiz_result(start=-60 * 24 * 46), "too_old", "/started_at"),
        (quiz_result(minutes=-1), "ends_before_start", "/finished_at"),
    ]
    verdicts = await school.upload("worker", *(item for item, _, _ in bad), module_result())
    assert verdicts[-1]["verdict"] == "created"
    for place, (verdict, (_, code, pointer)) in enumerate(zip(verdicts, bad, strict=False)):
        assert verdict["verdict"] == "rejected", verdict
        assert (verdict["errors"][0]["code"], verdict["errors"][0]["pointer"]) == (code, f"#/items/{place}{pointer}")


async def test_unreadable_items_are_rejected_beside_good_ones(school: School) -> None:
    good = module_result()
    nameless = {name: value for name, value in quiz_result().items() if name != "id"}
    broken: list[Any] = [7, None, {}, nameless, {**quiz_result(), "more": 1}, {**quiz_result(), "started_at": 5}]
    verdicts = await school.upload("worker", *broken[:3], good, *broken[3:])
    assert [v["verdict"] for v in verdicts] == ["rejected"] * 3 + ["created"] + ["rejected"] * 3
    assert verdicts[4]["id"] is None and verdicts[5]["id"] is not None
    assert verdicts[6]["errors"][0]["pointer"] == "#/items/6/started_at"


async def test_a_batch_that_is_none_is_refused_as_a_whole(school: School) -> None:
    bodies: list[Any] = [{}, {"items": []}, {"items": {}}, {"items": [module_result()] * 201}, [], {"items": [1], "other": 2}]
    for body in bodies:
        answer = await school.plant.post("worker", "/v1/attempt-batches", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
    answer = await school.plant.call(
        "worker", "POST", "/v1/attempt-batches", content=b"items=1", headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 415


async def test_an_interrupted_result_is_paid_and_not_graded(school: School) -> None:
    (verdict,) = await school.upload("worker", quiz_result(outcome="interrupted", reason="production_called", answers={}))
    assert (verdict["status"], verdict["score"], verdict["paid_seconds"]) == ("interrupted", None, 120)
    assert await school.count("select count(*) from event where type like 'quiz.%'") == 0


async def test_a_phone_left_open_is_paid_up_to_the_cap(school: School) -> None:
    (verdict,) = await school.upload("worker", module_result(start=-60, minutes=55))
    assert verdict["paid_seconds"] == 2 * 180 + 60


async def test_a_clock_a_little_ahead_costs_nobody_a_second(school: School) -> None:
    (verdict,) = await school.upload("worker", module_result(start=1, minutes=3), sent_at=instant(4))
    assert verdict["paid_seconds"] == 180
    assert await school.count("select skew_seconds from attempt") == 240


async def test_overlapping_results_are_all_stored_and_no_second_is_paid_twice(school: School) -> None:
    verdicts = await school.upload("worker", module_result(-10, 3), quiz_result(-9, 2), module_result(-10, 3))
    assert [v["verdict"] for v in verdicts] == ["created"] * 3
    assert sum(v["paid_seconds"] for v in verdicts) == 180
    assert await school.count("select count(*) from attempt") == 3


async def test_the_end_of_an_online_attempt_may_come_by_upload(school: School, clock: ManualClock) -> None:
    attempt_id = str(new_id())
    body = {"id": attempt_id, "kind": "module", "key": "stop-the-line"}
    assert (await school.plant.post("worker", "/v1/attempts", body)).status_code == 201
    clock.advance(timedelta(minutes=30))
    (verdict,) = await school.upload("worker", module_result(id=attempt_id, start=-1, minutes=4))
    assert (verdict["verdict"], verdict["seconds"], verdict["paid_seconds"]) == ("created", 240, 240)
    (again,) = await school.upload("worker", module_result(id=attempt_id, start=-1, minutes=4))
    assert again["verdict"] == "exists"
