"""Importing sites, areas, work centers, stations and crews."""

from typing import Any

from sqlalchemy import text

from app.core.access import Role
from app.people.models import NodeKind
from tests.builders import Plant
from tests.people.builders import give

TREE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("sites", {"code": "MAD", "name": "Madrid", "time_zone": "Europe/Madrid", "country": "ES"}),
    ("areas", {"site": "MAD", "code": "A", "name": "Nave A"}),
    ("work_centers", {"site": "MAD", "area": "A", "code": "L1", "name": "Linea 1", "minimum_staying": 2, "tablets": "1"}),
    ("stations", {"site": "MAD", "work_center": "L1", "code": "S1", "name": "Llenadora", "has_tablet": "yes"}),
    ("crews", {"site": "MAD", "work_center": "L1", "code": "C1", "name": "Equipo 1"}),
)


async def verdicts(plant: Plant, kind: str, *rows: dict[str, Any], who: str = "admin") -> list[tuple[str, str]]:
    """What becomes of rows."""
    made = await plant.post(who, "/v1/imports", {"kind": kind, "source": "mes", "rows": list(rows)})
    assert made.status_code == 201, made.text
    items = (await plant.get(who, f"/v1/imports/{made.json()['id']}/rows")).json()["items"]
    return [(item["verdict"], item["reason"]) for item in items]


async def test_a_whole_tree_is_imported_and_found_again(plant: Plant) -> None:
    for kind, row in TREE:
        assert await verdicts(plant, kind, {"external_id": "m", **row}) == [("created", "")], kind
    for kind, row in TREE:
        assert await verdicts(plant, kind, {"external_id": "m", **row}) == [("unchanged", "")], kind
        assert await verdicts(plant, kind, {"external_id": "m", **row, "name": "Otro"}) == [("updated", "")], kind
    crew = [c for c in (await plant.get("admin", "/v1/crews")).json()["items"] if c["name"] == "Otro"]
    lines = [w for w in (await plant.get("admin", "/v1/work-centers")).json()["items"] if w["name"] == "Otro"]
    assert (crew[0]["work_center_id"], lines[0]["minimum_staying"]) == (lines[0]["id"], 2)


async def test_places_made_by_hand_are_found_by_code(plant: Plant) -> None:
    assert await verdicts(plant, "crews", {"site": "BER", "code": "C1", "name": "Early"}) == [("updated", "")]
    stations = (
        {"site": "BER", "work_center": "L1", "code": "S1", "name": "Filler"},
        {"site": "BER", "work_center": "L2", "code": "S1"},
    )
    assert await verdicts(plant, "stations", *stations) == [("unchanged", ""), ("refused", "name: is missing for a new one")]


async def test_unknown_codes_above_are_refused(plant: Plant) -> None:
    rows = (
        {"site": "XXX", "code": "C9", "name": "N"},
        {"site": "BER", "work_center": "L9", "code": "C9", "name": "N"},
        {"site": "BER", "code": "C 9", "name": "N"},
        {"site": "BER", "code": "C8", "name": "N"},
        {"site": "BER", "code": "C8", "name": "N"},
    )
    found = await verdicts(plant, "crews", *rows)
    assert found[0] == ("refused", "site: is not the code of a site within your reach")
    assert found[1] == ("refused", "work_center: is not a code at this site")
    assert found[2][1].startswith("code: must be")
    assert found[3:] == [("created", ""), ("refused", "code: repeats row 4")]


async def test_a_place_does_not_move_by_import(plant: Plant) -> None:
    await verdicts(plant, "crews", {"external_id": "m", "site": "BER", "code": "C1", "name": "C1"})
    found = await verdicts(plant, "crews", {"external_id": "m", "site": "CHI", "code": "C1", "name": "C1"})
    assert found == [("refused", "site: it stands at another site and cannot move")]
    await verdicts(plant, "stations", {"external_id": "m", "site": "BER", "work_center": "L1", "code": "S1"})
    found = await verdicts(plant, "stations", {"external_id": "m", "site": "BER", "work_center": "L2", "code": "S1"})
    assert found == [("refused", "work_center: it stands at another one and cannot move")]


async def test_a_site_needs_a_zone_and_an_admin_of_the_organization(plant: Plant) -> None:
    found = await verdicts(plant, "sites", {"code": "X", "name": "X", "time_zone": "Mars/Olympus"}, {"code": "Y", "name": "Y"})
    assert found == [
        ("refused", "time_zone: must be an IANA time zone such as Europe/Berlin"),
        ("refused", "time_zone: is missing for a new one"),
    ]
    await give(plant, "colleague", Role.ADMIN, NodeKind.SITE, plant.site_id)
    found = await verdicts(plant, "sites", {"code": "BER", "name": "Mine"}, who="colleague")
    assert found == [("refused", "code: sites are added by an admin of the whole organization")]
    found = await verdicts(plant, "crews", {"site": "CHI", "code": "C1", "name": "N"}, who="colleague")
    assert found == [("refused", "site: is not the code of a site within your reach")]


async def test_a_changed_minimum_is_told_once_for_each_work_center(plant: Plant) -> None:
    row = {"site": "BER", "code": "L1", "name": "Line 1"}
    for minimum in ("1", "2", "2"):
        await verdicts(plant, "work_centers", {**row, "minimum_staying": minimum})
    async with plant.write() as tx:
        told = await tx.rows(
            text("select subject_id from event where organization_id = :organization_id and type like 'work_center.%'")
        )
    assert [one.subject_id for one in told] == [plant.line_id]
