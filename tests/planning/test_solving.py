"""Plans while they are solved: in another process, held by one, taken up again, stopped, and never hanging."""

import asyncio
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest

from app.core.clock import ManualClock
from app.core.jobs import TASKS
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.planning import service
from app.planning.domain.progress import Effort, Phase, Progress
from app.planning.process import Line as BoardLine
from app.planning.process import Work, work
from app.planning.service import pool, solving
from app.planning.service.live.solver import POOL
from app.planning.service.pool import PlannerDied, pool_of
from tests.planning.builders import Line
from tests.planning.faults import killed, niceness, patient
from tests.planning.plants import at as on_day
from tests.planning.plants import item, problem, window, worker

WAITING = "select count(*) from procrastinate_jobs where task_name = 'planning.solve' and args ->> 'plan_id' = :plan_id"


async def asked(line: Line, **body: Any) -> str:
    answer = await line.ask(**body)
    assert answer.status_code == 202, answer.text
    found: str = answer.json()["id"]
    return found


async def solve(line: Line, plan_id: str) -> None:
    await service.solve_plan(line.plant.runtime, line.plant.organization_id, UUID(plan_id))


async def phase(line: Line, plan_id: str) -> Any:
    return await line.value("select phase from plan where organization_id = :organization_id and id = :id", id=UUID(plan_id))


async def test_a_plan_knows_its_worth_its_bound_and_who_gets_how_much(line: Line) -> None:
    await line.window()
    await line.assign()
    plan = await line.propose(effort="quick")
    assert (plan["effort"], plan["progress"]["phase"], plan["progress"]["percent"]) == ("quick", "done", 100)
    assert plan["objective"] == plan["progress"]["objective"] > 0
    assert plan["bound"] is None or plan["bound"] >= plan["objective"]
    assert plan["gap"] == plan["progress"]["gap"]
    mine = [one for one in plan["protected_time"] if one["worker_id"] == str(line.plant.people["worker"])]
    assert mine == [
        {"worker_id": str(line.plant.people["worker"]), "week": "2026-W12", "used_seconds": 0, "published_seconds": 0,
         "planned_seconds": 180, "target_seconds": 0},
    ]  # fmt: skip


