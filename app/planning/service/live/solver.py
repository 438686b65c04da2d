"""Planning a line again, off the event loop: small questions in a thread, larger ones in a process of their own."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from threading import Lock

from app.core.runtime import Runtime
from app.planning.again import Again, Found, nothing, packed, plan_again, plan_packed, ready

__all__ = ["Again", "Found", "elsewhere", "plan_again", "prepared", "start"]
# The first requests of a fresh process come first, and who is stopped at once starts nothing.
AFTER_START = 5.0
# So few items are planned within a thread's time slice; a process would take longer to be asked.
FEW = 12


class Pool:
    """One process beside this one; fresh again after it died."""

    def __init__(self) -> None:
        self._running: ProcessPoolExecutor | None = None
        self._lock = Lock()

    def executor(self) -> ProcessPoolExecutor:
        """Where to ask."""
        with self._lock:
            if self._running is None:
                self._running = ProcessPoolExecutor(1, get_context("spawn"), ready)
            return self._running

    def forget(self) -> None:
        """Let the process go; the next question starts another one."""
        with self._lock:
            if self._running is not None:
                self._running.shutdown(wait=False, cancel_futures=True)
                self._running = None

    def prepare(self) -> None:
        """Start the process now, so that the first line that is planned again does not wait for it."""
        self.executor().submit(nothing)


POOL = Pool()


async def start(runtime: Runtime) -> None:
    """Soon after this process has started, start the one beside it."""
    task = asyncio.create_task(_prepare())

    def give_up() -> None:
        task.cancel()

    runtime.closers.append(give_up)


async def _prepare() -> None:
    await asyncio.sleep(AFTER_START)
    await asyncio.to_thread(POOL.prepare)


async def prepared() -> None:
    """Wait until the process beside this one is there. Whoever is about to keep others waiting for an answer asks this first."""
    with suppress(BrokenProcessPool):
        await asyncio.wrap_future(POOL.executor().submit(nothing))


async def elsewhere(asked: Again) -> Found:
    """The answer to a question, worked out beside the event loop."""
    if len(asked.problem.items) + len(asked.fillers) <= FEW:
        return await asyncio.to_thread(plan_again, asked)
    loop, given = asyncio.get_running_loop(), packed(asked)
    try:
        return await loop.run_in_executor(POOL.executor(), plan_packed, given)
    except BrokenProcessPool:
        # The operating system may end it under memory pressure; the question is pure, so it is asked again.
        POOL.forget()
        return await loop.run_in_executor(POOL.executor(), plan_packed, given)
