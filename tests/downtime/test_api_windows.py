"""Single windows over HTTP: seen with who is there, added, cancelled, moved, shortened, restored."""

import asyncio
from typing import Any

import pytest

from app.core.ids import new_id
from tests.builders import Plant
from tests.downtime.plants import HANDOVER, add_shift, iso, pattern_body

WINDOWS = "/v1/windows"


async def mapped(plant: Plant, **fields: Any) -> None:
    assert (await plant.post("supervisor", "/v1/window-patterns", pattern_body(plant, **fields))).status_code == 201


async def seen(plant: Plant, start: str = "18 12:00", end: str = "18 16:00", more: str = "") -> list[dict[str, Any]]:
    path = f"{WINDOWS}?work_center_id={plant.line_id}&from={iso(start)}&to={iso(end)}{more}"
    answer = await plant.get("supervisor", path)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def place(window: dict[str, Any]) -> dict[str, Any]:
    return {"work_center_id": window["work_center_id"], "pattern_starts_at": window["pattern_starts_at"]}


async def change(plant: Plant, window: dict[str, Any], who: str = "supervisor", **fields: Any) -> Any:
    headers = {"If-Match": f'"v{fields.pop("version", window["version"])}"'}
    return await plant.call(who, "PATCH", f"{WINDOWS}/{window['id']}", json=place(window) | fields, headers=headers)


async def test_a_window_says_who_is_there_and_how_many_may_learn(plant: Plant) -> None:
    await mapped(plant, minimum_staying=1, setup_seconds=30)
    for who in ("worker", "colleague"):
        await add_shift(plant, who, "18 06:00")
    await add_shift(plant, "third", "18 06:00", line=plant.second_line_id)
    (window,) = await seen(plant)
    assert (window["present"], window["places"], window["usable_seconds"]) == (2, 1, 570)
    assert (window["time_zone"], window["version"], window["cancelled"]) == ("Europe/Berlin", 0, False)


async def test_whoever_goes_home_or_comes_within_a_window_is_not_there(plant: Plant) -> None:
    await mapped(plant)
    await add_shift(plant, "worker", "18 05:05")
    await add_shift(plant, "colleague", "18 13:05")
    assert [(window["present"], window["places"]) for window in await seen(plant)] == [(0, 0)]


async def test_handovers_show_each_side(plant: Plant) -> None:
    await mapped(plant, anchor=HANDOVER, minutes=0, kind="handover", max_learners=1)
    await add_shift(plant, "worker", "18 06:00")
    await add_shift(plant, "colleague", "18 14:00")
    sides = [(window["side"], window["starts_at"][11:16], window["present"]) for window in await seen(plant)]
    assert sides == [("outgoing", "13:50", 1), ("incoming", "14:00", 1)]


async def test_a_sites_windows_come_page_by_page_in_order(plant: Plant) -> None:
    await mapped(plant)
    await mapped(plant, work_center_id=str(plant.second_line_id), minutes=20)
    path = f"{WINDOWS}?site_id={plant.site_id}&from={iso('18 00:00')}&to={iso('19 00:00')}&limit=3"
    starts, cursor, pages = [], "", 0
    while pages < 9:
        answer = (await plant.get("supervisor", path + cursor)).json()
        starts += [(window["starts_at"], window["id"]) for window in answer["items"]]
        pages += 1
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert (len(starts), pages) == (8, 3)
    assert starts == sorted(set(starts))


async def test_a_line_supervisor_sees_their_line_of_the_site_only(plant: Plant) -> None:
    await mapped(plant)
    await mapped(plant, work_center_id=str(plant.second_line_id))
    path = f"from={iso('18 00:00')}&to={iso('19 00:00')}"
    mine = (await plant.get("line_supervisor", f"{WINDOWS}?site_id={plant.site_id}&{path}")).json()["items"]
    assert {window["work_center_id"] for window in mine} == {str(plant.second_line_id)}
    assert (await plant.get("other_supervisor", f"{WINDOWS}?site_id={plant.site_id}&{path}")).status_code == 404
    assert (await plant.get("supervisor", f"{WINDOWS}?{path}")).status_code == 422


