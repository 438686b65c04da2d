"""The rate of a shift goes with the seconds that are credited in it: to the worker, the chain and payroll's files."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.core.clock import ManualClock
from app.core.ids import new_id
from app.core.intervals import Interval
from app.paytime import service as paytime
from app.paytime.service import chain
from tests.builders import Plant
from tests.paytime.builders import HOURS, at, learned
from tests.paytime.test_periods import AFTER, cut, make, period_of, settle, table
from tests.servers import Postgres, migrate, sync_engine

LINES = text(
    "select entry_type, seconds, rate_minor, rate_currency from pay_entry where organization_id = :organization_id order by id"
)


async def a_shift(plant: Plant, rate: dict[str, Any] | None, who: str = "worker") -> Any:
    body = {
        "worker_id": str(plant.people[who]), "work_center_id": str(plant.line_id), "starts_at": at(0).isoformat(),
        "ends_at": at(HOURS).isoformat(), "hourly_rate": rate,
    }  # fmt: skip
    return await plant.post("supervisor", "/v1/shifts", body)


async def lines(plant: Plant) -> list[tuple[Any, ...]]:
    async with plant.write() as tx:
        return [tuple(row) for row in await tx.rows(LINES)]


async def test_a_line_keeps_the_rate_of_its_shift_and_so_does_what_takes_it_back(plant: Plant) -> None:
    made = await a_shift(plant, {"amount_minor": 2150, "currency": "EUR"})
    assert made.status_code == 201, made.text
    (entry_id,) = await learned(plant, "worker", 5, 10)
    taken = await plant.post("payroll", f"/v1/pay-entries/{entry_id}/reversals", {"reason": "Not there"})
    assert (taken.json()["rate_minor"], taken.json()["rate_currency"]) == (2150, "EUR")
    assert await lines(plant) == [("credit", 300, 2150, "EUR"), ("reversal", -300, 2150, "EUR")]
    own = (await plant.get("worker", "/v1/me/pay-time")).json()
    assert {(e["rate_minor"], e["rate_currency"]) for e in own["entries"]} == {(2150, "EUR")}
    async with plant.write() as tx:
        await chain.seal_all(tx)
        assert (await chain.verify(tx)).findings == []


async def test_whoever_plans_shifts_does_not_see_what_they_are_paid(plant: Plant) -> None:
    made = await a_shift(plant, {"amount_minor": 2150, "currency": "EUR"})
    assert "2150" not in made.text
    for path in (f"/v1/shifts/{made.json()['id']}", "/v1/shifts?from=2026-03-17T00:00:00Z&to=2026-03-20T00:00:00Z"):
        assert "rate" not in (await plant.get("supervisor", path)).text


@pytest.mark.parametrize(
    ("rate", "pointer"),
    [
        ({"amount_minor": 2150}, "#/hourly_rate/currency"),
        ({"amount_minor": -1, "currency": "EUR"}, "#/hourly_rate/amount_minor"),
        ({"amount_minor": 21.5, "currency": "EUR"}, "#/hourly_rate/amount_minor"),
        ({"amount_minor": 2150, "currency": "eur"}, "#/hourly_rate/currency"),
    ],
)
async def test_an_odd_rate_is_refused(plant: Plant, rate: dict[str, Any], pointer: str) -> None:
    answer = await a_shift(plant, rate)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_corrected_rate_settles_the_lines_anew(plant: Plant) -> None:
    names = ("external_id", "worker", "work_center", "starts_at", "ends_at", "hourly_rate_minor", "currency")

    async def sent(*rate: str) -> Any:
        row = dict(zip(names, ("s1", "0001", "L1", at(0).isoformat(), at(HOURS).isoformat(), *rate), strict=True))
        answer = await plant.post("admin", "/v1/imports", {"id": str(new_id()), "kind": "shifts", "source": "wfm", "rows": [row]})
        return answer.json()

    await sent("2000", "EUR")
    await learned(plant, "worker", 5, 10)
    assert (await sent("2000", "EUR"))["unchanged"] == 1
    assert (await sent("2200", "EUR"))["updated"] == 1
    async with plant.write() as tx:
        await paytime.review(tx, plant.people["worker"], Interval(at(0), at(HOURS)))
    assert await lines(plant) == [
        ("credit", 300, 2000, "EUR"), ("reversal", -300, 2000, "EUR"), ("credit", 300, 2200, "EUR"),
    ]  # fmt: skip
    for odd in (("2200", ""), ("", "EUR"), ("2200", "euros")):
        assert (await sent(*odd))["refused"] == 1


async def test_files_have_rates_where_the_roster_has_some_and_a_line_for_each(plant: Plant, clock: ManualClock) -> None:
    assert (await a_shift(plant, {"amount_minor": 2150, "currency": "USD"})).status_code == 201
    assert (await a_shift(plant, None, "colleague")).status_code == 201
    await learned(plant, "worker", 0, 4)
    await learned(plant, "colleague", 0, 2)
    await cut(plant, starts_on="2026-03-16", company_code="ABC")
    clock.at = AFTER
    period = await period_of(plant, "2026-03-16")
    await settle(plant, period)
    rows = table(await make(plant, period))
    assert [(r["seconds"], r["hourly_rate_minor"], r["currency"]) for r in rows] == [("240", "2150", "USD"), ("120", "", "")]
    header, first, second = (await make(plant, period, "adp-epi")).decode().splitlines()
    assert header.endswith('"Temp Rate"')
    assert Decimal(first.rsplit(",", 1)[1]) == Decimal("21.50")
    assert second.endswith(',""')


ID = "'019cffa0-0000-7000-8000-00000000000{}'"
ORG, SITE, WORKER, SOURCE, ENTRY = (ID.format(n) for n in range(1, 6))
MOMENTS = "'2026-03-18T06:00Z', '2026-03-18T06:05Z', 300"
# A line that was written under the revision before, and waits to be linked.
WRITTEN = f"""
insert into organization (organization_id, slug, name, settings, created_at, version)
  values ({ORG}, 'o', 'O', '{{}}', now(), 1);
