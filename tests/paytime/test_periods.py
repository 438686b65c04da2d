"""Pay periods: approved as seen, closed for good, exported the same for ever; what comes late goes to the next one."""

import asyncio
import csv
import hashlib
import io
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.clock import ManualClock
from app.core.runtime import Runtime
from app.paytime import jobs
from app.paytime import service as paytime
from app.paytime.domain import PayKind
from app.paytime.service import chain
from tests.builders import Plant
from tests.paytime.builders import add_shift, claim, learned

# Weeks from Monday 9 March; the tests' morning shift is on Wednesday 18 March.
CALENDAR = {"frequency": "weekly", "starts_on": "2026-03-09", "workday_starts": "00:00"}
AFTER = datetime(2026, 3, 24, 8, 0, tzinfo=UTC)
DAY = 24 * 60


async def cut(plant: Plant, **changes: Any) -> None:
    answer = await plant.call("payroll", "PUT", f"/v1/sites/{plant.site_id}/pay-calendar", json=CALENDAR | changes)
    assert answer.status_code == 200, answer.text


async def period_of(plant: Plant, first: str) -> str:
    listed = (await plant.get("payroll", f"/v1/pay-periods?site_id={plant.site_id}&limit=200")).json()["items"]
    return next(str(p["id"]) for p in listed if p["first_date"] == first)


async def look(plant: Plant, period_id: str) -> Any:
    """The period, once the job has linked what was written."""
    async with plant.write() as tx:
        await chain.seal_all(tx)
    return (await plant.get("payroll", f"/v1/pay-periods/{period_id}")).json()


async def approve(plant: Plant, period_id: str, content_hash: str | None = None, who: str = "payroll") -> Any:
    content_hash = content_hash or (await look(plant, period_id))["content_hash"]
    return await plant.post(who, f"/v1/pay-periods/{period_id}/approval", {"content_hash": content_hash})


async def close(plant: Plant, period_id: str) -> Any:
    return await plant.post("payroll", f"/v1/pay-periods/{period_id}/closing")


async def settle(plant: Plant, period_id: str) -> None:
    """Approve and close."""
    assert (await approve(plant, period_id)).status_code == 200
    assert (await close(plant, period_id)).status_code == 200


async def make(plant: Plant, period_id: str, kind: str = "csv") -> bytes:
    made = await plant.post("payroll", f"/v1/pay-periods/{period_id}/exports", {"format": kind})
    assert made.status_code == 201, made.text
    file = await plant.get("payroll", f"/v1/pay-periods/{period_id}/exports/{kind}")
    assert hashlib.sha256(file.content).hexdigest() == made.json()["sha256"]
    assert len(file.content) == made.json()["bytes"]
    return file.content


def table(file: bytes) -> list[dict[str, str]]:
    """The lines of a plain file without its checksum."""
    rows = list(csv.DictReader(io.StringIO(file.decode())))
    assert rows[-1]["employee_number"] == "checksum"
    return rows[:-1]


@pytest.fixture
async def week(plant: Plant, clock: ManualClock) -> str:
    """The week of 16 March, over, with two credits of the worker and one of the colleague."""
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
        await add_shift(tx, plant, "colleague")
    await learned(plant, "worker", 0, 4)
    await learned(plant, "worker", 10, 13, PayKind.QUIZ)
    await learned(plant, "colleague", 0, 2)
    await cut(plant, starts_on="2026-03-16")
    clock.at = AFTER
    return await period_of(plant, "2026-03-16")


@pytest.mark.parametrize(
    ("frequency", "spans"),
    [
        ("weekly", [("2026-03-09", "2026-03-15"), ("2026-03-16", "2026-03-22")]),
        ("biweekly", [("2026-03-09", "2026-03-22"), ("2026-03-23", "2026-04-05")]),
        ("semimonthly", [("2026-03-09", "2026-03-15"), ("2026-03-16", "2026-03-31"), ("2026-04-01", "2026-04-15")]),
        ("monthly", [("2026-03-09", "2026-03-31"), ("2026-04-01", "2026-04-30")]),
    ],
)
async def test_a_calendar_cuts_time_without_gaps(plant: Plant, frequency: str, spans: list[tuple[str, str]]) -> None:
    await cut(plant, frequency=frequency)
    listed = (await plant.get("payroll", "/v1/pay-periods")).json()["items"]
    assert [(p["first_date"], p["last_date"]) for p in listed][: len(spans)] == spans
    assert all(p["status"] == "open" for p in listed)


