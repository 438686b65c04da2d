"""Endpoints, events and a receiver whose answers are told in advance."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from standardwebhooks.webhooks import Webhook

from app import worker
from app.core.events import publish
from app.core.ids import new_id
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.integrations import service
from app.people.events import WorkerCreated
from tests.builders import Plant
from tests.integrations.receiver import Received, _request

MESSAGES = text("select * from webhook_message where organization_id = :organization_id order by created_at, id")
SCHEDULED = text(
    "select scheduled_at from procrastinate_jobs where task_name = 'integrations.deliver' "
    "and args->>'organization_id' = cast(:organization_id as text) and scheduled_at is not null order by id desc limit 1"
)
READY = text(
    "select count(*) from procrastinate_jobs where status in ('todo', 'doing') and args->>'organization_id' = cast(:id as text) "
    "and (scheduled_at is null or scheduled_at <= now())"
)


@dataclass
class Told:
    """A receiver that gives the answers of `script` one by one and 200 when they are used up."""

    port: int = 0
    script: list[int | str] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    now: int = 0
    most_at_once: int = 0
    pause: float = 0.0
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def url(self, path: str = "hook") -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            self.received.append(await _request(reader))
            async with self.arrived:
                self.arrived.notify_all()
            status = self.script.pop(0) if self.script else 200
            await asyncio.sleep(self.pause)
            writer.write(f"HTTP/1.1 {status} -\r\ncontent-length: 4\r\n\r\nnote".encode())
            await writer.drain()
        finally:
            self.now -= 1
            writer.close()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(5), self.arrived:
            await self.arrived.wait_for(lambda: len(self.received) >= count)

    def ids(self) -> list[str]:
        return [one.headers["webhook-id"] for one in self.received]

    def bodies(self) -> list[Any]:
        return [orjson.loads(one.body) for one in self.received]


@asynccontextmanager
async def told(*script: int | str, pause: float = 0.0) -> AsyncIterator[Told]:
    receiver = Told(script=list(script), pause=pause)
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        await server.wait_closed()


async def make_endpoint(plant: Plant, url: str, *events: str) -> dict[str, Any]:
    """An endpoint made over the API; answers its JSON with the secret."""
    answer = await plant.post("admin", "/v1/webhook-endpoints", {"url": url, "events": list(events) or ["*"]})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def get_endpoint(plant: Plant, endpoint: dict[str, Any]) -> dict[str, Any]:
    answer = await plant.get("admin", f"/v1/webhook-endpoints/{endpoint['id']}")
    found: dict[str, Any] = answer.json()
    return found


async def happen(plant: Plant, count: int = 1) -> list[UUID]:
    """Publish facts as a use case would; answers the events' ids."""
    async with plant.write() as tx:
        return await publish(tx, *(WorkerCreated(subject_id=new_id(), site_id=plant.site_id) for _ in range(count)))


async def announce(plant: Plant, event_ids: Sequence[UUID]) -> None:
    """What the job after a commit does."""
    async with plant.write() as tx:
        await service.announce(tx, event_ids)


async def deliver(plant: Plant, *endpoints: dict[str, Any]) -> None:
    """What the sending job does."""
    await service.deliver(plant.runtime, plant.organization_id, [UUID(one["id"]) for one in endpoints])


async def work(plant: Plant, settings: Settings) -> None:
    """Run the worker until the organization has nothing ready; one run may stop before jobs that its last job enqueued."""
    for _ in range(20):
        await worker.run(settings, clock=plant.runtime.clock, once=True)
        async with plant.runtime.database.read(plant.organization_id) as tx:
            if not await tx.scalar(READY, id=str(plant.organization_id)):
                return
    raise AssertionError("the queue does not become empty")


async def stored(plant: Plant) -> Sequence[Any]:
    """Every message of the organization."""
    async with plant.runtime.database.read(plant.organization_id) as tx:
        return await tx.rows(MESSAGES)


async def next_job_at(runtime: Runtime, organization_id: UUID) -> Any:
    """When the sending job enqueued last is to start."""
    async with runtime.database.read(organization_id) as tx:
        return await tx.scalar(SCHEDULED, organization_id=str(organization_id))


def verified(secret: str, received: Received) -> Any:
    """The body, if the reference library accepts its signature. The library reads the machine's clock for the age."""
    return Webhook(secret).verify(received.body, received.headers)
