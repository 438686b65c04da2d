"""Plans over HTTP: asked for, solved in the background, explained, published, and what is refused."""

from dataclasses import replace
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

import pytest

from app.catalog import service as catalog
from app.catalog.domain import LoadOptions
from app.core.clock import ManualClock
from app.core.ids import new_id
from app.core.jobs import TASKS
from app.paytime.domain import PayKind
from app.planning.service import PlanBroken, solving
from tests.learning.builders import PACK
from tests.paytime.builders import learned
from tests.planning.builders import Line, instant, starts, tag
from tests.planning.faults import doubled


async def test_a_plan_is_solved_published_and_seen_by_its_workers(line: Line) -> None:
    window = await line.window(setup_seconds=60)
    assignment = await line.assign()
    plan = await line.propose()
    assert (plan["placed"], plan["unplaced"], plan["placed_seconds"]) == (2, 0, 360)
    assert await line.mine() == []
    published = await line.publish(plan)
    assert published.status_code == 201, published.text
    counts = {name: published.json()[name] for name in ("scheduled", "moved", "cancelled", "unchanged", "left_out")}
    assert counts == {"scheduled": 2, "moved": 0, "cancelled": 0, "unchanged": 0, "left_out": 0}
    assert published.json()["plan"]["status"] == "published"
    (mine,) = await line.mine()
    assert (mine["window_id"], mine["assignment_id"], mine["status"]) == (str(window), assignment, "scheduled")
    assert (mine["kind"], mine["key"], mine["seconds"]) == ("module", "stop-the-line", 180)
    assert starts(mine).isoformat() == "2026-03-18T10:01:00+00:00"
    assert await line.mine("third") == []
    told = [kind for kind, _ in await line.events("")]
    assert told.count("learning_block.scheduled") == 2
    assert told.count("plan.published") == 1


async def test_what_cannot_be_placed_has_a_sentence_and_the_cheapest_change(line: Line) -> None:
    window = await line.window(max_learners=1)
    await line.assign()
    plan = await line.propose()
    assert (plan["placed"], plan["unplaced"], plan["reasons"]) == (1, 1, {"no_seat_left": 1})
    (left,) = plan["unplaced_items"]
    placed, other = (line.plant.people[who] for who in ("worker", "colleague"))
    if left["worker_id"] == str(placed):
        placed, other = other, placed
    assert (left["worker_id"], left["holders"]) == (str(other), [str(placed)])
    assert "No place is left for" in left["sentence"]
    assert "the 11:00 changeover on Wed 18 Mar at L1" in left["sentence"]
    assert (left["change"]["kind"], left["change"]["window_id"]) == ("one_more_learner", str(window))
    assert left["change"]["sentence"].startswith("One more learner at the 11:00 changeover")


async def test_the_named_change_does_place_the_item(line: Line) -> None:
    await line.window(max_learners=1)
    await line.assign()
    (left,) = (await line.propose())["unplaced_items"]
    await line.run(
        "update window_change set max_learners = 2 where organization_id = :organization_id and id = :w",
        w=left["change"]["window_id"],
    )
    assert (await line.propose())["unplaced_items"] == []


async def test_coverage_is_told_before_and_after(line: Line) -> None:
    await line.window(minutes=10)
    await line.assign()
    (center,) = (await line.propose())["coverage"]
    assert (center["work_center_id"], center["lowest_before"], center["lowest_after"]) == (str(line.plant.line_id), 2, 0)
    assert [(s["present"], s["minimum"], s["learning_before"], s["learning"], s["staying"]) for s in center["steps"]] == [
        (3, 1, 0, 2, 1), (3, 1, 0, 2, 1),
    ]  # fmt: skip


async def test_the_minimum_of_the_work_center_is_kept(line: Line) -> None:
    await line.window(max_learners=3)
    await line.run(
        "update work_center set minimum_staying = 2 where organization_id = :organization_id and id = :l", l=line.plant.line_id
    )
    await line.assign()
    plan = await line.propose()
    assert (plan["placed"], plan["reasons"]) == (1, {"coverage_minimum": 1})


async def test_prerequisites_come_first_and_in_order(line: Line) -> None:
    await line.window(60, 10)
    worker = [str(line.plant.people["worker"])]
    await line.assign(key="next-step", workers=worker)
    await line.assign(workers=worker)
    await line.published()
    assert [block["key"] for block in await line.mine()] == ["stop-the-line", "next-step"]


