"""A fact that was committed reaches each listening endpoint, signed, at least once and under one id."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from standardwebhooks.webhooks import WebhookVerificationError

from app.core.clock import ManualClock
from app.core.events import publish
from app.core.ids import new_id
from app.core.settings import Settings
from app.integrations import service
from app.integrations.domain import MAX_BODY, body, message_id
from app.people.events import WorkerCreated
from tests.builders import Plant, build_plant
from tests.integrations.builders import announce, deliver, happen, make_endpoint, stored, told, verified, work

RAW = text("select body from webhook_message where organization_id = :organization_id")
FORMER = text("select former_secret from webhook_endpoint where organization_id = :organization_id")
FORGET_SNAPSHOT = text(
    "update webhook_endpoint set subscribed_from = '999999999999:999999999999:' where organization_id = :organization_id"
)


def real_time(clock: ManualClock) -> None:
    """The reference library compares with the machine's clock and takes no other."""
    clock.at = datetime.now(UTC)


async def test_a_committed_fact_arrives_signed_and_whole(plant: Plant, settings: Settings, clock: ManualClock) -> None:
    real_time(clock)
    async with told() as receiver:
        endpoint = await make_endpoint(plant, receiver.url(), "worker.*")
        (event_id,) = await happen(plant)
        await work(plant, settings)
    (one,) = receiver.received
    got = verified(endpoint["secret"], one)
    assert one.headers["webhook-id"] == str(message_id(event_id, UUID(endpoint["id"])))
    assert one.headers["content-type"] == "application/json"
    assert (got["type"], got["timestamp"]) == ("worker.created", clock.now().isoformat().replace("+00:00", "Z"))
    data = got["data"]
    assert data.pop("subject_id")
    assert data == {
        "organization_id": str(plant.organization_id),
        "event_id": str(event_id),
        "site_id": str(plant.site_id),
    }
    (log,) = (await plant.get("admin", f"/v1/webhook-deliveries?endpoint_id={endpoint['id']}")).json()["items"]
    assert (log["status"], log["http_status"], log["attempt"], log["snippet"]) == ("delivered", 200, 1, "note")
    assert [(m.status, m.attempts) for m in await stored(plant)] == [("delivered", 1)]


async def test_a_rollback_leaves_no_event_no_message_and_no_call(plant: Plant, settings: Settings, clock: ManualClock) -> None:
    async with told() as receiver:
        await make_endpoint(plant, receiver.url())
        with pytest.raises(RuntimeError):
            async with plant.write() as tx:
                await publish(tx, WorkerCreated(subject_id=new_id(), site_id=plant.site_id))
                raise RuntimeError("undo")
        await work(plant, settings)
    assert receiver.received == []
    assert await stored(plant) == []


async def test_a_wrong_secret_does_not_verify(plant: Plant, clock: ManualClock) -> None:
    real_time(clock)
    async with told() as receiver:
        endpoint = await make_endpoint(plant, receiver.url())
        other = await make_endpoint(plant, receiver.url(), "endpoint.*")
        await announce(plant, await happen(plant))
        await deliver(plant, endpoint)
    with pytest.raises(WebhookVerificationError):
        verified(other["secret"], receiver.received[0])


async def test_both_secrets_verify_for_a_day_after_a_rotation_and_then_only_the_new_one(plant: Plant, clock: ManualClock) -> None:
    real_time(clock)
    # The rotation lies a day back by the time of the second message, whose age the library can then still accept.
    clock.advance(timedelta(hours=-24))
    async with told() as receiver:
        endpoint = await make_endpoint(plant, receiver.url())
        rotated = (await plant.post("admin", f"/v1/webhook-endpoints/{endpoint['id']}/secret-rotations")).json()
        clock.advance(timedelta(hours=23, minutes=59))
        await announce(plant, await happen(plant))
        await deliver(plant, endpoint)
        clock.advance(timedelta(minutes=1))
        await announce(plant, await happen(plant))
        await deliver(plant, endpoint)
    first, second = receiver.received
    assert verified(endpoint["secret"], first) == verified(rotated["secret"], first)
    assert verified(rotated["secret"], second)
    with pytest.raises(WebhookVerificationError):
        verified(endpoint["secret"], second)
    await service.forget(plant.runtime)
    async with plant.runtime.database.read(plant.organization_id) as tx:
        assert (
            await tx.scalar(text("select former_secret from webhook_endpoint where organization_id = :organization_id")) is None
        )


async def test_only_chosen_types_are_sent_and_only_to_the_same_organization(plant: Plant) -> None:
    other = await build_plant(plant.runtime, plant.http)
    async with told() as receiver:
        wanted = await make_endpoint(plant, receiver.url("wanted"), "worker.created")
        unwanted = await make_endpoint(plant, receiver.url("unwanted"), "module.*")
        stranger = await make_endpoint(other, receiver.url("stranger"), "*")
        await announce(plant, await happen(plant))
        await deliver(plant, wanted, unwanted)
        await deliver(other, stranger)
    assert [one.path for one in receiver.received] == ["/wanted"]