async def test_periods_open_ahead_every_day(plant: Plant, clock: ManualClock, runtime: Runtime) -> None:
    await cut(plant)
    clock.at = AFTER + timedelta(days=100)
    await jobs.open_periods(runtime)
    await jobs.open_periods(runtime)
    listed = (await plant.get("payroll", "/v1/pay-periods?limit=200")).json()["items"]
    lasts = [datetime.fromisoformat(p["last_date"]) for p in listed]
    assert all(b - a == timedelta(days=7) for a, b in pairwise(lasts))
    assert lasts[-1].replace(tzinfo=UTC) >= clock.at + timedelta(days=28)


async def test_the_whole_way(plant: Plant, week: str) -> None:
    shown = await look(plant, week)
    assert (shown["seconds"], shown["entries"], shown["workers"], shown["status"]) == (540, 3, 2, "open")
    approved = await approve(plant, week)
    assert (approved.status_code, approved.json()["status"]) == (200, "approved")
    assert approved.json()["approved_by"] == str(plant.people["payroll"])
    closed = await close(plant, week)
    assert (closed.json()["status"], closed.json()["content_hash"]) == ("closed", shown["content_hash"])
    rows = table(await make(plant, week))
    assert [(r["employee_number"], r["workday"], r["pay_code"], r["seconds"], r["adjustment"]) for r in rows] == [
        ("0001", "2026-03-18", "LRN-MODULE", "240", "no"),
        ("0001", "2026-03-18", "LRN-QUIZ", "180", "no"),
        ("0002", "2026-03-18", "LRN-MODULE", "120", "no"),
    ]
    assert (await look(plant, week))["status"] == "exported"
    async with plant.write() as tx:
        told = await tx.rows(text("select type, data from event where organization_id = :organization_id order by id"))
    told = [(row.type, row.data) for row in told if row.type.startswith("pay_period.")]
    assert [kind for kind, _ in told] == ["pay_period.approved", "pay_period.closed", "pay_period.exported"]
    assert told[-1][1]["seconds"] == 540


async def test_what_changed_since_it_was_seen_is_not_approved(plant: Plant, week: str) -> None:
    seen = (await look(plant, week))["content_hash"]
    await learned(plant, "worker", 100, 104)
    late = await approve(plant, week, seen)
    assert (late.status_code, late.json()["code"]) == (409, "content_changed")
    assert (await look(plant, week))["status"] == "open"
    assert (await approve(plant, week)).status_code == 200


async def test_what_changed_since_it_was_approved_is_not_closed_but_approved_again(plant: Plant, week: str) -> None:
    await approve(plant, week)
    await learned(plant, "worker", 100, 104)
    late = await close(plant, week)
    assert (late.status_code, late.json()["code"]) == (409, "content_changed")
    await settle(plant, week)
    assert (await look(plant, week))["seconds"] == 780


async def test_late_facts_are_adjustments_of_the_next_period_under_their_own_day(
    plant: Plant, week: str, clock: ManualClock
) -> None:
    await settle(plant, week)
    before = await make(plant, week)
    entries = (await plant.get("payroll", f"/v1/pay-entries?worker_id={plant.people['worker']}")).json()["items"]
    await plant.post("payroll", f"/v1/pay-entries/{entries[0]['id']}/reversals", {"reason": "Recorded on the wrong badge"})
    await learned(plant, "colleague", 100, 105)
    assert (await look(plant, week))["seconds"] == 540
    clock.at = AFTER + timedelta(days=7)
    following = await period_of(plant, "2026-03-23")
    shown = await look(plant, following)
    assert (shown["seconds"], shown["adjustment_seconds"]) == (300 - 240, 60)
    await settle(plant, following)
    rows = table(await make(plant, following))
    assert [(r["employee_number"], r["workday"], r["adjustment"], r["seconds"]) for r in rows] == [
        ("0001", "2026-03-18", "yes", "-240"),
        ("0002", "2026-03-18", "yes", "300"),
    ]
    assert (await plant.get("payroll", f"/v1/pay-periods/{week}/exports/csv")).content == before


