"""Peer assists from both sides, over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.core.clock import ManualClock
from app.core.ids import new_id
from app.peers import jobs
from tests.builders import Plant
from tests.paytime.builders import add_shift

EVENTS = text("select type, data from event where organization_id = :organization_id and type like 'assist.%' order by id")
LEDGER = text("select worker_id, seconds, kind, source_id from pay_entry where organization_id = :organization_id")


def said(plant: Plant, **changes: Any) -> dict[str, Any]:
    """The worker says the colleague helped them for ten minutes at 08:40 UTC."""
    return {
        "id": str(new_id()), "role": "helped", "colleague_id": str(plant.people["colleague"]), "skill": "smed.changeover",
        "work_center_id": str(plant.line_id), "started_at": "2026-03-18T08:40:00Z", "minutes": 10, "note": "Star wheel",
    } | changes  # fmt: skip


async def logged(plant: Plant, **changes: Any) -> dict[str, Any]:
    answer = await plant.post("worker", "/v1/peer-assists", said(plant, **changes))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def on_shift(plant: Plant, *names: str) -> None:
    async with plant.write() as tx:
        for name in names:
            await add_shift(tx, plant, name)


async def answered(plant: Plant, who: str, assist: dict[str, Any], how: str = "confirmation") -> Any:
    return await plant.post(who, f"/v1/peer-assists/{assist['id']}/{how}")


async def seconds(plant: Plant, who: str) -> int:
    body = (await plant.get(who, "/v1/me/pay-time?from=2026-03-01&to=2026-03-31")).json()
    assert all(kind["kind"] == "peer_assist" for day in body["days"] for kind in day["kinds"])
    found: int = body["seconds"]
    return found


async def told(plant: Plant) -> list[Any]:
    async with plant.write() as tx:
        return [(row.type, row.data) for row in await tx.rows(EVENTS)]


async def test_a_confirmed_assist_pays_both_sides(plant: Plant) -> None:
    await on_shift(plant, "worker", "colleague")
    assist = await logged(plant)
    assert (assist["status"], assist["my_role"], assist["may_confirm"]) == ("logged", "helped", False)
    assert await seconds(plant, "worker") == 0
    seen = (await plant.get("colleague", f"/v1/peer-assists/{assist['id']}")).json()
    assert (seen["my_role"], seen["may_confirm"], seen["note"]) == ("helper", True, "Star wheel")
    answer = await answered(plant, "colleague", assist)
    assert (answer.status_code, answer.json()["status"]) == (200, "confirmed"), answer.text
    assert (await seconds(plant, "worker"), await seconds(plant, "colleague")) == (600, 600)
    async with plant.write() as tx:
        assert {str(row.source_id) for row in await tx.rows(LEDGER)} == {assist["id"]}


async def test_the_helper_may_log_and_the_helped_confirms(plant: Plant) -> None:
    await on_shift(plant, "worker", "colleague")
    assist = await logged(plant, role="helper")
    assert (assist["helper_id"], assist["helped_id"]) == (str(plant.people["worker"]), str(plant.people["colleague"]))
    assert (await answered(plant, "colleague", assist)).status_code == 200


async def test_minutes_off_shift_are_kept_for_that_side_only(plant: Plant) -> None:
    await on_shift(plant, "colleague")
    await answered(plant, "colleague", await logged(plant))
    assert (await seconds(plant, "worker"), await seconds(plant, "colleague")) == (0, 600)
    body = (await plant.get("worker", "/v1/me/pay-time?from=2026-03-01&to=2026-03-31")).json()
    assert body["uncredited"] == [{"reason": "off_shift", "seconds": 600}]


async def test_confirming_twice_credits_once(plant: Plant) -> None:
    await on_shift(plant, "worker", "colleague")
    assist = await logged(plant)
    first, second = [await answered(plant, "colleague", assist) for _ in range(2)]
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert await seconds(plant, "worker") == 600
    assert [kind for kind, _ in await told(plant)] == ["assist.logged", "assist.confirmed"]


async def test_nobody_assists_themself(plant: Plant) -> None:
    answer = await plant.post("worker", "/v1/peer-assists", said(plant, colleague_id=str(plant.people["worker"])))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "self_assist")


async def test_the_logger_cannot_answer_for_the_other_side(plant: Plant) -> None:
    assist = await logged(plant)
    for how in ("confirmation", "decline"):
        answer = await answered(plant, "worker", assist, how)
        assert (answer.status_code, answer.json()["code"]) == (403, "own_assist")


@pytest.mark.parametrize("who", ["third", "stranger", "supervisor", "admin", "payroll"])
async def test_an_assist_is_nobody_elses_business(plant: Plant, who: str) -> None:
    assist = await logged(plant)
    assert (await plant.get(who, f"/v1/peer-assists/{assist['id']}")).status_code == 404
    assert (await answered(plant, who, assist)).status_code == 404
    assert (await answered(plant, who, assist, "decline")).status_code == 404
    assert (await plant.get(who, "/v1/me/peer-assists")).json()["items"] == []


async def test_a_declined_assist_pays_nobody_and_stays_declined(plant: Plant) -> None:
    await on_shift(plant, "worker", "colleague")
    assist = await logged(plant)
    answers = [await answered(plant, "colleague", assist, "decline") for _ in range(2)]
    assert [a.json()["status"] for a in answers] == ["declined", "declined"]
    late = await answered(plant, "colleague", assist)
    assert (late.status_code, late.json()["code"]) == (409, "assist_declined")
    assert await seconds(plant, "worker") == 0
    assert [kind for kind, _ in await told(plant)] == ["assist.logged", "assist.declined"]


async def test_a_confirmed_assist_cannot_be_declined(plant: Plant) -> None:
    assist = await logged(plant)
    await answered(plant, "colleague", assist)
    answer = await answered(plant, "colleague", assist, "decline")
    assert (answer.status_code, answer.json()["code"]) == (409, "assist_confirmed")


async def test_after_72_hours_it_is_expired_even_before_the_job_ran(plant: Plant, clock: ManualClock) -> None:
    assist = await logged(plant)
    clock.advance(timedelta(hours=72, seconds=-1))
    assert (await plant.get("worker", f"/v1/peer-assists/{assist['id']}")).json()["status"] == "logged"
    clock.advance(timedelta(seconds=1))
    seen = (await plant.get("colleague", f"/v1/peer-assists/{assist['id']}")).json()
    assert (seen["status"], seen["may_confirm"]) == ("expired", False)
    answer = await answered(plant, "colleague", assist)
    assert (answer.status_code, answer.json()["code"]) == (409, "assist_expired")
    listed = await plant.get("worker", "/v1/me/peer-assists?status=expired")
    assert [item["id"] for item in listed.json()["items"]] == [assist["id"]]
    assert (await plant.get("worker", "/v1/me/peer-assists?status=logged")).json()["items"] == []


async def test_the_job_writes_and_tells_the_end_once(plant: Plant, clock: ManualClock) -> None:
    await logged(plant)
    clock.advance(timedelta(hours=73))
    fresh = await logged(plant, started_at="2026-03-21T09:00:00Z", colleague_id=str(plant.people["third"]))
    await jobs.expire_assists(plant.runtime)
    await jobs.expire_assists(plant.runtime)
    assert [kind for kind, _ in await told(plant)] == ["assist.logged", "assist.logged", "assist.expired"]
    assert (await plant.get("worker", f"/v1/peer-assists/{fresh['id']}")).json()["status"] == "logged"


async def test_an_overdue_assist_does_not_stand_in_the_way_of_a_new_one(plant: Plant, clock: ManualClock) -> None:
    first = await logged(plant)
    clock.advance(timedelta(hours=73))
    await logged(plant)
    assert (await plant.get("worker", f"/v1/peer-assists/{first['id']}")).json()["status"] == "expired"
    assert [kind for kind, _ in await told(plant)] == ["assist.logged", "assist.expired", "assist.logged"]


@pytest.mark.parametrize("role", ["helper", "helped"])
async def test_the_same_two_cannot_assist_twice_at_one_time(plant: Plant, role: str) -> None:
    await logged(plant)
    answer = await plant.post("worker", "/v1/peer-assists", said(plant, role=role, started_at="2026-03-18T08:49:59Z", minutes=5))
    assert (answer.status_code, answer.json()["code"]) == (409, "assist_overlaps")
    mirrored = said(plant, role=role, colleague_id=str(plant.people["worker"]))
    assert (await plant.post("colleague", "/v1/peer-assists", mirrored)).status_code == 409
    await logged(plant, role=role, started_at="2026-03-18T08:50:00Z", minutes=5)
    await logged(plant, role=role, colleague_id=str(plant.people["third"]))


async def test_a_declined_time_may_be_logged_again(plant: Plant) -> None:
    await answered(plant, "colleague", await logged(plant), "decline")
    await logged(plant)


async def test_a_repeated_upload_answers_the_first(plant: Plant) -> None:
    body = said(plant)
    first, again = [await plant.post("worker", "/v1/peer-assists", body) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len(await told(plant)) == 1


@pytest.mark.parametrize("change", [{"minutes": 11}, {"role": "helper"}, {"skill": "other"}, {"note": None}])
async def test_an_id_never_means_two_assists(plant: Plant, change: dict[str, Any]) -> None:
    body = said(plant)
    await plant.post("worker", "/v1/peer-assists", body)
    for who in ("worker", "third"):
        answer = await plant.post(who, "/v1/peer-assists", body | change)
        assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"started_at": "2026-03-18T08:55:00Z"}, "#/started_at"),
        ({"started_at": "2026-01-31T08:55:00Z"}, "#/started_at"),
        ({"colleague_id": str(new_id())}, "#/colleague_id"),
        ({"work_center_id": str(new_id())}, "#/work_center_id"),
        ({"minutes": 0}, "#/minutes"),
        ({"minutes": 61}, "#/minutes"),
        ({"minutes": True}, "#/minutes"),
        ({"role": "boss"}, "#/role"),
        ({"skill": "=cmd|x"}, "#/skill"),
        ({"note": "x" * 501}, "#/note"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(plant: Plant, change: dict[str, Any], pointer: str) -> None:
    answer = await plant.post("worker", "/v1/peer-assists", said(plant, **change))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
    assert await told(plant) == []


async def test_a_clock_two_minutes_ahead_is_forgiven(plant: Plant) -> None:
    await logged(plant, started_at="2026-03-18T08:52:00Z")


async def test_events_carry_no_note_and_no_names(plant: Plant) -> None:
    await on_shift(plant, "worker", "colleague")
    assist = await logged(plant)
    await answered(plant, "colleague", assist)
    facts = {
        "helper_id": assist["helper_id"], "helped_id": assist["helped_id"], "skill": "smed.changeover",
        "work_center_id": str(plant.line_id), "minutes": 10,
    }  # fmt: skip
    assert await told(plant) == [
        ("assist.logged", facts | {"logged_by": "helped"}),
        ("assist.confirmed", facts | {"helper_seconds": 600, "helped_seconds": 600}),
    ]


async def test_supervisors_see_counts_in_their_reach_and_nothing_else(plant: Plant) -> None:
    await answered(plant, "colleague", await logged(plant))
    await answered(plant, "third", await logged(plant, colleague_id=str(plant.people["third"])), "decline")
    await logged(plant, started_at="2026-03-18T08:00:00Z", minutes=7)
    await logged(plant, started_at="2026-03-18T07:00:00Z", work_center_id=str(plant.other_line_id))
    here = {
        "work_center_id": str(plant.line_id), "logged": 1, "confirmed": 1, "declined": 1, "expired": 0, "confirmed_minutes": 10,
    }  # fmt: skip
    there = here | {"work_center_id": str(plant.other_line_id), "confirmed": 0, "declined": 0, "confirmed_minutes": 0}
    shown = {who: (await plant.get(who, "/v1/peer-assists/counts")).json() for who in ("supervisor", "other_supervisor")}
    assert shown == {"supervisor": {"items": [here]}, "other_supervisor": {"items": [there]}}
    for who in ("admin", "integration"):
        both = (await plant.get(who, "/v1/peer-assists/counts")).json()["items"]
        assert sorted(both, key=str) == sorted([here, there], key=str)
    assert (await plant.get("line_supervisor", "/v1/peer-assists/counts")).json() == {"items": []}
    assert (await plant.get("worker", "/v1/peer-assists/counts")).status_code == 403
    assert (await plant.get("supervisor", "/v1/peer-assists/counts?from=2025-01-01T00:00:00Z")).status_code == 422


async def test_my_assists_come_in_pages(plant: Plant) -> None:
    made = [(await logged(plant, started_at=f"2026-03-18T08:{n:02}:00Z", minutes=2))["id"] for n in (0, 10, 20)]
    first = (await plant.get("colleague", "/v1/me/peer-assists?limit=2")).json()
    rest = (await plant.get("colleague", f"/v1/me/peer-assists?limit=2&cursor={first['next_cursor']}")).json()
    assert sorted(item["id"] for item in first["items"] + rest["items"]) == sorted(made)
    assert rest["next_cursor"] is None
