"""overlap-races: many clients claim the same time of one worker, and of many, at once; each second is paid once.

They upload modules, quizzes and checklist runs around a change of sites, and start and end sessions, through every API process.
"""

import asyncio
import random
import time
from typing import Any

import httpx

from app.core.ids import new_id
from benchmarks.harness.audit import audit
from benchmarks.harness.plant import Learner, seed
from benchmarks.harness.report import Outcome, Size
from benchmarks.harness.stack import APIS, Stack
from benchmarks.harness.writers import Memory, Tally, Uploader, client, remembered

ITEMS, HOUR = 20, 3600
# Not the kinds of results: the auditor looks for the result of each claim of those.
SESSION_KINDS = ("shadowing", "peer_assist", "office_hours", "coaching")
CONTESTED = "select count(*) from pay_exception where organization_id = :org and reason = 'already_credited'"
SESSIONS = "select count(*) from pay_hold where organization_id = :org"
CREDITED = (
    "select count(distinct site_id), count(distinct kind), count(*) from pay_entry where organization_id = :org"
)  # fmt: skip
DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"


async def overlap_races(stack: Stack, size: Size) -> Outcome:
    """Half of the uploads are by many devices of one worker, half by devices that share workers two by two."""
    place = await seed(stack.postgres.application, max(size.clients) // 2 + 1)
    folder = stack.folder / "races"
    folder.mkdir()
    before, tally, seconds = stack.postgres.rows(DEADLOCKS)[0][0], Tally(), 0.0
    one, *many = place.learners
    async with client() as http:
        for clients in size.clients:
            uploads = size.races // len(size.clients) // ITEMS // clients // 2 + 1
            for phase, learners in (("one", [one] * clients), ("many", (many * 2)[:clients])):
                shared: list[dict[str, Any]] = []
                began = time.monotonic()
                async with asyncio.TaskGroup() as group:
                    for number, learner in enumerate(learners):
                        chance = random.Random(f"{size.seed}/{clients}/{phase}/{number}")
                        memory = Memory(folder / f"{clients}-{phase}-{number}.acked")
                        device = Uploader(learner, memory, tally, http, stack.base, chance, gives_up=0.0)
                        group.create_task(_race(device, learner, uploads, shared))
                seconds += time.monotonic() - began
    deadlocks = stack.postgres.rows(DEADLOCKS)[0][0] - before
    found = await asyncio.to_thread(audit, stack.postgres, place.organization_id, remembered(folder))
    contested = stack.postgres.rows(CONTESTED, org=place.organization_id)[0][0]
    sessions = stack.postgres.rows(SESSIONS, org=place.organization_id)[0][0]
    sites, kinds, lines = stack.postgres.rows(CREDITED, org=place.organization_id)[0]
    rate = tally.acknowledged / seconds
    note = (
        f"{', '.join(map(str, size.clients))} clients on {len(APIS)} API processes, {rate:.0f} a second; {contested} overlaps "
        f"asked for; {lines} lines of {kinds} kinds at {sites} sites, {sessions} sessions; {found.summary()}, {deadlocks} "
        f"deadlocks; answers: {tally.summary()}"
    )
    lost = found.total + len(tally.faults) + deadlocks
    return Outcome("overlap-races", tally.acknowledged, lost, note, tally.faults, {"per_second": round(rate)})


async def _race(device: Uploader, learner: Learner, uploads: int, shared: list[dict[str, Any]]) -> None:
    """Upload overlapping results; some are copies of what another device of the same worker sends just now."""
    chance = device.chance
    for turn in range(uploads):
        items = [learner.any_result(chance, 2 * HOUR) for _ in range(ITEMS)]
        mine = [item for item in shared[-40:] if item["of"] == learner.id]
        if mine and chance.random() < 0.3:
            again = chance.choice(mine)["item"]
            items[chance.randrange(ITEMS)] = again
        shared.append({"of": learner.id, "item": chance.choice(items)})
        await device.upload(items, turn + chance.randrange(len(APIS)))
        if chance.random() < 0.2:
            await _session(device, chance)


async def _session(device: Uploader, chance: random.Random) -> None:
    """Reserve time from now on and give it back or be credited; only one session of a worker can run."""
    made = {"id": str(new_id()), "kind": chance.choice(SESSION_KINDS), "seconds": 60}
    end = chance.choice(("end", "void"))
    if await _asked(device, "/v1/me/learning-sessions", made):
        await asyncio.sleep(chance.random())
        await _asked(device, f"/v1/me/learning-sessions/{made['id']}/{end}", {} if end == "end" else None)


async def _asked(device: Uploader, path: str, body: Any) -> bool:
    """Whether it was done; that another session runs is an answer as good as any."""
    address = f"{device.base(device.chance.randrange(len(APIS)))}{path}"
    try:
        answer = await device.http.post(address, json=body, headers=device.learner.headers)
    except httpx.TransportError as error:
        device.tally.note(error)
        return False
    if answer.status_code == 409:
        device.tally.answers["409 session_open"] += answer.json()["code"] == "session_open"
        return False
    device.tally.note(answer)
    return answer.is_success
