"""Roles on the tree: nobody grants what they lack, a denial wins, an admin always remains."""

import asyncio
from typing import Any

from app.core.access import Role
from app.core.ids import new_id
from app.people.models import NodeKind
from tests.builders import Plant, build_plant
from tests.people.builders import give


async def grant(plant: Plant, who: str, to: str, role: str, node: Any, *, allow: bool = True) -> Any:
    body = {"worker_id": str(plant.people[to]), "role": role, "node_id": str(node), "allow": allow}
    return await plant.post(who, "/v1/role-grants", body)


async def test_an_admin_grants_what_they_hold_and_it_works_at_once(plant: Plant) -> None:
    await give(plant, "admin", Role.SUPERVISOR, NodeKind.ORGANIZATION, plant.organization_id)
    made = await grant(plant, "admin", "worker", "supervisor", plant.second_line_id)
    assert (made.status_code, made.json()["node_kind"]) == (201, "work_center"), made.text
    shown = {item["display_name"] for item in (await plant.get("worker", "/v1/workers")).json()["items"]}
    assert shown == {"Worker", "Third"}
    assert (await grant(plant, "admin", "worker", "supervisor", plant.second_line_id)).json() == made.json()


async def test_nobody_grants_what_they_lack(plant: Plant) -> None:
    answer = await grant(plant, "admin", "worker", "payroll", plant.organization_id)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_not_held")
    await give(plant, "admin", Role.PAYROLL, NodeKind.SITE, plant.site_id)
    assert (await grant(plant, "admin", "worker", "payroll", plant.site_id)).status_code == 201
    assert (await grant(plant, "admin", "worker", "payroll", plant.other_site_id)).status_code == 403
    assert (await grant(plant, "admin", "worker", "payroll", plant.organization_id)).status_code == 403


async def test_a_role_denied_beneath_a_node_cannot_be_granted_on_it(plant: Plant) -> None:
    await give(plant, "admin", Role.SUPERVISOR, NodeKind.ORGANIZATION, plant.organization_id)
    await give(plant, "admin", Role.SUPERVISOR, NodeKind.CREW, plant.crew_id, allow=False)
    tried = (plant.organization_id, plant.site_id, plant.area_id, plant.line_id, plant.crew_id)
    assert {(await grant(plant, "admin", "worker", "supervisor", node)).status_code for node in tried} == {403}
    assert (await grant(plant, "admin", "worker", "supervisor", plant.other_site_id)).status_code == 201


async def test_an_admin_of_one_site_stays_there(plant: Plant) -> None:
    await give(plant, "colleague", Role.ADMIN, NodeKind.SITE, plant.site_id)
    assert (await grant(plant, "colleague", "worker", "admin", plant.line_id)).status_code == 201
    assert (await grant(plant, "colleague", "worker", "admin", plant.organization_id)).status_code == 404
    assert (await grant(plant, "colleague", "worker", "admin", plant.other_site_id)).status_code == 404
    assert (await grant(plant, "colleague", "stranger", "admin", plant.line_id)).status_code == 404
    listed = (await plant.get("colleague", "/v1/role-grants")).json()["items"]
    assert {item["node_id"] for item in listed} <= {str(plant.site_id), str(plant.line_id)}


async def test_roles_stand_on_nodes_that_exist(plant: Plant) -> None:
    other = await build_plant(plant.runtime, plant.http)
    for node in (new_id(), plant.station_id, other.site_id, plant.people["worker"]):
        assert (await grant(plant, "admin", "worker", "admin", node)).status_code == 404
    assert (await grant(plant, "admin", "worker", "worker", plant.site_id)).status_code == 422
    assert (await grant(plant, "admin", "worker", "king", plant.site_id)).status_code == 422


async def test_only_admins_touch_roles(plant: Plant) -> None:
    for who in ("worker", "supervisor", "payroll", "integration"):
        assert (await grant(plant, who, "worker", "supervisor", plant.site_id)).status_code == 403
        assert (await plant.get(who, "/v1/role-grants")).status_code == 403
        assert (await plant.call(who, "DELETE", f"/v1/role-grants/{new_id()}")).status_code == 403
    assert (await grant(plant, "nobody", "worker", "supervisor", plant.site_id)).status_code == 401


