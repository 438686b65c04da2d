"""`python -m benchmarks.heartbeat FILE`: the API as `interlude serve` starts it, with a heartbeat in its event loop.

Every 2 ms a task wakes and writes down when, by how much it was late, and how long the loop's thread has worked since: whatever
holds the loop up, holds it up too. Others on a busy machine make it late as well, but not at work. Nothing else differs.
"""

import asyncio
import sys
import time
from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app import cli, main

EVERY = 0.002
FIELDS = 3
# So many beats are written at once, half a second's.
FLUSH = 250


async def beat(path: Path) -> None:
    """Write an instant of the machine's monotonic clock, seconds of lag and seconds of work, until cancelled."""
    found, worked = array("d"), time.thread_time()
    with path.open("ab", buffering=0) as file:
        while True:
            before = time.monotonic()
            await asyncio.sleep(EVERY)
            now = time.monotonic()
            found.extend((now, max(0.0, now - before - EVERY), time.thread_time() - worked))
            worked = time.thread_time()
            if len(found) >= FIELDS * FLUSH:
                file.write(found.tobytes())
                del found[:]


def beating(create: Callable[..., Any], path: Path) -> Callable[..., Any]:
    """The application's factory, with the heartbeat for as long as the application lives."""

    def created() -> Any:
        app = create()
        lives = app.router.lifespan_context

        @asynccontextmanager
        async def lifespan(served: Any) -> AsyncIterator[None]:
            async with lives(served):
                task = asyncio.create_task(beat(path))
                yield
                task.cancel()

        app.router.lifespan_context = lifespan
        return app

    return created


if __name__ == "__main__":
    main.create_app = beating(main.create_app, Path(sys.argv[1]))
    cli.serve(1)
