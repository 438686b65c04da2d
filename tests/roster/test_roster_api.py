"""The roster over HTTP: shifts, rotations, absences, imports, and what is refused."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from app.core.ids import new_id
from app.roster import service as roster
from tests.builders import Plant

DAY = {"from": "2026-03-18T00:00:00Z", "to": "2026-03-20T00:00:00Z"}


def shift(plant: Plant, who: str = "worker", start: str = "05:00", end: str = "13:00", **more: Any) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "worker_id": str(plant.people[who]),
        "work_center_id": str(plant.line_id),
        "starts_at": f"2026-03-18T{start}:00Z",
        "ends_at": f"2026-03-18T{end}:00Z",
        **more,
    }


async def night(plant: Plant) -> str:
    body = {"site_id": str(plant.site_id), "code": "N", "name": "Night", "starts": "22:00", "ends": "06:00"}
    made = await plant.post("supervisor", "/v1/shift-types", body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def test_a_shift_is_added_and_its_worker_sees_it(plant: Plant) -> None:
    body = shift(plant, breaks=[{"starts_at": "2026-03-18T09:00:00Z", "ends_at": "2026-03-18T09:30:00Z"}])
    made = await plant.post("supervisor", "/v1/shifts", body)
    assert made.status_code == 201, made.text
    assert made.json()["seconds"] == 8 * 3600
    assert made.json()["business_date"] == "2026-03-18"
    mine = await plant.get("worker", "/v1/me/shifts", params=DAY)
    assert [s["id"] for s in mine.json()["items"]] == [body["id"]]
    assert mine.json()["items"][0]["time_zone"] == "Europe/Berlin"
    assert (await plant.get("colleague", "/v1/me/shifts", params=DAY)).json()["items"] == []


@pytest.mark.parametrize(("business_date", "hours"), [("2026-03-27", 8), ("2026-03-28", 7), ("2026-10-24", 9), ("2026-10-25", 8)])
async def test_a_night_over_a_clock_change_has_its_real_length(plant: Plant, business_date: str, hours: int) -> None:
    kind = await night(plant)
    body = {"worker_id": str(plant.people["worker"]), "work_center_id": str(plant.line_id), "shift_type_id": kind}
    made = await plant.post("supervisor", "/v1/shifts", {**body, "business_date": business_date})
    assert made.status_code == 201, made.text
    assert made.json()["seconds"] == hours * 3600
    assert made.json()["business_date"] == business_date


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"ends_at": "2026-03-18T05:00:00Z"}, 422, "invalid"),
        ({"ends_at": "2026-03-20T05:00:00Z"}, 422, "invalid"),
        ({"starts_at": None}, 422, "invalid"),
        ({"worker_id": str(new_id())}, 422, "invalid"),
        ({"work_center_id": str(new_id())}, 422, "invalid"),
        ({"breaks": [{"starts_at": "2026-03-18T01:00:00Z", "ends_at": "2026-03-18T02:00:00Z"}]}, 422, "invalid"),
        ({"breaks": [{"starts_at": "2026-03-18T10:00:00Z", "ends_at": "2026-03-18T09:00:00Z"}]}, 422, "invalid"),
        ({"starts_at": "2026-03-18T05:00:00"}, 422, "invalid"),
        ({"surprise": 1}, 422, "invalid"),
        ({"shift_type_id": str(new_id()), "business_date": "2026-03-18"}, 404, "not_found"),
    ],
)
async def test_a_wrong_shift_is_refused_and_nothing_is_written(
    plant: Plant, change: dict[str, Any], status: int, code: str
) -> None:
    answer = await plant.post("supervisor", "/v1/shifts", {**shift(plant), **change})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await plant.get("admin", "/v1/shifts", params=DAY)).json()["items"] == []


async def test_a_worker_is_never_booked_twice(plant: Plant) -> None:
    assert (await plant.post("supervisor", "/v1/shifts", shift(plant))).status_code == 201
    second = await plant.post("supervisor", "/v1/shifts", shift(plant, start="12:59", end="20:00"))
    assert (second.status_code, second.json()["code"]) == (409, "double_booked")
    touching = await plant.post("supervisor", "/v1/shifts", shift(plant, start="13:00", end="20:00"))
    assert touching.status_code == 201


async def test_ten_supervisors_at_once_book_a_worker_once(plant: Plant) -> None:
    answers = await asyncio.gather(*(plant.post("supervisor", "/v1/shifts", shift(plant)) for _ in range(10)))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 9


async def test_the_same_id_again_replaces_the_shift(plant: Plant) -> None:
    body = shift(plant)
    await plant.post("supervisor", "/v1/shifts", body)
    again = await plant.post("supervisor", "/v1/shifts", {**body, "ends_at": "2026-03-18T12:00:00Z"})
    assert (again.status_code, again.json()["seconds"], again.json()["version"]) == (201, 7 * 3600, 2)


async def test_supervisors_change_shifts_within_their_reach_only(plant: Plant) -> None:
    body = shift(plant)
    made = await plant.post("supervisor", "/v1/shifts", body)
    path, tag = f"/v1/shifts/{body['id']}", {"If-Match": made.headers["etag"]}
    for who in ("line_supervisor", "other_supervisor"):
        assert (await plant.get(who, path)).status_code == 404
        assert (await plant.call(who, "PATCH", path, json={"status": "cancelled"}, headers=tag)).status_code == 404
    assert (await plant.call("worker", "PATCH", path, json={"status": "cancelled"}, headers=tag)).status_code == 403
    assert (await plant.post("other_supervisor", "/v1/shifts", shift(plant))).status_code == 404


async def test_an_edit_needs_the_version_it_edits(plant: Plant) -> None:
    body = shift(plant)
    made = await plant.post("supervisor", "/v1/shifts", body)
    path = f"/v1/shifts/{body['id']}"
    edit = {"ends_at": "2026-03-18T12:00:00Z"}
    missing = await plant.call("supervisor", "PATCH", path, json=edit)
    assert (missing.status_code, missing.json()["code"]) == (428, "if_match_required")
    done = await plant.call("supervisor", "PATCH", path, json=edit, headers={"If-Match": made.headers["etag"]})
    assert (done.status_code, done.headers["etag"]) == (200, '"v2"')
    stale = await plant.call("supervisor", "PATCH", path, json=edit, headers={"If-Match": made.headers["etag"]})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")


async def test_a_cancelled_shift_frees_the_worker(plant: Plant) -> None:
    body = shift(plant)
    made = await plant.post("supervisor", "/v1/shifts", body)
    tag = {"If-Match": made.headers["etag"]}
    await plant.call("supervisor", "PATCH", f"/v1/shifts/{body['id']}", json={"status": "cancelled"}, headers=tag)
    assert (await plant.get("worker", "/v1/me/shifts", params=DAY)).json()["items"] == []
    assert (await plant.post("supervisor", "/v1/shifts", shift(plant))).status_code == 201


async def test_absent_time_is_not_attended(plant: Plant) -> None:
    await plant.post("supervisor", "/v1/shifts", shift(plant))
    gone = {
        "worker_id": str(plant.people["worker"]),
        "starts_at": "2026-03-18T07:00:00Z",
        "ends_at": "2026-03-18T09:00:00Z",
        "kind": "sick",
    }
    made = await plant.post("supervisor", "/v1/absences", gone)
    assert made.status_code == 201, made.text
    pieces = (await plant.get("worker", "/v1/me/shifts", params=DAY)).json()["items"]
    assert [(p["starts_at"], p["ends_at"]) for p in pieces] == [
        ("2026-03-18T05:00:00Z", "2026-03-18T07:00:00Z"),
        ("2026-03-18T09:00:00Z", "2026-03-18T13:00:00Z"),
    ]
    async with plant.runtime.database.read(plant.organization_id) as tx:
        at_eight = datetime(2026, 3, 18, 8, tzinfo=UTC)
        assert await roster.shift_at(tx, plant.people["worker"], at_eight) is None
    assert len((await plant.get("supervisor", "/v1/absences", params=DAY)).json()["items"]) == 1
    assert (await plant.get("other_supervisor", "/v1/absences", params=DAY)).json()["items"] == []
    path = f"/v1/absences/{made.json()['id']}"
    assert (await plant.call("other_supervisor", "DELETE", path)).status_code == 404
    assert (await plant.call("supervisor", "DELETE", path)).status_code == 204
    assert len((await plant.get("worker", "/v1/me/shifts", params=DAY)).json()["items"]) == 1


async def test_absences_come_in_pages_within_reach(plant: Plant) -> None:
    for minute in range(5):
        gone = {
            "worker_id": str(plant.people["worker"]),
            "starts_at": f"2026-03-18T07:0{minute}:00Z",
            "ends_at": "2026-03-18T09:00:00Z",
        }
        assert (await plant.post("supervisor", "/v1/absences", gone)).status_code == 201
    seen, cursor = [], None
    while True:
        asked = {**DAY, "limit": 2, **({"cursor": cursor} if cursor else {})}
        answer = (await plant.get("supervisor", "/v1/absences", params=asked)).json()
        seen += [one["id"] for one in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5
    assert (await plant.get("supervisor", "/v1/absences", params={**DAY, "limit": 201})).status_code == 422


async def test_absences_outside_reach_never_fill_a_page(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading goes on in pieces until the page is full of what the caller may see."""
    monkeypatch.setattr(sys.modules["app.roster.service.absences"], "CHUNK", 1)
    for who in ("worker", "colleague", "third"):
        gone = {"worker_id": str(plant.people[who]), "starts_at": "2026-03-18T07:00:00Z", "ends_at": "2026-03-18T09:00:00Z"}
        assert (await plant.post("supervisor", "/v1/absences", gone)).status_code == 201
    answer = (await plant.get("supervisor", "/v1/absences", params=DAY)).json()
    assert (len(answer["items"]), answer["next_cursor"]) == (3, None)
    assert (await plant.get("other_supervisor", "/v1/absences", params=DAY)).json() == {"items": [], "next_cursor": None}


