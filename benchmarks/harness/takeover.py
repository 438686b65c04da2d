"""webhook-takeover: a worker is killed while the receiver keeps it waiting; another one delivers within 30 seconds."""

import asyncio
import random
import time
from typing import Any

from app.core.ids import new_id
from benchmarks.harness.hooks import subscribe
from benchmarks.harness.kills import strike
from benchmarks.harness.plant import Place, seed
from benchmarks.harness.receiver import Receiver
from benchmarks.harness.report import Outcome, Size
from benchmarks.harness.stack import WORKER, Stack
from benchmarks.harness.writers import client

LONGEST = 30.0
PATIENCE = 120.0


class Holding(Receiver):
    """A receiver that answers nothing while `hold` is set, and everything afterwards."""

    hold: asyncio.Event
    reached: asyncio.Event

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.hold.is_set():
            self.reached.set()
            await reader.read()  # until the sender is gone
            writer.close()
            return
        await super()._connection(reader, writer)


async def webhook_takeover(stack: Stack, size: Size) -> Outcome:
    """Measure each kill from its moment to the answered delivery; slower than promised counts as lost."""
    place, seconds = await seed(stack.postgres.application, 1), list[float]()
    async with Holding(random.Random(size.seed)) as receiver, client() as http:
        receiver.hold, receiver.reached = asyncio.Event(), asyncio.Event()
        receiver.secret = await subscribe(http, stack, place, receiver.url)
        for _ in range(size.takeovers):
            seconds.append(await _kill_once(stack, place, receiver, http))
    late = sum(one > LONGEST for one in seconds)
    note = f"taken over after {', '.join(f'{one:.1f}' for one in seconds)} s (at most {LONGEST:.0f} s allowed)"
    return Outcome("webhook-takeover", len(seconds), late, note)


async def _kill_once(stack: Stack, place: Place, receiver: Holding, http: Any) -> float:
    taken = len(receiver.taken)
    receiver.hold.set()
    receiver.reached.clear()
    body = {"id": str(new_id()), "kind": "module", "key": "stop-the-line", "workers": [str(place.learners[0].id)]}
    answer = await http.post(f"{stack.base(0)}/v1/assignments", json=body, headers=place.plant.headers["supervisor"])
    answer.raise_for_status()
    async with asyncio.timeout(PATIENCE):
        await receiver.reached.wait()
    await asyncio.to_thread(strike, stack, WORKER)
    receiver.hold.clear()
    began = time.monotonic()
    while len(receiver.taken) == taken and time.monotonic() - began < PATIENCE:  # noqa: ASYNC110  # the receiver has no event for it
        await asyncio.sleep(0.1)
    return time.monotonic() - began
