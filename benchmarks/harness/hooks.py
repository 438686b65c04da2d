"""webhooks: what committed while API and worker were killed reaches a moody receiver at least once, always with one id."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any

import httpx

from app.core.ids import new_id
from benchmarks.harness.kills import strike
from benchmarks.harness.plant import Place, seed
from benchmarks.harness.receiver import Receiver
from benchmarks.harness.report import Outcome, Size
from benchmarks.harness.stack import APIS, WORKER, Stack
from benchmarks.harness.writers import ATTEMPTS, PAUSE, Tally, client

WRITERS, PACE = 4, 0.12
TARGETS = (WORKER, APIS[0], WORKER, APIS[1])
COMMITTED = (
    "select cast(id as text), cast(subject_id as text) from event where organization_id = :org and type = 'assignment.created'"
)
# The moody receiver's refusals are tried again after minutes; the short run does not wait that long.
HURRY = "update webhook_message set next_attempt_at = now() where status = 'waiting' and attempts > 0"


async def webhooks(stack: Stack, size: Size) -> Outcome:
    """Assignments are made while processes die; then every committed event must have been taken by the receiver."""
    chance, tally, stop = random.Random(size.seed), Tally(), asyncio.Event()
    place, made = await seed(stack.postgres.application, 1), list[str]()
    async with Receiver(random.Random(size.seed)) as receiver, client() as http:
        receiver.secret = await subscribe(http, stack, place, receiver.url)
        async with asyncio.TaskGroup() as group:
            for number in range(WRITERS):
                group.create_task(_assign(http, stack, place, tally, made, stop, number))
            try:
                await _kill(stack, size, chance)
            finally:
                stop.set()
        committed = await asyncio.to_thread(stack.postgres.rows, COMMITTED, org=place.organization_id)
        seconds = await _drain(stack, receiver, [row[0] for row in committed], size)
        return _outcome(receiver, committed, made, tally, size, seconds)


async def subscribe(http: httpx.AsyncClient, stack: Stack, place: Place, url: str) -> str:
    """Make an endpoint that hears of assignments; answers its secret."""
    for name in APIS:
        await asyncio.to_thread(stack.wait_ready, name)
    body = {"url": url, "events": ["assignment.created"]}
    answer = await http.post(f"{stack.base(0)}/v1/webhook-endpoints", json=body, headers=place.plant.headers["admin"])
    answer.raise_for_status()
    return str(answer.json()["secret"])


async def _assign(
    http: httpx.AsyncClient, stack: Stack, place: Place, tally: Tally, made: list[str], stop: asyncio.Event, number: int
) -> None:
    """Make assignments one after the other, each until it is acknowledged."""
    learner = str(place.learners[0].id)
    while not stop.is_set():
        own = str(new_id())
        body = {"id": own, "kind": "module", "key": "stop-the-line", "workers": [learner]}
        for attempt in range(ATTEMPTS):
            address = f"{stack.base(number + attempt)}/v1/assignments"
            answer: httpx.Response | Exception
            try:
                answer = await http.post(address, json=body, headers=place.plant.headers["supervisor"])
            except httpx.TransportError as error:
                answer = error
            tally.note(answer)
            if isinstance(answer, httpx.Response) and answer.is_success:
                made.append(own)
                break
            await asyncio.sleep(PAUSE)
        await asyncio.sleep(PACE)


async def _kill(stack: Stack, size: Size, chance: random.Random) -> None:
    for number in range(size.hook_kills):
        await asyncio.sleep(chance.uniform(0.2, 0.3 + size.longest_calm))
        await asyncio.to_thread(strike, stack, TARGETS[number % len(TARGETS)])


async def _drain(stack: Stack, receiver: Receiver, events: Sequence[str], size: Size) -> float:
    """Wait until everything was taken, at most as long as the run allows; answers the seconds."""
    began = hurried = time.monotonic()
    while set(events) - set(receiver.taken) and time.monotonic() - began < size.drain_seconds:
        await asyncio.sleep(0.2)
        if size.hurry and time.monotonic() - hurried > 4:
            hurried = time.monotonic()
            await asyncio.to_thread(stack.postgres.run, HURRY)
    return time.monotonic() - began


def _outcome(
    receiver: Receiver, committed: Sequence[Any], made: Sequence[str], tally: Tally, size: Size, seconds: float
) -> Outcome:
    events = {row[0] for row in committed}
    missed = len(events - set(receiver.taken))
    unannounced = len(set(made) - {row[1] for row in committed})
    doubtful = sum(len(ids) != 1 for ids in receiver.taken.values())
    repeats = receiver.deliveries.total() - len(receiver.deliveries)
    note = (
        f"{size.hook_kills} kills; {missed} events not delivered, {unannounced} acknowledged without event, "
        f"{doubtful} with two ids, {receiver.forged} bad signatures; {repeats} sent again; "
        f"last one {seconds:.0f} s after the last kill"
    )
    lost = missed + unannounced + doubtful + receiver.forged + len(tally.faults)
    return Outcome("webhooks", len(events), lost, note, tally.faults)
