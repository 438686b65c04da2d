"""A site's pay policy: what happens outside paid shift time, caps, codes and differentials, and who decides what waits."""

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from app.core.ids import new_id
from app.core.intervals import Interval
from app.paytime import service as paytime
from app.paytime.domain import Claim, PayKind, Reason
from app.paytime.domain.rules import Outside, PayPolicy, criteria, night_seconds, pays_outside, weekend_seconds
from tests.builders import Plant
from tests.paytime.builders import add_shift, at, pause

FORGET = text("delete from pay_policy where organization_id = :organization_id")
RAISED = text("select data from event where organization_id = :organization_id and type = 'pplt.exception.raised'")
MARCH = "from=2026-03-01&to=2026-03-31"


async def by_default(plant: Plant) -> None:
    """The sites have no policy of their own."""
    async with plant.write() as tx:
        await tx.run(FORGET)


async def put(plant: Plant, who: str = "payroll", **body: Any) -> Any:
    read = await plant.get("payroll", f"/v1/sites/{plant.site_id}/pay-policy")
    headers = {"If-Match": read.headers["etag"]}
    return await plant.call(who, "PUT", f"/v1/sites/{plant.site_id}/pay-policy", json=body, headers=headers)


def asked(plant: Plant, start: float, end: float, **flags: Any) -> Claim:
    return Claim(plant.people["worker"], at(start), at(end), PayKind.MODULE, new_id(), **flags)


async def settle(plant: Plant, *claims: Claim) -> list[Any]:
    async with plant.write() as tx:
        return await paytime.credit(tx, list(claims))


async def waiting(plant: Plant, who: str = "supervisor") -> list[Any]:
    found: list[Any] = (await plant.get(who, f"/v1/pay-exceptions?{MARCH}&open=true")).json()["items"]
    return found


async def test_without_a_policy_learning_outside_the_shift_is_paid_and_shown(plant: Plant) -> None:
    await by_default(plant)
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker", 0, 480, pause(60, 90))
    (given,) = await settle(plant, asked(plant, -10, 70))
    assert (given.seconds, given.exceptions) == (4800, ())
    mine = (await plant.get("worker", f"/v1/me/pay-time?{MARCH}")).json()
    assert {(e["classification"], e["seconds"]) for e in mine["entries"]} == {
        ("off_shift", 600), ("on_shift", 3600), ("meal_break", 600),
    }  # fmt: skip
    assert (mine["seconds"], mine["uncredited"]) == (4800, [])
    shown = await waiting(plant)
    assert {(one["reason"], one["paid"], one["seconds"]) for one in shown} == {
        ("meal_break", True, 600),
        ("off_shift", True, 600),
    }
    async with plant.write() as tx:
        (told,) = await tx.rows(RAISED)
    assert (told.data["seconds"], told.data["unpaid_seconds"]) == (1200, 0)


async def test_off_shift_lines_know_no_shift_but_site_date_and_zone(plant: Plant) -> None:
    await by_default(plant)
    await settle(plant, asked(plant, -600, -590))
    (entry,) = (await plant.get("worker", f"/v1/me/pay-time?{MARCH}")).json()["entries"]
    assert (entry["shift_id"], entry["work_center_id"], entry["site_id"]) == (None, None, str(plant.site_id))
    assert (entry["business_date"], entry["time_zone"]) == ("2026-03-17", "Europe/Berlin")


@pytest.mark.parametrize(
    "flags", [{"mandatory": True}, {"job_related": True}, {"productive": True}, {"reason": Reason.REST_BREAK}]
)
def test_time_goes_unpaid_only_where_all_four_criteria_hold(flags: dict[str, Any]) -> None:
    flags = dict(flags)
    reason = flags.pop("reason", Reason.OFF_SHIFT)
    four = PayPolicy(outside=Outside.UNPAID_IF_ALL_FOUR)
    voluntary = Claim(new_id(), at(0), at(1), PayKind.MODULE, new_id(), job_related=False)
    assert criteria(voluntary, Reason.OFF_SHIFT).all_four
    assert not pays_outside(four, voluntary, Reason.OFF_SHIFT)
    one_missing = Claim(new_id(), at(0), at(1), PayKind.MODULE, new_id(), **{"job_related": False} | flags)
    assert not criteria(one_missing, reason).all_four
    assert pays_outside(four, one_missing, reason)


