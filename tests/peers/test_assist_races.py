"""Both sides, twice, at the same moment: an assist is answered once and paid once."""

import asyncio

from sqlalchemy import text

from app.core.ids import new_id
from tests.builders import Plant
from tests.peers.test_assists import answered, logged, on_shift, said, seconds, told

OVERLAPS = text(
    "select count(*) from peer_assist a join peer_assist b on b.organization_id = a.organization_id and b.id > a.id "
    "and least(a.helper_id, a.helped_id) = least(b.helper_id, b.helped_id) "
    "and greatest(a.helper_id, a.helped_id) = greatest(b.helper_id, b.helped_id) "
    "and a.started_at < b.ends_at and b.started_at < a.ends_at where a.organization_id = :organization_id"
)


async def test_two_confirmations_at_once_credit_once(plant: Plant) -> None:
    await on_shift(plant, "worker", "colleague")
    for start in range(10, 50, 10):
        assist = await logged(plant, started_at=f"2026-03-18T07:{start}:00Z")
        answers = await asyncio.gather(*(answered(plant, "colleague", assist) for _ in range(6)))
        assert [a.status_code for a in answers] == [200] * 6
    assert (await seconds(plant, "worker"), await seconds(plant, "colleague")) == (2400, 2400)
    assert [kind for kind, _ in await told(plant)].count("assist.confirmed") == 4


async def test_confirming_and_declining_at_once_leaves_one_answer(plant: Plant) -> None:
    await on_shift(plant, "worker", "colleague")
    for start in range(10, 50, 10):
        assist = await logged(plant, started_at=f"2026-03-18T07:{start}:00Z")
        hows = ("confirmation", "decline") * 3
        answers = await asyncio.gather(*(answered(plant, "colleague", assist, how) for how in hows))
        final = (await plant.get("worker", f"/v1/peer-assists/{assist['id']}")).json()["status"]
        won = {"confirmed": "confirmation", "declined": "decline"}[final]
        assert [a.status_code for a in answers] == [200 if how == won else 409 for how in hows]
    kinds = [kind for kind, _ in await told(plant)]
    assert kinds.count("assist.confirmed") + kinds.count("assist.declined") == 4
    assert await seconds(plant, "worker") == await seconds(plant, "colleague") == 600 * kinds.count("assist.confirmed")


async def test_the_same_two_logging_at_once_get_one_assist_a_time(plant: Plant) -> None:
    mine, theirs = said(plant), said(plant, colleague_id=str(plant.people["worker"]))
    sent = [("worker", mine | {"id": str(new_id())}) for _ in range(8)] + [
        ("colleague", theirs | {"id": str(new_id()), "started_at": "2026-03-18T08:45:00Z"}) for _ in range(8)
    ]
    answers = await asyncio.gather(*(plant.post(who, "/v1/peer-assists", body) for who, body in sent))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 15
    async with plant.write() as tx:
        assert await tx.scalar(OVERLAPS) == 0


async def test_one_upload_repeated_at_once_is_one_assist(plant: Plant) -> None:
    body = said(plant)
    answers = await asyncio.gather(*(plant.post("worker", "/v1/peer-assists", body) for _ in range(12)))
    assert [a.status_code for a in answers] == [201] * 12
    assert len({a.text for a in answers}) == 1
    assert len(await told(plant)) == 1


async def test_assists_confirmed_crosswise_never_deadlock(plant: Plant) -> None:
    names = ("worker", "colleague", "third")
    await on_shift(plant, *names)
    made = []
    for minute, (helped, helper) in enumerate([(a, b) for a in names for b in names if a != b] * 4):
        body = said(plant, colleague_id=str(plant.people[helper]), started_at=f"2026-03-18T07:{minute:02}:00Z", minutes=1)
        answer = await plant.post(helped, "/v1/peer-assists", body)
        assert answer.status_code == 201, answer.text
        made.append((helper, answer.json()))
    answers = await asyncio.gather(*(answered(plant, helper, assist) for helper, assist in made))
    assert {a.status_code for a in answers} == {200}
    assert [await seconds(plant, name) for name in names] == [60 * 16] * 3
