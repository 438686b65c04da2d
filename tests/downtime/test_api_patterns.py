"""Mapping a line over HTTP: patterns are added, read, changed and retired within the caller's reach."""

from typing import Any

import pytest
from sqlalchemy import text

from app.core.ids import new_id
from tests.builders import Plant
from tests.downtime.plants import HANDOVER, iso, pattern_body

PATTERNS = "/v1/window-patterns"
EVENTS = text("select type, subject_id, data from event where organization_id = :organization_id order by id")


async def mapped(plant: Plant, **fields: Any) -> dict[str, Any]:
    answer = await plant.post("supervisor", PATTERNS, pattern_body(plant, **fields))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def window_starts(plant: Plant, start: str = "18 00:00", end: str = "19 00:00") -> list[str]:
    path = f"/v1/windows?work_center_id={plant.line_id}&from={iso(start)}&to={iso(end)}"
    return [window["starts_at"][8:16] for window in (await plant.get("supervisor", path)).json()["items"]]


async def test_a_mapped_pattern_is_read_back_and_gives_windows(plant: Plant) -> None:
    made = await mapped(plant, setup_seconds=60, reliability_percent=80)
    answer = await plant.get("supervisor", f"{PATTERNS}/{made['id']}")
    assert (answer.json(), answer.headers["etag"]) == (made, '"v1"')
    assert (made["origin"], made["reliability_percent"], made["anchor"]["weekdays"]) == ("survey", 80, list(range(7)))
    assert await window_starts(plant) == ["18T05:00", "18T09:00", "18T13:00", "18T17:00"]


async def test_as_many_must_stay_as_the_work_center_needs_unless_told(plant: Plant) -> None:
    body = pattern_body(plant)
    del body["minimum_staying"]
    assert (await plant.post("supervisor", PATTERNS, body)).json()["minimum_staying"] == 1


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"anchor": {"type": "handover"}, "minutes": 0}, "#/anchor"),
        ({"anchor": HANDOVER, "minutes": 5}, "#/minutes"),
        ({"anchor": {"type": "rule", "rule": "FREQ=SECONDLY", "start": "2026-03-16T06:00"}}, "#/anchor"),
        ({"anchor": {"type": "rule", "rule": "FREQ=DAILY", "start": "2025-11-16T06:00"}}, "#/anchor"),
        ({"anchor": {"type": "rule", "rule": "FREQ=DAILY;COUNT=5001", "start": "2026-03-16T06:00"}}, "#/anchor"),
        ({"anchor": {"type": "rule", "rule": "FREQ=DAILY;COUNT=1E9", "start": "2026-03-16T06:00"}}, "#/anchor"),
        ({"anchor": {"type": "every", "minutes": 1}, "minutes": 1}, "#/anchor"),
        ({"anchor": {"type": "every", "minutes": 5}, "minutes": 6}, "#/minutes"),
        ({"minutes": 0}, "#/minutes"),
        ({"minutes": 2, "setup_seconds": 120}, "#/setup_seconds"),
        ({"valid_from": "2026-05-01", "valid_until": "2026-04-01"}, "#/valid_until"),
    ],
)
async def test_a_pattern_that_gives_no_windows_is_refused_by_its_field(
    plant: Plant, fields: dict[str, Any], pointer: str
) -> None:
    answer = await plant.post("supervisor", PATTERNS, pattern_body(plant, **fields))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize("start", ["2026-13-45T06:00", "2026-03-16", "2026-03-16T06:00Z"])
async def test_a_rule_starts_at_a_real_local_time(plant: Plant, start: str) -> None:
    anchor = {"type": "rule", "rule": "FREQ=DAILY", "start": start}
    assert (await plant.post("supervisor", PATTERNS, pattern_body(plant, anchor=anchor))).status_code == 422


async def test_a_rule_expands_on_its_weekdays(plant: Plant) -> None:
    anchor = {"type": "rule", "rule": "FREQ=WEEKLY;BYDAY=WE", "start": "2026-03-02T10:00"}
    await mapped(plant, anchor=anchor)
    assert await window_starts(plant, "16 00:00", "23 00:00") == ["18T09:00"]


async def test_sending_a_pattern_again_changes_nothing_and_another_under_its_id_is_refused(plant: Plant) -> None:
    name = str(new_id())
    assert await mapped(plant, id=name) == await mapped(plant, id=name)
    answer = await plant.post("supervisor", PATTERNS, pattern_body(plant, id=name, minutes=11))
    assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")


