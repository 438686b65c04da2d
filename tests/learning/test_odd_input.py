"""Whatever is sent, the answer is a clear refusal and never our own mistake."""

from typing import Any

import orjson
import pytest

from app.core.ids import new_id
from tests.learning.builders import FOUND, School, instant, module_result, run_result

ODD: list[Any] = [
    None, True, -1, 1.5, 2**63, 1e300, "", " ", "x" * 5000, "\u202e", "'; drop table attempt; --", "=1+1", [], [[]], {}, [None],
    {"": None}, {"a": {"b": []}}, ["x" * 65], "2026-13-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00",
    "1970-01-01T00:00:00Z", "2038-01-19T03:14:08Z", "00000000-0000-0000-0000-000000000000", "urn:uuid:" + "0" * 36,
]  # fmt: skip
MINE = str(new_id())
BODIES: dict[str, dict[str, Any]] = {
    "/v1/attempts": {"id": MINE, "kind": "quiz", "key": "stop-quiz", "language": "en"},
    "/v1/checklist-runs": {"id": MINE, "key": "truck-check", "language": "en"},
    "/v1/assignments": {
        "id": MINE, "kind": "module", "key": "stop-the-line", "mandatory": True, "due_at": instant(99), "priority": 5,
        "workers": [MINE], "crews": [MINE], "job_roles": ["driver"],
    },
    "/v1/attempt-batches": {"sent_at": instant(0), "items": [module_result()]},
    "/v1/attempts/{open}/finish": {"outcome": "completed", "reason": "other", "answers": {"x": ["y"]}, "cards": ["z"]},
    "/v1/checklist-runs/{run}/finish": {"outcome": "interrupted", "reason": "safety", "items": FOUND},
}  # fmt: skip


@pytest.mark.parametrize("path", BODIES)
async def test_odd_values_in_any_field_are_refused_or_taken(school: School, path: str) -> None:
    open_id, run_id = str(new_id()), str(new_id())
    await school.plant.post("worker", "/v1/attempts", {"id": open_id, "kind": "quiz", "key": "stop-quiz"})
    await school.plant.post("worker", "/v1/checklist-runs", {"id": run_id, "key": "truck-check"})
    who = "admin" if path == "/v1/assignments" else "worker"
    body = BODIES[path]
    for field in body:
        for odd in ODD:
            sent = {**body, field: odd}
            answer = await school.plant.call(
                who, "POST", path.format(open=open_id, run=run_id), content=orjson.dumps(sent),
                headers={"Content-Type": "application/json"},
            )  # fmt: skip
            assert answer.status_code < 500, (field, odd, answer.text)
            assert answer.status_code < 400 or answer.json()["code"], answer.text


@pytest.mark.parametrize("make", [module_result, run_result])
async def test_odd_values_in_any_field_of_an_upload_reject_that_item(school: School, make: Any) -> None:
    for field in (*make(), "reason", "outcome", "language", "answers", "cards", "items"):
        for odd in ODD:
            sent = {"items": [{**make(), field: odd}, make()]}
            answer = await school.plant.call(
                "worker", "POST", "/v1/attempt-batches", content=orjson.dumps(sent), headers={"Content-Type": "application/json"}
            )
            assert answer.status_code == 200, (field, odd, answer.text)
            verdicts = answer.json()["items"]
            assert verdicts[1]["verdict"] == "created"
            assert verdicts[0]["verdict"] == "created" or verdicts[0]["errors"][0]["pointer"].startswith("#/items/0")
