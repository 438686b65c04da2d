"""Checklists are worked through with what was found, and not finished while something required is missing."""

from datetime import timedelta
from typing import Any

from app.core.clock import ManualClock
from app.core.ids import new_id
from tests.learning.builders import FOUND, School, run_result


async def start(school: School) -> str:
    run_id = str(new_id())
    answer = await school.plant.post("worker", "/v1/checklist-runs", {"id": run_id, "key": "truck-check"})
    assert answer.status_code == 201, answer.text
    assert [item["id"] for item in answer.json()["checklist"]["items"]] == ["tires", "forks", "horn"]
    return f"/v1/checklist-runs/{run_id}"


async def test_a_run_is_finished_when_everything_required_was_found(school: School, clock: ManualClock) -> None:
    path = await start(school)
    missing = await school.plant.post("worker", f"{path}/finish", {"items": {"forks": {"state": "done"}}})
    assert missing.status_code == 422
    assert [(e["pointer"], e["code"]) for e in missing.json()["errors"]] == [
        ("#/items/tires", "item_missing"), ("#/items/forks/photo", "photo_missing"),
    ]  # fmt: skip
    kept = await school.plant.call("worker", "PUT", f"{path}/items", json={"items": {"tires": {"state": "done", "note": "worn"}}})
    assert kept.json()["answered"] == 1
    clock.advance(timedelta(seconds=80))
    done = await school.plant.post(
        "worker", f"{path}/finish", {"items": {"forks": {"state": "done", "photo": "https://photos.example/1.jpg"}}}
    )
    result = done.json()
    assert (result["status"], result["paid_seconds"], result["items"]["tires"]["note"]) == ("completed", 80, "worn")
    assert await school.count("select count(*) from event where type = 'checklist.completed'") == 1


async def test_what_does_not_apply_needs_a_word_why(school: School) -> None:
    path = await start(school)
    items: dict[str, Any] = {**FOUND, "tires": {"state": "na"}}
    assert (await school.plant.post("worker", f"{path}/finish", {"items": items})).status_code == 422
    items["tires"] = {"state": "na", "note": "a pallet jack has none"}
    assert (await school.plant.post("worker", f"{path}/finish", {"items": items})).status_code == 200


async def test_a_required_item_that_was_not_done_keeps_the_run_open(school: School) -> None:
    path = await start(school)
    items = {**FOUND, "tires": {"state": "not_done"}}
    assert (await school.plant.post("worker", f"{path}/finish", {"items": items})).status_code == 422
    left = await school.plant.post("worker", f"{path}/finish", {"items": items, "outcome": "interrupted"})
    assert (left.json()["status"], left.json()["reason"]) == ("interrupted", "other")
    assert (await school.plant.get("worker", path)).json()["items"]["tires"]["state"] == "not_done"


async def test_odd_findings_are_refused(school: School) -> None:
    path = await start(school)
    for item in ({"state": "maybe"}, {"state": "done", "photo": "http://plain.example/1"}, {"state": "done", "note": "x" * 1001}):
        answer = await school.plant.call("worker", "PUT", f"{path}/items", json={"items": {"tires": item}})
        assert answer.status_code == 422, item
    unknown = await school.plant.call("worker", "PUT", f"{path}/items", json={"items": {"wings": {"state": "done"}}})
    assert unknown.json()["errors"][0]["pointer"] == "#/items/wings"


async def test_a_whole_run_may_come_by_upload(school: School) -> None:
    bad = run_result(items={**FOUND, "forks": {"state": "done"}})
    rejected, created = await school.upload("worker", bad, run_result())
    assert [e["pointer"] for e in rejected["errors"]] == ["#/items/0/items/forks/photo"]
    assert (created["verdict"], created["paid_seconds"]) == ("created", 120)
    (mended,) = await school.upload("worker", {**bad, "items": FOUND})
    assert mended["verdict"] == "created"
