"""The background process: runs jobs until it is asked to stop."""

import asyncio
import signal
from typing import Any

import structlog
from procrastinate import App

from app.core import jobs, logs
from app.core.allocator import give_back_large_blocks
from app.core.clock import Clock
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.core.upkeep import HEARTBEAT_SECONDS, STALLED_SECONDS, keep_watch
from app.registry import load_imports, load_jobs, starters

log = structlog.get_logger()
GRACE_SECONDS = 20.0
SENDING = "webhooks"
SLOTS, SENDING_SLOTS = 4, 8


async def run(settings: Settings, *, clock: Clock | None = None, once: bool = False) -> None:
    """Work off the queue; with `once` stop when it is empty. SIGTERM lets running jobs end, at most 20 s."""
    give_back_large_blocks()
    logs.configure(settings.log_level)
    load_jobs()
    load_imports()
    runtime = Runtime.build(settings, clock)
    await runtime.start()
    for start in starters():
        await start(runtime)
    app = jobs.build_app(settings.database_url, runtime)
    try:
        async with app.open_async():
            log.info("worker_started", tasks=len(jobs.TASKS))
            if once:
                await _work(app, None, SLOTS, wait=False)
            else:
                # Sending waits for strangers: with slots of its own it never holds up plans, imports or pay.
                sending, own = _queues()
                # A group waits for every part when it is stopped: one queue's end must not cut off the jobs of the other.
                async with asyncio.TaskGroup() as group:
                    group.create_task(_work(app, own, SLOTS))
                    group.create_task(_work(app, sending, SENDING_SLOTS))
                    group.create_task(keep_watch(app, runtime))
    finally:
        await runtime.stop()


def _queues() -> tuple[list[str], list[str]]:
    """The queues that send to other systems, and all others."""
    known = {task.queue for task in jobs.TASKS.values()} | {"default"}
    return [SENDING], sorted(known - {SENDING})


async def _work(app: App, queues: list[str] | None, slots: int, *, wait: bool = True) -> None:
    chosen: dict[str, Any] = {} if queues is None else {"queues": queues}
    await app.run_worker_async(
        **chosen,
        concurrency=slots,
        wait=wait,
        install_signal_handlers=False,
        listen_notify=wait,
        fetch_job_polling_interval=2.0,
        shutdown_graceful_timeout=GRACE_SECONDS,
        delete_jobs="successful",
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        stalled_worker_timeout=STALLED_SECONDS,
    )


def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""

    async def until_signalled() -> None:
        work = asyncio.create_task(run(settings))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, work.cancel)
        try:
            await work
        except asyncio.CancelledError:
            log.info("worker_stopped")

    asyncio.run(until_signalled())
