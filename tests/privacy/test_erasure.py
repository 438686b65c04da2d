"""A person is erased: nothing names them any more, their pay stays, and the chain and the files are what they were."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.access import Role
from app.core.clock import ManualClock
from app.core.ids import new_id
from app.paytime.service import chain
from app.people.models import NodeKind
from tests.builders import Plant, build_plant
from tests.learning.builders import module_result, open_school, quiz_result
from tests.paytime.builders import add_shift, learned
from tests.paytime.test_periods import AFTER, cut, make, period_of, settle
from tests.people.builders import give
from tests.servers import Postgres, sync_engine

NAME, NUMBER = "Kanaria Nachtigall", "N-471-KANARIA"
ENTRIES = text(
    "select id, worker_id, seconds, starts_at, ends_at, reverses_id, entry_type from pay_entry "
    "where organization_id = :organization_id order by id"
)
BYTES = (
    "select c.table_name, c.column_name, c.data_type from information_schema.columns c join information_schema.tables t "
    "on t.table_schema = c.table_schema and t.table_name = c.table_name and t.table_type = 'BASE TABLE' "
    "where c.table_schema = 'public' order by 1, 2"
)


def found_in(database: Postgres, plant: Plant, *words: str) -> set[str]:
    """Every table and column of the database, past all fences, in which one of the words stands."""
    engine, found = sync_engine(database.owner), set()
    with engine.connect() as connection:
        for table, column, kind in connection.execute(text(BYTES)).all():
            shown = f"encode({column}, 'escape')" if kind == "bytea" else f"cast({column} as text)"
            whose = "" if table.startswith(("procrastinate", "alembic")) else "organization_id = :org and "
            for word in words:
                query = f"select count(*) from {table} where {whose}strpos(lower({shown}), lower(:word)) > 0"
                if connection.execute(text(query), {"word": word, "org": plant.organization_id}).scalar_one():
                    found.add(f"{table}.{column}")
    engine.dispose()
    return found


@pytest.fixture
async def second_admin(plant: Plant) -> str:
    await give(plant, "learning_manager", Role.ADMIN, NodeKind.ORGANIZATION, plant.organization_id)
    return "learning_manager"


async def called(plant: Plant) -> None:
    """The worker gets a name, a number and ways to reach them that stand nowhere else."""
    path = f"/v1/workers/{plant.people['worker']}"
    shown = await plant.get("admin", path)
    details = {"display_name": NAME, "number": NUMBER, "email": "kanaria@example.com", "phone": "+49 30 471 471"}
    made = await plant.call("admin", "PATCH", path, json=details, headers={"If-Match": shown.headers["etag"]})
    assert made.status_code == 200, made.text


async def left(plant: Plant) -> None:
    """The worker leaves."""
    path = f"/v1/workers/{plant.people['worker']}"
    shown = await plant.get("admin", path)
    gone = await plant.post("admin", f"{path}/deactivate", headers={"If-Match": shown.headers["etag"]})
    assert gone.status_code == 200, gone.text


def done(answer: Any, *statuses: int) -> Any:
    assert answer.status_code in (statuses or (200, 201)), answer.text
    return answer.json()


async def lived(plant: Plant) -> None:
    """Free text by and about the worker in every place that takes any, with two canaries: `kanaria` and the number."""
    await called(plant)
    school = await open_school(plant)
    upload = module_result(-60)
    await school.upload("worker", upload, quiz_result(-50))
    await school.upload("worker", {**upload, "language": "es"})
    keyed = {"items": [module_result(-40)]}
    await plant.call("worker", "POST", "/v1/attempt-batches", json=keyed, headers={"Idempotency-Key": "kanaria-phone-key"})
    (first,) = await learned(plant, "worker", 0, 5)
    await learned(plant, "colleague", 0, 5)
    taken = done(await plant.post("payroll", f"/v1/pay-entries/{first}/reversals", {"reason": "Kanaria was elsewhere"}))
    note = {"id": str(new_id()), "entry_id": taken["id"], "note": "I, Kanaria, was there"}
    dispute = done(await plant.post("worker", "/v1/me/pay-disputes", note))
    said = {"outcome": "granted", "note": "Kanaria is right"}
    done(await plant.post("admin", f"/v1/pay-disputes/{dispute['id']}/answers", said))
    await learned(plant, "worker", 500, 505)
    (waiting,) = (await plant.get("supervisor", "/v1/pay-exceptions?open=true&limit=1")).json()["items"]
    decided = {"outcome": "pay", "reason": "Kanaria stayed on"}
    done(await plant.post("supervisor", f"/v1/pay-exceptions/{waiting['id']}/decisions", decided))
    block = {
        "id": str(new_id()), "worker_id": str(plant.people["worker"]), "starts_at": "2026-03-18T09:10:00Z",
        "ends_at": "2026-03-18T09:40:00Z",
    }  # fmt: skip
    planned = done(await plant.post("supervisor", "/v1/protected-blocks", block))
    broken = {"reason": "production_need", "note": "Kanaria was needed"}
    done(await plant.post("supervisor", f"/v1/protected-blocks/{planned['id']}/breaks", broken))
    for who, other, role in (("worker", "colleague", "helped"), ("colleague", "worker", "helper")):
        assist = {
            "id": str(new_id()), "role": role, "colleague_id": str(plant.people[other]), "skill": "smed.changeover",
            "work_center_id": str(plant.line_id), "started_at": "2026-03-18T08:40:00Z", "minutes": 5,
            "note": f"Kanaria and the star wheel, said {who}",
        }  # fmt: skip
        await plant.post(who, "/v1/peer-assists", assist)
    async with plant.write() as tx:
        worker = {"worker": plant.people["worker"]}
        await tx.run(text("update session set client = 'kanaria-phone' where worker_id = :worker"), **worker)
        await tx.run(
            text(
                "insert into external_id (organization_id, kind, source, external_id, thing_id, created_at) "
                "values (:organization_id, 'worker', 'hr', 'kanaria-hr-77', :worker, now())"
            ),
            **worker,
        )


async def erase(plant: Plant, second: str) -> Any:
    body = {"id": str(new_id()), "reason": "asked_by_person"}
    asked = done(await plant.post("admin", f"/v1/workers/{plant.people['worker']}/erasure", body))
    assert asked["status"] == "requested"
    return await plant.post(second, f"/v1/erasures/{asked['id']}/confirmation")


async def faults(plant: Plant) -> list[Any]:
    async with plant.write() as tx:
        await chain.seal_all(tx)
    async with plant.runtime.database.read(plant.organization_id) as tx:
        first = await chain.verify(tx)
        return [*first.findings, *((await chain.verify(tx, first.next)).findings if first.next else [])]


async def test_nothing_names_the_person_any_more(plant: Plant, database: Postgres, clock: ManualClock, second_admin: str) -> None:
    await lived(plant)
    await cut(plant, starts_on="2026-03-16")
    clock.at = AFTER
    week = await period_of(plant, "2026-03-16")
    await settle(plant, week)
    files = {kind: await make(plant, week, kind) for kind in ("csv", "xlsx", "adp-epi", "ukg-pay-code-edits")}
    async with plant.write() as tx:
        before = await tx.rows(ENTRIES)
    assert {"pay_entry.reason", "audit_entry.reason", "session.client", "peer_assist.note", "pay_dispute_step.note"} <= (
        found_in(database, plant, "kanaria", "471 471")
    )
    await left(plant)
    made = done(await erase(plant, second_admin))
    assert made["status"] == "done"
    assert made["touched"]["pay_entry"] >= 1
    assert found_in(database, plant, "kanaria", "471 471") - {"pay_export.content"} == set()
    assert found_in(database, plant, "nachtigall") == set()
    # What went to payroll stays byte for byte, as the law asks; nothing but the number names anybody there.
    for kind, content in files.items():
        assert await make(plant, week, kind) == content
    assert NUMBER.encode() in files["csv"]
    assert b"Nachtigall" not in files["csv"]
    async with plant.write() as tx:
        assert await tx.rows(ENTRIES) == before
    assert await faults(plant) == []
    again = await plant.get("worker", "/v1/me")
    assert again.status_code == 401
    trail = (await plant.get("admin", f"/v1/audit?action=confirm_erasure&actor_id={plant.people[second_admin]}")).json()
    assert len(trail["items"]) == 1


async def test_the_others_keep_what_is_theirs(plant: Plant, clock: ManualClock, second_admin: str) -> None:
    await lived(plant)
    (line,) = await learned(plant, "colleague", 100, 110)
    done(await plant.post("payroll", f"/v1/pay-entries/{line}/reversals", {"reason": "The wrong badge"}))
    await left(plant)
    done(await erase(plant, second_admin))
    kept = (await plant.get("colleague", "/v1/me/pay-time")).json()["entries"]
    assert [e["reason"] for e in kept if e["reason"]] == ["The wrong badge"]
    trail = (await plant.get("admin", "/v1/audit?action=reverse_pay_entry")).json()["items"]
    assert [line["reason"] for line in trail] == ["The wrong badge", None]


async def test_four_eyes_erase(plant: Plant, second_admin: str) -> None:
    await called(plant)
    body = {"id": str(new_id()), "reason": "no_longer_needed"}
    path = f"/v1/workers/{plant.people['worker']}/erasure"
    early = await plant.post("admin", path, body)
    assert (early.status_code, early.json()["code"]) == (409, "still_active")
    await left(plant)
    asked = done(await plant.post("admin", path, body))
    assert done(await plant.post("admin", path, {**body, "id": str(new_id())}))["id"] == asked["id"]
    own = await plant.post("admin", f"/v1/erasures/{asked['id']}/confirmation")
    assert (own.status_code, own.json()["code"]) == (403, "four_eyes")
    assert (await plant.get("admin", f"/v1/workers/{plant.people['worker']}")).json()["display_name"] == NAME
    assert (await plant.call("admin", "DELETE", f"/v1/erasures/{asked['id']}")).status_code == 204
    gone = await plant.post(second_admin, f"/v1/erasures/{asked['id']}/confirmation")
    assert gone.status_code == 404
    asked = done(await plant.post("admin", path, body))
    first = done(await plant.post(second_admin, f"/v1/erasures/{asked['id']}/confirmation"))
    assert done(await plant.post("admin", f"/v1/erasures/{asked['id']}/confirmation")) == first
    late = await plant.call("admin", "DELETE", f"/v1/erasures/{asked['id']}")
    assert (late.status_code, late.json()["code"]) == (409, "erased")
    assert (await plant.get("admin", "/v1/erasures")).json()["items"] == [first]


async def test_pay_that_is_not_exported_comes_first(plant: Plant, clock: ManualClock, second_admin: str) -> None:
    await lived(plant)
    await cut(plant, starts_on="2026-03-16")
    clock.at = AFTER
    await left(plant)
    body = {"id": str(new_id()), "reason": "asked_by_person"}
    path = f"/v1/workers/{plant.people['worker']}/erasure"
    early = await plant.post("admin", path, body)
    assert (early.status_code, early.json()["code"]) == (409, "pay_not_settled")
    week = await period_of(plant, "2026-03-16")
    await settle(plant, week)
    assert (await plant.post("admin", path, body)).json()["code"] == "pay_not_settled"
    await make(plant, week)
    assert (await plant.post("admin", path, body)).status_code == 201


async def test_a_night_after_the_exported_week_is_not_settled_by_it(plant: Plant, clock: ManualClock) -> None:
    # The shift belongs to Sunday the 22nd, what was learned in it to Monday: the next week's file has it.
    sunday = (4 * 24 + 15) * 60
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker", sunday, sunday + 480)
    await learned(plant, "worker", sunday + 150, sunday + 155)
    await cut(plant, starts_on="2026-03-16")
    clock.at = AFTER + timedelta(days=7)
    await left(plant)
    path, body = f"/v1/workers/{plant.people['worker']}/erasure", {"id": str(new_id()), "reason": "asked_by_person"}
    for first, expected in (("2026-03-16", 409), ("2026-03-23", 201)):
        await settle(plant, await period_of(plant, first))
        await make(plant, await period_of(plant, first))
        assert (await plant.post("admin", path, body)).status_code == expected


@pytest.mark.parametrize("who", ["supervisor", "payroll", "colleague", "integration", "nobody"])
async def test_nobody_else_erases(plant: Plant, who: str) -> None:
    await left(plant)
    body = {"id": str(new_id()), "reason": "unlawful"}
    refused = await plant.post(who, f"/v1/workers/{plant.people['worker']}/erasure", body)
    assert refused.status_code == (401 if who == "nobody" else 403)


async def test_an_admin_of_a_site_does_not_erase(plant: Plant) -> None:
    await give(plant, "author", Role.ADMIN, NodeKind.SITE, plant.site_id)
    await left(plant)
    body = {"id": str(new_id()), "reason": "unlawful"}
    assert (await plant.post("author", f"/v1/workers/{plant.people['worker']}/erasure", body)).status_code == 403


async def test_text_goes_through_nothing_but_an_agreed_erasure(plant: Plant, database: Postgres) -> None:
    await lived(plant)
    org, person = {"org": plant.organization_id}, plant.people["worker"]
    with pytest.raises(DBAPIError, match="nobody agreed"):
        async with plant.write() as tx:
            await tx.run(text("select erase_texts(:organization_id, :person)"), person=person)
    other = await build_plant(plant.runtime, plant.http)
    with pytest.raises(DBAPIError, match="nobody agreed"):
        async with other.write() as tx:
            await tx.run(text("select erase_texts(:theirs, :person)"), theirs=plant.organization_id, person=person)
    pretend = "select set_config('app.erasing', pg_current_xact_id()::text, true)"
    with pytest.raises(DBAPIError, match="permission denied"):
        async with plant.write() as tx:
            await tx.run(text(pretend))
            await tx.run(text("update pay_entry set reason = null"))
    engine = sync_engine(database.owner)
    for change in ("seconds = 1", "reason = 'other'", "worker_id = gen_random_uuid()"):
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(pretend))
            connection.execute(text(f"update pay_entry set {change} where organization_id = :org"), org)
    engine.dispose()


async def test_everything_kept_of_me_is_shown(plant: Plant) -> None:
    await lived(plant)
    shown: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = done(await plant.get("worker", f"/v1/me/data-export?limit=7{f'&cursor={cursor}' if cursor else ''}"))
        shown += page["items"]
        cursor = page["next_cursor"]
    whole = done(await plant.get("worker", "/v1/me/data-export"))
    assert whole["items"] == shown or whole["next_cursor"]
    tables = {item["table"] for item in shown}
    assert {
        "worker", "session", "membership", "shift", "attempt", "pay_claim", "pay_entry", "pay_exception", "pay_outcome",
        "pay_dispute", "pay_dispute_step", "protected_block", "protected_fact", "peer_assist", "external_id", "audit_entry",
    } <= tables  # fmt: skip
    assert {item["row"]["worker_id"] for item in shown if item["table"] == "pay_entry"} == {str(plant.people["worker"])}
    assert not {"token_hash", "pseudonym", "digest", "body", "organization_id"} & {key for i in shown for key in i["row"]}
    async with plant.write() as tx:
        stored = int(await tx.scalar(text("select count(*) from pay_entry where worker_id = :w"), w=plant.people["worker"]))
    assert sum(item["table"] == "pay_entry" for item in shown) == stored
    # What somebody did for others is shown without what it was about.
    (acted,) = [
        i["row"] for i in done(await plant.get("supervisor", "/v1/me/data-export"))["items"] if i["table"] == "pay_outcome"
    ]
    assert acted["actor_id"] == str(plant.people["supervisor"])
    assert "reason" not in acted
    assert UUID(acted["exception_id"])


@pytest.mark.parametrize("cursor", ["x", "WyJub3BlIiwiIl0", "WyJhIl0"])
async def test_a_strange_cursor_is_refused(plant: Plant, cursor: str) -> None:
    answer = await plant.get("worker", f"/v1/me/data-export?cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_cursor")
