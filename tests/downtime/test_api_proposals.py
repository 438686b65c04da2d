"""Proposals from a stored log over HTTP, and taking them into the map."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from tests.builders import Plant
from tests.downtime.plants import add_shift, iso

HISTORY = {"from": iso("01 00:00"), "to": iso("18 00:00")}


def daily(at: str, minutes: int, reason: str, days: int = 15) -> list[dict[str, Any]]:
    """A stop on each of the first days of March, local time of Berlin."""
    return [
        {"starts_at": f"{date(2026, 3, 2) + timedelta(days=n)} {at}", "duration": f"{minutes}", "reason": reason}
        for n in range(days)
    ]


async def log(plant: Plant, rows: list[dict[str, Any]]) -> None:
    order = {"kind": "stoppages", "source": "mes", "rows": rows, "options": {"site": "BER", "work_center": "L1"}}
    answer = await plant.post("admin", "/v1/imports", order)
    assert (answer.status_code, answer.json()["refused"]) == (201, 0), answer.text


def path(plant: Plant) -> str:
    return f"/v1/work-centers/{plant.line_id}/pattern-proposals"


async def proposals(plant: Plant, **more: Any) -> dict[str, Any]:
    answer = await plant.get("supervisor", path(plant), params=HISTORY | more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def accept(plant: Plant, who: str = "supervisor", **fields: Any) -> Any:
    return await plant.post(who, path(plant), {"kind": "changeover", **HISTORY, **fields})


async def patterns(plant: Plant) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await plant.get("supervisor", "/v1/window-patterns")).json()["items"]
    return items


async def test_a_daily_changeover_is_proposed_with_its_figures(plant: Plant) -> None:
    await log(plant, daily("10:05", 12, "Changeover") + daily("13:00", 4, "Jam", days=3))
    found = await proposals(plant, setup_seconds=60)
    jam, change = sorted(found["items"], key=lambda item: str(item["kind"]))
    assert (found["counted_over"], found["time_zone"]) == ("days", "Europe/Berlin")
    assert (change["stoppages"], change["opportunities"], change["reliability_percent"]) == (15, 15, 100)
    assert (change["length_seconds"], change["usable_seconds"], change["window_kind"]) == (720, 660, "changeover")
    assert change["typical_times"] == [{"at": "10:00", "reliability_percent": 100}]
    assert (jam["kind"], jam["too_little"]) == ("breakdown", "few_stoppages")


async def test_the_quantile_decides_how_much_is_promised(plant: Plant) -> None:
    await log(plant, [row | {"duration": f"{10 + n}"} for n, row in enumerate(daily("10:05", 0, "Changeover"))])
    lengths = [(await proposals(plant, quantile=share))["items"][0]["length_seconds"] for share in (0, 20, 50, 100)]
    assert lengths == [600, 780, 1020, 1440]


async def test_where_the_roster_covers_the_log_shifts_are_the_opportunities(plant: Plant) -> None:
    await log(plant, daily("10:05", 12, "Changeover"))
    for day in range(2, 17):
        await add_shift(plant, "worker", f"{day:02} 07:00")
        await add_shift(plant, "colleague", f"{day:02} 07:00")
    found = await proposals(plant)
    assert (found["counted_over"], found["items"][0]["opportunities"]) == ("shifts", 15)


async def test_an_accepted_proposal_is_a_pattern_that_gives_windows(plant: Plant) -> None:
    await log(plant, daily("10:05", 12, "Changeover"))
    made = (await accept(plant, max_learners=2, setup_seconds=60)).json()["items"]
    (pattern,) = await patterns(plant)
    assert made == [pattern]
    assert (pattern["origin"], pattern["minutes"], pattern["minimum_staying"]) == ("history", 12, 1)
    asked = f"/v1/windows?work_center_id={plant.line_id}&from={iso('18 00:00')}&to={iso('19 00:00')}"
    (window,) = (await plant.get("supervisor", asked)).json()["items"]
    assert (window["starts_at"], window["usable_seconds"]) == (iso("18 09:00"), 660)


async def test_two_who_accept_one_proposal_at_once_make_one_pattern(plant: Plant) -> None:
    await log(plant, daily("10:05", 12, "Changeover"))
    answers = await asyncio.gather(*(accept(plant, who) for who in ("supervisor", "admin") for _ in range(3)))
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["items"][0]["id"] for answer in answers} == {pattern["id"] for pattern in await patterns(plant)}
    assert [pattern["version"] for pattern in await patterns(plant)] == [1]


async def test_newer_history_refreshes_the_pattern_and_a_retired_one_comes_back(plant: Plant) -> None:
    await log(plant, daily("10:05", 12, "Changeover"))
    (first,) = (await accept(plant)).json()["items"]
    (second,) = (await accept(plant, setup_seconds=120)).json()["items"]
    assert (second["id"], second["version"], second["setup_seconds"]) == (first["id"], 2, 120)
    where = f"/v1/window-patterns/{first['id']}"
    assert (await plant.call("supervisor", "DELETE", where, headers={"If-Match": '"v2"'})).status_code == 204
    (third,) = (await accept(plant, setup_seconds=120)).json()["items"]
    assert (third["id"], third["version"]) == (first["id"], 4)


async def test_a_history_that_says_too_little_is_not_accepted(plant: Plant) -> None:
    await log(plant, daily("10:05", 12, "Changeover", days=5) + daily("12:00", 30, "No operator"))
    for kind in ("changeover", "no_operator"):
        answer = await accept(plant, kind=kind)
        assert (answer.status_code, answer.json()["code"]) == (409, "too_little_history")
    assert (await accept(plant, kind="cleaning")).status_code == 404
    assert await patterns(plant) == []


async def test_stops_without_a_usual_time_come_when_the_supervisor_says(plant: Plant) -> None:
    hours = ("06:10", "09:40", "13:20", "17:50", "21:30")
    await log(plant, [row for n, at in enumerate(hours) for row in daily(at, 10, "Changeover")[n::5]])
    assert (await accept(plant)).status_code == 409
    (made,) = (await accept(plant, anchor={"type": "every", "minutes": 480, "first": "09:00"})).json()["items"]
    assert (made["minutes"], made["anchor"]["minutes"]) == (10, 480)
    refused = await accept(plant, anchor={"type": "handover", "outgoing_minutes": 5})
    assert refused.status_code == 422


@pytest.mark.parametrize(("who", "read", "write"), [
    ("worker", 403, 403), ("learning_manager", 200, 403), ("line_supervisor", 404, 404), ("integration", 200, 404)])  # fmt: skip
async def test_whoever_leads_the_line_asks_and_accepts(plant: Plant, who: str, read: int, write: int) -> None:
    assert (await plant.get(who, path(plant), params=HISTORY)).status_code == read
    assert (await accept(plant, who)).status_code == write


async def test_a_history_has_an_end(plant: Plant) -> None:
    asked = {"from": "2024-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    for where in (path(plant), "/v1/stoppages"):
        assert (await plant.get("supervisor", where, params=asked)).json()["errors"][0]["pointer"] == "query:to"


async def test_stoppages_are_listed_within_reach(plant: Plant) -> None:
    await log(plant, daily("10:05", 12, "Changeover"))
    assert len((await plant.get("supervisor", "/v1/stoppages", params=HISTORY)).json()["items"]) == 15
    assert (await plant.get("line_supervisor", "/v1/stoppages", params=HISTORY)).json()["items"] == []
    other = {"work_center_id": str(plant.line_id)} | HISTORY
    assert (await plant.get("other_supervisor", "/v1/stoppages", params=other)).status_code == 404
