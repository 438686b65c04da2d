"""lost-commit: the API loses its database connection around COMMIT; it must not guess, and a repeat has one effect."""

import asyncio
import random

from sqlalchemy.engine import make_url

from benchmarks.harness.audit import audit
from benchmarks.harness.plant import seed
from benchmarks.harness.proxy import CommitCutter
from benchmarks.harness.report import Outcome, Size
from benchmarks.harness.stack import Stack
from benchmarks.harness.writers import Memory, Tally, Uploader, client, remembered

CLIENTS, NAME, LONGEST = 4, "api-cut", 120.0


async def lost_commit(stack: Stack, size: Size) -> Outcome:
    """Uploads through an API process whose database is behind the proxy, until so many commits were cut."""
    place, tally, stop = await seed(stack.postgres.application, CLIENTS), Tally(), asyncio.Event()
    folder = stack.folder / "commits"
    folder.mkdir()
    async with CommitCutter(random.Random(size.seed), socket=stack.postgres.folder / ".s.PGSQL.5432") as proxy, client() as http:
        behind = make_url(stack.postgres.application).set(host="127.0.0.1", port=proxy.port, query={})
        base = await asyncio.to_thread(stack.add_api, NAME, behind.render_as_string(hide_password=False))
        await asyncio.to_thread(stack.wait_ready, NAME)
        async with asyncio.TaskGroup() as group:
            for number, learner in enumerate(place.learners):
                memory, chance = Memory(folder / f"{number}.acked"), random.Random(f"{size.seed}/{number}")
                group.create_task(Uploader(learner, memory, tally, http, lambda _: base, chance, batch=5, gives_up=0.0).run(stop))
            group.create_task(_enough(proxy, size.cuts // 2, stop))
        await asyncio.to_thread(stack.drop, NAME)
        cuts, arrived = proxy.cuts, proxy.arrived
    found = await asyncio.to_thread(audit, stack.postgres, place.organization_id, remembered(folder))
    note = (
        f"{cuts} commits cut, {arrived} after they had arrived; {tally.existed} of {tally.acknowledged} results had taken "
        f"effect before; {found.summary()}; answers: {tally.summary()}"
    )
    return Outcome("lost-commit", cuts, found.total + len(tally.faults), note, tally.faults)


async def _enough(proxy: CommitCutter, cuts: int, stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(LONGEST):
            while proxy.cuts < cuts:  # noqa: ASYNC110  # the proxy only counts
                await asyncio.sleep(0.05)
    except TimeoutError:
        pass
    finally:
        stop.set()
