"""The background process: runs jobs until it is asked to stop."""

import asyncio
import signal

import structlog

from app.core import jobs, logs
from app.core.clock import Clock
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.registry import load_imports, load_jobs, starters

log = structlog.get_logger()
GRACE_SECONDS = 20.0


async def run(settings: Settings, *, clock: Clock | None = None, once: bool = False) -> None:
    """Work off the queue; with `once` stop when it is empty. SIGTERM lets running jobs end, at most 20 s."""
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
            await app.run_worker_async(
                concurrency=4,
                wait=not once,
                install_signal_handlers=False,
                listen_notify=not once,
                fetch_job_polling_interval=2.0,
                shutdown_graceful_timeout=GRACE_SECONDS,
                delete_jobs="successful",
            )
    finally:
        await runtime.stop()


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