async def test_the_four_flags_are_stored(plant: Plant) -> None:
    assert (await put(plant, outside="unpaid_if_all_four")).status_code == 200
    private, needed = await settle(plant, asked(plant, -10, -5, job_related=False), asked(plant, -5, -1, mandatory=True))
    assert (private.seconds, private.exceptions) == (0, ((Reason.OFF_SHIFT, 300),))
    assert (needed.seconds, needed.exceptions) == (240, ())
    flags = ("paid", "outside_hours", "voluntary", "not_job_related", "no_productive_work")
    shown = [tuple(one[flag] for flag in flags) for one in await waiting(plant)]
    assert shown == [(False, True, True, True, True), (True, True, False, False, True)]


async def test_a_policy_is_replaced_by_whoever_has_read_it(plant: Plant) -> None:
    first = await put(
        plant, outside="block", day_cap_seconds=1800, pay_codes={"module": "EDU"}, night_from="22:00", night_until="06:00"
    )
    assert (first.status_code, first.json()["version"], first.json()["pay_codes"]) == (200, 2, {"module": "EDU"})
    stale = await plant.call(
        "payroll", "PUT", f"/v1/sites/{plant.site_id}/pay-policy", json={"outside": "block"}, headers={"If-Match": '"v1"'}
    )
    assert stale.status_code == 412
    shown = await plant.get("supervisor", f"/v1/sites/{plant.site_id}/pay-policy")
    assert (shown.json(), shown.headers["etag"]) == (first.json(), '"v2"')


@pytest.mark.parametrize(("who", "status"), [("worker", 403), ("supervisor", 403), ("author", 403), ("admin", 200)])
async def test_only_payroll_changes_it(plant: Plant, who: str, status: int) -> None:
    assert (await put(plant, who, outside="block")).status_code == status


IMPOSSIBLE: list[dict[str, Any]] = [
    {"night_from": "22:00"},
    {"night_from": "22:00", "night_until": "22:00"},
    {"night_from": "25:00", "night_until": "01:00"},
    {"day_cap_seconds": 0},
    {"pay_codes": {"module": "=1"}},
    {"cost_centers": {"x": "1"}},
    {"outside": "maybe"},
]


@pytest.mark.parametrize("body", IMPOSSIBLE)
async def test_an_impossible_policy_is_refused(plant: Plant, body: dict[str, Any]) -> None:
    assert (await put(plant, **body)).status_code == 422


async def test_what_goes_beyond_a_cap_waits_for_a_named_approval(plant: Plant) -> None:
    await put(plant, outside="block", day_cap_seconds=1200, week_cap_seconds=1500)
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
    first, second = await settle(plant, asked(plant, 0, 15), asked(plant, 20, 30))
    assert (first.seconds, second.seconds, second.exceptions) == (900, 300, ((Reason.OVER_CAP, 300),))
    (beyond,) = await waiting(plant)
    assert (beyond["reason"], beyond["seconds"]) == ("over_cap", 300)
    decided = await decide(plant, beyond["id"], "pay")
    assert (decided.status_code, decided.json()["outcome"]) == (201, "pay")
    mine = (await plant.get("worker", f"/v1/me/pay-time?{MARCH}")).json()
    assert (mine["seconds"], mine["entries"][-1]["classification"], mine["entries"][-1]["reason_code"]) == (
        1500,
        "on_shift",
        "decision",
    )
    # The week is full now, approved or not.
    (third,) = await settle(plant, asked(plant, 40, 41))
    assert third.seconds == 0


async def decide(plant: Plant, exception_id: Any, outcome: str, who: str = "supervisor") -> Any:
    body = {"outcome": outcome, "reason": "I asked her to stay for it"}
    return await plant.post(who, f"/v1/pay-exceptions/{exception_id}/decisions", body)