async def test_an_overdue_mandatory_item_is_planned_all_the_same(line: Line, clock: ManualClock) -> None:
    await line.assign(mandatory=True, due_at=instant(60))
    clock.at += timedelta(minutes=90)
    await line.window(100, 10, max_learners=1)
    plan = await line.propose()
    assert (plan["placed"], plan["overdue"]) == (1, 2)
    assert plan["unplaced_items"][0]["overdue"] is True
    assert plan["unplaced_items"][0]["sentence"].endswith("It is overdue.")


async def test_breaks_absences_and_blackouts_close_time(line: Line) -> None:
    await line.window(60, 10)
    await line.assign()
    absent = {"worker_id": str(line.plant.people["worker"]), "starts_at": instant(-600), "ends_at": instant(600), "kind": "sick"}
    assert (await line.plant.post("supervisor", "/v1/absences", absent)).status_code == 201
    plan = await line.propose()
    assert (plan["placed"], plan["unplaced"]) == (1, 0)
    closed = {"work_center_id": str(line.plant.line_id), "starts_at": instant(50), "ends_at": instant(68)}
    assert (await line.plant.post("supervisor", "/v1/blackouts", closed)).status_code == 201
    assert (await line.propose())["reasons"] == {"blackout": 1}


async def test_the_daily_limit_holds_over_published_blocks(line: Line) -> None:
    worker = [str(line.plant.people["worker"])]
    await line.window(60, 10)
    await line.assign(workers=worker)
    await line.published(daily_cap_minutes=4)
    await line.window(120, 10)
    await line.assign(kind="quiz", key="stop-quiz", workers=worker)
    # The published block may be replaced, so only one of the two fits into four minutes either way.
    plan = await line.propose(daily_cap_minutes=4)
    assert (plan["placed"], plan["reasons"]) == (1, {"daily_cap": 1})
    assert (await line.propose(daily_cap_minutes=5))["placed"] == 2


async def test_a_pin_is_kept_and_an_impossible_one_is_named(line: Line) -> None:
    await line.window(60, 10)
    late, short = await line.window(120, 10), await line.window(180, 1)
    worker = str(line.plant.people["worker"])
    assignment = await line.assign(workers=[worker])
    pin = {"assignment_id": assignment, "worker_id": worker, "window_id": str(late)}
    plan = await line.propose(pins=[pin])
    (block,) = await line.blocks(plan["id"])
    assert (block["window_id"], block["pinned"], block["status"]) == (str(late), True, "proposed")
    refused = await line.propose(pins=[pin | {"window_id": str(short)}])
    assert [(one["reason"], one["window_id"]) for one in refused["broken_pins"]] == [("no_window_long_enough", str(short))]
    assert refused["reasons"] == {"pin_infeasible": 1}


async def test_the_same_request_gives_the_same_plan(line: Line) -> None:
    for start in (30, 60, 90):
        await line.window(start, 5)
    await line.assign()
    await line.assign(kind="quiz", key="stop-quiz")
    first, second = [await line.blocks((await line.propose(seed=7))["id"]) for _ in range(2)]
    shown = [sorted((b["worker_id"], b["key"], b["starts_at"]) for b in blocks) for blocks in (first, second)]
    assert shown[0] == shown[1]


async def test_solving_twice_changes_nothing(line: Line) -> None:
    await line.window()
    await line.assign()
    plan = await line.propose()
    assert await line.solve(plan["id"]) == plan
    assert len(await line.blocks(plan["id"])) == 2


async def test_a_plan_is_stored_with_its_worth_and_a_proven_bound_where_the_extra_is_installed(line: Line) -> None:
    await line.window()
    await line.assign()
    plan = await line.propose()
    kept = "select result ->> '{}' from plan where organization_id = :organization_id and id = cast(:id as uuid)"
    worth, bound = [await line.value(kept.format(name), id=plan["id"]) for name in ("objective", "bound")]
    assert int(worth) > 0
    assert (bound is None) == (find_spec("highspy") is None)
    assert bound is None or int(bound) >= int(worth)


async def test_a_new_plan_leaves_what_is_published_where_it_is(line: Line) -> None:
    late = await line.window(240)
    await line.assign()
    await line.published()
    await line.window(60)
    again = await line.propose()
    assert {block["window_id"] for block in await line.blocks(again["id"])} == {str(late)}


