"""Sites, areas, work centers, stations and crews over HTTP."""

from typing import Any

import pytest

from app.core.ids import new_id
from tests.builders import Plant

WHERE = ("sites", "areas", "work-centers", "stations", "crews")


def bodies(plant: Plant) -> dict[str, dict[str, Any]]:
    """One new place of each kind."""
    site, line = str(plant.site_id), str(plant.line_id)
    return {
        "sites": {"code": "MAD", "name": "Madrid", "time_zone": "Europe/Madrid", "country": "ES", "workday_starts": "06:00"},
        "areas": {"site_id": site, "code": "B", "name": "Hall B"},
        "work-centers": {"site_id": site, "area_id": str(plant.area_id), "code": "L9", "name": "Line 9", "minimum_staying": 3},
        "stations": {"work_center_id": line, "code": "S9", "name": "Palletizer", "has_tablet": True},
        "crews": {"site_id": site, "work_center_id": line, "code": "C9", "name": "Crew 9"},
    }


@pytest.mark.parametrize("where", WHERE)
async def test_an_admin_adds_reads_lists_and_changes_a_place(plant: Plant, where: str) -> None:
    body = bodies(plant)[where]
    made = await plant.post("admin", f"/v1/{where}", body)
    assert made.status_code == 201, made.text
    assert {name: made.json()[name] for name in body} == body
    path = f"/v1/{where}/{made.json()['id']}"
    read = await plant.get("worker", path)
    assert (read.json(), read.headers["etag"]) == (made.json(), '"v1"')
    listed = (await plant.get("worker", f"/v1/{where}")).json()["items"]
    assert made.json() in listed
    changed = await plant.call("admin", "PATCH", path, json={"name": "Renamed"}, headers={"If-Match": '"v1"'})
    assert (changed.status_code, changed.json()["name"], changed.headers["etag"]) == (200, "Renamed", '"v2"')


@pytest.mark.parametrize("where", WHERE)
async def test_an_edit_needs_the_version_that_was_read(plant: Plant, where: str) -> None:
    path = f"/v1/{where}/{(await plant.post('admin', f'/v1/{where}', bodies(plant)[where])).json()['id']}"
    without = await plant.call("admin", "PATCH", path, json={"name": "A"})
    first = await plant.call("admin", "PATCH", path, json={"name": "A"}, headers={"If-Match": '"v1"'})
    second = await plant.call("admin", "PATCH", path, json={"name": "B"}, headers={"If-Match": '"v1"'})
    assert (without.status_code, first.status_code, second.status_code) == (428, 200, 412)


@pytest.mark.parametrize("where", WHERE)
async def test_only_admins_and_keys_change_places(plant: Plant, where: str) -> None:
    body = bodies(plant)[where]
    for who in ("worker", "supervisor", "payroll", "author"):
        assert (await plant.post(who, f"/v1/{where}", body)).status_code == 403
    assert (await plant.post("nobody", f"/v1/{where}", body)).status_code == 401
    assert (await plant.post("integration", f"/v1/{where}", body)).status_code == 201


@pytest.mark.parametrize("where", WHERE)
async def test_a_code_is_taken_once_and_an_id_takes_effect_once(plant: Plant, where: str) -> None:
    body = {**bodies(plant)[where], "id": str(new_id())}
    first = await plant.post("admin", f"/v1/{where}", body)
    again = await plant.post("admin", f"/v1/{where}", body)
    other = await plant.post("admin", f"/v1/{where}", {**body, "id": str(new_id())})
    assert (again.status_code, again.json()) == (201, first.json())
    assert (other.status_code, other.json()["code"]) == (409, "code_taken")


@pytest.mark.parametrize("where", WHERE)
async def test_an_unknown_place_is_not_found(plant: Plant, where: str) -> None:
    path = f"/v1/{where}/{new_id()}"
    edited = await plant.call("admin", "PATCH", path, json={"name": "A"}, headers={"If-Match": '"v1"'})
    assert ((await plant.get("admin", path)).status_code, edited.status_code) == (404, 404)


@pytest.mark.parametrize("where", WHERE)
async def test_null_and_unknown_fields_are_refused(plant: Plant, where: str) -> None:
    path = f"/v1/{where}/{(await plant.post('admin', f'/v1/{where}', bodies(plant)[where])).json()['id']}"
    for body in ({"name": None}, {"nickname": "x"}, {"code": "a b"}):
        answer = await plant.call("admin", "PATCH", path, json=body, headers={"If-Match": '"v1"'})
        assert answer.status_code == 422


async def test_lists_are_filtered_by_what_stands_above(plant: Plant) -> None:
    found = (await plant.get("worker", f"/v1/work-centers?site_id={plant.other_site_id}")).json()["items"]
    assert [item["id"] for item in found] == [str(plant.other_line_id)]
    found = (await plant.get("worker", f"/v1/crews?work_center_id={plant.second_line_id}")).json()["items"]
    assert [item["id"] for item in found] == [str(plant.second_crew_id)]
    assert (await plant.get("worker", f"/v1/areas?site_id={plant.other_site_id}")).json()["items"] == []


async def test_a_list_is_read_page_by_page(plant: Plant) -> None:
    first = (await plant.get("worker", "/v1/work-centers?limit=2")).json()
    second = (await plant.get("worker", f"/v1/work-centers?limit=2&cursor={first['next_cursor']}")).json()
    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (2, 1, None)


async def test_a_parent_must_exist_and_be_of_the_right_kind(plant: Plant) -> None:
    for site_id in (new_id(), plant.line_id):
        answer = await plant.post("admin", "/v1/areas", {"site_id": str(site_id), "code": "Z", "name": "Z"})
        assert answer.status_code == 404


async def test_an_area_of_another_site_is_refused(plant: Plant) -> None:
    body = {"site_id": str(plant.other_site_id), "area_id": str(plant.area_id), "code": "Z", "name": "Z"}
    answer = await plant.post("admin", "/v1/work-centers", body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "other_site")
    edit = {"area_id": str(plant.area_id)}
    path = f"/v1/work-centers/{plant.other_line_id}"
    moved = await plant.call("admin", "PATCH", path, json=edit, headers={"If-Match": '"v1"'})
    assert (moved.status_code, moved.json()["errors"][0]["code"]) == (422, "other_site")


async def test_a_crew_may_leave_its_line(plant: Plant) -> None:
    path = f"/v1/crews/{plant.crew_id}"
    answer = await plant.call("admin", "PATCH", path, json={"work_center_id": None}, headers={"If-Match": '"v1"'})
    assert (answer.status_code, answer.json()["work_center_id"]) == (200, None)


async def test_the_organization_is_read_by_all_and_renamed_by_its_admin(plant: Plant) -> None:
    read = await plant.get("worker", "/v1/organization")
    assert (read.json()["name"], read.headers["etag"]) == ("Test plant", '"v1"')
    named = await plant.call("admin", "PATCH", "/v1/organization", json={"name": "Berg"}, headers={"If-Match": '"v1"'})
    stale = await plant.call("admin", "PATCH", "/v1/organization", json={"name": "Tal"}, headers={"If-Match": '"v1"'})
    refused = await plant.call("supervisor", "PATCH", "/v1/organization", json={"name": "X"}, headers={"If-Match": '"v2"'})
    assert (named.json()["name"], named.json()["version"]) == ("Berg", 2)
    assert (stale.status_code, refused.status_code) == (412, 403)
