"""Workers, their crews and their own profile over HTTP."""

from typing import Any

from sqlalchemy import text

from app.core.access import Role
from app.core.ids import new_id
from app.people.models import NodeKind
from tests.builders import Plant, build_plant
from tests.people.builders import give

EVENTS = text("select type, subject_id, data from event where organization_id = :organization_id order by id")


def body(plant: Plant, **more: Any) -> dict[str, Any]:
    """A new worker."""
    return {
        "site_id": str(plant.site_id), "number": "0815", "display_name": "Ada Berg", "languages": ["de", "en"],
        "email": "ada@example.org", "phone": "+49 30 1234", **more,
    }  # fmt: skip


async def told(plant: Plant) -> list[tuple[str, Any]]:
    """Every event of the organization, as type and data."""
    async with plant.write() as tx:
        return [(row.type, row.data) for row in await tx.rows(EVENTS)]


async def numbers(plant: Plant, who: str, query: str = "") -> set[str]:
    """The numbers of the workers somebody is shown."""
    answer = await plant.get(who, f"/v1/workers?limit=200{query}")
    assert answer.status_code == 200, answer.text
    return {item["display_name"] for item in answer.json()["items"]}


async def edit(plant: Plant, who: str, worker: str, changes: Any, version: int = 1) -> Any:
    path = f"/v1/workers/{plant.people[worker]}"
    return await plant.call(who, "PATCH", path, json=changes, headers={"If-Match": f'"v{version}"'})


async def test_a_worker_is_added_and_told_without_a_name(plant: Plant) -> None:
    made = await plant.post("admin", "/v1/workers", body(plant))
    assert (made.status_code, made.headers["etag"]) == (201, '"v1"'), made.text
    assert (made.json()["email"], made.json()["status"], made.json()["crew_ids"]) == ("ada@example.org", "active", [])
    assert await told(plant) == [("worker.created", {"site_id": str(plant.site_id)})]


async def test_a_name_a_number_and_a_site_are_enough(plant: Plant) -> None:
    made = await plant.post("admin", "/v1/workers", {"site_id": str(plant.site_id), "number": "1", "display_name": "Bo"})
    assert (made.status_code, made.json()["languages"], made.json()["email"]) == (201, ["en"], None)


async def test_the_same_id_again_adds_nobody(plant: Plant) -> None:
    sent = body(plant, id=str(new_id()))
    first, again = await plant.post("admin", "/v1/workers", sent), await plant.post("admin", "/v1/workers", sent)
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(await told(plant)) == 1


async def test_a_number_is_taken_once(plant: Plant) -> None:
    await plant.post("admin", "/v1/workers", body(plant))
    second = await plant.post("admin", "/v1/workers", body(plant))
    moved = await edit(plant, "admin", "worker", {"number": "0815"})
    assert (second.status_code, second.json()["code"]) == (409, "number_taken")
    assert (moved.status_code, moved.json()["code"]) == (409, "number_taken")


async def test_bad_fields_are_refused_by_name(plant: Plant) -> None:
    faults: list[dict[str, Any]] = [
        {"email": "no"}, {"languages": []}, {"languages": ["de", "de"]}, {"phone": "call me"}, {"status": "x"}
    ]  # fmt: skip
    for wrong in faults:
        answer = await plant.post("admin", "/v1/workers", body(plant, **wrong))
        assert (answer.status_code, answer.json()["errors"][0]["pointer"][:5]) == (422, f"#/{next(iter(wrong))}"[:5])


async def test_supervisors_see_the_workers_within_their_reach(plant: Plant) -> None:
    assert "Stranger" not in await numbers(plant, "supervisor")
    assert {"Worker", "Colleague", "Third"} <= await numbers(plant, "supervisor")
    assert await numbers(plant, "line_supervisor") == {"Third", "Line Supervisor"}
    assert await numbers(plant, "other_supervisor") == {"Stranger", "Other Supervisor"}
    assert await numbers(plant, "worker") == {"Worker"}
    assert len(await numbers(plant, "admin")) == len(await numbers(plant, "integration")) == 11