async def test_the_job_is_enqueued_with_the_plan(line: Line) -> None:
    asked = (await line.ask()).json()
    job = (
        "select count(*) from procrastinate_jobs where task_name = 'planning.solve' and args ->> 'plan_id' = :plan_id "
        "and args ->> 'organization_id' = cast(cast(:organization_id as uuid) as text)"
    )
    assert await line.value(job, plan_id=asked["id"]) == 1


async def test_a_plan_whose_time_ran_out_before_it_was_solved_says_so(line: Line, clock: ManualClock) -> None:
    asked = (await line.ask(days=None, to=instant(30))).json()
    clock.at += timedelta(hours=1)
    plan = await line.solve(asked["id"])
    assert (plan["status"], plan["failure"]) == ("failed", "The time to plan was over before it could be solved.")


async def test_a_discarded_plan_is_gone_for_good(line: Line) -> None:
    await line.window()
    await line.assign()
    plan = await line.propose()
    path = f"/v1/plans/{plan['id']}"
    assert (await line.plant.call("supervisor", "DELETE", path)).status_code == 428
    assert (await line.plant.call("supervisor", "DELETE", path, headers=tag(1))).status_code == 412
    assert (await line.plant.call("supervisor", "DELETE", path, headers=tag(plan["version"]))).status_code == 204
    found = await line.read(plan["id"])
    assert found["status"] == "discarded"
    assert await line.blocks(plan["id"]) == []
    refused = await line.publish(found)
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_not_proposed")
    again = await line.plant.call("supervisor", "DELETE", path, headers=tag(found["version"]))
    assert (again.status_code, again.json()["code"]) == (409, "plan_not_proposed")


async def test_a_plan_discarded_while_it_is_solved_stays_discarded(line: Line) -> None:
    asked = (await line.ask()).json()
    assert (await line.plant.call("supervisor", "DELETE", f"/v1/plans/{asked['id']}", headers=tag(1))).status_code == 204
    assert (await line.solve(asked["id"]))["status"] == "discarded"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"work_center_id": None}, "scope"),
        ({"site_id": "site"}, "scope"),
        ({"days": None}, "horizon"),
        ({"to": instant(60)}, "horizon"),
        ({"days": None, "to": instant(-5)}, "order"),
        ({"days": None, "from": instant(60), "to": instant(50)}, "order"),
        ({"days": None, "to": instant(40 * 1440)}, "too_long"),
    ],
)
async def test_a_plan_needs_one_scope_and_one_horizon(line: Line, change: dict[str, Any], code: str) -> None:
    body = {name: str(line.plant.site_id) if value == "site" else value for name, value in change.items()}
    refused = await line.ask(**body)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)


async def test_work_centers_of_two_sites_are_two_plans(line: Line) -> None:
    both = [str(line.plant.line_id), str(line.plant.other_line_id)]
    refused = await line.ask("admin", work_center_id=None, work_center_ids=both)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "other_site")


async def test_odd_bodies_are_refused(line: Line) -> None:
    bodies: tuple[dict[str, Any], ...] = (
        {"days": 0}, {"days": 32}, {"seed": 2**40}, {"daily_cap_minutes": 0}, {"surprise": 1}, {"pins": [{}]},
    )  # fmt: skip
    for odd in bodies:
        assert (await line.ask(**odd)).status_code == 422, odd


async def test_a_whole_site_and_one_line_can_be_planned(line: Line) -> None:
    site = await line.ask(work_center_id=None, site_id=str(line.plant.site_id))
    assert sorted(site.json()["work_center_ids"]) == sorted(map(str, (line.plant.line_id, line.plant.second_line_id)))
    assert (await line.ask("integration")).status_code == 202


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("nobody", 401),
        ("worker", 403),
        ("payroll", 403),
        ("learning_manager", 403),
        ("other_supervisor", 404),
        ("line_supervisor", 404),
    ],
)
async def test_who_may_not_plan_a_line(line: Line, who: str, status: int) -> None:
    assert (await line.ask(who)).status_code == status