async def test_announcing_twice_writes_one_message(plant: Plant) -> None:
    async with told() as receiver:
        endpoint = await make_endpoint(plant, receiver.url())
        events = await happen(plant, 3)
        await announce(plant, events)
        await announce(plant, events)
        await deliver(plant, endpoint)
        await announce(plant, events)
        await deliver(plant, endpoint)
    assert len(set(receiver.ids())) == len(receiver.ids()) == 3


async def test_an_endpoint_does_not_hear_what_was_committed_before_it_was_made(plant: Plant, clock: ManualClock) -> None:
    before = await happen(plant)
    clock.advance(timedelta(seconds=1))
    async with told() as receiver:
        endpoint = await make_endpoint(plant, receiver.url())
        await announce(plant, before)
        await deliver(plant, endpoint)
    assert receiver.received == []


async def test_an_endpoint_hears_what_began_before_it_and_was_committed_after(plant: Plant, clock: ManualClock) -> None:
    async with told() as receiver:
        async with plant.write() as tx:
            events = await publish(tx, WorkerCreated(subject_id=new_id(), site_id=plant.site_id))
            clock.advance(timedelta(minutes=1))
            endpoint = await make_endpoint(plant, receiver.url())
        await announce(plant, events)
        await deliver(plant, endpoint)
    assert len(receiver.received) == 1


async def test_numbers_that_began_anew_after_a_restore_silence_nobody(plant: Plant) -> None:
    async with told() as receiver:
        endpoint = await make_endpoint(plant, receiver.url())
        async with plant.write() as tx:
            await tx.run(FORGET_SNAPSHOT)
        await announce(plant, await happen(plant))
        await deliver(plant, endpoint)
    assert len(receiver.received) == 1


async def test_a_test_reaches_the_endpoint_under_test_and_no_other(plant: Plant, settings: Settings, clock: ManualClock) -> None:
    async with told() as receiver:
        endpoint = await make_endpoint(plant, receiver.url("mine"), "module.published")
        await make_endpoint(plant, receiver.url("other"), "*")
        answer = await plant.post("admin", f"/v1/webhook-endpoints/{endpoint['id']}/tests")
        assert answer.status_code == 202
        await work(plant, settings)
    assert [one.path for one in receiver.received] == ["/mine"]
    assert receiver.ids() == [answer.json()["message_id"]]
    assert receiver.bodies()[0]["type"] == "endpoint.test"
    assert receiver.bodies()[0]["data"]["subject_id"] == endpoint["id"]


async def test_at_most_four_messages_are_on_their_way_to_an_endpoint(plant: Plant) -> None:
    async with told(pause=0.25) as receiver:
        endpoint = await make_endpoint(plant, receiver.url())
        await announce(plant, await happen(plant, 10))
        await deliver(plant, endpoint)
    assert len(set(receiver.ids())) == len(receiver.ids()) == 10
    assert receiver.most_at_once == 4


async def test_two_jobs_at_once_send_each_message_once_and_keep_to_four(plant: Plant) -> None:
    async with told(pause=0.05) as receiver:
        endpoint = await make_endpoint(plant, receiver.url())
        await announce(plant, await happen(plant, 9))
        # Each job of the same endpoint finds the other's lease and leaves; what remains is the holder's.
        await deliver(plant, endpoint, endpoint, endpoint)
    assert len(set(receiver.ids())) == len(receiver.ids()) == 9
    assert receiver.most_at_once <= 4


async def test_what_is_written_while_another_job_sends_is_not_forgotten(
    plant: Plant, settings: Settings, clock: ManualClock
) -> None:
    async with told(pause=0.02) as receiver:
        await make_endpoint(plant, receiver.url())
        for _ in range(12):
            await happen(plant, 3)
        await work(plant, settings)
    assert len(set(receiver.ids())) == len(receiver.ids()) == 36


async def test_the_bytes_sent_are_the_bytes_stored(plant: Plant) -> None:
    async with told(500) as receiver:
        endpoint = await make_endpoint(plant, receiver.url())
        await announce(plant, await happen(plant))
        await deliver(plant, endpoint)
        async with plant.runtime.database.read(plant.organization_id) as tx:
            kept = bytes(await tx.scalar(RAW))
    assert receiver.received[0].body == kept
    assert len(kept) < 1_000
    assert b" " not in kept


def test_a_fact_too_large_for_a_webhook_is_announced_by_its_ids() -> None:
    ids = {"organization_id": "a", "event_id": "b", "subject_id": "c"}
    written = body("worker.updated", datetime(2026, 3, 18, tzinfo=UTC), {**ids, "changed": ["ß" * 100] * 200})
    assert len(written) < MAX_BODY
    expected = (
        '{"type":"worker.updated","timestamp":"2026-03-18T00:00:00Z",'
        '"data":{"organization_id":"a","event_id":"b","subject_id":"c","facts_omitted":true}}'
    )
    assert written.decode() == expected
