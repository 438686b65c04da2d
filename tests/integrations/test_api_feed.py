"""Whoever follows the feed sees every event once, whatever commits at the same time."""

import asyncio
import random
import time
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.events import publish
from app.core.ids import new_id
from app.core.pages import decode_cursor, encode_cursor
from app.people.events import WorkerCreated
from tests.builders import Plant, build_plant
from tests.integrations.builders import happen, make_endpoint, stored, told, work
from tests.integrations.test_api_endpoints import URL
from tests.servers import Postgres, sync_engine

SOME_ID = UUID("0197f6a0-0000-7000-8000-0000000000aa")

WRITERS = text("select id from event where organization_id = :organization_id order by cast(cast(writer as text) as numeric), id")
WRITE_AS = text(
    "update event set writer = cast(cast(:writer as text) as xid8) where organization_id = :organization_id and id = :id"
)


async def follow(plant: Plant, cursor: str | None = None, **options: Any) -> tuple[list[dict[str, Any]], str]:
    """Read on from a cursor until the feed has no more for now."""
    seen: list[dict[str, Any]] = []
    while True:
        given = {**options, **({"cursor": cursor} if cursor else {})}
        answer = await plant.get("integration", "/v1/events", params=given)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        seen += page["items"]
        cursor = page["cursor"]
        if not page["more"]:
            return seen, cursor


async def waited(plant: Plant, count: int, cursor: str | None = None, **options: Any) -> tuple[list[dict[str, Any]], str]:
    """Read on until so many are there: the feed waits for every transaction of the server, those of other tests too."""
    seen: list[dict[str, Any]] = []
    deadline = time.monotonic() + 30
    while True:
        news, cursor = await follow(plant, cursor, **options)
        seen += news
        if len(seen) >= count or time.monotonic() > deadline:
            return seen, cursor


def ids(events: list[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in events]


async def test_the_feed_tells_what_a_webhook_tells(plant: Plant, settings: Any) -> None:
    async with told() as receiver:
        await make_endpoint(plant, receiver.url(), "*")
        (event_id,) = await happen(plant)
        await work(plant, settings)
    (one,), _ = await waited(plant, 1)
    assert one["id"] == str(event_id)
    assert {name: one[name] for name in ("type", "timestamp", "data")} == receiver.bodies()[0]


async def test_pages_follow_each_other_and_the_cursor_waits_for_news(plant: Plant) -> None:
    first = await happen(plant, 5)
    seen, cursor = await waited(plant, 5, limit=2)
    assert ids(seen) == [str(one) for one in first]
    assert await follow(plant, cursor) == ([], cursor)
    second = await happen(plant, 1)
    news, later = await waited(plant, 1, cursor)
    assert ids(news) == [str(one) for one in second]
    assert later != cursor


async def test_an_event_waits_for_an_older_transaction_that_still_runs(plant: Plant) -> None:
    """A feed ordered by id alone would hand out the second event and never the first."""
    async with plant.write() as slow:
        first = await publish(slow, WorkerCreated(subject_id=new_id(), site_id=plant.site_id))
        second = await happen(plant)
        seen, cursor = await follow(plant)
        assert seen == []
    seen, _ = await waited(plant, 2, cursor)
    assert set(ids(seen)) == {str(one) for one in (*first, *second)}


async def test_nothing_is_lost_or_told_twice_while_many_write(plant: Plant) -> None:
    written: list[UUID] = []
    chance = random.Random(7)
    done = asyncio.Event()

    async def write() -> None:
        for _ in range(20):
            async with plant.write() as tx:
                made = await publish(
                    tx, *(WorkerCreated(subject_id=new_id(), site_id=plant.site_id) for _ in range(chance.randint(1, 3)))
                )
                # Work between the write and its commit is what makes ids and commits disagree.
                await asyncio.sleep(chance.random() * 0.01)
            written.extend(made)

    async def read() -> list[str]:
        seen: list[str] = []
        cursor: str | None = None
        deadline = time.monotonic() + 60
        while True:
            last = done.is_set()
            news, cursor = await follow(plant, cursor, limit=7)
            seen += ids(news)
            # The feed waits for every transaction of the server, those of other test processes too.
            if last and (len(seen) >= len(written) or time.monotonic() > deadline):
                return seen

    reader = asyncio.create_task(read())
    await asyncio.gather(*(write() for _ in range(6)))
    done.set()
    seen = await reader
    assert len(written) >= 120
    assert sorted(seen) == sorted(str(one) for one in written)
    async with plant.runtime.database.read(plant.organization_id) as tx:
        stored_order = [str(row.id) for row in await tx.rows(WRITERS)]
    assert seen == stored_order
    assert seen != [str(one) for one in written], "no commit overtook another, so this run proved nothing"


async def test_transactions_are_told_in_the_order_of_their_numbers(plant: Plant, database: Postgres) -> None:
    """As texts, 9 comes after 10: a reader who was given them so would go back and tell some again."""
    made = await happen(plant, 4)
    owner = sync_engine(database.owner)
    with owner.begin() as connection:
        for event_id, writer in zip(made, (8, 9, 10, 100), strict=True):
            values = {"organization_id": plant.organization_id, "id": event_id, "writer": str(writer)}
            connection.execute(WRITE_AS, values)
    owner.dispose()
    seen, _ = await waited(plant, 4, limit=1)
    assert ids(seen) == [str(one) for one in made]


async def test_since_leaves_out_what_happened_earlier(plant: Plant, clock: Any) -> None:
    await happen(plant)
    clock.at = clock.at.replace(hour=11)
    late = await happen(plant)
    seen, _ = await waited(plant, 1, since="2026-03-18T10:00:00Z")
    assert ids(seen) == [str(one) for one in late]


async def test_another_organizations_events_are_not_told(plant: Plant) -> None:
    other = await build_plant(plant.runtime, plant.http)
    await happen(other)
    assert (await follow(plant))[0] == []
    assert len((await waited(other, 1))[0]) == 1


async def test_a_cursor_of_an_earlier_history_is_refused_with_what_to_do(plant: Plant) -> None:
    _, cursor = await follow(plant)
    _, writer, event_id = decode_cursor(cursor, 3)
    answer = await plant.get("integration", "/v1/events", params={"cursor": encode_cursor(["1-1", writer, event_id])})
    assert (answer.status_code, answer.json()["code"]) == (410, "cursor_ended")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!",
        encode_cursor(["a"]),
        encode_cursor(["a", "b", str(SOME_ID)]),
        encode_cursor(["a", "-1", str(SOME_ID)]),
        encode_cursor(["a", str(2**63), str(SOME_ID)]),
        encode_cursor(["a", "1" * 300, str(SOME_ID)]),
        encode_cursor(["a", "1", "no"]),
    ],
)
async def test_a_cursor_that_is_not_ours_is_refused(plant: Plant, cursor: str) -> None:
    answer = await plant.get("integration", "/v1/events", params={"cursor": cursor})
    assert answer.status_code in {400, 422}, answer.text


async def test_a_key_without_the_scope_reads_no_events(plant: Plant) -> None:
    await make_endpoint(plant, URL)
    assert await stored(plant) == []
    assert (await plant.get("worker", "/v1/events")).status_code == 403