async def test_reach_is_the_same_for_one_plan_its_blocks_and_the_list(line: Line) -> None:
    await line.window()
    await line.assign()
    plan = await line.propose()
    for who, status in (("other_supervisor", 404), ("line_supervisor", 404), ("admin", 200), ("integration", 200)):
        for path in (f"/v1/plans/{plan['id']}", f"/v1/plans/{plan['id']}/blocks"):
            assert (await line.plant.get(who, path)).status_code == status, who
        listed = (await line.plant.get(who, "/v1/plans")).json()["items"]
        assert (plan["id"] in {one["id"] for one in listed}) == (status == 200), who
    assert (await line.publish(plan, "line_supervisor")).status_code == 404
    assert (await line.plant.get("supervisor", f"/v1/plans/{new_id()}")).status_code == 404


async def test_plans_and_blocks_come_in_pages(line: Line) -> None:
    await line.window()
    await line.assign()
    plan = await line.propose()
    first = (await line.plant.get("supervisor", f"/v1/plans/{plan['id']}/blocks", params={"limit": 1})).json()
    second = (
        await line.plant.get("supervisor", f"/v1/plans/{plan['id']}/blocks", params={"limit": 1, "cursor": first["next_cursor"]})
    ).json()
    assert {first["items"][0]["id"], second["items"][0]["id"]} == {block["id"] for block in await line.blocks(plan["id"])}
    assert second["next_cursor"] is None


async def test_an_answer_that_breaks_a_rule_is_never_kept(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    # Fault injection: the planner keeps every rule, so what the checker would stop has to be made.
    monkeypatch.setattr(solving, "work", doubled)
    await line.window()
    await line.assign()
    asked = (await line.ask()).json()
    with pytest.raises(PlanBroken):
        await line.solve(asked["id"])
    found = await line.read(asked["id"])
    assert (found["status"], found["failure"]) == ("failed", "The planner's answer broke a hard rule and was not kept.")
    assert await line.blocks(asked["id"]) == []


async def test_the_background_job_solves_a_plan(line: Line) -> None:
    await line.window()
    await line.assign()
    asked = (await line.ask()).json()
    await TASKS["planning.solve"].handler(
        line.plant.runtime, organization_id=str(line.plant.organization_id), plan_id=asked["id"]
    )
    assert (await line.read(asked["id"]))["placed"] == 2


async def test_learning_outside_the_plan_counts_toward_the_daily_limit(line: Line) -> None:
    worker = [str(line.plant.people["worker"])]
    await line.window(60, 10)
    await line.assign(kind="quiz", key="stop-quiz", workers=worker)
    assert (await line.propose(daily_cap_minutes=4))["placed"] == 1
    await learned(line.plant, "worker", 0, 3)
    plan = await line.propose(daily_cap_minutes=4)
    assert (plan["placed"], plan["reasons"]) == (0, {"daily_cap": 1})
    assert (await line.propose(daily_cap_minutes=6))["placed"] == 1


async def test_helping_a_colleague_leaves_the_daily_limit_for_learning(line: Line) -> None:
    await line.window(60, 10)
    await line.assign(kind="quiz", key="stop-quiz", workers=[str(line.plant.people["worker"])])
    await learned(line.plant, "worker", 0, 3, PayKind.PEER_ASSIST)
    assert (await line.propose(daily_cap_minutes=4))["placed"] == 1


async def test_a_plan_with_a_pin_it_could_not_keep_can_be_published(line: Line) -> None:
    early, late = await line.window(60, 10), await line.window(120, 10)
    worker = str(line.plant.people["worker"])
    assignment = await line.assign(workers=[worker])
    pins = [{"assignment_id": assignment, "worker_id": worker, "window_id": str(one)} for one in (early, late)]
    plan = await line.propose(pins=pins)
    assert [one["window_id"] for one in plan["broken_pins"]] == [str(late)]
    answer = await line.publish(plan)
    assert answer.status_code == 201, answer.text


async def test_what_somebody_started_is_planned_to_its_end_although_it_was_retired(line: Line) -> None:
    await line.window()
    await line.assign(workers=[str(line.plant.people["worker"])])
    body = {"id": str(new_id()), "kind": "module", "key": "stop-the-line"}
    assert (await line.plant.post("worker", "/v1/attempts", body)).status_code == 201
    async with line.plant.write() as tx:
        await catalog.load_pack(tx, replace(PACK, version="1.0.2", modules=()), LoadOptions(retire_missing=True))
    plan = await line.propose()
    (block,) = await line.blocks(plan["id"])
    assert (block["key"], block["seconds"]) == ("stop-the-line", 180)