@pytest.mark.parametrize(("start", "end"), [("18 00:00", "18 00:00"), ("19 00:00", "18 00:00")])
async def test_time_runs_forward(plant: Plant, start: str, end: str) -> None:
    path = f"{WINDOWS}?work_center_id={plant.line_id}&from={iso(start)}&to={iso(end)}"
    assert (await plant.get("supervisor", path)).json()["errors"][0]["pointer"] == "query:to"


@pytest.mark.parametrize("cursor", ["x", "WyJhIiwiYiJd", "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwiYiJd"])
async def test_a_strange_cursor_is_refused(plant: Plant, cursor: str) -> None:
    path = f"{WINDOWS}?work_center_id={plant.line_id}&from={iso('18 00:00')}&to={iso('19 00:00')}&cursor={cursor}"
    answer = await plant.get("supervisor", path)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_cursor")


async def test_a_cancelled_window_is_gone_until_it_is_restored(plant: Plant) -> None:
    await mapped(plant)
    (window,) = await seen(plant)
    path = f"{WINDOWS}/{window['id']}/cancellation"
    first, again = [await plant.post("supervisor", path, place(window)) for _ in range(2)]
    assert (first.status_code, first.json()["cancelled"], first.json()["places"]) == (201, True, 0)
    assert again.json() == first.json()
    assert await seen(plant) == []
    (cancelled,) = await seen(plant, more="&cancelled=true")
    assert (await change(plant, cancelled, cancelled=False)).status_code == 200
    assert [one["id"] for one in await seen(plant)] == [window["id"]]


async def test_a_window_is_shortened_then_moved_and_keeps_its_buffers(plant: Plant) -> None:
    await mapped(plant, setup_seconds=60)
    (window,) = await seen(plant)
    short = (await change(plant, window, ends_at=iso("18 13:04"))).json()
    assert (short["usable_seconds"], short["version"]) == (180, 1)
    moved = await change(plant, short, starts_at=iso("18 15:00"), ends_at=iso("18 15:07"), max_learners=1)
    assert (moved.status_code, moved.json()["usable_seconds"], moved.headers["etag"]) == (200, 360, '"v2"')
    assert await seen(plant, "18 12:00", "18 14:00") == []
    (there,) = await seen(plant, "18 14:00", "18 16:00")
    assert (there["id"], there["pattern_starts_at"], there["max_learners"]) == (window["id"], window["starts_at"], 1)


async def test_two_supervisors_do_not_overwrite_each_other(plant: Plant) -> None:
    await mapped(plant)
    (window,) = await seen(plant)
    assert (await change(plant, window, max_learners=1)).status_code == 200
    assert (await change(plant, window, max_learners=2)).status_code == 412
    without = await plant.call("supervisor", "PATCH", f"{WINDOWS}/{window['id']}", json=place(window))
    assert without.status_code == 428


