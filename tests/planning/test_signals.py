"""Machines' signals over HTTP: taken once, in the order in which things happened, opening, extending and closing windows."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from app.core.clock import ManualClock
from tests.planning.builders import NOW, Line, instant


async def tell(line: Line, name: str, kind: str, at: float = 0, **body: Any) -> httpx.Response:
    given = {
        "source": "mes", "external_id": name, "work_center_id": str(line.plant.line_id), "kind": kind, "at": instant(at), **body
    }  # fmt: skip
    return await line.plant.post("integration", "/v1/signals", given)


async def test_a_stop_opens_and_running_closes(line: Line, clock: ManualClock) -> None:
    await line.assign()
    stopped = (await tell(line, "s1", "machine_stopped", expected_seconds=480)).json()
    assert (stopped["effect"], stopped["window"]["cause"], stopped["window"]["kind"]) == ("opened", "signal", "other")
    assert stopped["window"]["expected_ends_at"] == instant(8)
    assert len(stopped["window"]["offers"]) == 2
    clock.at = NOW + timedelta(minutes=3)
    running = (await tell(line, "s2", "running", 3)).json()
    assert (running["effect"], running["window_id"]) == ("closed", stopped["window_id"])
    assert running["window"]["ended_by"] == "production"
    assert (await tell(line, "s3", "running", 3)).json()["effect"] == "none"


async def test_the_same_signal_again_changes_nothing_and_a_reused_name_is_refused(line: Line) -> None:
    first = (await tell(line, "s1", "machine_stopped")).json()
    again = await tell(line, "s1", "machine_stopped")
    assert (again.status_code, again.json()["repeated"], again.json()["window_id"]) == (201, True, first["window_id"])
    assert len(await line.events("window.opened")) == 1
    other = await tell(line, "s1", "running")
    assert (other.status_code, other.json()["code"]) == (409, "signal_taken")


async def test_a_signal_sent_many_times_at_once_opens_one_window(line: Line) -> None:
    answers = await asyncio.gather(*(tell(line, "s1", "machine_stopped") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert sorted(answer.json()["repeated"] for answer in answers) == [False, True, True, True, True, True]
    assert len(await line.events("window.opened")) == 1


async def test_late_signals_and_those_behind_a_newer_one_do_nothing(line: Line, clock: ManualClock) -> None:
    assert (await tell(line, "old", "machine_stopped", -16)).json()["effect"] == "late"
    assert (await tell(line, "new", "running", 0)).json()["effect"] == "none"
    assert (await tell(line, "behind", "machine_stopped", -1)).json()["effect"] == "late"
    assert (await tell(line, "future", "running", 2)).status_code == 422
    assert await line.events("window.") == []


async def test_a_changeover_signal_opens_the_mapped_changeover_early(line: Line) -> None:
    body = {
        "work_center_id": str(line.plant.line_id), "kind": "changeover", "minutes": 12, "max_learners": 2,
        "anchor": {"type": "every", "minutes": 1440, "first": "11:00", "last": "11:00"},
    }  # fmt: skip
    mapped = await line.plant.post("supervisor", "/v1/window-patterns", body)
    assert mapped.status_code == 201, mapped.text
    early = (await tell(line, "s1", "changeover_started")).json()
    assert (early["effect"], early["window"]["expected_ends_at"]) == ("opened", instant(12))
    listed = await line.plant.get(
        "supervisor",
        "/v1/windows",
        params={"work_center_id": str(line.plant.line_id), "from": instant(-5), "to": instant(180)},
    )
    (window,) = listed.json()["items"]
    assert (window["id"], window["starts_at"], window["pattern_starts_at"]) == (early["window_id"], instant(0), instant(60))


async def test_another_stop_extends_what_is_open(line: Line, clock: ManualClock) -> None:
    first = (await tell(line, "s1", "machine_stopped", expected_seconds=300)).json()
    clock.at = NOW + timedelta(minutes=2)
    again = (await tell(line, "s2", "changeover_started", 2, expected_seconds=600)).json()
    assert (again["effect"], again["window_id"]) == ("extended", first["window_id"])
    assert again["window"]["expected_ends_at"] == instant(12)
    assert (await tell(line, "s3", "machine_stopped", 2)).json()["effect"] == "none"


async def test_how_long_a_stop_lasts_comes_from_the_lines_own_history(line: Line) -> None:
    await line.run(
        "insert into stoppage (organization_id, id, work_center_id, source, external_id, machine, kind, planned, reason, "
        "seconds, origin, observed_at, exact, doubtful, created_at) select :organization_id, uuidv7(), :line, 'log', n::text, "
        "'m', 'material', false, '', 100 * n, 'event', '2026-03-01', true, false, '2026-03-01' from generate_series(1, 10) n",
        line=line.plant.line_id,
    )
    found = (await tell(line, "s1", "machine_stopped")).json()
    assert found["window"]["expected_ends_at"] == instant(5)


async def test_signals_come_from_keys_with_the_scope_and_supervisors_in_reach(line: Line) -> None:
    for who, status in (("worker", 403), ("line_supervisor", 404), ("supervisor", 201)):
        body = {
            "source": "x", "external_id": who, "work_center_id": str(line.plant.line_id), "kind": "running", "at": instant(0)
        }  # fmt: skip
        assert (await line.plant.post(who, "/v1/signals", body)).status_code == status, who