async def test_a_denial_outweighs_every_allowance(plant: Plant) -> None:
    await give(plant, "supervisor", Role.SUPERVISOR, NodeKind.CREW, plant.crew_id, allow=False)
    assert {"Worker", "Colleague"}.isdisjoint(await numbers(plant, "supervisor"))
    assert "Third" in await numbers(plant, "supervisor")
    assert (await plant.get("supervisor", f"/v1/workers/{plant.people['worker']}")).status_code == 404


async def test_lists_are_filtered(plant: Plant) -> None:
    assert await numbers(plant, "admin", f"&crew_id={plant.second_crew_id}") == {"Third"}
    assert await numbers(plant, "admin", f"&site_id={plant.other_site_id}") == {"Stranger", "Other Supervisor"}
    assert await numbers(plant, "admin", "&q=COLLEA") == {"Colleague"}
    assert await numbers(plant, "admin", "&q=0003") == {"Third"}
    assert await numbers(plant, "admin", "&q=%25") == set()
    assert await numbers(plant, "admin", "&status=inactive") == set()


async def test_an_item_is_shown_exactly_to_those_whose_list_has_it(plant: Plant) -> None:
    path = f"/v1/workers/{plant.people['worker']}"
    seen = {who: (await plant.get(who, path)).status_code for who in ("worker", "supervisor", "admin", "integration")}
    assert set(seen.values()) == {200}
    hidden = {who: (await plant.get(who, path)).status_code for who in ("colleague", "line_supervisor", "other_supervisor")}
    assert set(hidden.values()) == {404}
    other = await build_plant(plant.runtime, plant.http)
    assert (await plant.get("admin", f"/v1/workers/{other.people['worker']}")).status_code == 404


async def test_contact_details_are_for_the_worker_and_the_record_keeper(plant: Plant) -> None:
    assert (await edit(plant, "admin", "worker", {"email": "w@example.org"})).status_code == 200
    path = f"/v1/workers/{plant.people['worker']}"
    seen = {who: (await plant.get(who, path)).json()["email"] for who in ("worker", "supervisor", "admin", "integration")}
    assert seen == {"worker": "w@example.org", "supervisor": None, "admin": "w@example.org", "integration": "w@example.org"}


async def test_a_change_tells_which_fields_but_not_their_values(plant: Plant) -> None:
    changed = await edit(plant, "admin", "worker", {"display_name": "Ada", "job_role": "filler"})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert await told(plant) == [("worker.updated", {"changed": ["display_name", "job_role"]})]
    same = await edit(plant, "admin", "worker", {"display_name": "Ada"}, version=2)
    assert (same.json()["version"], len(await told(plant))) == (2, 1)


async def test_edits_are_for_admins_and_keys_with_the_current_version(plant: Plant) -> None:
    assert (await edit(plant, "supervisor", "worker", {"display_name": "A"})).status_code == 403
    assert (await edit(plant, "worker", "worker", {"display_name": "A"})).status_code == 403
    assert (await edit(plant, "integration", "worker", {"display_name": "A"})).status_code == 200
    assert (await edit(plant, "admin", "worker", {"display_name": "B"})).status_code == 412


async def test_an_admin_of_one_site_keeps_that_site_only(plant: Plant) -> None:
    await give(plant, "colleague", Role.ADMIN, NodeKind.SITE, plant.site_id)
    assert (await edit(plant, "colleague", "worker", {"display_name": "A"})).status_code == 200
    assert (await edit(plant, "colleague", "stranger", {"display_name": "A"})).status_code == 404
    assert (await edit(plant, "colleague", "third", {"site_id": str(plant.other_site_id)})).status_code == 404
    away = await plant.post("colleague", "/v1/workers", body(plant, site_id=str(plant.other_site_id)))
    assert away.status_code == 404
    site = {"code": "X", "name": "X", "time_zone": "Europe/Paris"}
    assert (await plant.post("colleague", "/v1/sites", site)).status_code == 403
    renamed = await plant.call("colleague", "PATCH", "/v1/organization", json={"name": "X"}, headers={"If-Match": '"v1"'})
    assert renamed.status_code == 404