async def test_of_two_edits_at_once_one_is_told_to_read_again(plant: Plant) -> None:
    await mapped(plant)
    (window,) = await seen(plant)
    answers = await asyncio.gather(*(change(plant, window, max_learners=number) for number in range(1, 7)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412, 412]
    (now,) = await seen(plant)
    assert (now["version"], [now["max_learners"]]) == (1, [a.json()["max_learners"] for a in answers if a.status_code == 200])


async def test_a_window_follows_its_pattern_away_but_not_its_neighbors(plant: Plant) -> None:
    await mapped(plant, anchor=HANDOVER, minutes=0, kind="handover")
    await add_shift(plant, "worker", "18 05:00")
    shift = await add_shift(plant, "colleague", "18 13:00")
    outgoing, incoming = await seen(plant)
    assert (await change(plant, outgoing, ends_at=iso("18 12:55"))).status_code == 200
    gone = {"status": "cancelled"}
    path = f"/v1/shifts/{shift}"
    assert (await plant.call("supervisor", "PATCH", path, json=gone, headers={"If-Match": '"v1"'})).status_code == 200
    assert await seen(plant) == []
    assert incoming["side"] == "incoming"


@pytest.mark.parametrize(
    "fields",
    [
        {"ends_at": iso("18 13:00")},
        {"ends_at": iso("18 13:01")},
        {"starts_at": iso("18 12:00"), "ends_at": iso("18 23:00")},
        {"starts_at": iso("20 12:00"), "ends_at": iso("20 12:10")},
    ],
)
async def test_a_change_leaves_a_usable_window_near_its_place(plant: Plant, fields: dict[str, str]) -> None:
    await mapped(plant, setup_seconds=60)
    (window,) = await seen(plant)
    answer = await change(plant, window, **fields)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/ends_at")


async def test_a_window_is_found_only_where_it_is(plant: Plant) -> None:
    await mapped(plant)
    (window,) = await seen(plant)
    elsewhere = window | {"work_center_id": str(plant.second_line_id)}
    assert (await change(plant, elsewhere, max_learners=1)).status_code == 404
    assert (await change(plant, window | {"pattern_starts_at": iso("18 11:00")}, max_learners=1)).status_code == 404
    assert (await change(plant, window | {"id": str(new_id())}, max_learners=1)).status_code == 404
    assert (await change(plant, window, who="line_supervisor", max_learners=1)).status_code == 404
    assert (await change(plant, window, who="worker", max_learners=1)).status_code == 403


async def test_an_announced_stop_becomes_a_window_of_its_own(plant: Plant) -> None:
    await mapped(plant)
    body = {
        "id": str(new_id()), "work_center_id": str(plant.line_id), "kind": "lull", "starts_at": iso("18 13:05"),
        "ends_at": iso("18 13:25"), "return_seconds": 60, "max_learners": 3,
    }  # fmt: skip
    made, again = [await plant.post("supervisor", WINDOWS, body) for _ in range(2)]
    assert (made.status_code, again.json()) == (201, made.json())
    assert (made.json()["pattern_id"], made.json()["usable_seconds"], made.json()["minimum_staying"]) == (None, 1140, 1)
    usual, own = await seen(plant)
    assert (own["id"], usual["shares_time_with"], own["shares_time_with"]) == (body["id"], [own["id"]], [usual["id"]])
    taken = await plant.post("supervisor", WINDOWS, body | {"ends_at": iso("18 13:30")})
    assert (taken.status_code, taken.json()["code"]) == (409, "id_taken")
    assert (await plant.post("supervisor", f"{WINDOWS}/{own['id']}/cancellation", place(own))).status_code == 201
    assert [window["id"] for window in await seen(plant)] == [usual["id"]]


async def test_a_window_of_its_own_cannot_take_the_id_of_a_mapped_one(plant: Plant) -> None:
    await mapped(plant)
    (window,) = await seen(plant)
    body = {"id": window["id"], "kind": "lull", "starts_at": iso("18 13:05"), "ends_at": iso("18 13:25")}
    for line in (plant.line_id, plant.second_line_id):
        answer = await plant.post("supervisor", WINDOWS, body | {"work_center_id": str(line)})
        assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")
    assert await seen(plant) == [window]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"ends_at": iso("18 10:00")}, "#/ends_at"),
        ({"ends_at": iso("18 23:00")}, "#/ends_at"),
        ({"ends_at": iso("18 10:02"), "setup_seconds": 120}, "#/setup_seconds"),
    ],
)
async def test_a_window_of_its_own_needs_usable_time(plant: Plant, fields: dict[str, Any], pointer: str) -> None:
    body = {"work_center_id": str(plant.line_id), "kind": "lull", "starts_at": iso("18 10:00"), **fields}
    answer = await plant.post("supervisor", WINDOWS, body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