async def test_a_killed_process_is_replaced_and_the_plan_is_solved_by_the_next_attempt(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    await line.window()
    await line.assign()
    plan_id = await asked(line)
    with monkeypatch.context() as fault:
        fault.setattr(solving, "work", killed)
        with pytest.raises(PlannerDied):
            await solve(line, plan_id)
    assert (await line.read(plan_id))["status"] == "solving"
    assert (await line.solve(plan_id))["status"] == "proposed"


async def test_a_plan_that_kills_its_process_each_time_fails_with_a_reason(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "work", killed)
    plan_id = await asked(line)
    for _ in range(solving.ATTEMPTS - 1):
        with pytest.raises(PlannerDied):
            await solve(line, plan_id)
    plan = await line.solve(plan_id)
    assert (plan["status"], plan["failure"]) == ("failed", solving.DIED)


async def test_a_plan_whose_process_vanished_is_taken_up_again_once_its_lease_ran_out(line: Line, clock: ManualClock) -> None:
    await line.window()
    await line.assign()
    plan_id = await asked(line)
    # What a worker process that was killed leaves behind: a lease, and no job of its own any more.
    taken = (
        "update plan set lease_by = gen_random_uuid(), lease_until = :until, attempts = 1 "
        "where organization_id = :organization_id"
    )
    await line.run(taken, until=clock.now() + solving.LEASE)
    runtime, organization_id = line.plant.runtime, line.plant.organization_id
    assert await service.take_up_again(runtime, organization_id) == 0
    assert (await line.solve(plan_id))["status"] == "solving"
    clock.at += solving.LEASE + timedelta(seconds=1)
    assert await service.take_up_again(runtime, organization_id) == 1
    assert await line.value(WAITING, plan_id=plan_id) == 2
    assert (await line.solve(plan_id))["status"] == "proposed"
    assert await service.take_up_again(runtime, organization_id) == 0


async def test_a_plan_whose_job_was_lost_is_asked_for_again(line: Line, clock: ManualClock) -> None:
    plan_id = await asked(line)
    await TASKS["planning.take_up_again"].handler(line.plant.runtime)
    assert await line.value(WAITING, plan_id=plan_id) == 1
    clock.at += solving.UNHEARD + timedelta(seconds=1)
    await TASKS["planning.take_up_again"].handler(line.plant.runtime)
    assert await line.value(WAITING, plan_id=plan_id) == 2


async def test_a_plan_that_vanished_too_often_fails(line: Line) -> None:
    plan_id = await asked(line)
    await line.run("update plan set attempts = 3 where organization_id = :organization_id")
    assert (await line.solve(plan_id))["failure"] == solving.DIED


async def test_two_workers_solve_a_plan_once(line: Line) -> None:
    await line.window()
    await line.assign()
    plan_id = await asked(line)
    await asyncio.gather(*(solve(line, plan_id) for _ in range(3)))
    assert await line.value("select attempts from plan where organization_id = :organization_id") == 1
    assert len(await line.blocks(plan_id)) == 2


async def test_a_plan_is_stopped_while_it_is_solved_and_nothing_is_kept(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "work", patient)
    plan_id = await asked(line)
    running = asyncio.create_task(solve(line, plan_id))
    await asyncio.sleep(0.7)
    answers = await asyncio.gather(*(line.plant.post("supervisor", f"/v1/plans/{plan_id}/cancellation") for _ in range(2)))
    assert [(one.status_code, one.json()["status"]) for one in answers] == [(200, "cancelled")] * 2
    async with asyncio.timeout(20):
        await running
    plan = await line.read(plan_id)
    assert (plan["status"], plan["progress"]["phase"], plan["placed"]) == ("cancelled", "done", 0)


async def test_a_plan_nobody_took_up_yet_is_stopped_too(line: Line) -> None:
    plan_id = await asked(line)
    assert (await line.plant.post("supervisor", f"/v1/plans/{plan_id}/cancellation")).status_code == 200
    assert (await line.solve(plan_id))["status"] == "cancelled"
    refused = await line.publish(await line.read(plan_id))
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_not_proposed")


async def test_only_what_is_being_solved_is_stopped_and_only_by_who_reaches_it(line: Line) -> None:
    plan = await line.propose()
    path = f"/v1/plans/{plan['id']}/cancellation"
    refused = await line.plant.post("supervisor", path)
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_not_solving")
    for who, status in (("worker", 403), ("other_supervisor", 404), ("nobody", 401)):
        assert (await line.plant.post(who, path)).status_code == status


async def test_a_process_that_is_to_end_gives_its_plan_back(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    plan_id = await asked(line)
    with monkeypatch.context() as fault:
        fault.setattr(solving, "work", patient)
        running = asyncio.create_task(solve(line, plan_id))
        await asyncio.sleep(1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert await phase(line, plan_id) == "waiting"
    assert (await line.solve(plan_id))["status"] == "proposed"


async def test_the_event_loop_goes_on_while_a_plan_is_solved(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "work", patient)
    plan_id = await asked(line)
    running = asyncio.create_task(solve(line, plan_id))
    loop, late = asyncio.get_running_loop(), 0.0
    for _ in range(200):
        began = loop.time()
        await asyncio.sleep(0.005)
        late = max(late, loop.time() - began - 0.005)
    await line.plant.post("supervisor", f"/v1/plans/{plan_id}/cancellation")
    await running
    # Generous, because others share the machine; the planner itself would hold the loop for a minute.
    assert late < 0.5


async def test_the_planners_processes_stand_back_for_whoever_answers_people(line: Line) -> None:
    own = os.nice(0)
    assert await pool.run(line.plant.runtime, niceness) >= min(19, own + 10)
    beside = await asyncio.wrap_future(POOL.executor().submit(os.nice, 0))
    assert own < beside <= own + 3


async def test_a_broken_roster_ends_the_plan_with_a_reason(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    async def contradiction(*_: object) -> None:
        raise ValueError("the paid intervals of a worker do not overlap")

    # Fault injection: the database refuses overlapping shifts, so nothing stored can contradict itself like this.
    monkeypatch.setattr(solving, "gather", contradiction)
    plan = await line.solve(await asked(line))
    assert (plan["status"], plan["failure"]) == ("failed", solving.UNREADABLE)


def test_more_effort_is_never_worth_less_on_a_small_plant() -> None:
    people = [worker(f"w{n}") for n in range(3)]
    windows = [window(f"v{n}", on_day(7 + n), minutes=5, max_learners=1) for n in range(4)]
    plant = problem(people, windows, [item(f"i{n}", f"w{n % 3}", seconds=60 + 20 * n, value=n) for n in range(9)])
    worths = []
    for effort in Effort:
        found = work(0, Work(plant, effort=effort))
        assert found is not None
        assert found.violations == []
        worths.append(found.answer.objective)
    assert worths == sorted(worths)


def test_numbers_on_the_board_are_read_as_they_were_written() -> None:
    board = [0] * 40
    line = BoardLine(board, 3)
    line.clear()
    assert line.read() == Progress()
    told = Progress(Phase.PROVING, 70, -5, 12)
    line.tell(told)
    assert line.read() == told
    assert not line.stopped
    line.stop()
    assert line.stopped
    assert BoardLine(board, 2).read() == Progress(Phase.WAITING, 0, 0, 0)


async def test_a_stopped_piece_of_work_leaves_its_place_only_when_its_process_is_done_with_it(line: Line) -> None:
    processes = pool_of(line.plant.runtime)
    places = processes.free.qsize()
    await line.propose()
    await asyncio.sleep(0.1)
    assert processes.free.qsize() == places


ALONE = """
import asyncio, multiprocessing, sys
from types import SimpleNamespace
from app.planning.service import pool
from tests.planning.faults import patient

async def main():
    runtime = SimpleNamespace(memory={}, closers=[])
    asyncio.get_running_loop().call_later(3, lambda: print(*(c.pid for c in multiprocessing.active_children()), flush=True))
    await pool.run(runtime, patient, None)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_the_planners_processes_end_when_the_process_they_work_for_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "alone.py"
    script.write_text(ALONE)
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, str(script)], cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        children = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert children
    ends = time.monotonic() + 20
    while time.monotonic() < ends and any(psutil.pid_exists(pid) for pid in children):
        time.sleep(0.1)
    assert not any(psutil.pid_exists(pid) for pid in children)


async def test_a_process_that_stops_one_runtime_leaves_anothers_planners_alone(line: Line, settings: Settings) -> None:
    one, another = line.plant.runtime, Runtime.build(settings)
    for runtime in (one, another):
        await pool.run(runtime, max, 100)
    pool.close(another)
    # Whoever was ended by mistake is noticed a moment later.
    await asyncio.sleep(1)
    assert await pool.run(one, max, 100) == 100