async def test_a_denial_wins_and_its_opposite_must_be_revoked_first(plant: Plant) -> None:
    denied = await grant(plant, "admin", "supervisor", "supervisor", plant.second_line_id, allow=False)
    assert denied.status_code == 201
    shown = {item["display_name"] for item in (await plant.get("supervisor", "/v1/workers")).json()["items"]}
    assert "Third" not in shown
    await give(plant, "admin", Role.SUPERVISOR, NodeKind.ORGANIZATION, plant.organization_id)
    opposite = await grant(plant, "admin", "supervisor", "supervisor", plant.second_line_id)
    assert (opposite.status_code, opposite.json()["code"]) == (409, "role_taken")


async def test_lifting_a_denial_counts_as_granting(plant: Plant) -> None:
    denied = (await grant(plant, "admin", "supervisor", "supervisor", plant.second_line_id, allow=False)).json()["id"]
    assert (await plant.call("admin", "DELETE", f"/v1/role-grants/{denied}")).status_code == 403
    await give(plant, "admin", Role.SUPERVISOR, NodeKind.ORGANIZATION, plant.organization_id)
    assert (await plant.call("admin", "DELETE", f"/v1/role-grants/{denied}")).status_code == 204
    assert (await plant.call("admin", "DELETE", f"/v1/role-grants/{denied}")).status_code == 404


async def test_a_revoked_role_stops_working_at_once(plant: Plant) -> None:
    listed = (await plant.get("admin", f"/v1/role-grants?worker_id={plant.people['supervisor']}")).json()["items"]
    assert [item["role"] for item in listed] == ["supervisor"]
    assert (await plant.call("admin", "DELETE", f"/v1/role-grants/{listed[0]['id']}")).status_code == 204
    shown = {item["display_name"] for item in (await plant.get("supervisor", "/v1/workers")).json()["items"]}
    assert shown == {"Supervisor"}


async def test_the_last_admin_stays(plant: Plant) -> None:
    listed = (await plant.get("admin", f"/v1/role-grants?worker_id={plant.people['admin']}")).json()["items"]
    revoked = await plant.call("admin", "DELETE", f"/v1/role-grants/{listed[0]['id']}")
    denied = await grant(plant, "admin", "admin", "admin", plant.organization_id, allow=False)
    assert [(a.status_code, a.json()["code"]) for a in (revoked, denied)] == [(409, "last_admin")] * 2


async def test_two_admins_revoking_each_other_at_once_leave_one(plant: Plant) -> None:
    second = await grant(plant, "admin", "colleague", "admin", plant.organization_id)
    assert second.status_code == 201
    first = (await plant.get("admin", f"/v1/role-grants?worker_id={plant.people['admin']}")).json()["items"][0]["id"]
    answers = await asyncio.gather(
        plant.call("admin", "DELETE", f"/v1/role-grants/{second.json()['id']}"),
        plant.call("colleague", "DELETE", f"/v1/role-grants/{first}"),
    )
    assert sorted(a.status_code for a in answers) in ([204, 409], [204, 403], [204, 404])


async def test_an_admin_of_a_site_touches_nobody_who_administers_more(plant: Plant) -> None:
    await give(plant, "colleague", Role.ADMIN, NodeKind.SITE, plant.site_id)
    chief = plant.people["admin"]
    denied = await grant(plant, "colleague", "admin", "admin", plant.site_id, allow=False)
    assert (denied.status_code, denied.json()["code"]) == (403, "stands_above")
    tag = {"If-Match": '"v1"'}
    gone = await plant.call("colleague", "POST", f"/v1/workers/{chief}/deactivate", headers=tag)
    renumbered = await plant.call("colleague", "PATCH", f"/v1/workers/{chief}", json={"number": "6666"}, headers=tag)
    assert [(a.status_code, a.json()["code"]) for a in (gone, renumbered)] == [(403, "stands_above")] * 2
    row = {"external_id": "x", "number": "0011", "name": "Somebody", "site": "BER", "status": "inactive"}
    sent = await plant.post("colleague", "/v1/imports", {"kind": "workers", "source": "hr", "rows": [row]})
    assert sent.json()["refused"] == 1, sent.text
    assert (await plant.get("admin", "/v1/me")).status_code == 200
    assert (
        await plant.call("colleague", "POST", f"/v1/workers/{plant.people['worker']}/deactivate", headers=tag)
    ).status_code == 200
