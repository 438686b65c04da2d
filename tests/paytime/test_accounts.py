"""What a worker, payroll and integrations read from the ledger."""

from typing import Any

import pytest
from sqlmodel import insert

from app.core.access import Role
from app.core.ids import new_id
from app.paytime.domain import PayKind
from app.people.models import NodeKind, RoleGrantRow
from tests.builders import Plant, build_plant
from tests.paytime.builders import add_shift, learned

MARCH = "from=2026-03-01&to=2026-03-31"


async def a_day(plant: Plant) -> None:
    """The worker learns 2 + 3 + 1 minutes, 1 of it off shift; the colleague 4."""
    async with plant.write() as tx:
        for who in ("worker", "colleague"):
            await add_shift(tx, plant, who)
    await learned(plant, "worker", -1, 2)
    await learned(plant, "worker", 10, 13, PayKind.QUIZ)
    await learned(plant, "worker", 20, 21)
    await learned(plant, "colleague", 0, 4)


async def deny(plant: Plant, who: str, role: Role, node_id: Any) -> None:
    async with plant.write() as tx:
        row = RoleGrantRow(
            organization_id=plant.organization_id, id=new_id(), worker_id=plant.people[who], role=role,
            node_kind=NodeKind.SITE, node_id=node_id, allow=False, granted_by=plant.people["admin"], created_at=tx.now,
        )  # fmt: skip
        await tx.run(insert(RoleGrantRow).values(**row.model_dump()))


async def test_my_account_sums_days_kinds_and_what_was_not_credited(plant: Plant) -> None:
    await a_day(plant)
    mine = (await plant.get("worker", f"/v1/me/pay-time?{MARCH}")).json()
    assert (mine["worker_id"], mine["from"], mine["to"]) == (str(plant.people["worker"]), "2026-03-01", "2026-03-31")
    assert mine["seconds"] == 360 == sum(e["seconds"] for e in mine["entries"])
    kinds = [{"kind": "module", "seconds": 180, "entries": 2}, {"kind": "quiz", "seconds": 180, "entries": 1}]
    assert mine["days"] == [{"business_date": "2026-03-18", "seconds": 360, "kinds": kinds}]
    assert mine["uncredited"] == [{"reason": "off_shift", "seconds": 60}]
    assert [(x["reason"], x["seconds"], x["starts_at"]) for x in mine["exceptions"]] == [
        ("off_shift", 60, "2026-03-18T05:59:00Z")
    ]


async def test_an_empty_account_is_an_empty_account(plant: Plant) -> None:
    mine = (await plant.get("third", "/v1/me/pay-time")).json()
    assert (mine["seconds"], mine["days"], mine["entries"], mine["exceptions"]) == (0, [], [], [])


@pytest.mark.parametrize("who", ["worker", "payroll", "admin", "integration"])
async def test_payroll_admin_integrations_and_the_worker_read_the_account(plant: Plant, who: str) -> None:
    await a_day(plant)
    answer = await plant.get(who, f"/v1/workers/{plant.people['worker']}/pay-time?{MARCH}")
    assert (answer.status_code, answer.json()["seconds"]) == (200, 360)


@pytest.mark.parametrize("who", ["colleague", "supervisor", "learning_manager", "author", "stranger"])
async def test_nobody_else_reads_it_and_it_seems_not_to_exist(plant: Plant, who: str) -> None:
    assert (await plant.get(who, f"/v1/workers/{plant.people['worker']}/pay-time")).status_code == 404
    assert (await plant.get(who, f"/v1/workers/{new_id()}/pay-time")).status_code == 404


async def test_another_organization_sees_nothing(plant: Plant) -> None:
    await a_day(plant)
    other = await build_plant(plant.runtime, plant.http)
    assert (await other.get("payroll", f"/v1/workers/{plant.people['worker']}/pay-time")).status_code == 404
    assert (await other.get("payroll", "/v1/pay-entries")).json()["items"] == []


async def test_entries_come_in_pages_while_totals_cover_everything(plant: Plant) -> None:
    await a_day(plant)
    first = (await plant.get("worker", f"/v1/me/pay-time?{MARCH}&limit=2")).json()
    rest = (await plant.get("worker", f"/v1/me/pay-time?{MARCH}&limit=2&cursor={first['next_cursor']}")).json()
    assert (first["seconds"], rest["seconds"]) == (360, 360)
    assert [e["seconds"] for e in first["entries"] + rest["entries"]] == [120, 180, 60]
    assert rest["next_cursor"] is None


async def test_the_ledger_lists_by_worker_site_and_date(plant: Plant) -> None:
    await a_day(plant)

    async def listed(query: str) -> list[int]:
        answer = await plant.get("payroll", f"/v1/pay-entries?{query}")
        assert answer.status_code == 200, answer.text
        return [entry["seconds"] for entry in answer.json()["items"]]

    assert await listed(MARCH) == [120, 180, 60, 240]
    assert await listed(f"{MARCH}&worker_id={plant.people['colleague']}") == [240]
    assert await listed(f"{MARCH}&site_id={plant.other_site_id}") == []
    assert await listed("from=2026-03-19&to=2026-03-31") == []


@pytest.mark.parametrize("path", ["pay-entries", "pay-exports", "pay-exports/totals"])
@pytest.mark.parametrize("who", ["worker", "supervisor", "learning_manager", "author"])
async def test_lists_and_exports_are_for_payroll(plant: Plant, who: str, path: str) -> None:
    assert (await plant.get(who, f"/v1/{path}?{MARCH}")).status_code == 403


async def test_a_site_denied_to_payroll_is_left_out_everywhere(plant: Plant) -> None:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
        await add_shift(tx, plant, "stranger", site_id=plant.other_site_id)
    (here,), (there,) = await learned(plant, "worker", 0, 2), await learned(plant, "stranger", 0, 3)
    assert (await plant.get("payroll", f"/v1/pay-exports/totals?{MARCH}")).json()["seconds"] == 300
    await deny(plant, "payroll", Role.PAYROLL, plant.other_site_id)
    shown = (await plant.get("payroll", f"/v1/pay-entries?{MARCH}")).json()["items"]
    assert [entry["id"] for entry in shown] == [str(here)]
    assert (await plant.get("payroll", f"/v1/pay-exports/totals?{MARCH}")).json()["seconds"] == 120
    assert (await plant.get("payroll", f"/v1/workers/{plant.people['stranger']}/pay-time")).status_code == 404
    assert (await plant.post("payroll", f"/v1/pay-entries/{there}/reversals", {"reason": "wrong"})).status_code == 404


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("from=2026-03-31&to=2026-03-01", "period_reversed"),
        ("from=2026-01-01&to=2026-04-03", "period_too_long"),
        ("from=yesterday&to=2026-04-03", "value_error"),
        ("from=1999-12-31&to=2000-01-01", "value_error"),
    ],
)
async def test_an_impossible_period_is_refused(plant: Plant, query: str, code: str) -> None:
    for path in ("me/pay-time", "pay-entries", "pay-exports", "pay-exports/totals"):
        answer = await plant.get("payroll", f"/v1/{path}?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code), answer.text
