"""database-restart: `pg_ctl restart -m immediate` under load; clients see success, 503 with Retry-After or a lost connection."""

import asyncio
import random
import time

from benchmarks.harness.audit import audit
from benchmarks.harness.plant import seed
from benchmarks.harness.report import Outcome, Size
from benchmarks.harness.stack import Stack
from benchmarks.harness.writers import Memory, Tally, Uploader, client, remembered

CLIENTS = 50
LONGEST_RECOVERY = 5.0


async def database_restart(stack: Stack, size: Size) -> Outcome:
    """Every other restart is a SIGKILL; the time from a ready database to the next success must be short."""
    place, tally, stop = await seed(stack.postgres.application, CLIENTS), Tally(), asyncio.Event()
    folder = stack.folder / "restarts"
    folder.mkdir()
    recoveries: list[float] = []
    async with client() as http, asyncio.TaskGroup() as group:
        for number, learner in enumerate(place.learners):
            memory, chance = Memory(folder / f"{number}.acked"), random.Random(f"{size.seed}/{number}")
            group.create_task(Uploader(learner, memory, tally, http, stack.base, chance, batch=3, gives_up=0.0).run(stop))
        try:
            for number in range(size.restarts):
                await asyncio.sleep(1.5)
                await asyncio.to_thread(_restart, stack, number)
                recoveries.append(await _recovery(tally))
        finally:
            stop.set()
    found = await asyncio.to_thread(audit, stack.postgres, place.organization_id, remembered(folder))
    slow = sum(seconds > LONGEST_RECOVERY for seconds in recoveries)
    note = (
        f"{size.restarts} restarts, {CLIENTS} clients; first success after {max(recoveries):.1f} s at most; "
        f"{found.summary()}; answers: {tally.summary()}"
    )
    figures = {"acked": tally.acknowledged, "slowest_recovery_s": round(max(recoveries), 2)}
    return Outcome("database-restart", len(recoveries), found.total + slow + len(tally.faults), note, tally.faults, figures)


def _restart(stack: Stack, number: int) -> None:
    if number % 2:
        stack.postgres.kill()
        stack.postgres.start()
    else:
        stack.postgres.restart()


async def _recovery(tally: Tally) -> float:
    """Seconds until the next acknowledgment."""
    began, before = time.monotonic(), tally.acknowledged
    while tally.acknowledged == before and time.monotonic() - began < 4 * LONGEST_RECOVERY:  # noqa: ASYNC110  # clients only count
        await asyncio.sleep(0.02)
    return time.monotonic() - began
