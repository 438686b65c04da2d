"""Failures are tried again on schedule, given up in the end, and switch off only what is gone or broken for days."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.clock import ManualClock
from app.core.settings import Settings
from app.integrations import service
from app.integrations.client import Sender
from app.integrations.domain import ATTEMPTS, RETRY_DELAYS
from app.integrations.service.delivering import settle
from app.integrations.service.parts import sender
from tests.builders import Plant
from tests.integrations.builders import (
    announce,
    deliver,
    get_endpoint,
    happen,
    make_endpoint,
    next_job_at,
    stored,
    told,
    work,
)
from tests.integrations.receiver import listening

LOSE_JOBS = text(
    "delete from procrastinate_jobs where task_name = 'integrations.deliver' "
    "and args->>'organization_id' = cast(:organization_id as text)"
)


class Killed(BaseException):
    """Stands for the end of the process."""


async def test_sixteen_attempts_follow_the_schedule_under_one_id_and_end_in_a_dead_letter(
    plant: Plant, clock: ManualClock
) -> None:
    async with told(*([500] * 15)) as receiver:
        receiver.script.append(503)
        endpoint = await make_endpoint(plant, receiver.url())
        await announce(plant, await happen(plant))
        for attempt in range(1, ATTEMPTS):
            sent_at = clock.now()
            await deliver(plant, endpoint)
            assert len(receiver.received) == attempt
            (message,) = await stored(plant)
            assert (message.status, message.attempts) == ("waiting", attempt)
            wait = (message.next_attempt_at - sent_at).total_seconds()
            assert abs(wait - RETRY_DELAYS[attempt]) <= 0.2 * RETRY_DELAYS[attempt]
            assert await next_job_at(plant.runtime, plant.organization_id) == message.next_attempt_at
            clock.at = message.next_attempt_at - timedelta(seconds=3)
            await deliver(plant, endpoint)
            assert len(receiver.received) == attempt
            clock.at = message.next_attempt_at
            # Keep the endpoint on: five days of nothing but failures would end it before its message.
            await plant_success(plant)
        await deliver(plant, endpoint)
        (message,) = await stored(plant)
        assert (message.status, message.attempts, len(receiver.received)) == ("dead", 16, 16)
        clock.advance(timedelta(days=30))
        await deliver(plant, endpoint)
    assert len(receiver.received) == 16
    assert len(set(receiver.ids())) == 1
    assert len({one.body for one in receiver.received}) == 1
    times = [int(one.headers["webhook-timestamp"]) for one in receiver.received]
    assert times == sorted(set(times))
    listed = (await plant.get("admin", "/v1/webhook-messages?status=dead")).json()["items"]
    assert [one["id"] for one in listed] == receiver.ids()[:1]
    log = (await plant.get("admin", "/v1/webhook-deliveries?status=dead")).json()["items"]
    assert [(one["attempt"], one["http_status"]) for one in log] == [(16, 503)]


async def plant_success(plant: Plant) -> None:
    """A success in between, as other messages would bring it."""
    async with plant.write() as tx:
        await tx.run(text("update webhook_endpoint set failures = 0, watch_started_at = null, failing_since = null "
                          "where organization_id = :organization_id"))  # fmt: skip


async def test_a_message_that_failed_is_delivered_later_under_the_same_id(plant: Plant, clock: ManualClock) -> None:
    async with told(500, 302) as receiver:
        endpoint = await make_endpoint(plant, receiver.url())
        await announce(plant, await happen(plant))
        for _ in range(3):
            await deliver(plant, endpoint)
            clock.advance(timedelta(minutes=1))
    (message,) = await stored(plant)
    assert (message.status, message.attempts) == ("delivered", 3)
    assert len(set(receiver.ids())) == 1
    assert (await get_endpoint(plant, endpoint))["failures"] == 0


async def test_the_worker_runs_a_retry_by_itself_once_it_is_due(plant: Plant, settings: Settings, clock: ManualClock) -> None:
    async with told(500) as receiver:
        await make_endpoint(plant, receiver.url())
        await happen(plant)
        await work(plant, settings)
        assert len(receiver.received) == 1
        clock.advance(timedelta(minutes=1))
        await service.sweep(plant.runtime)
        await work(plant, settings)
    assert len(receiver.received) == 2
    assert len(set(receiver.ids())) == 1


async def test_a_lost_job_is_made_up_for_by_the_sweep(plant: Plant, settings: Settings, clock: ManualClock) -> None:
    async with told() as receiver:
        await make_endpoint(plant, receiver.url())
        await announce(plant, await happen(plant))
        async with plant.write() as tx:
            assert await tx.run(LOSE_JOBS, organization_id=str(plant.organization_id)) == 1
        await service.sweep(plant.runtime)
        await work(plant, settings)
    assert len(receiver.received) == 1


async def test_gone_switches_the_endpoint_off_and_tells_the_others(plant: Plant, settings: Settings, clock: ManualClock) -> None:
    async with told(410) as gone, told() as other:
        endpoint = await make_endpoint(plant, gone.url(), "worker.*")
        await make_endpoint(plant, other.url(), "endpoint.*")
        await happen(plant)
        await work(plant, settings)
        await happen(plant)
        await work(plant, settings)
    assert len(gone.received) == 1
    found = await get_endpoint(plant, endpoint)
    assert (found["status"], found["disabled_reason"], found["version"]) == ("disabled", "gone", 2)
    (told_of,) = other.bodies()
    assert (told_of["type"], told_of["data"]["reason"]) == ("endpoint.disabled", "gone")
    assert told_of["data"]["subject_id"] == endpoint["id"]
    test = await plant.post("admin", f"/v1/webhook-endpoints/{endpoint['id']}/tests")
    assert (test.status_code, test.json()["code"]) == (409, "endpoint_disabled")


async def test_five_days_of_nothing_but_failures_switch_off_and_one_success_starts_anew(plant: Plant, clock: ManualClock) -> None:
    async with told(500, 500, 500, 200, 500, 500, 500) as receiver:
        endpoint = await make_endpoint(plant, receiver.url())

        async def one_more() -> str:
            await announce(plant, await happen(plant))
            await deliver(plant, endpoint)
            found = await get_endpoint(plant, endpoint)
            async with plant.write() as tx:
                await tx.run(text("delete from webhook_message where organization_id = :organization_id"))
            return f"{found['status']} {found['failures']}"

        assert [await one_more() for _ in range(3)] == ["active 1", "active 2", "active 3"]
        clock.advance(timedelta(days=6))
        assert await one_more() == "active 0"
        assert [await one_more() for _ in range(3)] == ["active 1", "active 2", "active 3"]
        receiver.script = [500, 500]
        clock.advance(timedelta(days=5) - timedelta(seconds=1))
        assert await one_more() == "active 4"
        clock.advance(timedelta(seconds=1))
        assert await one_more() == "disabled 5"
    assert (await get_endpoint(plant, endpoint))["disabled_reason"] == "failing"


async def test_switched_on_again_an_endpoint_gets_what_waited_and_what_it_missed(
    plant: Plant, settings: Settings, clock: ManualClock
) -> None:
    async with told(410) as receiver:
        endpoint = await make_endpoint(plant, receiver.url(), "worker.*")
        await happen(plant)
        await work(plant, settings)
        await happen(plant, 4)
        await work(plant, settings)
        assert len(receiver.received) == 1
        path = f"/v1/webhook-endpoints/{endpoint['id']}"
        edit = {"status": "active", "replay_since": "2026-03-18T00:00:00Z"}
        answer = await plant.call("admin", "PATCH", path, json=edit, headers={"If-Match": '"v2"'})
        assert (answer.status_code, answer.json()["status"], answer.json()["failures"]) == (200, "active", 0)
        await work(plant, settings)
    assert len(receiver.received) == 6
    assert len(set(receiver.ids())) == 5


async def test_a_replay_since_sends_what_was_not_taken_and_nothing_twice(
    plant: Plant, settings: Settings, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.integrations.service.announcing.REPLAYED_AT_ONCE", 2)
    earlier = await happen(plant, 5)
    clock.advance(timedelta(hours=1))
    async with told() as receiver:
        endpoint = await make_endpoint(plant, receiver.url(), "worker.*")
        path = f"/v1/webhook-endpoints/{endpoint['id']}/replays"
        for since, so_far in (("2026-03-18T09:30:00Z", 0), ("2026-03-18T09:00:00Z", 5), ("2026-03-18T09:00:00Z", 5)):
            assert (await plant.post("admin", path, {"since": since})).status_code == 202
            await work(plant, settings)
            assert len(receiver.received) == so_far
    assert {one["data"]["event_id"] for one in receiver.bodies()} == {str(one) for one in earlier}


async def test_one_message_is_replayed_under_its_own_id(plant: Plant, settings: Settings, clock: ManualClock) -> None:
    async with told() as receiver:
        endpoint = await make_endpoint(plant, receiver.url())
        await announce(plant, await happen(plant))
        await deliver(plant, endpoint)
        answer = await plant.post("admin", f"/v1/webhook-messages/{receiver.ids()[0]}/replays")
        assert (answer.status_code, answer.json()["status"]) == (202, "waiting")
        await work(plant, settings)
    assert len(receiver.received) == 2
    assert len(set(receiver.ids())) == 1
    assert (await plant.post("admin", f"/v1/webhook-messages/{endpoint['id']}/replays")).status_code == 404


async def test_a_crash_between_sending_and_settling_sends_again_under_the_same_id(
    plant: Plant, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_: object) -> None:
        raise Killed

    async with told() as receiver:
        endpoint = await make_endpoint(plant, receiver.url())
        await announce(plant, await happen(plant))
        with monkeypatch.context() as patched, pytest.raises(Killed):
            patched.setattr("app.integrations.service.delivering.settle", die)
            await deliver(plant, endpoint)
        assert len(receiver.received) == 1
        await deliver(plant, endpoint)
        assert len(receiver.received) == 1, "the lease of the dead job still stands"
        clock.advance(timedelta(seconds=16))
        await deliver(plant, endpoint)
    assert len(receiver.received) == 2
    assert len(set(receiver.ids())) == 1
    assert [(m.status, m.attempts) for m in await stored(plant)] == [("delivered", 1)]


async def test_a_round_that_takes_long_keeps_its_lease(plant: Plant, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.integrations.service.delivering.PROLONG_SECONDS", 0.02)
    async with told(pause=0.5) as receiver:
        endpoint = await make_endpoint(plant, receiver.url())
        await announce(plant, await happen(plant))
        slow = asyncio.create_task(deliver(plant, endpoint))
        await receiver.until(1)
        clock.advance(timedelta(seconds=10))
        await asyncio.sleep(0.2)
        clock.advance(timedelta(seconds=6))
        await deliver(plant, endpoint)
        assert len(receiver.received) == 1, "after sixteen seconds the endpoint is still in its sender's hands"
        await slow
    assert [(m.status, m.attempts) for m in await stored(plant)] == [("delivered", 1)]


async def test_an_answer_that_comes_after_another_job_settled_changes_nothing(plant: Plant) -> None:
    async with told(200, 500) as receiver:
        endpoint = await make_endpoint(plant, receiver.url())
        await announce(plant, await happen(plant))
        (message,) = await stored(plant)
        await deliver(plant, endpoint)
        now = plant.runtime.clock.now()
        late = await sender(plant.runtime).send(receiver.url(), b"{}", {}, now=now)
        async with plant.write() as tx:
            await settle(tx, UUID(endpoint["id"]), message, late)
    assert [(m.status, m.attempts) for m in await stored(plant)] == [("delivered", 1)]
    assert len((await plant.get("admin", "/v1/webhook-deliveries")).json()["items"]) == 1


async def test_a_receiver_that_hangs_delays_nobody_else(plant: Plant) -> None:
    async with listening() as bad, told() as good:
        broken = await make_endpoint(plant, bad.url("hang"))
        healthy = await make_endpoint(plant, good.url())
        await announce(plant, await happen(plant, 6))
        stuck = asyncio.create_task(deliver(plant, broken, healthy))
        await good.until(6)
        await announce(plant, await happen(plant, 6))
        # The first job may just be giving the lease back; it then leaves a job behind, which here nobody runs.
        for _ in range(50):
            await deliver(plant, broken, healthy)
            if len(good.received) == 12:
                break
            await asyncio.sleep(0.02)
        assert len(good.received) == 12
        assert not stuck.done()
        assert bad.connections == 4, "one round, and no second job beside it"
        stuck.cancel()
        await asyncio.gather(stuck, return_exceptions=True)


async def test_a_master_key_that_is_not_at_hand_costs_no_attempt(plant: Plant) -> None:
    async with told() as receiver:
        endpoint = await make_endpoint(plant, receiver.url())
        await announce(plant, await happen(plant))
        async with plant.write() as tx:
            await tx.run(text("update webhook_endpoint set secret = set_byte(secret, 20, get_byte(secret, 20) # 1) "
                              "where organization_id = :organization_id"))  # fmt: skip
        with pytest.raises(Exception, match="altered"):
            await deliver(plant, endpoint)
    assert receiver.received == []
    assert [(m.status, m.attempts) for m in await stored(plant)] == [("waiting", 0)]


async def test_old_messages_and_log_entries_are_removed_and_dead_letters_stay_ninety_days(
    plant: Plant, clock: ManualClock
) -> None:
    async with told() as receiver:
        endpoint = await make_endpoint(plant, receiver.url())
        await announce(plant, await happen(plant))
        await deliver(plant, endpoint)
    clock.advance(timedelta(days=97))
    await service.forget(plant.runtime)
    assert (await plant.get("admin", "/v1/webhook-deliveries")).json()["items"] == []
    assert len(await stored(plant)) == 1
    clock.advance(timedelta(days=4))
    await service.forget(plant.runtime)
    assert await stored(plant) == []


async def test_removing_an_endpoint_while_it_is_sent_to_ends_quietly(plant: Plant) -> None:
    async with told(pause=0.3) as receiver:
        endpoint = await make_endpoint(plant, receiver.url())
        await announce(plant, await happen(plant))
        sending = asyncio.create_task(deliver(plant, endpoint))
        await receiver.until(1)
        assert (await plant.call("admin", "DELETE", f"/v1/webhook-endpoints/{endpoint['id']}")).status_code == 204
        await sending
    assert await stored(plant) == []


async def test_the_process_has_one_sender(plant: Plant) -> None:
    assert isinstance(sender(plant.runtime), Sender)
    assert sender(plant.runtime) is sender(plant.runtime)
