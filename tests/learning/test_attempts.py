"""Learning online: the key stays on the server until the work is in, and time is the server's."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.catalog import service as catalog
from app.core.clock import ManualClock
from app.core.ids import new_id
from app.learning.domain.values import Work
from app.learning.jobs import expire_attempts
from app.learning.store import attempts as store
from tests.learning.builders import HASHES, MODULE, PACK, SECRET, School, drawn, text


async def start(school: School, kind: str = "quiz", key: str = "stop-quiz", who: str = "worker", **more: Any) -> dict[str, Any]:
    answer = await school.plant.post(who, "/v1/attempts", {"id": str(new_id()), "kind": kind, "key": key, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def finish(school: School, attempt: dict[str, Any], **body: Any) -> httpx.Response:
    return await school.plant.post("worker", f"/v1/attempts/{attempt['id']}/finish", body)


def right(attempt: dict[str, Any]) -> dict[str, list[str]]:
    return {name: ["right"] for name in drawn(attempt["id"])}


@pytest.mark.parametrize(("kind", "key"), [("quiz", "stop-quiz"), ("module", "stop-the-line")])
async def test_no_byte_of_an_open_attempt_gives_the_key_away(school: School, kind: str, key: str) -> None:
    attempt_id = str(new_id())
    body = {"id": attempt_id, "kind": kind, "key": key}
    served = [await school.plant.post("worker", "/v1/attempts", body)]
    saved = {"answers": {drawn(attempt_id)[0] if kind == "quiz" else "first-step": ["wrong"]}}
    served.append(await school.plant.call("worker", "PUT", f"/v1/attempts/{attempt_id}/answers", json=saved))
    served.append(await school.plant.get("worker", f"/v1/attempts/{attempt_id}"))
    served.append(await school.plant.get("worker", "/v1/me/attempts"))
    # Called away: it was never submitted, so the items may be asked again.
    served.append(await finish(school, body, outcome="interrupted", reason="production_called"))
    for answer in served:
        assert answer.status_code in (200, 201), answer.text
        assert SECRET not in answer.text
        assert "correct" not in answer.text and "feedback" not in answer.text and "rationale" not in answer.text
    shown = served[0].json()
    assert shown["review"] == [] and (shown["questions"] or shown["module"]["cards"])


async def test_a_finished_quiz_tells_the_score_and_why(school: School, clock: ManualClock) -> None:
    attempt = await start(school)
    assert attempt["hash"] == HASHES["stop-quiz"] and [q["item"] for q in attempt["questions"]] == drawn(attempt["id"])
    clock.advance(timedelta(seconds=95))
    first, *others = drawn(attempt["id"])
    answer = await finish(school, attempt, answers={first: ["wrong"], **{name: ["right"] for name in others}})
    result = answer.json()
    assert (result["status"], result["score"], result["passed"]) == ("completed", 66, True)
    assert (result["seconds"], result["paid_seconds"]) == (95, 95)
    assert [(r["correct"], r["key"]) for r in result["review"]] == [(False, ["right"]), (True, ["right"]), (True, ["right"])]
    assert result["review"][0]["rationale"] == f"{SECRET} {first}"
    again = await finish(school, attempt)
    assert again.json() == result
    assert await school.paid() == 95


async def test_an_attempt_ends_only_once(school: School) -> None:
    attempt = await start(school)
    await finish(school, attempt, outcome="interrupted", reason="safety")
    answer = await finish(school, attempt, answers=right(attempt))
    assert (answer.status_code, answer.json()["code"]) == (409, "attempt_ended")
    kept = await school.plant.call("worker", "PUT", f"/v1/attempts/{attempt['id']}/answers", json={"answers": {}})
    assert (kept.status_code, kept.json()["code"]) == (409, "attempt_ended")


async def test_an_interrupted_attempt_is_paid_for_its_part(school: School, clock: ManualClock) -> None:
    attempt = await start(school, "module", "stop-the-line")
    clock.advance(timedelta(seconds=42))
    result = (await finish(school, attempt, outcome="interrupted", reason="production_called")).json()
    assert (result["status"], result["reason"], result["paid_seconds"]) == ("interrupted", "production_called", 42)
    assert await school.count("select status from progress") == "started"
    assert await school.count("select count(*) from event where type = 'attempt.completed'") == 0


async def test_time_beyond_the_cap_is_not_paid(school: School, clock: ManualClock) -> None:
    attempt = await start(school)
    clock.advance(timedelta(hours=2))
    assert (await finish(school, attempt, answers=right(attempt))).json()["paid_seconds"] == 2 * 120 + 60


async def test_a_module_needs_all_its_cards(school: School) -> None:
    attempt = await start(school, "module", "stop-the-line")
    path = f"/v1/attempts/{attempt['id']}"
    saved = await school.plant.call(
        "worker", "PUT", f"{path}/answers", json={"cards": ["why"], "answers": {"first-step": ["wrong"]}}
    )
    assert (saved.json()["seen"], saved.json()["answered"]) == (1, 1)
    refused = await finish(school, attempt)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/cards")
    taken = (await finish(school, attempt, cards=["check"], answers={"first-step": ["right"]})).json()
    assert (taken["status"], taken["score"], taken["cards"]) == ("completed", 100, ["why", "check"])
    assert len(taken["review"]) == 1


async def test_answers_to_items_that_were_not_asked_are_refused_by_pointer(school: School) -> None:
    attempt = await start(school)
    path = f"/v1/attempts/{attempt['id']}/answers"
    asked = drawn(attempt["id"])[0]
    answer = await school.plant.call("worker", "PUT", path, json={"answers": {"other": ["right"], asked: ["nonsense"]}})
    assert answer.status_code == 422
    assert {(e["pointer"], e["code"]) for e in answer.json()["errors"]} == {
        ("#/answers/other", "unknown_item"), (f"#/answers/{asked}/0", "unknown_choice"),
    }  # fmt: skip


async def test_the_same_id_starts_the_same_attempt(school: School) -> None:
    body = {"id": str(new_id()), "kind": "quiz", "key": "stop-quiz"}
    first = await school.plant.post("worker", "/v1/attempts", body)
    again = await school.plant.post("worker", "/v1/attempts", body)
    assert first.json() == again.json()
    for who, other in (("colleague", body), ("worker", {**body, "kind": "module", "key": "stop-the-line"})):
        taken = await school.plant.post(who, "/v1/attempts", other)
        assert (taken.status_code, taken.json()["code"]) == (409, "attempt_id_taken")


async def test_unknown_content_cannot_be_started(school: School) -> None:
    for kind, key in (("quiz", "nothing"), ("module", "stop-quiz")):
        answer = await school.plant.post("worker", "/v1/attempts", {"id": str(new_id()), "kind": kind, "key": key})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_content")


@pytest.mark.parametrize("who", ["colleague", "supervisor", "admin", "learning_manager"])
async def test_nobody_else_reads_an_attempt(school: School, who: str) -> None:
    attempt = await start(school)
    answers = [
        await school.plant.get(who, f"/v1/attempts/{attempt['id']}"),
        await school.plant.post(who, f"/v1/attempts/{attempt['id']}/finish", {}),
        await school.plant.call(who, "PUT", f"/v1/attempts/{attempt['id']}/answers", json={}),
        await school.plant.get("worker", f"/v1/checklist-runs/{attempt['id']}"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert (await school.plant.get(who, "/v1/me/attempts")).json()["items"] == []


async def test_an_integration_does_not_learn(school: School) -> None:
    assert (await school.plant.get("integration", "/v1/me/attempts")).status_code == 403


async def test_a_learner_reads_their_own_language(school: School) -> None:
    attempt = await start(school, language="es")
    assert all(question["stem"].endswith("(es)") for question in attempt["questions"])


async def test_attempts_are_listed_by_page(school: School) -> None:
    made = [(await start(school))["id"] for _ in range(3)]
    first = (await school.plant.get("worker", "/v1/me/attempts?limit=2")).json()
    rest = (await school.plant.get("worker", f"/v1/me/attempts?limit=2&cursor={first['next_cursor']}")).json()
    assert [row["id"] for row in first["items"] + rest["items"]] == made and rest["next_cursor"] is None


async def test_a_started_assignment_keeps_its_version(school: School, clock: ManualClock) -> None:
    await school.assign()
    attempt = await start(school, "module", "stop-the-line")
    changed = replace(MODULE, title=text("Stop the line, again"))
    async with school.plant.write() as tx:
        await catalog.load_pack(tx, replace(PACK, version="1.0.1", modules=(changed, *PACK.modules[1:])))
    again = await start(school, "module", "stop-the-line")
    other = await start(school, "module", "stop-the-line", who="colleague")
    assert again["hash"] == attempt["hash"] == HASHES["stop-the-line"]
    assert other["module"]["title"] == "Stop the line, again"
    clock.advance(timedelta(minutes=1))
    assert (await finish(school, attempt, cards=["why", "check"])).status_code == 200
    assert (await start(school, "module", "stop-the-line"))["hash"] == other["hash"]


async def test_an_abandoned_attempt_is_closed_and_paid_to_its_last_sign(school: School, clock: ManualClock) -> None:
    attempt = await start(school)
    clock.advance(timedelta(seconds=50))
    await school.plant.call("worker", "PUT", f"/v1/attempts/{attempt['id']}/answers", json={"answers": {}})
    clock.advance(timedelta(hours=73))
    for _ in range(2):
        await expire_attempts(school.plant.runtime)
    found = (await school.plant.get("worker", f"/v1/attempts/{attempt['id']}")).json()
    assert (found["status"], found["reason"], found["paid_seconds"]) == ("interrupted", "expired", 50)
    assert await school.paid() == 50


async def test_facts_are_told_with_the_result(school: School, clock: ManualClock) -> None:
    module, failed = await start(school, "module", "stop-the-line"), await start(school)
    clock.advance(timedelta(seconds=30))
    await finish(school, module, cards=["why", "check"])
    await finish(school, failed)
    told = await school.count(
        "select array_agg(type order by type) from event where type ~ '^(attempt|quiz|checklist)[.]|^module.completed'"
    )
    assert told == ["attempt.completed", "attempt.completed", "module.completed", "quiz.failed"]
    data = await school.count("select data from event where type = 'quiz.failed'")
    assert (data["score"], data["worker_id"]) == (0, str(school.plant.people["worker"]))


async def test_answers_kept_while_the_attempt_ends_are_graded_too(school: School, clock: ManualClock) -> None:
    """A second device's answers are stored but not yet committed when the first one says that the quiz is over."""
    attempt = await start(school)
    clock.advance(timedelta(seconds=60))
    async with school.plant.write() as tx:
        found = await store.locked(tx, UUID(attempt["id"]))
        assert found is not None
        kept = Work(dict.fromkeys(drawn(attempt["id"]), ("right",)))
        await store.save(tx, found.id, kept, tx.now + timedelta(hours=1))
        ending = asyncio.create_task(finish(school, attempt))
        await asyncio.sleep(0.3)
        assert not ending.done()
    result = (await ending).json()
    assert (result["score"], result["passed"]) == (100, True)


async def test_an_attempt_somebody_comes_back_to_does_not_expire(school: School, clock: ManualClock) -> None:
    attempt = await start(school)
    clock.advance(timedelta(hours=73))
    async with school.plant.write() as tx:
        found = await store.locked(tx, UUID(attempt["id"]))
        assert found is not None
        await store.save(tx, found.id, found.work, tx.now + timedelta(hours=1))
        expiring = asyncio.create_task(expire_attempts(school.plant.runtime))
        await asyncio.sleep(0.3)
    await expiring
    assert (await school.plant.get("worker", f"/v1/attempts/{attempt['id']}")).json()["status"] == "open"
