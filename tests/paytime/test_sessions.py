"""Two-phase sessions: time is reserved when learning starts, and one end settles it, whoever comes at the same time."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.access import Caller
from app.core.clock import ManualClock
from app.core.errors import AppError
from app.core.ids import new_id
from app.core.intervals import Interval
from app.core.runtime import Runtime
from app.paytime import service as paytime
from app.paytime.domain import PayKind, Reason
from app.paytime.jobs import expire_sessions
from tests.builders import Plant
from tests.paytime.builders import add_shift, at, claim, pause

# The clock stands at 09:00 UTC: minute 180 of the morning shift.
NOW = 180
RESOLUTIONS = text(
    "select r.resolution, h.worker_id, coalesce((select sum(e.seconds) from pay_entry e where e.source_id = h.id), 0) as seconds "
    "from pay_hold h join pay_resolution r on r.hold_id = h.id where h.organization_id = :organization_id"
)
HELD = text("select starts_at, ends_at, reserved from pay_interval where organization_id = :organization_id order by starts_at")


@pytest.fixture
async def on_shift(plant: Plant) -> Plant:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker", 0, 480, pause(200, 230))
    return plant


async def begin(plant: Plant, seconds: int = 600, session_id: UUID | None = None, who: str = "worker", **more: Any) -> Any:
    body = {"id": str(session_id or new_id()), "kind": "shadowing", "seconds": seconds, **more}
    return await plant.post(who, "/v1/me/learning-sessions", body)


async def end(plant: Plant, session: Any, who: str = "worker", **body: Any) -> Any:
    return await plant.post(who, f"/v1/me/learning-sessions/{session['id']}/end", body)


async def void(plant: Plant, session: Any) -> Any:
    return await plant.post("worker", f"/v1/me/learning-sessions/{session['id']}/void")


async def seconds(plant: Plant, who: str = "worker") -> int:
    found: int = (await plant.get(who, "/v1/me/pay-time")).json()["seconds"]
    return found


def code(answer: Any) -> tuple[int, str]:
    problem = answer.json()
    return answer.status_code, problem["errors"][0]["code"] if problem.get("errors") else problem.get("code", "")


async def test_a_session_reserves_and_its_end_credits_what_it_took(on_shift: Plant, clock: ManualClock) -> None:
    session = (await begin(on_shift, device_at="2026-03-18T09:02:00Z")).json()
    assert (session["starts_at"], session["ends_at"], session["resolution"]) == (
        "2026-03-18T09:00:00Z", "2026-03-18T09:10:00Z", None,
    )  # fmt: skip
    assert (session["time_zone"], session["utc_offset_seconds"], session["expires_at"]) == (
        "Europe/Berlin", 3600, "2026-03-18T09:40:00Z",
    )  # fmt: skip
    clock.at += timedelta(minutes=7)
    ended = (await end(on_shift, session)).json()
    assert (ended["resolution"], ended["seconds"], ended["ended_at"]) == ("posted", 420, "2026-03-18T09:07:00Z")
    (entry,) = (await on_shift.get("worker", "/v1/me/pay-time")).json()["entries"]
    assert (entry["kind"], entry["source_id"], entry["device_at"]) == ("shadowing", session["id"], "2026-03-18T09:02:00Z")


async def test_more_than_was_reserved_is_never_credited(on_shift: Plant, clock: ManualClock) -> None:
    session = (await begin(on_shift)).json()
    clock.at += timedelta(minutes=25)
    assert (await end(on_shift, session)).json()["seconds"] == 600


async def test_a_device_may_say_that_it_ended_earlier_but_not_before_it_began(on_shift: Plant, clock: ManualClock) -> None:
    first = (await begin(on_shift)).json()
    clock.at += timedelta(minutes=5)
    assert (await end(on_shift, first, ended_at="2026-03-18T09:03:00Z")).json()["seconds"] == 180
    second = (await begin(on_shift)).json()
    clock.at += timedelta(minutes=5)
    assert (await end(on_shift, second, ended_at="2026-03-18T08:00:00Z")).json()["seconds"] == 0


async def test_starting_and_ending_again_answers_the_same(on_shift: Plant, clock: ManualClock) -> None:
    session_id = new_id()
    assert (await begin(on_shift, session_id=session_id)).json() == (await begin(on_shift, session_id=session_id)).json()
    clock.at += timedelta(minutes=5)
    first = await end(on_shift, {"id": session_id})
    clock.at += timedelta(minutes=2)
    assert (await end(on_shift, {"id": session_id})).json() == first.json()
    assert code(await void(on_shift, {"id": session_id})) == (409, "session_ended")
    other = await begin(on_shift, session_id=session_id, who="colleague")
    assert code(other) == (409, "id_taken")


async def test_a_voided_session_frees_its_time(on_shift: Plant) -> None:
    session = (await begin(on_shift)).json()
    assert (await void(on_shift, session)).json()["resolution"] == "voided"
    assert (await void(on_shift, session)).status_code == 200
    assert code(await end(on_shift, session)) == (409, "session_ended")
    assert (await begin(on_shift)).status_code == 201
    assert await seconds(on_shift) == 0


async def test_the_reservation_ends_where_a_break_or_the_shift_does(on_shift: Plant, clock: ManualClock) -> None:
    clock.at += timedelta(minutes=15)
    session = (await begin(on_shift, 1200)).json()
    assert session["ends_at"] == "2026-03-18T09:20:00Z"
    await void(on_shift, session)
    clock.at = at(210)
    assert code(await begin(on_shift)) == (409, "in_break")
    clock.at = at(475)
    assert (await begin(on_shift, 1200)).json()["ends_at"] == "2026-03-18T14:00:00Z"


async def test_off_shift_it_depends_on_the_site(on_shift: Plant, clock: ManualClock) -> None:
    clock.at = at(500)
    assert code(await begin(on_shift)) == (409, "outside_shift")
    read = await on_shift.get("payroll", f"/v1/sites/{on_shift.site_id}/pay-policy")
    headers = {"If-Match": read.headers["etag"]}
    await on_shift.call("payroll", "PUT", f"/v1/sites/{on_shift.site_id}/pay-policy", json={}, headers=headers)
    session = (await begin(on_shift)).json()
    clock.at += timedelta(minutes=5)
    assert (await end(on_shift, session)).json()["seconds"] == 300
    (entry,) = (await on_shift.get("worker", "/v1/me/pay-time")).json()["entries"]
    assert entry["classification"] == "off_shift"


async def test_a_second_session_waits_for_the_first(on_shift: Plant, clock: ManualClock) -> None:
    await begin(on_shift)
    assert code(await begin(on_shift)) == (409, "session_open")
    clock.at += timedelta(minutes=11)
    assert (await begin(on_shift)).status_code == 201


async def test_a_session_that_is_too_long_needs_a_block(on_shift: Plant) -> None:
    assert code(await begin(on_shift, 1801)) == (422, "too_long")
    assert code(await begin(on_shift, kind="protected_block")) == (422, "block")
    assert code(await begin(on_shift, block_id=str(new_id()))) == (422, "block")
    assert code(await begin(on_shift, kind="protected_block", block_id=str(new_id()))) == (422, "unknown_block")


async def test_travel_and_job_related_are_kept(on_shift: Plant, clock: ManualClock) -> None:
    session = (await begin(on_shift, travel=True, job_related=False, mandatory=True)).json()
    clock.at += timedelta(minutes=5)
    await end(on_shift, session)
    (entry,) = (await on_shift.get("worker", "/v1/me/pay-time")).json()["entries"]
    assert (entry["classification"], entry["mandatory"], entry["seconds"]) == ("travel", True, 300)


async def test_what_else_was_learned_in_reserved_time_counts_once_and_comes_back_when_it_is_freed(
    on_shift: Plant, clock: ManualClock
) -> None:
    session = (await begin(on_shift)).json()
    async with on_shift.write() as tx:
        (given,) = await paytime.credit(tx, [claim(on_shift.people["worker"], NOW + 2, NOW + 6)])
    assert (given.seconds, given.exceptions) == (0, ((Reason.ALREADY_CREDITED, 240),))
    clock.at += timedelta(minutes=4)
    assert (await end(on_shift, session)).json()["seconds"] == 240
    # The session took the first two of the four minutes; the other two are the module's.
    mine = (await on_shift.get("worker", "/v1/me/pay-time")).json()
    assert mine["seconds"] == 360
    assert {(e["kind"], e["seconds"]) for e in mine["entries"]} == {("shadowing", 240), ("module", 120)}
    assert mine["uncredited"] == [{"reason": "already_credited", "seconds": 120}]


async def test_what_nobody_ends_expires_by_the_servers_clock_and_waits_for_a_supervisor(
    on_shift: Plant, clock: ManualClock
) -> None:
    session = (await begin(on_shift)).json()
    async with on_shift.write() as tx:
        await paytime.credit(tx, [claim(on_shift.people["worker"], NOW, NOW + 3)])
    clock.at += timedelta(minutes=39)
    await expire_sessions(on_shift.runtime)
    assert (await on_shift.get("worker", f"/v1/me/learning-sessions/{session['id']}")).json()["resolution"] is None
    clock.at += timedelta(minutes=1)
    for _ in range(2):
        await expire_sessions(on_shift.runtime)
    shown = (await on_shift.get("worker", f"/v1/me/learning-sessions/{session['id']}")).json()
    assert (shown["resolution"], shown["seconds"]) == ("expired", 0)
    assert code(await end(on_shift, session)) == (409, "session_ended")
    # The module that was learned meanwhile has its own time now; the rest of the session is for somebody to decide.
    assert await seconds(on_shift) == 180
    shown = (await on_shift.get("supervisor", "/v1/pay-exceptions?open=true")).json()["items"]
    (waiting,) = [one for one in shown if one["reason"] == "expired"]
    body = {"outcome": "pay", "reason": "I saw them at it"}
    assert (await on_shift.post("supervisor", f"/v1/pay-exceptions/{waiting['id']}/decisions", body)).status_code == 201
    assert await seconds(on_shift) == 600


async def test_nobody_else_sees_or_ends_a_session(on_shift: Plant) -> None:
    session = (await begin(on_shift)).json()
    for who in ("colleague", "supervisor", "payroll", "admin"):
        assert (await on_shift.get(who, f"/v1/me/learning-sessions/{session['id']}")).status_code == 404
        assert (await end(on_shift, session, who)).status_code == 404
    assert [one["id"] for one in (await on_shift.get("worker", "/v1/me/learning-sessions")).json()["items"]] == [session["id"]]


async def race(plant: Plant, clock: ManualClock, racers: int) -> str:
    """Everybody wants to end one session in another way; answers how it ended, after checking that it did once."""
    session_id, worker = new_id(), plant.people["worker"]
    caller = Caller(plant.organization_id, worker, "person", worker_id=worker)
    async with plant.runtime.database.write(plant.organization_id, caller) as tx:
        await paytime.start_session(tx, paytime.SessionAsked(session_id, PayKind.COACHING, 60))
    # Its time is over, and so is the grace: any of the three ends may come first.
    clock.at += timedelta(minutes=31)

    async def one(number: int) -> str:
        async with plant.runtime.database.write(plant.organization_id, caller) as tx:
            try:
                if number % 3 == 2:
                    return "expired" if await paytime.expire_sessions(tx, 10) else "late"
                done = paytime.void_session(tx, session_id) if number % 3 else paytime.end_session(tx, session_id, None, None)
                return (await done).resolution or ""
            except AppError:
                return "late"

    said = await asyncio.gather(*(one(number) for number in range(racers)))
    async with plant.write() as tx:
        row = (await tx.rows(text("select resolution from pay_resolution where hold_id = :id"), id=session_id))[0]
        net = await tx.scalar(text("select coalesce(sum(seconds), 0) from pay_entry where source_id = :id"), id=session_id)
        left = await tx.scalar(text("select count(*) from pay_interval where entry_id = :id"), id=session_id)
    assert set(said) <= {row.resolution, "late"}
    assert said.count("expired") <= 1
    assert (net, left) == (60 if row.resolution == "posted" else 0, 0)
    return str(row.resolution)


async def a_long_shift(plant: Plant) -> None:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker", 0, 60 * 24 * 40)


async def test_fifty_racers_and_exactly_one_end(plant: Plant, clock: ManualClock) -> None:
    await a_long_shift(plant)
    for _ in range(4):
        await race(plant, clock, 50)


@pytest.mark.long
async def test_fifty_racers_a_thousand_times(plant: Plant, clock: ManualClock) -> None:
    await a_long_shift(plant)
    ends = set()
    for _ in range(1000):
        ends.add(await race(plant, clock, 50))
    assert ends == {"posted", "voided", "expired"}
    async with plant.write() as tx:
        rows = await tx.rows(RESOLUTIONS)
    assert len(rows) == 1000


async def test_the_database_itself_lets_nothing_overlap_a_reservation(on_shift: Plant) -> None:
    await begin(on_shift)
    async with on_shift.write() as tx:
        (held,) = await tx.rows(HELD)
    assert (held.reserved, held.starts_at) == (True, datetime(2026, 3, 18, 9, tzinfo=UTC))
    copy = text(
        "insert into pay_hold select (jsonb_populate_record(h, jsonb_build_object('id', cast(:id as text)))).* from pay_hold h "
        "where organization_id = :organization_id"
    )
    with pytest.raises(Exception, match="ex_pay_interval_overlap"):
        async with on_shift.write() as tx:
            await tx.run(copy, id=str(new_id()))


async def also_an_attempt(plant: Plant, session: Any) -> None:
    """The phone uses the session's id for what was learned before it as well."""
    async with plant.write() as tx:
        await paytime.credit(tx, [claim(plant.people["worker"], 10, 20, source_id=UUID(session["id"]))])


