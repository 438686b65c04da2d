"""The auditor of the chaos harnesses sees each kind of damage: done here by the owner, with the guards switched off."""

from typing import Any

import pytest

from benchmarks.harness.audit import Findings, audit
from benchmarks.harness.postgres import Owner
from tests.builders import Plant
from tests.learning.builders import School, module_result, open_school
from tests.servers import Postgres

ONE = "(select id from attempt where organization_id = '{org}' order by id limit 1)"
ENTRY = "(select id from pay_entry where organization_id = '{org}' order by id limit 1)"


@pytest.fixture
def owner(database: Postgres) -> Owner:
    return Owner(database.owner)


@pytest.fixture
async def school(plant: Plant) -> School:
    return await open_school(plant)


async def uploaded(school: School) -> list[tuple[str, int]]:
    """Five results three minutes apart, as a client remembers them."""
    verdicts = await school.upload("worker", *(module_result(start=-60 + 3 * n) for n in range(5)))
    return [(v["id"], v["paid_seconds"]) for v in verdicts]


def damaged(owner: Owner, school: School, statement: str, acked: list[tuple[str, int]]) -> Findings:
    org = school.plant.organization_id
    parts: dict[str, Any] = {"one": ONE.format(org=org), "entry": ENTRY.format(org=org), "org": org}
    owner.run("set local session_replication_role = replica; " + statement.format(**parts))
    return audit(owner, org, acked)


async def test_what_was_stored_whole_is_found_whole(school: School, owner: Owner) -> None:
    acked = await uploaded(school)
    assert len(acked) == 5
    assert audit(owner, school.plant.organization_id, acked).total == 0


async def test_a_result_that_is_gone_is_lost_and_its_ledger_orphaned(school: School, owner: Owner) -> None:
    found = damaged(owner, school, "delete from attempt where organization_id = '{org}' and id = {one}", await uploaded(school))
    assert found.lost == 1
    assert found.half["claim without its attempt"] == found.half["event without its attempt"] == 1


async def test_seconds_other_than_acknowledged_are_lost(school: School, owner: Owner) -> None:
    acked = await uploaded(school)
    found = damaged(owner, school, "update attempt set paid_seconds = 1 where organization_id = '{org}' and id = {one}", acked)
    assert found.lost == 1
    assert found.half["attempt that tells other seconds than the ledger"] == 1


@pytest.mark.parametrize(
    ("table", "where", "kinds"),
    [
        ("pay_claim", "source_id = {one}", {"attempt without its claim"}),
        (
            "pay_entry",
            "source_id = {one}",
            {"claim not settled to the second", "attempt that tells other seconds than the ledger"},
        ),
        ("pay_interval", "entry_id = {entry}", {"credit that is not guarded"}),
        ("event", "type = 'attempt.completed' and subject_id = {one}", {"attempt without its event"}),
        ("event", "type = 'pplt.session.recorded' and data->>'source_id' = cast({one} as text)", {"claim without its event"}),
    ],
)
async def test_a_missing_part_is_half_applied(school: School, owner: Owner, table: str, where: str, kinds: set[str]) -> None:
    acked = await uploaded(school)
    found = damaged(owner, school, f"delete from {table} where organization_id = '{{org}}' and {where}", acked)
    assert {name for name, count in found.half.items() if count} == kinds
    assert found.total == len(kinds)


async def test_an_event_told_twice_is_doubled(school: School, owner: Owner) -> None:
    again = (
        "insert into event select r.* from event t, jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid())) r "
        "where t.organization_id = '{org}' and t.type = 'attempt.completed' and t.subject_id = {one}"
    )
    assert damaged(owner, school, again, await uploaded(school)).doubled["event told twice"] == 1


async def test_a_second_paid_twice_is_an_overlap_and_touching_is_not(school: School, owner: Owner) -> None:
    acked = await uploaded(school)
    moved = (
        "update pay_entry set starts_at = starts_at + interval '{seconds} seconds', "
        "ends_at = ends_at + interval '{seconds} seconds' where organization_id = '{{org}}' and id = {{entry}}"
    )
    for seconds, overlaps in ((0, 0), (1, 1)):
        assert damaged(owner, school, moved.format(seconds=seconds), acked).overlaps == overlaps
