"""overlap-races: many clients claim the same time of one worker, and of many, at once; each second is paid once."""

import asyncio
import random
from typing import Any

from benchmarks.harness.audit import audit
from benchmarks.harness.plant import Learner, seed
from benchmarks.harness.report import Outcome, Size
from benchmarks.harness.stack import Stack
from benchmarks.harness.writers import Memory, Tally, Uploader, client, remembered

CLIENTS, ITEMS, HOUR = 16, 5, 3600
CONTESTED = "select count(*) from pay_exception where organization_id = :org and reason = 'already_credited'"
DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"


async def overlap_races(stack: Stack, size: Size) -> Outcome:
    """Half of the uploads are by sixteen devices of one worker, half by devices that share workers two by two."""
    place = await seed(stack.postgres.application, CLIENTS // 2 + 1)
    folder = stack.folder / "races"
    folder.mkdir()
    before, tally = stack.postgres.rows(DEADLOCKS)[0][0], Tally()
    one, *many = place.learners
    uploads = size.races // ITEMS // CLIENTS // 2
    async with client() as http:
        for phase, learners in (("one", [one] * CLIENTS), ("many", many * 2)):
            shared: list[dict[str, Any]] = []
            async with asyncio.TaskGroup() as group:
                for number, learner in enumerate(learners):
                    chance = random.Random(f"{size.seed}/{phase}/{number}")
                    memory = Memory(folder / f"{phase}-{number}.acked")
                    device = Uploader(learner, memory, tally, http, stack.base, chance, gives_up=0.0)
                    group.create_task(_race(device, learner, uploads, shared))
    deadlocks = stack.postgres.rows(DEADLOCKS)[0][0] - before
    found = await asyncio.to_thread(audit, stack.postgres, place.organization_id, remembered(folder))
    contested = stack.postgres.rows(CONTESTED, org=place.organization_id)[0][0]
    lost = found.total + len(tally.faults) + deadlocks
    note = (
        f"{CLIENTS} clients on 2 API processes; {contested} overlaps asked for; {found.summary()}, {deadlocks} deadlocks; "
        f"answers: {tally.summary()}"
    )
    return Outcome("overlap-races", tally.acknowledged, lost, note, tally.faults)


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
        await device.upload(items, turn + chance.randrange(2))
