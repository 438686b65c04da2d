"""Idempotency-Key over real routes: one effect and one answer a key, kept with the effect and never for a failure."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.core.ids import new_id
from tests.builders import Plant, until_somebody_waits
from tests.servers import Postgres, sync_engine

BLACKOUTS = "/v1/blackouts"
NORTH = {"code": "N", "name": "North", "time_zone": "UTC"}
HOLD = text("select id from work_center where organization_id = :organization_id and id = :line_id for update")


def keyed(key: str = "stop-once", **more: str) -> dict[str, str]:
    return {"Idempotency-Key": key, **more}


def blackout(plant: Plant, **more: Any) -> dict[str, Any]:
    """A body without an id, a number or a code: nothing but the key could stop a second one."""
    span = {"starts_at": "2026-03-18T05:00:00Z", "ends_at": "2026-03-18T13:00:00Z"}
    return {"work_center_id": str(plant.line_id), **span, "reason": "Customer audit", **more}


async def count(plant: Plant, table: str = "blackout") -> int:
    async with plant.write() as tx:
        found: int = await tx.scalar(text(f"select count(*) from {table} where organization_id = :organization_id"))
    return found


async def post(plant: Plant, body: Any, key: str = "stop-once", who: str = "supervisor", path: str = BLACKOUTS) -> httpx.Response:
    return await plant.post(who, path, body, headers=keyed(key))


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_the_same_request_gets_the_same_answer_and_happens_once(plant: Plant) -> None:
    first, again, third = [await post(plant, blackout(plant)) for _ in range(3)]
    assert first.status_code == 201, first.text
    assert "idempotency-replayed" not in first.headers
    for replay in (again, third):
        assert (replay.status_code, replay.content) == (201, first.content)
        assert replay.headers["content-type"] == first.headers["content-type"]
        assert replay.headers["idempotency-replayed"] == "true"
    assert await count(plant) == 1


async def test_without_a_key_every_request_happens(plant: Plant) -> None:
    for _ in range(2):
        assert (await plant.post("supervisor", BLACKOUTS, blackout(plant))).status_code == 201
    assert await count(plant) == 2
    assert await count(plant, "idempotency_key") == 0


async def test_an_edit_is_replayed_with_its_tag_though_the_version_moved_on(plant: Plant) -> None:
    path, headers = f"/v1/sites/{plant.site_id}", keyed("rename", **{"If-Match": '"v1"'})
    first = await plant.call("admin", "PATCH", path, json={"name": "North"}, headers=headers)
    assert first.headers["etag"] == '"v2"'
    later = await plant.call("admin", "PATCH", path, json={"name": "South"}, headers={"If-Match": '"v2"'})
    assert later.status_code == 200
    again = await plant.call("admin", "PATCH", path, json={"name": "North"}, headers=headers)
    assert (again.status_code, again.content, again.headers["etag"]) == (200, first.content, '"v2"')
    assert (await plant.get("admin", path)).json()["name"] == "South"


async def test_a_deletion_is_replayed_as_a_deletion(plant: Plant) -> None:
    made = (await post(plant, blackout(plant))).json()
    answers = [await plant.call("supervisor", "DELETE", f"{BLACKOUTS}/{made['id']}", headers=keyed("undo")) for _ in range(2)]
    assert [(a.status_code, a.content) for a in answers] == [(204, b"")] * 2
    assert (await plant.call("supervisor", "DELETE", f"{BLACKOUTS}/{made['id']}")).status_code == 404


async def test_a_key_used_for_another_request_is_refused(plant: Plant) -> None:
    assert (await post(plant, blackout(plant))).status_code == 201
    other = await post(plant, blackout(plant, reason="Fire drill"))
    assert told(other) == (422, "idempotency_key_reused")
    elsewhere = await plant.post("supervisor", f"{BLACKOUTS}?note=1", blackout(plant), headers=keyed())
    assert told(elsewhere) == (422, "idempotency_key_reused")
    version = await plant.post("supervisor", BLACKOUTS, blackout(plant), headers=keyed(**{"If-Match": '"v7"'}))
    assert told(version) == (422, "idempotency_key_reused")
    assert await count(plant) == 1
    assert (await post(plant, blackout(plant))).headers["idempotency-replayed"] == "true"


async def test_a_refused_request_has_let_go_of_its_transaction_when_it_is_answered(plant: Plant) -> None:
    pool = plant.runtime.database.engine.pool
    assert (await post(plant, blackout(plant))).status_code == 201
    for body, status in ((blackout(plant, reason="Fire drill"), 422), ({}, 422)):
        assert (await post(plant, body)).status_code == status
        assert pool.checkedout() == 0
    assert (await plant.call("supervisor", "DELETE", f"{BLACKOUTS}/{new_id()}")).status_code == 404
    assert pool.checkedout() == 0


async def test_a_key_belongs_to_its_caller_and_its_route(plant: Plant) -> None:
    for who in ("supervisor", "admin", "integration"):
        answer = await post(plant, blackout(plant), who=who)
        assert answer.status_code in (201, 403) and "idempotency-replayed" not in answer.headers
    before = await count(plant)
    assert before >= 1
    assert (await post(plant, NORTH, who="admin", path="/v1/sites")).status_code == 201
    assert await count(plant) == before


@pytest.mark.parametrize("key", ["", " ", "a b", "ä", "x" * 201, "tab\tin"])
async def test_an_unreadable_key_is_refused_before_anything_happens(plant: Plant, key: str) -> None:
    answer = await plant.post("supervisor", BLACKOUTS, blackout(plant), headers={"Idempotency-Key": key.encode()})  # type: ignore[dict-item]  # httpx takes bytes
    assert told(answer) == (400, "malformed_key")
    assert await count(plant) == 0


async def test_a_request_whose_first_is_still_running_is_asked_to_wait(plant: Plant) -> None:
    async with plant.write() as tx:
        # The first one waits for the line it points to.
        await tx.row(HOLD, line_id=plant.line_id)
        first = asyncio.create_task(post(plant, blackout(plant)))
        await until_somebody_waits(plant)
        answer = await post(plant, blackout(plant))
        assert told(answer) == (409, "still_running")
        assert answer.headers["retry-after"] == "1"
    assert (await first).status_code == 201
    assert (await post(plant, blackout(plant))).headers["idempotency-replayed"] == "true"
    assert await count(plant) == 1


async def test_a_refusal_is_not_kept(plant: Plant) -> None:
    """What was missing then may be there now: the same key and body get a new try."""
    site_id = str(new_id())
    body = {"site_id": site_id, "code": "HALL-B", "name": "Hall B"}
    for _ in range(2):
        refused = await post(plant, body, who="admin", path="/v1/areas")
        assert refused.status_code in (404, 422), refused.text
    assert await count(plant, "idempotency_key") == 0
    assert (await plant.post("admin", "/v1/sites", {"id": site_id, **NORTH})).status_code == 201
    assert (await post(plant, body, who="admin", path="/v1/areas")).status_code == 201


async def test_a_caller_who_may_not_leaves_no_key(plant: Plant) -> None:
    assert (await post(plant, blackout(plant), who="worker")).status_code == 403
    assert await count(plant, "idempotency_key") == 0


@asynccontextmanager
async def failing_commits(database: Postgres) -> AsyncIterator[None]:
    """Every commit that stored a blackout fails, after the route has answered inside the transaction."""
    engine = sync_engine(database.owner, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(
            "create function break_commit() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$"
        ))  # fmt: skip
        connection.execute(text(
            "create constraint trigger break_commit after insert on blackout deferrable initially deferred "
            "for each row execute function break_commit()"
        ))  # fmt: skip
        try:
            yield
        finally:
            connection.execute(text("drop trigger break_commit on blackout"))
            connection.execute(text("drop function break_commit()"))
    engine.dispose()


async def test_a_failure_is_not_kept_and_the_answer_commits_with_its_effect_or_not_at_all(
    plant: Plant, database: Postgres
) -> None:
    async with failing_commits(database):
        for _ in range(2):
            failed = await post(plant, blackout(plant))
            assert told(failed) == (500, "internal_error")
        assert (await count(plant), await count(plant, "idempotency_key")) == (0, 0)
    done = await post(plant, blackout(plant))
    assert done.status_code == 201 and "idempotency-replayed" not in done.headers
    assert (await count(plant), await count(plant, "idempotency_key")) == (1, 1)


async def until_answered(plant: Plant, key: str) -> httpx.Response:
    """What a careful client does: the same request again while the first one runs, or while the API is too busy to begin."""
    for _ in range(200):
        answer = await post(plant, blackout(plant, reason=f"Reason of {key}"), key=key)
        if answer.status_code not in (409, 503):
            return answer
        assert told(answer) == (409, "still_running") or "retry-after" in answer.headers
        await asyncio.sleep(0.02)
    raise AssertionError("the first request never ended")


async def test_twenty_duplicates_at_once_of_each_of_five_keys_have_five_effects(plant: Plant) -> None:
    keys = [f"race-{number}" for number in range(5)]
    answers = await asyncio.gather(*(until_answered(plant, key) for _ in range(20) for key in keys))
    assert {answer.status_code for answer in answers} == {201}
    assert await count(plant) == len(keys)
    assert await count(plant, "idempotency_key") == len(keys)
    assert len({answer.content for answer in answers}) == len(keys)
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == len(keys)
    async with plant.write() as tx:
        published = await tx.scalar(text("select count(*) from event where organization_id = :organization_id"))
    assert published <= len(keys)