async def test_an_id_used_twice_costs_nobody_the_session(on_shift: Plant, clock: ManualClock) -> None:
    session = (await begin(on_shift)).json()
    await also_an_attempt(on_shift, session)
    clock.at += timedelta(minutes=5)
    ended = (await end(on_shift, session)).json()
    assert (ended["seconds"], await seconds(on_shift)) == (300, 900)
    assert (await end(on_shift, session)).json() == ended


async def test_an_id_used_twice_holds_up_nobody_elses_session(on_shift: Plant, clock: ManualClock, runtime: Runtime) -> None:
    async with on_shift.write() as tx:
        await add_shift(tx, on_shift, "colleague")
    await also_an_attempt(on_shift, (await begin(on_shift)).json())
    assert (await begin(on_shift, who="colleague")).status_code == 201
    clock.at += timedelta(hours=1)
    await expire_sessions(runtime)
    async with on_shift.write() as tx:
        assert [row.resolution for row in await tx.rows(RESOLUTIONS)] == ["expired", "expired"]
    waiting = (await on_shift.get("supervisor", "/v1/pay-exceptions")).json()["items"]
    assert [(one["reason"], one["seconds"]) for one in waiting] == [("expired", 600)] * 2
    async with on_shift.write() as tx:
        await paytime.review(tx, on_shift.people["worker"], Interval(at(0), at(480)))
    assert await seconds(on_shift) == 600