async def test_an_edit_needs_the_version_that_was_read(plant: Plant) -> None:
    path = f"{PATTERNS}/{(await mapped(plant))['id']}"
    edit = {"max_learners": 5, "valid_until": "2026-03-17"}
    assert (await plant.call("supervisor", "PATCH", path, json=edit)).status_code == 428
    done = await plant.call("supervisor", "PATCH", path, json=edit, headers={"If-Match": '"v1"'})
    assert (done.status_code, done.json()["max_learners"], done.headers["etag"]) == (200, 5, '"v2"')
    assert await window_starts(plant) == []
    assert (await plant.call("supervisor", "PATCH", path, json=edit, headers={"If-Match": '"v1"'})).status_code == 412
    again = await plant.call("supervisor", "PATCH", path, json={"valid_until": None}, headers={"If-Match": '"v2"'})
    assert (again.json()["valid_until"], again.json()["max_learners"]) == (None, 5)


async def test_an_edit_is_checked_as_a_new_pattern_is(plant: Plant) -> None:
    path = f"{PATTERNS}/{(await mapped(plant))['id']}"
    answer = await plant.call("supervisor", "PATCH", path, json={"anchor": HANDOVER}, headers={"If-Match": '"v1"'})
    assert answer.json()["errors"][0]["pointer"] == "#/minutes"
    edit = {"anchor": HANDOVER, "minutes": 0, "kind": "handover"}
    assert (await plant.call("supervisor", "PATCH", path, json=edit, headers={"If-Match": '"v1"'})).status_code == 200


async def test_a_retired_pattern_is_gone_with_its_coming_windows(plant: Plant) -> None:
    path = f"{PATTERNS}/{(await mapped(plant))['id']}"
    assert (await plant.call("supervisor", "DELETE", path)).status_code == 428
    assert (await plant.call("supervisor", "DELETE", path, headers={"If-Match": '"v1"'})).status_code == 204
    assert (await plant.get("supervisor", path)).status_code == 404
    assert (await plant.call("supervisor", "DELETE", path, headers={"If-Match": '"v2"'})).status_code == 404
    assert await window_starts(plant) == ["18T05:00"]
    assert (await plant.get("supervisor", PATTERNS)).json()["items"] == []


async def test_patterns_are_listed_page_by_page_within_reach(plant: Plant) -> None:
    ids = {(await mapped(plant, minutes=minutes))["id"] for minutes in (5, 6, 7)}
    first = (await plant.get("supervisor", f"{PATTERNS}?limit=2")).json()
    rest = (await plant.get("supervisor", f"{PATTERNS}?limit=2&cursor={first['next_cursor']}")).json()
    assert {item["id"] for item in first["items"] + rest["items"]} == ids
    assert rest["next_cursor"] is None
    assert (await plant.get("line_supervisor", PATTERNS)).json()["items"] == []
    assert len((await plant.get("integration", f"{PATTERNS}?site_id={plant.site_id}")).json()["items"]) == 3


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("worker", 403),
        ("payroll", 403),
        ("line_supervisor", 404),
        ("other_supervisor", 404),
        ("admin", 201),
        ("integration", 201),
    ],
)
async def test_only_whoever_leads_the_line_maps_it(plant: Plant, who: str, status: int) -> None:
    assert (await plant.post(who, PATTERNS, pattern_body(plant))).status_code == status


async def test_another_lines_pattern_is_not_found(plant: Plant) -> None:
    path = f"{PATTERNS}/{(await mapped(plant))['id']}"
    assert (await plant.get("line_supervisor", path)).status_code == 404
    edit = await plant.call("line_supervisor", "PATCH", path, json={"minutes": 3}, headers={"If-Match": '"v1"'})
    assert edit.status_code == 404
    assert (await plant.get("learning_manager", path)).status_code == 200


async def test_mapping_tells_ids_only(plant: Plant) -> None:
    made = await mapped(plant)
    async with plant.write() as tx:
        rows = await tx.rows(EVENTS)
    assert [(row.type, str(row.subject_id), row.data) for row in rows] == [
        ("window.mapped", made["id"], {"work_center_id": str(plant.line_id), "retired": False})
    ]
