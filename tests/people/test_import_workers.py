"""Importing workers: found again, changed, flagged or refused, each with its reason."""

import asyncio
from typing import Any

from sqlalchemy import text

from app.core.access import Role
from app.people import service as people
from app.people.models import NodeKind
from tests.builders import Plant
from tests.people.builders import give

EVENTS = text("select type from event where organization_id = :organization_id and type like 'worker.%' order by id")
WORKERS = text("select count(*) from worker where organization_id = :organization_id")


def row(which: int, **more: Any) -> dict[str, Any]:
    """One worker as an HR system tells them."""
    return {"external_id": f"P{which}", "number": f"9{which:03d}", "name": f"Person {which}", "site": "BER", **more}


async def imported(plant: Plant, *rows: dict[str, Any], who: str = "admin", **more: Any) -> dict[str, Any]:
    """The finished import."""
    answer = await plant.post(who, "/v1/imports", {"kind": "workers", "source": "hr", "rows": list(rows), **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def report(plant: Plant, run: dict[str, Any]) -> list[tuple[str, str]]:
    """Verdicts and reasons in the rows' order."""
    items = (await plant.get("admin", f"/v1/imports/{run['id']}/rows?limit=200")).json()["items"]
    return [(item["verdict"], item["reason"]) for item in items]


async def verdicts(plant: Plant, *rows: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    """What becomes of rows."""
    return await report(plant, await imported(plant, *rows, **more))


async def the_worker(plant: Plant, number: str) -> dict[str, Any]:
    """One worker by number."""
    items: list[dict[str, Any]] = (await plant.get("admin", f"/v1/workers?q={number}")).json()["items"]
    assert len(items) == 1
    return items[0]


async def test_a_second_import_of_the_same_rows_changes_nothing(plant: Plant) -> None:
    rows = [row(1, crew="C1", languages="de;en"), row(2, languages=["es"], employed_from="01.02.2026")]
    assert await verdicts(plant, *rows) == [("created", ""), ("created", "")]
    assert await verdicts(plant, *rows) == [("unchanged", ""), ("unchanged", "")]
    first, second = await the_worker(plant, "9001"), await the_worker(plant, "9002")
    assert (first["crew_ids"], first["languages"], first["version"]) == ([str(plant.crew_id)], ["de", "en"], 1)
    assert (second["languages"], second["employed_from"]) == (["es"], "2026-02-01")


async def test_an_empty_cell_leaves_what_is_stored(plant: Plant) -> None:
    await imported(plant, row(1, job_role="filler", phone="030 123"))
    assert await verdicts(plant, {"external_id": "P1", "name": "New Name", "phone": ""}) == [("updated", "")]
    found = await the_worker(plant, "9001")
    assert (found["display_name"], found["phone"], found["job_role"]) == ("New Name", "030 123", "filler")


async def test_the_number_may_serve_as_the_external_id_and_back(plant: Plant) -> None:
    assert await verdicts(plant, {"external_id": "A7", "name": "Ann", "site": "BER"}) == [("created", "")]
    assert (await the_worker(plant, "A7"))["number"] == "A7"
    assert await verdicts(plant, {"number": "A7", "name": "Anna"}) == [("updated", "")]
    assert await verdicts(plant, {"external_id": "A7", "name": "Anna"}) == [("unchanged", "")]


async def test_a_worker_made_by_hand_is_found_by_number_and_then_by_name(plant: Plant) -> None:
    assert await verdicts(plant, {"external_id": "X1", "number": "0001", "job_role": "filler"}) == [("updated", "")]
    assert await verdicts(plant, {"external_id": "X1", "job_role": "packer"}) == [("updated", "")]
    assert (await the_worker(plant, "0001"))["job_role"] == "packer"
    async with plant.write() as tx:
        assert await people.find_external(tx, "worker", "hr", ["X1", "X2"]) == {"X1": plant.people["worker"]}


async def test_faults_are_told_all_at_once_and_the_other_rows_pass(plant: Plant) -> None:
    bad = row(1, site="NOWHERE", languages="german", email="no", employed_from="31/12/2026", status="gone")
    found = await verdicts(plant, bad, row(2))
    assert found[1] == ("created", "")
    assert found[0][0] == "refused"
    for column in ("site", "languages", "email", "employed_from", "status"):
        assert f"{column}:" in found[0][1]
    assert "NOWHERE" not in found[0][1]


async def test_a_new_worker_needs_a_name_a_site_and_a_number(plant: Plant) -> None:
    found = await verdicts(plant, {"external_id": "no number!"}, {"name": "Nobody", "site": "BER"})
    assert found[0] == ("refused", "name, site, number: is missing for a new worker")
    assert found[1] == ("refused", "external_id: is missing, and so is number")


async def test_a_repeated_row_is_refused_and_says_which_it_repeats(plant: Plant) -> None:
    found = await verdicts(plant, row(1), row(2), row(1, name="Again"))
    assert found[2] == ("refused", "external_id: repeats row 1")
    again = await verdicts(plant, {"number": "9002", "name": "A"}, {"number": "9002", "name": "B"})
    assert again == [("updated", ""), ("refused", "number: repeats row 1")]


async def test_a_number_belongs_to_one_worker(plant: Plant) -> None:
    await imported(plant, row(1), row(2))
    found = await verdicts(plant, row(1, number="9002"), row(3, number="9001"), row(4, number="9999"), row(5, number="9999"))
    assert found[0] == ("refused", "number: it belongs to another one here")
    assert found[1] == ("refused", "number: the source calls it by another external_id already")
    assert [verdict for verdict, _ in found[2:]] == ["created", "refused"]


async def test_an_unknown_crew_is_flagged_and_the_rest_is_kept(plant: Plant) -> None:
    found = await verdicts(plant, row(1, crew="C77"))
    assert found == [("flagged", "crew: is unknown at this site or not within your reach, the rest of the row was kept")]
    assert (await the_worker(plant, "9001"))["crew_ids"] == []


async def test_a_new_crew_ends_the_old_one_the_day_before(plant: Plant) -> None:
    await imported(plant, {"external_id": "X1", "number": "0001", "crew": "C2"})
    items = (await plant.get("admin", f"/v1/workers/{plant.people['worker']}/memberships")).json()["items"]
    days = [(item["crew_id"], item["valid_from"], item["valid_until"]) for item in items]
    assert days == [
        (str(plant.crew_id), "2026-01-17", "2026-03-17"), (str(plant.second_crew_id), "2026-03-18", None)
    ]  # fmt: skip


async def test_leaving_by_import_is_told_and_the_last_admin_stays(plant: Plant) -> None:
    rows = [{"number": "0001", "status": "inactive"}, {"number": "0011", "status": "inactive"}]
    found = await verdicts(plant, *rows)
    assert found == [("updated", ""), ("refused", "status: the organization would have no admin left")]
    async with plant.write() as tx:
        assert [r.type for r in await tx.rows(EVENTS)] == ["worker.deactivated"]
    assert (await plant.get("worker", "/v1/me")).status_code == 401


async def test_an_admin_of_one_site_imports_for_that_site_only(plant: Plant) -> None:
    await give(plant, "colleague", Role.ADMIN, NodeKind.SITE, plant.site_id)
    rows = (row(1), row(2, site="CHI"), {"number": "0004", "name": "Taken over"})
    run = await imported(plant, *rows, who="colleague")
    found = await report(plant, run)
    assert found[0] == ("created", "")
    assert found[1] == ("refused", "site: is not the code of a site within your reach")
    assert found[2] == ("refused", "it belongs to a site you do not keep")
    assert (await plant.get("colleague", f"/v1/imports/{run['id']}")).status_code == 200


async def test_a_crew_outside_the_senders_reach_takes_nobody(plant: Plant) -> None:
    await give(plant, "colleague", Role.ADMIN, NodeKind.CREW, plant.crew_id)
    run = await imported(plant, {"number": "0001", "crew": "C2"}, who="colleague")
    assert await report(plant, run) == [
        ("flagged", "crew: is unknown at this site or not within your reach, the rest of the row was kept")
    ]
    assert (await the_worker(plant, "0001"))["crew_ids"] == [str(plant.crew_id)]


async def test_two_imports_of_the_same_people_at_once_add_each_once(plant: Plant) -> None:
    rows = [row(number, crew="C1") for number in range(60)]
    first, second = await asyncio.gather(imported(plant, *rows), imported(plant, *rows))
    assert sorted([first["created"], second["created"]]) == [0, 60]
    assert sorted([first["unchanged"], second["unchanged"]]) == [0, 60]
    async with plant.write() as tx:
        assert await tx.scalar(WORKERS) == 11 + 60
        assert len(await tx.rows(EVENTS)) == 60


async def test_a_dry_run_reports_and_changes_nothing(plant: Plant) -> None:
    run = await imported(plant, row(1), row(2, site="NOWHERE"), dry_run=True)
    assert (run["created"], run["refused"], run["dry_run"]) == (1, 1, True)
    assert len(await report(plant, run)) == 2
    async with plant.write() as tx:
        assert await tx.scalar(WORKERS) == 11
        assert await tx.rows(EVENTS) == []
