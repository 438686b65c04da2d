"""The bare programs beside which ours is measured: an ASGI function, asyncpg and orjson, nothing else.

They read and write the same tables, and leave out whatever a program can leave out: no sign-in, no fence between
organizations, no grading, no settling of paid time, no check of what is known. `me-now` asks three plain queries.
`attempts-batch` validates with pydantic and makes the same rows durable, with one statement a table in one transaction.
"""

import os
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qsl
from uuid import UUID

import asyncpg
import orjson
import uvicorn
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from app.core.ids import new_id
from benchmarks import statements as sql
from benchmarks.plant import ORGANIZATION

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
JOB = {"queue": "default", "task": "integrations.announce", "priority": 0}


class Found(BaseModel):
    """A finding of a checklist."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["done", "not_done", "na"]
    note: str = Field("", max_length=500)
    photo: str | None = Field(None, max_length=500)


class Result(BaseModel):
    """One result of a batch."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    kind: Literal["module", "quiz", "checklist"]
    key: str = Field(max_length=64)
    hash: str = Field(pattern="^[0-9a-f]{64}$")
    language: str = Field("en", max_length=16)
    started_at: AwareDatetime
    finished_at: AwareDatetime
    answers: dict[str, list[str]] = Field(default_factory=dict)
    cards: list[str] = Field(default_factory=list)
    items: dict[str, Found] = Field(default_factory=dict)


class Batch(BaseModel):
    """A batch."""

    model_config = ConfigDict(extra="forbid")

    sent_at: AwareDatetime | None = None
    items: list[Result] = Field(min_length=1, max_length=200)


BATCH = TypeAdapter(Batch)


class Bare:
    """The ASGI application."""

    pool: asyncpg.Pool

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        asked = dict(parse_qsl(scope["query_string"].decode()))
        if scope["path"] == "/me/now":
            await answer(send, await self.now(UUID(asked["worker"])))
        elif scope["path"] == "/attempt-batches":
            await answer(send, await self.store(UUID(asked["worker"]), await body_of(receive)))
        else:
            await answer(send, b"{}")

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                size = int(os.environ["BENCH_POOL_SIZE"])
                url = os.environ["BENCH_DATABASE_URL"]
                self.pool = await asyncpg.create_pool(url, min_size=size, max_size=size, init=plain_json, reset=no_reset)
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.pool.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def now(self, worker_id: UUID) -> bytes:
        """What a worker can learn now, in three queries."""
        now = datetime.now().astimezone()
        async with self.pool.acquire() as connection:
            shift = await connection.fetchrow(sql.SHIFT, ORGANIZATION, worker_id, now)
            line, end = shift["work_center_id"], shift["ends_at"]
            places = await connection.fetch(sql.PLACES, ORGANIZATION, worker_id, now, line, end)
            items = await connection.fetch(sql.ITEMS, ORGANIZATION, worker_id, now.date())
        return orjson.dumps(shown(now, shift, places, items), default=str)

    async def store(self, worker_id: UUID, body: bytes) -> bytes:
        """Validate a batch and make its rows durable."""
        batch = BATCH.validate_json(body)
        now = datetime.now().astimezone()
        rows = orjson.dumps([row_of(item, worker_id) for item in batch.items]).decode()
        jobs = orjson.dumps([job_of(batch)]).decode()
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(sql.ATTEMPTS, ORGANIZATION, now, rows)
            await connection.execute(sql.PROGRESS, ORGANIZATION, rows)
            await connection.execute(sql.REACHED, ORGANIZATION, rows)
            await connection.execute(sql.CLAIMS, ORGANIZATION, now, rows)
            await connection.execute(sql.ENTRIES, ORGANIZATION, now, rows)
            await connection.execute(sql.EVENTS, ORGANIZATION, now, rows)
            await connection.execute(sql.JOBS, jobs)
        return orjson.dumps({"items": [{"id": item.id, "verdict": "created"} for item in batch.items]})


def row_of(item: Result, worker_id: UUID) -> dict[str, Any]:
    """One result as a record of a bulk write; paid in full, because nothing is checked."""
    done = {key: found.model_dump() for key, found in item.items.items()}
    return {
        "id": item.id,
        "worker_id": str(worker_id),
        "kind": item.kind,
        "key": item.key,
        "hash": item.hash,
        "language": item.language,
        "started_at": item.started_at,
        "finished_at": item.finished_at,
        "seconds": (item.finished_at - item.started_at) // timedelta(seconds=1),
        "work": {"answers": item.answers, "cards": item.cards, "items": done},
        "entry_id": str(new_id()),
        "events": [str(new_id()) for _ in range(3)],
    }


def job_of(batch: Batch) -> dict[str, Any]:
    """The one job that follows from the events."""
    return {**JOB, "args": {"organization_id": str(ORGANIZATION), "event_ids": [str(item.id) for item in batch.items] * 3}}


def shown(now: datetime, shift: asyncpg.Record, places: list[asyncpg.Record], items: list[asyncpg.Record]) -> dict[str, Any]:
    """The same answer as ours: shift, windows, blocks, and open learning in order, with what fits."""
    windows = [dict(row) for row in places if row["what"] == "window"]
    current = next((w for w in windows if w["starts_at"] <= now), None)
    hand = int((current["closes_at"] - now).total_seconds()) if current else 0
    learned = {row["key"] for row in items if row["what"] == "learned"}
    wanted = [row for row in items if row["what"] == "item"]
    wanted.sort(key=lambda row: (row["status"] != "started", not row["mandatory"], row["due_at"] or now, -row["priority"]))
    return {
        "at": now,
        "time_zone": shift["time_zone"],
        "seconds_at_hand": hand,
        "shift": dict(shift),
        "window": current,
        "next_window": next((w for w in windows if w["starts_at"] > now), None),
        "blocks": [dict(row) for row in places if row["what"] == "block"],
        "items": [
            {
                "assignment_id": row["id"],
                "kind": row["kind"],
                "key": row["key"],
                "hash": row["hash"],
                "title": row["title"].get("en", row["key"]),
                "seconds": row["seconds"],
                "mandatory": row["mandatory"],
                "due_at": row["due_at"],
                "fits": row["seconds"] <= hand,
            }
            for row in wanted
            if learned.issuperset(row["prerequisites"]) and set(row["languages"]) & set(shift["languages"])
        ],
    }


async def plain_json(connection: asyncpg.Connection) -> None:
    """JSON columns as Python values."""
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=str, decoder=orjson.loads)


async def no_reset(_: asyncpg.Connection) -> None:
    """No round trip when a connection goes back: nothing here leaves any state on it."""


async def body_of(receive: Receive) -> bytes:
    """The whole body."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


async def answer(send: Send, body: bytes) -> None:
    """Send JSON."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


app = Bare()

if __name__ == "__main__":
    uvicorn.run(
        app, host="127.0.0.1", port=int(os.environ["BENCH_PORT"]), loop="uvloop", http="httptools", access_log=False,
        log_level="warning", server_header=False,
    )  # fmt: skip