async def test_a_rotation_builds_the_roster_and_repeating_it_changes_nothing(plant: Plant) -> None:
    await night(plant)
    body = {
        "site_id": str(plant.site_id),
        "rotation": "NN--",
        "anchor": "2026-03-16",
        "first": "2026-03-16",
        "last": "2026-03-31",
        "crews": [{"crew_id": str(plant.crew_id), "work_center_id": str(plant.line_id)}],
    }
    built = await plant.post("supervisor", "/v1/rosters", body)
    assert (built.status_code, built.json()) == (201, {"changed": 16, "impossible": []}), built.text
    assert (await plant.post("supervisor", "/v1/rosters", body)).json()["changed"] == 0
    unknown = await plant.post("supervisor", "/v1/rosters", {**body, "rotation": "XX"})
    assert unknown.status_code == 422


async def test_shifts_are_paged_in_a_stable_order(plant: Plant) -> None:
    for hour in range(6):
        await plant.post("supervisor", "/v1/shifts", shift(plant, start=f"{hour:02d}:00", end=f"{hour + 1:02d}:00"))
    seen: list[str] = []
    cursor = None
    while True:
        params = {**DAY, "limit": "4", **({"cursor": cursor} if cursor else {})}
        page = (await plant.get("admin", "/v1/shifts", params=params)).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == 6 == len(set(seen))


