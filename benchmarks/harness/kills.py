"""kill9: acknowledged results survive SIGKILL of the API, the worker and the whole PostgreSQL at random moments."""

import asyncio
import random
import time
from collections import Counter

from benchmarks.harness.audit import audit
from benchmarks.harness.plant import seed
from benchmarks.harness.report import Outcome, Size
from benchmarks.harness.stack import APIS, WORKER, Stack
from benchmarks.harness.writers import Memory, Tally, Uploader, client, remembered

DATABASE = "postgresql"
# Of ten kills: five of an API process, two of the worker, three of the database.
TARGETS = (APIS[0], DATABASE, APIS[1], WORKER, APIS[2], DATABASE, WORKER, APIS[3], APIS[0], DATABASE)


async def kill9(stack: Stack, size: Size) -> Outcome:
    """Writers upload while processes are killed; then the auditor compares."""
    chance, tally, stop = random.Random(size.seed), Tally(), asyncio.Event()
    place = await seed(stack.postgres.application, size.writers)
    folder = stack.folder / "kill9"
    folder.mkdir()
    async with client() as http:
        writers = [
            Uploader(
                learner, Memory(folder / f"{n}.acked"), tally, http, stack.base, random.Random(f"{size.seed}/{n}"), pause=0.05
            )
            for n, learner in enumerate(place.learners)
        ]
        async with asyncio.TaskGroup() as running:
            for writer in writers:
                running.create_task(writer.run(stop))
            try:
                killed, seconds = await _kill(stack, size, chance, tally)
                await asyncio.sleep(1)
            finally:
                stop.set()
    found = await asyncio.to_thread(audit, stack.postgres, place.organization_id, remembered(folder))
    kills = ", ".join(f"{count} x {name}" for name, count in sorted(killed.items()))
    told = f"{killed.total()} kills in {seconds:.0f} s ({kills}); {tally.acknowledged} acknowledged"
    note = f"{told}; {found.summary()}; answers: {tally.summary()}"
    figures = {"acked": tally.acknowledged, "seconds": round(seconds)}
    return Outcome("kill9", killed.total(), found.total + len(tally.faults), note, tally.faults, figures)


async def _kill(stack: Stack, size: Size, chance: random.Random, tally: Tally) -> tuple[Counter[str], float]:
    """Until there were enough kills and enough was acknowledged, or the time is over."""
    killed: Counter[str] = Counter()
    began = time.monotonic()
    while (killed.total() < size.kills or tally.acknowledged < size.acked) and time.monotonic() - began < size.kill_seconds:
        # Enough was killed: what is left is time for results to be acknowledged between fewer kills.
        calm = size.longest_calm * (1 if killed.total() < size.kills else 15)
        await asyncio.sleep(chance.uniform(0, calm))
        name = TARGETS[killed.total() % len(TARGETS)]
        await asyncio.to_thread(strike, stack, name)
        killed[name] += 1
    for name in APIS:
        await asyncio.to_thread(stack.wait_ready, name)
    return killed, time.monotonic() - began


def strike(stack: Stack, name: str) -> None:
    """Kill one process, or the database with all its processes, and start it again."""
    if name == DATABASE:
        stack.postgres.kill()
        stack.postgres.start()
    else:
        stack.kill(name)