insert into site (organization_id, id, code, name, time_zone, workday_starts, created_at, version)
  values ({ORG}, {SITE}, 'S', 'S', 'Europe/Berlin', '00:00', now(), 1);
insert into worker (organization_id, id, site_id, number, display_name, languages, status, created_at, version)
  values ({ORG}, {WORKER}, {SITE}, '1', 'W', array['en'], 'active', now(), 1);
insert into pay_claim (organization_id, worker_id, source_id, kind, mandatory, starts_at, ends_at, seconds, actor_id,
  recorded_at) values ({ORG}, {WORKER}, {SOURCE}, 'module', false, {MOMENTS}, {WORKER}, now());
insert into pay_entry (organization_id, id, worker_id, source_id, kind, mandatory, entry_type, starts_at, ends_at, seconds,
  actor_id, business_date, site_id, time_zone, utc_offset_seconds, tzdata_version, recorded_at)
  values ({ORG}, {ENTRY}, {WORKER}, {SOURCE}, 'module', false, 'credit', {MOMENTS}, {WORKER}, '2026-03-18', {SITE},
  'Europe/Berlin', 3600, '2026a', now())
"""
WAITS = text("select u.digest = ledger_digest(e) from ledger_unsealed u join pay_entry e on e.id = u.entry_id")


def test_what_waits_to_be_linked_still_does_after_the_migration(database: Postgres) -> None:
    server = sync_engine(database.owner, isolation_level="AUTOCOMMIT")
    older = make_url(database.owner).set(database="before_rates").render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text("drop database if exists before_rates"))
        connection.execute(text("create database before_rates"))
    migrate(older, "0022")
    engine = sync_engine(older)
    with engine.begin() as connection:
        for statement in WRITTEN.split(";"):
            connection.execute(text(statement))
    migrate(older)
    with engine.begin() as connection:
        assert connection.execute(WAITS).scalars().all() == [True]
    engine.dispose()
    with server.connect() as connection:
        connection.execute(text("drop database before_rates"))
    server.dispose()
