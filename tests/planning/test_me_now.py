"""What a worker can learn now: where they stand, what is offered and why, in one statement."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.core.clock import ManualClock
from app.core.ids import new_id
from app.core.jobs import TASKS
from app.learning import service as learning
from app.planning import service
from app.planning.schemas.now import MeNow
from app.roster.domain import BreakKind
from tests.builders import Plant
from tests.learning.builders import NOW
from tests.paytime.builders import add_shift, pause
from tests.planning.builders import Line, instant

Answer = dict[str, Any]


async def now(line: Line, who: str = "worker", **params: Any) -> Answer:
    answer = await line.plant.get(who, "/v1/me/now", params=params)
    assert answer.status_code == 200, answer.text
    # The bytes are made by hand, so each answer of this file is held against the declared shape.
    assert MeNow.model_validate_json(answer.content).model_dump(mode="json") == answer.json()
    found: Answer = answer.json()
    return found


async def refresh(line: Line) -> None:
    async with line.plant.write() as tx:
        await service.refresh_windows(tx)


async def test_inside_a_window_the_best_fit_is_offered_with_its_reasons(line: Line, clock: ManualClock) -> None:
    window = await line.window(60, 10, setup_seconds=60, return_seconds=120)
    await line.assign(mandatory=True, due_at=instant(3 * 1440))
    await line.assign(kind="quiz", key="stop-quiz")
    await refresh(line)
    clock.at = NOW + timedelta(minutes=62)
    found = await now(line)
    assert (found["may_learn"], found["hold"], found["source"]) == (True, None, "window")
    assert (found["seconds_at_hand"], found["until"]) == (360, "2026-03-18T10:08:00Z")
    assert found["window"] == {
        "id": str(window), "kind": "changeover", "starts_at": "2026-03-18T10:00:00Z", "ends_at": "2026-03-18T10:10:00Z",
        "usable_seconds": 420, "places": 2, "places_taken": 0,
    }  # fmt: skip
    assert found["shift"]["running"] is True
    assert found["shift"]["business_date"] == "2026-03-18"
    assert found["time_zone"] == "Europe/Berlin"
    first, second = found["items"]
    assert (first["key"], first["why"], first["fits"]) == ("stop-the-line", ["mandatory", "due_soon", "fits"], True)
    assert first["sentence"] == "Stop the line: it is due within a week and it fits the time you have."
    assert (second["key"], second["why"]) == ("stop-quiz", ["fits"])


async def test_before_a_window_the_next_one_is_told(line: Line) -> None:
    await line.window(60, 10)
    await line.assign()
    await refresh(line)
    found = await now(line)
    assert (found["may_learn"], found["hold"], found["source"], found["seconds_at_hand"]) == (
        False, "no_window", "next_window", 600,
    )  # fmt: skip
    assert found["window"] is None
    assert found["next_window"]["starts_at"] == "2026-03-18T10:00:00Z"
    assert found["items"][0]["fits"] is True


async def test_minutes_at_hand_replace_the_window_but_never_reach_into_a_break(line: Line) -> None:
    await line.run("delete from shift where organization_id = :organization_id and worker_id = :w", w=line.plant.people["worker"])
    async with line.plant.write() as tx:
        await add_shift(tx, line.plant, "worker", 0, 480, pause(182, 212))
    await line.assign()
    found = await now(line, minutes=5)
    assert (found["source"], found["seconds_at_hand"], found["may_learn"]) == ("asked", 120, True)
    assert found["shift"]["next_break_at"] == "2026-03-18T09:02:00Z"
    assert found["items"][0]["why"] == ["too_long"]


async def test_on_a_break_and_off_shift_nothing_is_to_be_learned(line: Line, clock: ManualClock) -> None:
    await line.run("delete from shift where organization_id = :organization_id and worker_id = :w", w=line.plant.people["worker"])
    async with line.plant.write() as tx:
        await add_shift(tx, line.plant, "worker", 0, 480, pause(175, 195, BreakKind.REST, paid=True))
    assert (await now(line))["hold"] == "on_break"
    clock.at = NOW + timedelta(hours=6)
    off = await now(line, minutes=5)
    assert (off["hold"], off["shift"], off["seconds_at_hand"], off["source"]) == ("off_shift", None, 0, "none")
    clock.at = NOW - timedelta(hours=5)
    early = await now(line)
    assert (early["hold"], early["shift"]["running"]) == ("off_shift", False)


async def test_an_absent_worker_is_not_on_shift(line: Line) -> None:
    body = {"worker_id": str(line.plant.people["worker"]), "starts_at": instant(-600), "ends_at": instant(600), "kind": "sick"}
    assert (await line.plant.post("supervisor", "/v1/absences", body)).status_code == 201
    assert (await now(line))["hold"] == "off_shift"


async def test_a_scheduled_block_holds_its_place_and_comes_first(line: Line, clock: ManualClock) -> None:
    await line.window(60, 10, max_learners=1)
    await line.assign(workers=[str(line.plant.people["worker"])])
    await line.published()
    other = await line.assign(
        workers=[str(line.plant.people[who]) for who in ("worker", "colleague")], kind="checklist", key="truck-check"
    )
    clock.at = NOW + timedelta(minutes=61)
    mine = await now(line)
    assert mine["may_learn"] is True
    assert (mine["block"]["key"], mine["block"]["title"], mine["window"]["places_taken"]) == ("stop-the-line", "Stop the line", 1)
    assert mine["items"][0]["why"] == ["scheduled_now", "fits"]
    assert mine["items"][1]["assignment_id"] == other
    assert (await now(line, "colleague"))["hold"] == "no_place"


async def test_nobody_is_sent_off_a_line_that_needs_them(line: Line, clock: ManualClock) -> None:
    await line.window(60, 10, max_learners=3, minimum_staying=3)
    await refresh(line)
    clock.at = NOW + timedelta(minutes=61)
    assert (await now(line))["hold"] == "coverage_minimum"


async def test_who_left_does_not_stay_for_others(line: Line, clock: ManualClock) -> None:
    await line.window(60, 10, max_learners=3, minimum_staying=2)
    await line.assign()
    await refresh(line)
    clock.at = NOW + timedelta(minutes=61)
    assert (await now(line))["may_learn"] is True
    path = f"/v1/workers/{line.plant.people['third']}"
    headers = {"If-Match": (await line.plant.get("admin", path)).headers["etag"]}
    assert (await line.plant.call("admin", "POST", f"{path}/deactivate", headers=headers)).status_code == 200
    assert (await now(line))["hold"] == "coverage_minimum"


async def test_what_cannot_be_done_yet_is_counted_not_offered(line: Line) -> None:
    await line.assign(key="next-step")
    found = await now(line, minutes=10)
    assert (found["items"], found["blocked"]) == ([], {"prerequisite": 1, "language": 0, "tablet": 0})
    await line.run(
        "update worker set languages = '{fr}' where organization_id = :organization_id and id = :w", w=line.plant.people["worker"]
    )
    await line.assign()
    assert (await now(line))["blocked"] == {"prerequisite": 1, "language": 1, "tablet": 0}


async def test_the_answer_speaks_the_workers_language(line: Line) -> None:
    await line.run(
        "update worker set languages = '{es,en}' where organization_id = :organization_id and id = :w",
        w=line.plant.people["worker"],
    )
    await line.assign(mandatory=True, due_at=instant(30))
    (item,) = (await now(line, minutes=10))["items"]
    assert (item["language"], item["sentence"]) == (
        "es",
        "Stop the line (es): vence en menos de un día y cabe en el tiempo que tienes.",
    )


async def test_it_offers_exactly_what_learning_says_is_open(line: Line) -> None:
    worker = line.plant.people["worker"]
    await line.assign(priority=10)
    await line.assign(workers=[str(worker)], priority=90)
    await line.assign(kind="quiz", key="stop-quiz", workers=[str(worker)])
    await line.assign(kind="checklist", key="truck-check", mandatory=True, due_at=instant(500))
    cancelled = await line.assign(kind="quiz", key="stop-quiz", crews=[str(line.plant.second_crew_id)])
    async with line.plant.write() as tx:
        opened = await learning.open_items(tx, [worker])
    found = await now(line, minutes=100)
    assert {(i["assignment_id"], i["kind"], i["key"], i["hash"], i["seconds"]) for i in found["items"]} == {
        (str(i.assignment_id), i.kind, i.key, i.hash, i.seconds) for i in opened
    }
    assert len(opened) == 3
    assert cancelled not in {i["assignment_id"] for i in found["items"]}


async def test_it_takes_one_statement_and_no_transaction(line: Line) -> None:
    await line.assign()
    await line.window(-5, 20)
    await refresh(line)
    await now(line)
    database, asked = line.plant.runtime.database, list[str]()
    engine = database.engine.sync_engine
    # The lane takes the connection that was put back last.
    driver = database.quick._free[-1]

    def count(*_args: Any) -> None:
        asked.append("through SQLAlchemy")

    def log(record: Any) -> None:
        asked.append(record.query)

    driver.add_query_logger(log)
    event.listen(engine, "before_cursor_execute", count)
    try:
        await now(line)
        # The driver tells its loggers in the next turn of the loop.
        await asyncio.sleep(0)
    finally:
        event.remove(engine, "before_cursor_execute", count)
        driver.remove_query_logger(log)
    assert len(asked) == 1
    assert "me_now(" in asked[0]


async def test_a_revoked_session_and_a_missing_one_are_refused(line: Line) -> None:
    assert (await line.plant.get("nobody", "/v1/me/now")).status_code == 401
    await line.run(
        "update session set revoked_at = now() where organization_id = :organization_id and worker_id = :w",
        w=line.plant.people["worker"],
    )
    refused = await line.plant.get("worker", "/v1/me/now")
    assert (refused.status_code, refused.json()["code"]) == (401, "credential_revoked")


async def test_an_integration_has_no_learning_of_its_own(line: Line) -> None:
    assert (await line.plant.get("integration", "/v1/me/now")).status_code == 403


async def test_an_unknown_station_and_odd_minutes_are_refused(line: Line) -> None:
    assert (await line.plant.get("worker", "/v1/me/now", params={"station_id": str(new_id())})).status_code == 404
    assert (await line.plant.get("worker", "/v1/me/now", params={"station_id": str(line.plant.station_id)})).status_code == 200
    for odd in ("0", "121", "1e400", "x"):
        assert (await line.plant.get("worker", "/v1/me/now", params={"minutes": odd})).status_code == 422


async def test_another_organization_shows_through_nothing(line: Line, plant: Plant) -> None:
    await line.assign()
    await line.window(-5, 20)
    await refresh(line)
    from tests.builders import build_plant

    other = await build_plant(plant.runtime, plant.http)
    answer = await other.get("worker", "/v1/me/now")
    assert answer.status_code == 200
    assert (answer.json()["shift"], answer.json()["items"], answer.json()["window"]) == (None, [], None)
    # The same connections serve the first organization again.
    assert (await now(line))["window"] is not None


async def test_a_changed_catalog_is_read_again(line: Line) -> None:
    await line.assign()
    assert len((await now(line))["items"]) == 1
    await line.run(
        "update content_current set retired_at = now() where organization_id = :organization_id and key = 'stop-the-line'"
    )
    await line.run("update catalog_state set version = nextval('catalog_version') where organization_id = :organization_id")
    assert (await now(line))["items"] == []


async def test_windows_are_written_out_for_two_days_and_again_after_a_change(line: Line) -> None:
    kept = await line.window(60, 10)
    await line.window(49 * 60, 10)
    await refresh(line)
    await refresh(line)
    assert await line.value("select array_agg(id) from planned_window where organization_id = :organization_id") == [kept]


@pytest.mark.parametrize("minutes", [None, 5])
async def test_a_worker_without_shift_or_assignment_gets_a_whole_answer(line: Line, minutes: int | None) -> None:
    found = await now(line, "payroll", **({} if minutes is None else {"minutes": minutes}))
    assert (found["shift"], found["items"], found["hold"]) == (None, [], "off_shift")
    assert datetime.fromisoformat(found["at"]) == datetime(2026, 3, 18, 9, tzinfo=UTC)


async def test_a_lost_connection_is_replaced(line: Line) -> None:
    pooled = await line.plant.runtime.database.engine.raw_connection()
    driver = pooled.driver_connection
    assert driver is not None
    driver.terminate()
    pooled.close()
    statuses = [(await line.plant.get("worker", "/v1/me/now")).status_code for _ in range(20)]
    assert set(statuses[:10]) <= {200, 503}
    assert statuses[10:] == [200] * 10
    # With several connections in the pool the dead one may still be among them, and wait for another test.
    await line.plant.runtime.database.engine.dispose()


async def test_the_periodic_job_writes_the_windows_of_every_organization_out(line: Line) -> None:
    kept = await line.window(60, 10)
    await TASKS["planning.refresh_all_windows"].handler(line.plant.runtime)
    assert await line.value("select array_agg(id) from planned_window where organization_id = :organization_id") == [kept]


async def test_a_changed_window_is_written_out_again(line: Line) -> None:
    window = await line.window(60, 10)
    told = await line.value(
        "select id from event where organization_id = :organization_id and type = 'window.mapped' and subject_id = :w", w=window
    )
    args = {"organization_id": str(line.plant.organization_id), "event_ids": [str(told)]}
    await TASKS["planning.refresh_windows"].handler(line.plant.runtime, **args)
    found = (await now(line))["next_window"]
    assert found is not None
    assert found["id"] == str(window)