async def test_every_second_is_in_exactly_one_period(plant: Plant, clock: ManualClock) -> None:
    """Three weeks with nights and late facts; the sum of the files is what plain SQL says the ledger holds."""
    import random

    rng = random.Random(4)
    async with plant.write() as tx:
        for day in range(21):
            await add_shift(tx, plant, "worker", day * DAY + 960, day * DAY + 1440)  # 23:00 to 07:00 in Berlin
    await cut(plant, starts_on="2026-03-16")

    async def nights(days: range, share: float) -> None:
        async with plant.write() as tx:
            claims = [
                claim(plant.people["worker"], start, start + rng.randint(2, 60))
                for day in days
                for start in range(day * DAY + 960, day * DAY + 1440, 90)
                if rng.random() < share
            ]
            if claims:
                await paytime.credit(tx, claims)

    files, seen = [], 0
    for number, first in enumerate(("2026-03-16", "2026-03-23", "2026-03-30")):
        await nights(range(7 * number), 0.1)
        await nights(range(7 * number, 7 * number + 7), 0.6)
        clock.at = datetime.fromisoformat(first).replace(tzinfo=UTC) + timedelta(days=8)
        found = await period_of(plant, first)
        await settle(plant, found)
        files.append(table(await make(plant, found)))
        seen += sum(int(row["seconds"]) for row in files[-1])
    assert any(row["adjustment"] == "yes" for row in files[1] + files[2])
    by_sql = text(
        "select sum(extract(epoch from least(e.ends_at, (d.day + 1) at time zone 'Europe/Berlin') "
        "- greatest(e.starts_at, d.day at time zone 'Europe/Berlin')) * sign(e.seconds))::bigint as seconds, d.day::date "
        "from pay_entry e, generate_series(timestamp '2026-03-16', timestamp '2026-04-05', interval '1 day') d(day) "
        "where e.organization_id = :organization_id and e.starts_at < (d.day + interval '1 day') at time zone 'Europe/Berlin' "
        "and e.ends_at > d.day at time zone 'Europe/Berlin' group by d.day"
    ).text.replace("(d.day + 1)", "(d.day + interval '1 day')")
    async with plant.write() as tx:
        wanted = {str(row.day): row.seconds for row in await tx.rows(text(by_sql))}
    got: dict[str, int] = {}
    for row in (row for file in files for row in file):
        got[row["workday"]] = got.get(row["workday"], 0) + int(row["seconds"])
    assert got == wanted
    assert seen == sum(wanted.values()) > 3600


@pytest.mark.parametrize(
    ("starts", "days"), [("00:00", {"2026-03-18": 1800, "2026-03-19": 1800}), ("06:00", {"2026-03-18": 3600})]
)
async def test_hours_fall_on_the_workday_of_the_site(plant: Plant, clock: ManualClock, starts: str, days: dict[str, int]) -> None:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker", 960, 1440)
        await paytime.credit(tx, [claim(plant.people["worker"], 990, 1050)])  # 23:30 to 00:30
    await cut(plant, starts_on="2026-03-16", workday_starts=starts)
    clock.at = AFTER
    week = await period_of(plant, "2026-03-16")
    await settle(plant, week)
    assert {row["workday"]: int(row["seconds"]) for row in table(await make(plant, week))} == days