@pytest.mark.parametrize("params", [{"from": "2026-03-18T00:00:00Z", "to": "2026-03-17T00:00:00Z"}, {"from": "x", "to": "y"}])
async def test_an_impossible_question_is_refused(plant: Plant, params: dict[str, str]) -> None:
    assert (await plant.get("admin", "/v1/shifts", params=params)).status_code == 422


async def test_a_shift_type_is_changed_with_its_version(plant: Plant) -> None:
    kind = await night(plant)
    path = f"/v1/shift-types/{kind}"
    done = await plant.call("supervisor", "PATCH", path, json={"ends": "05:00"}, headers={"If-Match": '"v1"'})
    assert (done.status_code, done.json()["ends"], done.json()["version"]) == (200, "05:00:00", 2)
    assert (await plant.call("supervisor", "PATCH", path, json={}, headers={"If-Match": '"v1"'})).status_code == 412
    bad = {"breaks": [{"offset_minutes": 470, "minutes": 60}]}
    assert (await plant.call("supervisor", "PATCH", path, json=bad, headers={"If-Match": '"v2"'})).status_code == 422
    listed = await plant.get("supervisor", "/v1/shift-types", params={"site_id": str(plant.site_id)})
    assert [t["code"] for t in listed.json()] == ["N"]


def rows(*lines: tuple[str, ...]) -> list[dict[str, str]]:
    names = ("external_id", "worker", "work_center", "starts_at", "ends_at", "break_minutes")
    return [dict(zip(names, line, strict=True)) for line in lines]


async def test_shifts_are_imported_with_a_verdict_for_each_row(plant: Plant) -> None:
    body = {
        "kind": "shifts",
        "source": "wfm",
        "rows": rows(
            ("a", "0001", "L1", "2026-03-18 06:00", "2026-03-18 14:00", "30"),
            ("b", "0001", "L1", "2026-03-18 13:00", "2026-03-18 22:00", ""),
            ("c", "9999", "L1", "2026-03-18 06:00", "2026-03-18 14:00", ""),
            ("d", "0002", "L9", "2026-03-18 06:00", "2026-03-18 14:00", ""),
            ("e", "0002", "L1", "2026-03-18 14:00", "2026-03-18 06:00", ""),
            ("f", "0002", "L1", "2026-03-18T05:00:00Z", "2026-03-18T13:00:00Z", ""),
        ),
    }
    for expected in (["created", "refused", "refused", "refused", "refused", "created"], None):
        made = await plant.post("supervisor", "/v1/imports", body)
        assert made.status_code == 201, made.text
        verdicts = (await plant.get("supervisor", f"/v1/imports/{made.json()['id']}/rows")).json()["items"]
        if expected:
            assert [v["verdict"] for v in verdicts] == expected, verdicts
            assert all(v["reason"] for v in verdicts if v["verdict"] == "refused")
        else:
            assert [v["verdict"] for v in verdicts].count("unchanged") == 2
    mine = (await plant.get("worker", "/v1/me/shifts", params=DAY)).json()["items"]
    assert [(s["starts_at"], len(s["breaks"])) for s in mine] == [("2026-03-18T05:00:00Z", 1)]