async def test_leaving_ends_every_sign_in_at_once_and_returning_restores_it(plant: Plant) -> None:
    path = f"/v1/workers/{plant.people['worker']}"
    assert (await plant.get("worker", "/v1/me")).status_code == 200
    left = await plant.call("admin", "POST", f"{path}/deactivate", headers={"If-Match": '"v1"'})
    again = await plant.call("admin", "POST", f"{path}/deactivate", headers={"If-Match": '"v1"'})
    assert (left.json()["status"], again.status_code, again.json()) == ("inactive", 200, left.json())
    assert (await plant.get("worker", "/v1/me")).status_code == 401
    stale = await plant.call("admin", "POST", f"{path}/reactivate", headers={"If-Match": '"v1"'})
    back = await plant.call("admin", "POST", f"{path}/reactivate", headers={"If-Match": '"v2"'})
    assert (stale.status_code, back.json()["status"]) == (412, "active")
    assert (await plant.get("worker", "/v1/me")).status_code == 200
    assert [kind for kind, _ in await told(plant)] == ["worker.deactivated", "worker.updated"]


async def test_the_last_admin_cannot_be_taken_out_of_service(plant: Plant) -> None:
    path = f"/v1/workers/{plant.people['admin']}/deactivate"
    answer = await plant.call("integration", "POST", path, headers={"If-Match": '"v1"'})
    assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
    assert (await plant.call("supervisor", "POST", path, headers={"If-Match": '"v1"'})).status_code == 403


async def test_a_worker_joins_and_leaves_a_crew_on_days(plant: Plant) -> None:
    path = f"/v1/workers/{plant.people['supervisor']}/memberships"
    sent = {"id": str(new_id()), "crew_id": str(plant.crew_id), "valid_from": "2026-03-01"}
    made = await plant.post("admin", path, sent)
    assert (made.status_code, made.json()["valid_until"]) == (201, None)
    assert (await plant.post("admin", path, sent)).json() == made.json()
    twice = await plant.post("admin", path, {**sent, "id": str(new_id()), "valid_from": "2026-04-01"})
    assert (twice.status_code, twice.json()["code"]) == (409, "already_member")
    end = f"/v1/memberships/{sent['id']}/end"
    early = await plant.post("admin", end, {"valid_until": "2026-02-01"})
    ended = await plant.post("admin", end, {"valid_until": "2026-03-31"})
    longer = await plant.post("admin", end, {"valid_until": "2026-05-31"})
    assert (early.status_code, ended.json()["valid_until"], longer.json()["code"]) == (422, "2026-03-31", "already_ended")
    assert (await plant.post("admin", path, {**sent, "id": str(new_id()), "valid_from": "2026-04-01"})).status_code == 201
    listed = (await plant.get("supervisor", path)).json()["items"]
    assert [item["valid_from"] for item in listed] == ["2026-03-01", "2026-04-01"]


async def test_memberships_are_refused_out_of_reach_or_reversed(plant: Plant) -> None:
    path = f"/v1/workers/{plant.people['third']}/memberships"
    sent = {"crew_id": str(plant.crew_id), "valid_from": "2026-03-01"}
    assert (await plant.post("supervisor", path, sent)).status_code == 403
    assert (await plant.get("other_supervisor", path)).status_code == 404
    assert (await plant.post("admin", path, {**sent, "crew_id": str(plant.line_id)})).status_code == 404
    assert (await plant.post("admin", path, {**sent, "valid_until": "2026-02-01"})).status_code == 422
    assert (await plant.post("admin", f"/v1/memberships/{new_id()}/end", {"valid_until": "2026-02-01"})).status_code == 404


async def test_i_see_and_change_myself(plant: Plant) -> None:
    me = (await plant.get("supervisor", "/v1/me")).json()
    assert (me["display_name"], me["site_name"], me["time_zone"]) == ("Supervisor", "BER", "Europe/Berlin")
    assert me["roles"] == [{"role": "supervisor", "node_id": str(plant.site_id), "allow": True}]
    changed = await plant.call("worker", "PATCH", "/v1/me", json={"languages": ["es", "en"]})
    assert (changed.status_code, changed.json()["languages"], changed.headers["etag"]) == (200, ["es", "en"], '"v2"')
    assert (await plant.call("worker", "PATCH", "/v1/me", json={"display_name": "Boss"})).status_code == 422
    assert (await plant.get("integration", "/v1/me")).status_code == 403
    assert (await plant.get("nobody", "/v1/me")).status_code == 401