async def test_a_supervisor_pays_a_break_and_the_worker_sees_who_and_why(plant: Plant) -> None:
    async with plant.write() as tx:
        shift_id = await add_shift(tx, plant, "worker", 0, 480, pause(60, 90))
    await settle(plant, asked(plant, 50, 70))
    (one,) = await waiting(plant)
    assert (await decide(plant, one["id"], "pay")).status_code == 201
    mine = (await plant.get("worker", f"/v1/me/pay-time?{MARCH}")).json()
    paid = mine["entries"][-1]
    assert (mine["seconds"], mine["uncredited"], mine["exceptions"][0]["outcome"]) == (1200, [], "pay")
    assert (paid["classification"], paid["shift_id"], paid["actor_id"]) == (
        "meal_break", str(shift_id), str(plant.people["supervisor"]),
    )  # fmt: skip
    assert paid["reason"] == "I asked her to stay for it"
    again = await decide(plant, one["id"], "not_paid")
    assert (again.status_code, again.json()["code"], await waiting(plant)) == (409, "already_decided", [])


async def test_what_a_policy_paid_can_be_taken_back_and_the_worker_is_told(plant: Plant) -> None:
    await by_default(plant)
    await settle(plant, asked(plant, -10, -5))
    (one,) = await waiting(plant)
    assert (await decide(plant, one["id"], "not_paid")).status_code == 201
    mine = (await plant.get("worker", f"/v1/me/pay-time?{MARCH}")).json()
    assert (mine["seconds"], [e["seconds"] for e in mine["entries"]]) == (0, [300, -300])
    assert mine["uncredited"] == [{"reason": "off_shift", "seconds": 300}]
    told = text("select type from event where organization_id = :organization_id order by id")
    async with plant.write() as tx:
        assert [row.type for row in await tx.rows(told)][-2:] == ["pplt.session.adjusted", "pplt.exception.decided"]


@pytest.mark.parametrize(
    ("who", "status"), [("worker", 403), ("line_supervisor", 404), ("other_supervisor", 404), ("payroll", 201)]
)
async def test_who_decides(plant: Plant, who: str, status: int) -> None:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker", 0, 480, pause(60, 90))
    await settle(plant, asked(plant, 50, 70))
    (one,) = await waiting(plant)
    assert (await decide(plant, one["id"], "not_paid", who)).status_code == status


async def test_nobody_decides_about_their_own_time(plant: Plant) -> None:
    async with plant.write() as tx:
        await paytime.credit(tx, [Claim(plant.people["supervisor"], at(0), at(5), PayKind.MODULE, new_id())])
    (one,) = await waiting(plant)
    assert (await decide(plant, one["id"], "pay")).json()["code"] == "own_entry"


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("start", "end", "night", "weekend"),
    [
        # The night of the March change has one hour less, that of October one more.
        (datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 3, 29, 6, tzinfo=UTC), 7 * 3600, 10 * 3600),
        (datetime(2026, 10, 24, 19, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC), 9 * 3600, 11 * 3600),
        (datetime(2026, 3, 18, 6, tzinfo=UTC), datetime(2026, 3, 18, 14, tzinfo=UTC), 0, 0),
        (datetime(2026, 3, 20, 22, 30, tzinfo=UTC), datetime(2026, 3, 20, 23, 30, tzinfo=UTC), 3600, 1800),
    ],
)
def test_differentials_count_real_seconds(start: datetime, end: datetime, night: int, weekend: int) -> None:
    policy = PayPolicy(night_from=time(22), night_until=time(6), weekend=True)
    interval = Interval(start, end)
    assert (night_seconds(policy, interval, BERLIN), weekend_seconds(policy, interval, BERLIN)) == (night, weekend)


async def test_lines_carry_code_cost_center_and_differentials_as_they_were(plant: Plant) -> None:
    policy = {
        "pay_codes": {"module": "EDU 1"},
        "cost_centers": {str(plant.line_id): "4711"},
        "night_from": "06:30",
        "night_until": "07:10",
    }
    assert (await put(plant, **policy)).status_code == 200
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
    await settle(plant, asked(plant, 5, 15))
    await put(plant)
    (entry,) = (await plant.get("worker", f"/v1/me/pay-time?{MARCH}")).json()["entries"]
    assert (entry["pay_code"], entry["cost_center"], entry["night_seconds"]) == ("EDU 1", "4711", 300)