async def test_times_of_day_alone_are_on_the_business_date_and_a_night_ends_on_the_next(plant: Plant) -> None:
    """Over the clock change of 29 March: 22:30 to 06:30 is seven hours."""
    names = ("external_id", "worker", "work_center", "business_date", "starts_at", "ends_at")
    lines = [
        ("a", "0001", "L1", "2026-03-28", "22:30", "06:30"),
        ("b", "0002", "L1", "2026-03-28", "2026-03-28T6:30", "14:30:00"),
        ("c", "0003", "L1", "2026-03-28", "08:00", "08:00"),
        ("d", "0001", "L1", "", "06:00", "14:00"),
        ("e", "0001", "L1", "2026-03-30", "25:00", "14:00"),
        ("f", "0001", "L1", "2026-03-30", "06:00", "14:99"),
    ]
    body = {"kind": "shifts", "source": "wfm", "rows": [dict(zip(names, line, strict=True)) for line in lines]}
    made = await plant.post("supervisor", "/v1/imports", body)
    verdicts = (await plant.get("supervisor", f"/v1/imports/{made.json()['id']}/rows")).json()["items"]
    assert [v["verdict"] for v in verdicts] == ["created", "created", "refused", "refused", "refused", "refused"], verdicts
    assert "needs a business_date" in verdicts[3]["reason"]
    asked = {"from": "2026-03-28T00:00:00Z", "to": "2026-03-30T00:00:00Z"}
    (night,) = (await plant.get("worker", "/v1/me/shifts", params=asked)).json()["items"]
    assert (night["starts_at"], night["ends_at"]) == ("2026-03-28T21:30:00Z", "2026-03-29T04:30:00Z")


async def test_absences_are_imported(plant: Plant) -> None:
    names = {"external_id": "a", "worker": "0001", "starts_at": "2026-03-18 06:00", "ends_at": "2026-03-18 14:00", "kind": "Sick"}
    body = {"kind": "absences", "source": "wfm", "rows": [names, {**names, "external_id": "b", "kind": "unknown"}]}
    made = await plant.post("supervisor", "/v1/imports", body)
    verdicts = (await plant.get("supervisor", f"/v1/imports/{made.json()['id']}/rows")).json()["items"]
    assert [v["verdict"] for v in verdicts] == ["created", "refused"], verdicts


async def test_an_id_never_reaches_a_shift_outside_the_senders_reach(plant: Plant) -> None:
    first = shift(plant)
    assert (await plant.post("supervisor", "/v1/shifts", first)).status_code == 201
    taken = {**first, "work_center_id": str(plant.other_line_id), "ends_at": "2026-03-18T06:00:00Z"}
    answer = await plant.post("other_supervisor", "/v1/shifts", taken)
    assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")
    kept = (await plant.get("supervisor", f"/v1/shifts/{first['id']}")).json()
    assert (kept["work_center_id"], kept["ends_at"]) == (str(plant.line_id), "2026-03-18T13:00:00Z")


async def test_an_id_never_moves_another_workers_shift(plant: Plant) -> None:
    early, late = shift(plant), shift(plant, start="14:00", end="20:00")
    for body in (early, late):
        assert (await plant.post("supervisor", "/v1/shifts", body)).status_code == 201
    answer = await plant.post(
        "supervisor", "/v1/shifts", {**early, "id": late["id"], "worker_id": str(plant.people["colleague"])}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")
    assert (await plant.get("supervisor", f"/v1/shifts/{late['id']}")).json()["starts_at"] == "2026-03-18T14:00:00Z"


async def test_an_imported_id_never_reaches_beyond_the_sender_or_another_worker(plant: Plant) -> None:
    def run(worker: str, site: str, ends_at: str) -> dict[str, Any]:
        row = {"external_id": "s1", "worker": worker, "site": site, "work_center": "L1"}
        return {"kind": "shifts", "source": "hr", "rows": [row | {"starts_at": "2026-03-18T05:00:00Z", "ends_at": ends_at}]}

    for who, worker, site, ends_at, verdict in (
        ("supervisor", "0001", "BER", "2026-03-18T13:00:00Z", "created"),
        ("other_supervisor", "0001", "CHI", "2026-03-18T06:00:00Z", "refused"),
        ("supervisor", "0002", "BER", "2026-03-18T13:00:00Z", "refused"),
    ):
        made = await plant.post(who, "/v1/imports", run(worker, site, ends_at))
        assert made.json()[verdict] == 1, (who, made.text)
