"""Background jobs in PostgreSQL (procrastinate), enqueued in the same transaction as the fact they follow from."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import text
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from procrastinate import App

    from app.core.db import WriteTransaction
    from app.core.runtime import Runtime

# procrastinate's own versioned function, called on our connection: a rollback leaves no job, a commit always does.
# Also a part of larger statements, with the text of `as_rows` as `:jobs`.
ENQUEUE = (
    "select unnest(procrastinate_defer_jobs_v1(array(select row(j.queue, j.task, j.priority, j.lock, j.queueing_lock, "
    "j.args, j.scheduled_at)::procrastinate_job_to_defer_v1 from jsonb_to_recordset(cast(:jobs as jsonb)) as "
    "j(queue text, task text, priority int, lock text, queueing_lock text, args jsonb, scheduled_at timestamptz))))"
)
DEFER = text(ENQUEUE)
Handler = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of background work. Jobs that share `lock` run one at a time, in order."""

    task: str
    args: dict[str, Any] = field(default_factory=dict)
    queue: str = "default"
    priority: int = 0
    lock: str | None = None
    queueing_lock: str | None = None
    scheduled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A registered handler: `handler(runtime, **args)`; retried up to `attempts` times with growing pauses."""

    name: str
    handler: Handler
    queue: str
    attempts: int
    every: str | None


TASKS: dict[str, Task] = {}


def task(name: str, *, queue: str = "default", attempts: int = 10, every: str | None = None) -> Callable[[Handler], Handler]:
    """Register a job handler. `every` is a cron line for periodic work; handlers must be repeatable."""

    def register(handler: Handler) -> Handler:
        TASKS[name] = Task(name, handler, queue, attempts, every)
        return handler

    return register


Watch = Callable[["Runtime"], Awaitable[None]]
WATCHES: dict[str, Watch] = {}


def watch(name: str) -> Callable[[Watch], Watch]:
    """Register a look-around of the worker process, every few seconds, for what must not wait for a free slot.

    It runs in one process at a time and must be short: it finds lost work and enqueues it.
    """

    def register(look: Watch) -> Watch:
        WATCHES[name] = look
        return look

    return register


def as_row(job: Job) -> dict[str, Any]:
    """The job as procrastinate's function takes it."""
    registered = TASKS.get(job.task)
    queue = registered.queue if registered and job.queue == "default" else job.queue
    return {
        "queue": queue,
        "task": job.task,
        "priority": job.priority,
        "lock": job.lock,
        "queueing_lock": job.queueing_lock,
        "args": job.args,
        "scheduled_at": job.scheduled_at,
    }


def as_rows(jobs: Sequence[Job]) -> str:
    """Jobs as JSON text for `ENQUEUE`."""
    return orjson.dumps([as_row(job) for job in jobs]).decode()


async def defer(tx: "WriteTransaction", *jobs: Job) -> None:
    """Enqueue jobs in this transaction: they exist if and only if it commits."""
    if jobs:
        await tx.rows(DEFER, jobs=as_rows(jobs))


def build_app(database_url: str, runtime: "Runtime | None" = None) -> "App":
    """Procrastinate's application over every registered task, for the worker process."""
    # Only the worker needs the library and its driver: the API enqueues by SQL and stays smaller without them.
    from procrastinate import App, PsycopgConnector  # noqa: PLC0415  # see above

    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=8))
    for registered in TASKS.values():
        _add(app, registered, runtime)
    return app


def _add(app: "App", registered: Task, runtime: "Runtime | None") -> None:
    async def run(timestamp: int = 0, **args: Any) -> None:  # noqa: ARG001  # periodic jobs are handed their time
        await registered.handler(runtime, **args)

    from procrastinate import RetryStrategy  # noqa: PLC0415  # see build_app

    retry = RetryStrategy(max_attempts=registered.attempts, exponential_wait=3)
    added = app.task(name=registered.name, queue=registered.queue, retry=retry)(run)
    if registered.every:
        app.periodic(cron=registered.every, periodic_id=registered.name)(added)