async def test_steps_out_of_order_are_refused(plant: Plant, week: str, clock: ManualClock) -> None:
    following = await period_of(plant, "2026-03-23")
    for answer, code in (
        (await close(plant, week), "not_approved"),
        (await plant.post("payroll", f"/v1/pay-periods/{week}/exports", {"format": "csv"}), "not_closed"),
        (await approve(plant, following), "period_not_over"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    clock.at = AFTER + timedelta(days=7)
    assert (await approve(plant, following)).json()["code"] == "earlier_period_open"
    await settle(plant, week)
    for answer in (await approve(plant, week), await close(plant, week)):
        assert (answer.status_code, answer.json()["code"]) == (409, "period_closed")
    assert (await plant.get("payroll", f"/v1/pay-periods/{week}/exports/csv")).status_code == 404


@pytest.mark.parametrize("status", ["open", "approved", "closed"])
async def test_the_database_knows_no_way_back_from_exported(plant: Plant, week: str, status: str) -> None:
    await settle(plant, week)
    await make(plant, week)
    for change in (
        f"status = '{status}'",
        "seconds = 0",
        "approved_by = null",
        "exported_at = null",
        "last_date = last_date + 1",
    ):
        with pytest.raises(DBAPIError, match=r"goes from open|stays as it is"):
            async with plant.write() as tx:
                await tx.run(
                    text(f"update pay_period set {change} where organization_id = :organization_id and id = :id"), id=week
                )
    with pytest.raises(DBAPIError, match="only an open"):
        async with plant.write() as tx:
            await tx.run(text("delete from pay_period where organization_id = :organization_id and id = :id"), id=week)
    for change in ("update pay_export set content = ''", "delete from pay_export"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with plant.write() as tx:
                await tx.run(text(change))


async def test_nobody_approves_their_own_minutes(plant: Plant, clock: ManualClock) -> None:
    async with plant.write() as tx:
        await add_shift(tx, plant, "payroll")
    await learned(plant, "payroll", 0, 4)
    await cut(plant, starts_on="2026-03-16")
    clock.at = AFTER
    week = await period_of(plant, "2026-03-16")
    refused = await approve(plant, week)
    assert (refused.status_code, refused.json()["code"]) == (403, "own_minutes")
    assert (await approve(plant, week, who="admin")).status_code == 200


async def test_two_closers_race_and_one_closes(plant: Plant, week: str) -> None:
    await approve(plant, week)
    answers = await asyncio.gather(*(close(plant, week) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]


async def test_exporters_race_and_get_the_same_bytes(plant: Plant, week: str) -> None:
    await settle(plant, week)
    made = await asyncio.gather(*(plant.post("payroll", f"/v1/pay-periods/{week}/exports", {"format": "xlsx"}) for _ in range(8)))
    assert {answer.status_code for answer in made} == {201}
    assert len({answer.json()["sha256"] for answer in made}) == 1
    async with plant.write() as tx:
        told = text("select count(*) from event where organization_id = :organization_id and type = 'pay_period.exported'")
        assert await tx.scalar(told) == 1


async def test_credits_race_with_approving_and_closing_and_none_is_lost(plant: Plant, week: str, clock: ManualClock) -> None:
    """Whatever the moment, each credit is in the closed week or an adjustment of the next one."""

    async def crediting(first: int) -> None:
        for start in range(first, first + 60, 4):
            await learned(plant, "worker", start, start + 2)

    async def settling() -> None:
        for _ in range(40):
            if (await approve(plant, week)).status_code == 200 and (await close(plant, week)).status_code == 200:
                return
        raise AssertionError("the period was never closed")

    await asyncio.gather(crediting(100), crediting(200), crediting(300), settling())
    closed = (await look(plant, week))["seconds"]
    clock.at = AFTER + timedelta(days=7)
    following = await period_of(plant, "2026-03-23")
    await settle(plant, following)
    late = await look(plant, following)
    assert late["seconds"] == late["adjustment_seconds"]
    assert closed + late["seconds"] == 540 + 3 * 15 * 120


async def test_a_file_is_the_same_for_ever(plant: Plant, week: str) -> None:
    await settle(plant, week)
    first = {kind: await make(plant, week, kind) for kind in ("csv", "adp-epi", "ukg-pay-code-edits", "xlsx")}
    async with plant.write() as tx:
        await tx.run(text("update worker set number = number || 'x' where organization_id = :organization_id"))
    await cut_again(plant)
    await learned(plant, "worker", 100, 104)
    for kind, file in first.items():
        for _ in range(10):
            assert (await make(plant, week, kind)) == file


async def cut_again(plant: Plant) -> None:
    body = CALENDAR | {"starts_on": "2026-03-23", "rounding": "in_favor", "frequency": "monthly"}
    answer = await plant.call(
        "payroll", "PUT", f"/v1/sites/{plant.site_id}/pay-calendar", json=body, headers={"If-Match": '"v1"'}
    )
    assert answer.status_code == 200, answer.text


async def test_a_new_calendar_begins_after_the_last_settled_day(plant: Plant, week: str) -> None:
    await settle(plant, week)
    path = f"/v1/sites/{plant.site_id}/pay-calendar"
    for body, headers, status, code in (
        ({}, {}, 428, "if_match_required"),
        ({}, {"If-Match": '"v7"'}, 412, "stale"),
        ({"starts_on": "2026-03-30"}, {"If-Match": '"v1"'}, 409, "periods_are_fixed"),
        ({"starts_on": "2026-03-16"}, {"If-Match": '"v1"'}, 409, "periods_are_fixed"),
        ({"starts_on": "2026-03-23", "workday_starts": "06:00"}, {"If-Match": '"v1"'}, 409, "workday_is_fixed"),
        ({"starts_on": "2020-01-01"}, {"If-Match": '"v1"'}, 422, "invalid"),
    ):
        answer = await plant.call("payroll", "PUT", path, json=CALENDAR | body, headers=headers)
        assert answer.status_code == status, answer.text
        assert code in answer.text
    await cut_again(plant)
    listed = (await plant.get("payroll", "/v1/pay-periods?limit=200")).json()["items"]
    spans = [(p["first_date"], p["last_date"]) for p in listed]
    assert spans[:3] == [("2026-03-16", "2026-03-22"), ("2026-03-23", "2026-03-31"), ("2026-04-01", "2026-04-30")]
    shown = await plant.get("payroll", path)
    assert (shown.headers["etag"], shown.json()["frequency"]) == ('"v2"', "monthly")


async def test_what_a_period_holds_for_each_worker(plant: Plant, week: str) -> None:
    await settle(plant, week)
    page = (await plant.get("payroll", f"/v1/pay-periods/{week}/workers?limit=1")).json()
    rest = (await plant.get("payroll", f"/v1/pay-periods/{week}/workers?limit=1&cursor={page['next_cursor']}")).json()
    found = {item["worker_id"]: item["seconds"] for item in page["items"] + rest["items"]}
    assert found == {str(plant.people["worker"]): 420, str(plant.people["colleague"]): 120}
    assert rest["next_cursor"] is None
    looks = (await plant.get("worker", "/v1/me/pay-access")).json()["items"]
    assert [look["action"] for look in looks] == ["list_pay_period_workers"] * 2
    assert (await plant.get("stranger", "/v1/me/pay-access")).json()["items"] == []


async def test_the_formats_hold_the_same_seconds(plant: Plant, week: str) -> None:
    await settle(plant, week)
    epi = list(csv.DictReader(io.StringIO((await make(plant, week, "adp-epi")).decode())))
    assert list(epi[0]) == ["Co Code", "Batch ID", "File #", "Hours 3 Code", "Hours 3 Amount", "Memo Code", "Memo Amount"]
    assert [(r["File #"], r["Hours 3 Code"], r["Hours 3 Amount"], r["Memo Amount"]) for r in epi] == [
        ("0001", "LRN-MODULE", "0.07", "240"),
        ("0001", "LRN-QUIZ", "0.05", "180"),
        ("0002", "LRN-MODULE", "0.03", "120"),
    ]
    ukg = orjson.loads(await make(plant, week, "ukg-pay-code-edits"))
    added = ukg["do"]["payCodeEdits"]["added"]
    assert sum(round(edit["durationInHours"] * 3600) for edit in added) == ukg["checksum"]["seconds"] == 540
    assert added[0]["applyDate"] == "2026-03-18"
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(await make(plant, week, "xlsx")))
    rows = list(book.active.values)
    assert rows[0] == ("employee_number", "workday", "site", "pay_code", "adjustment", "seconds", "entries")
    assert [row[5] for row in rows[1:-1]] == [240, 180, 120]
    assert (rows[-1][0], rows[-1][5]) == ("checksum", 540)


async def test_a_supervisor_of_pay_at_one_site_sees_only_it(plant: Plant, week: str) -> None:
    assert (await plant.get("worker", "/v1/pay-periods")).status_code == 403
    assert (await plant.get("supervisor", f"/v1/pay-periods/{week}")).status_code == 403
    async with plant.write() as tx:
        await tx.run(
            text(
                "update role_grant set node_kind = 'site', node_id = :site "
                "where organization_id = :organization_id and role = 'payroll'"
            ),
            site=plant.other_site_id,
        )
    assert (await plant.get("payroll", "/v1/pay-periods")).json()["items"] == []
    assert (await plant.get("payroll", f"/v1/pay-periods/{week}")).status_code == 404
    assert (await plant.get("payroll", f"/v1/sites/{plant.site_id}/pay-calendar")).status_code == 404


@pytest.mark.parametrize(
    ("instant", "changes", "zone", "over"),
    [
        ("2026-03-22T22:59:59", {}, "Europe/Berlin", False),
        ("2026-03-22T23:00:00", {}, "Europe/Berlin", True),
        ("2026-03-23T04:59:59", {"workday_starts": "06:00"}, "Europe/Berlin", False),
        ("2026-03-23T05:00:00", {"workday_starts": "06:00"}, "Europe/Berlin", True),
        ("2026-03-23T06:59:59", {}, "America/Los_Angeles", False),
        ("2026-03-22T11:00:00", {}, "Pacific/Auckland", True),
    ],
)
async def test_a_period_is_over_by_the_sites_own_clock(
    plant: Plant, clock: ManualClock, instant: str, changes: dict[str, str], zone: str, *, over: bool
) -> None:
    async with plant.write() as tx:
        await tx.run(text("update site set time_zone = :zone where organization_id = :organization_id"), zone=zone)
    await cut(plant, starts_on="2026-03-16", **changes)
    period_id = await period_of(plant, "2026-03-16")
    clock.at = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    answer = await approve(plant, period_id)
    assert answer.status_code == (200 if over else 409), answer.text
    assert over or answer.json()["code"] == "period_not_over"


@pytest.mark.parametrize(
    ("starts_on", "spans"),
    [
        ("2026-03-16", None),
        ("2026-04-06", [("2026-03-09", "2026-03-22"), ("2026-03-23", "2026-04-05"), ("2026-04-06", "2026-04-12")]),
        ("2026-03-02", [("2026-03-02", "2026-03-08"), ("2026-03-09", "2026-03-15"), ("2026-03-16", "2026-03-22")]),
    ],
)
async def test_before_anything_is_approved_a_new_calendar_leaves_no_day_twice_and_none_out(
    plant: Plant, starts_on: str, spans: list[tuple[str, str]] | None
) -> None:
    await cut(plant, frequency="biweekly")
    body = CALENDAR | {"starts_on": starts_on}
    path = f"/v1/sites/{plant.site_id}/pay-calendar"
    answer = await plant.call("payroll", "PUT", path, json=body, headers={"If-Match": '"v1"'})
    listed = (await plant.get("payroll", "/v1/pay-periods?limit=200")).json()["items"]
    cuts = sorted((p["first_date"], p["last_date"]) for p in listed)
    assert answer.status_code == (200 if spans else 409), answer.text
    assert spans is None or cuts[:3] == spans
    assert all((datetime.fromisoformat(b) - datetime.fromisoformat(a)).days == 1 for (_, a), (b, _) in pairwise(cuts))
