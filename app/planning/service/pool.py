"""Processes that plan, so that no event loop ever waits for the planner: a few of them, started when first needed."""

import asyncio
import multiprocessing
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.core.runtime import Runtime
from app.planning.process import Field, Line, share

T = TypeVar("T")
NAME = "planning.pool"
PROCESSES = min(2, os.cpu_count() or 1)
# More work than processes may wait; each piece has a place on the board from the start.
PLACES = 64


class PlannerDied(RuntimeError):
    """A process of the planner ended before it answered: killed, or out of memory."""


@dataclass(slots=True)
class Pool:
    """The processes, and the shared board on which they tell how far they are."""

    executor: ProcessPoolExecutor
    board: Any
    free: "asyncio.Queue[int]" = field(default_factory=asyncio.Queue)

    def release(self, place: int, loop: asyncio.AbstractEventLoop) -> None:
        """Give a place back, from whatever thread; not before its process is done, which would tell of old work there."""
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self.free.put_nowait, place)


@dataclass(slots=True)
class Running:
    """One piece of work in another process."""

    future: "asyncio.Future[Any]"
    line: Line


def pool_of(runtime: Runtime) -> Pool:
    """The pool of this process, started if there is none; it ends with the runtime."""
    found: Pool | None = runtime.memory.get(NAME)
    if found is None:
        # A fresh interpreter: a copy of this one would share its connections and threads.
        context = multiprocessing.get_context("spawn")
        board = context.RawArray("q", PLACES * len(Field))
        executor = ProcessPoolExecutor(PROCESSES, context, share, (board,))
        found = runtime.memory[NAME] = Pool(executor, board)
        for place in range(PLACES):
            found.free.put_nowait(place)
        runtime.closers.append(lambda: close(runtime))
    return found


def close(runtime: Runtime) -> None:
    """Ask everything that runs to stop and end the processes without waiting for them."""
    found: Pool | None = runtime.memory.pop(NAME, None)
    if found is not None:
        for place in range(PLACES):
            Line(found.board, place).stop()
        # Its own only: a process may have others. Python 3.14 has a public way to end them.
        children = list(found.executor._processes.values())  # noqa: SLF001  # see above
        found.executor.shutdown(wait=False, cancel_futures=True)
        for child in children:
            child.terminate()


Watch = Callable[[Running], Awaitable[None]]


async def run(runtime: Runtime, function: Callable[..., T], *given: Any, watch: Watch | None = None) -> T:
    """`function(place, *given)` in another process; `watch` looks after it meanwhile and may ask it to stop.

    Raises PlannerDied when the process ended without an answer. There is no limit of time.
    """
    pool = pool_of(runtime)
    place, loop = await pool.free.get(), asyncio.get_running_loop()
    line = Line(pool.board, place)
    line.clear()
    try:
        submitted = pool.executor.submit(function, place, *given)
        submitted.add_done_callback(lambda _: pool.release(place, loop))
        running = Running(asyncio.wrap_future(submitted), line)
        if watch is not None:
            await watch(running)
        answer: T = await running.future
    except BrokenProcessPool as error:
        # Everything else on this pool ends the same way; the next piece of work starts a new one.
        if runtime.memory.get(NAME) is pool:
            close(runtime)
        raise PlannerDied("a process of the planner ended before it answered") from error
    except BaseException:
        line.stop()
        raise
    return answer
