"""The audit trail: every deed leaves its line in the deed's own transaction, and nobody changes a line."""

from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import audit
from app.core.audit.lines import reason_in
from app.core.ids import new_id
from app.core.runtime import Runtime
from tests.builders import Plant
from tests.paytime.builders import add_shift, learned
from tests.servers import Postgres, sync_engine

ALL = text("select * from audit_entry where organization_id = :organization_id order by id")


async def trail(plant: Plant) -> list[Any]:
    async with plant.write() as tx:
        return list(await tx.rows(ALL))


async def a_credit(plant: Plant) -> str:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
    return str((await learned(plant, "worker", 0, 4))[0])


async def test_a_write_tells_who_what_when_where_and_why(plant: Plant) -> None:
    entry_id = await a_credit(plant)
    path = f"/v1/pay-entries/{entry_id}/reversals"
    answer = await plant.post("payroll", path, {"reason": "Wrong badge"}, headers={"X-Request-ID": "request-0001"})
    assert answer.status_code == 201, answer.text
    (line,) = await trail(plant)
    assert (line.access, line.action, line.actor_kind) == ("write", "reverse_pay_entry", "person")
    assert (line.actor_id, line.target, line.reason) == (plant.people["payroll"], path, "Wrong badge")
    assert line.session_id is not None
    assert (line.at, line.request_id, line.address) == (plant.runtime.clock.now(), "request-0001", "127.0.0.1")
    assert len(line.digest) == 32


async def test_what_was_refused_leaves_no_line_because_nothing_was_done(plant: Plant) -> None:
    entry_id = await a_credit(plant)
    for who, status in (("worker", 403), ("payroll", 422)):
        body = {"reason": "Wrong badge"} if status == 403 else {}
        assert (await plant.post(who, f"/v1/pay-entries/{entry_id}/reversals", body)).status_code == status
    assert await trail(plant) == []


async def test_a_repeat_with_the_same_key_is_one_deed(plant: Plant) -> None:
    entry_id = await a_credit(plant)
    for _ in range(3):
        answer = await plant.post(
            "payroll", f"/v1/pay-entries/{entry_id}/reversals", {"reason": "Wrong badge"}, headers={"Idempotency-Key": "k1"}
        )
        assert answer.status_code == 201
    assert len(await trail(plant)) == 1


@pytest.mark.parametrize(
    ("path", "subject", "site"),
    [
        ("/v1/workers/{worker}/pay-time", "worker", False),
        ("/v1/pay-entries", None, False),
        ("/v1/pay-entries?worker_id={worker}", "worker", False),
        ("/v1/pay-exceptions", None, False),
        ("/v1/pay-exports?from=2026-03-01&to=2026-03-31&site_id={site}", None, True),
        ("/v1/pay-exports/totals?from=2026-03-01&to=2026-03-31", None, False),
    ],
)
async def test_a_look_at_somebody_elses_pay_is_written_down(plant: Plant, path: str, subject: str | None, site: bool) -> None:
    named = path.format(worker=plant.people["worker"], site=plant.site_id)
    assert (await plant.get("payroll", named)).status_code == 200
    (line,) = await trail(plant)
    assert (line.access, line.actor_id) == ("read", plant.people["payroll"])
    assert line.subject_id == (plant.people[subject] if subject else None)
    assert line.site_id == (plant.site_id if site else None)


async def test_a_look_at_ones_own_pay_is_nobodys_business(plant: Plant) -> None:
    assert (await plant.get("worker", "/v1/me/pay-time")).status_code == 200
    assert await trail(plant) == []


async def test_the_worker_sees_who_looked(plant: Plant) -> None:
    await plant.get("payroll", f"/v1/workers/{plant.people['worker']}/pay-time")
    await plant.get("payroll", f"/v1/workers/{plant.people['colleague']}/pay-time")
    await plant.get("admin", f"/v1/pay-exports?from=2026-03-01&to=2026-03-31&site_id={plant.site_id}")
    await plant.get("admin", f"/v1/pay-exports?from=2026-03-01&to=2026-03-31&site_id={plant.other_site_id}")
    await plant.get("worker", f"/v1/workers/{plant.people['worker']}/pay-time")
    seen = (await plant.get("worker", "/v1/me/pay-access")).json()["items"]
    assert [(s["action"], s["actor_name"], s["only_me"]) for s in seen] == [
        ("export_pay_time", "Admin", False),
        ("worker_pay_time", "Payroll", True),
    ]
    stranger = (await plant.get("stranger", "/v1/me/pay-access")).json()["items"]
    assert [s["site_id"] for s in stranger] == [str(plant.other_site_id)]


async def test_looks_are_paged_newest_first(plant: Plant) -> None:
    for _ in range(5):
        await plant.get("payroll", f"/v1/workers/{plant.people['worker']}/pay-time")
    first = (await plant.get("worker", "/v1/me/pay-access?limit=3")).json()
    rest = (await plant.get("worker", f"/v1/me/pay-access?limit=3&cursor={first['next_cursor']}")).json()
    ids = [item["id"] for item in first["items"] + rest["items"]]
    assert len(ids) == 5
    assert ids == sorted(ids, reverse=True)
    assert rest["next_cursor"] is None


async def test_admins_read_the_trail_and_sift_it(plant: Plant) -> None:
    entry_id = await a_credit(plant)
    await plant.post("payroll", f"/v1/pay-entries/{entry_id}/reversals", {"reason": "Wrong badge"})
    await plant.get("payroll", f"/v1/workers/{plant.people['worker']}/pay-time")
    both = (await plant.get("admin", "/v1/audit")).json()["items"]
    assert [line["action"] for line in both] == ["worker_pay_time", "reverse_pay_entry"]
    for query, action in (
        ("access=write", "reverse_pay_entry"),
        ("action=worker_pay_time", "worker_pay_time"),
        (f"subject_id={plant.people['worker']}", "worker_pay_time"),
    ):
        (line,) = (await plant.get("admin", f"/v1/audit?{query}")).json()["items"]
        assert line["action"] == action
    assert (await plant.get("admin", f"/v1/audit?actor_id={new_id()}")).json()["items"] == []
    assert (await plant.get("admin", "/v1/audit?until=2020-01-01T00:00:00Z")).json()["items"] == []
    assert (await plant.get("payroll", "/v1/audit")).status_code == 403


async def test_signing_in_and_refreshing_leave_lines(plant: Plant, runtime: Runtime) -> None:
    from app.identity import service as identity

    async with plant.write() as tx:
        await identity.set_credential(tx, plant.people["worker"], "40582917", runtime=runtime)
        slug = await tx.scalar(text("select slug from organization where organization_id = :organization_id"))
    body = {"organization": slug, "login": "0001", "secret": "40582917", "client": "test"}
    tokens = await plant.post("nobody", "/v1/auth/sign-in", body)
    assert tokens.status_code == 200, tokens.text
    again = await plant.post("nobody", "/v1/auth/refresh", {"refresh_token": tokens.json()["refresh_token"]})
    assert again.status_code == 200, again.text
    assert (await plant.post("nobody", "/v1/auth/sign-in", {**body, "secret": "11111111"})).status_code == 401
    lines = [line for line in await trail(plant) if line.access == "sign_in"]
    assert [(line.action, line.actor_id) for line in lines] == [
        ("sign_in", plant.people["worker"]),
        ("refresh_session", plant.people["worker"]),
    ]


@pytest.mark.parametrize("change", ["update audit_entry set action = 'x'", "delete from audit_entry", "truncate audit_entry"])
async def test_nobody_changes_a_line(plant: Plant, database: Postgres, change: str) -> None:
    await plant.get("payroll", "/v1/pay-entries")
    before = await trail(plant)
    assert before
    with pytest.raises(DBAPIError, match="permission denied"):
        async with plant.write() as tx:
            await tx.run(text(change))
    engine = sync_engine(database.owner)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()
    assert await trail(plant) == before


async def test_a_use_case_outside_requests_records_in_its_own_transaction(plant: Plant) -> None:
    async with plant.write() as tx:
        await audit.record(tx, "close_period", subject_id=plant.people["worker"], reason="night job")
    (line,) = await trail(plant)
    assert (line.actor_kind, line.action, line.reason) == ("system", "close_period", "night job")
    with pytest.raises(RuntimeError, match="undone"):
        async with plant.write() as tx:
            await audit.record(tx, "never_happened")
            raise RuntimeError("undone")
    assert len(await trail(plant)) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"reason": "because"}', "because"),
        (b'{"note": "so"}', "so"),
        (b'{"reason": 5}', None),
        (b'["reason"]', None),
        (b'{"reason": ', None),
        (b"", None),
        (b'{"reason": "' + b"x" * 20_000 + b'"}', None),
        (b'{"reason": "' + b"x" * 900 + b'"}', "x" * 500),
        (b'{"reason": "a\\u0000b"}', "ab"),
    ],
)
def test_the_reason_comes_from_the_body(body: bytes, reason: str | None) -> None:
    assert reason_in(body) == reason


def test_the_trail_opens_with_every_unsafe_request(app: FastAPI) -> None:
    """No unsafe route opens its transaction some other way, but those that record themselves."""
    from app.core.db import opening, write_transaction
    from app.core.http.addresses import api_routes

    def opens(dependant: Any) -> bool:
        return dependant.call in (write_transaction, opening) or any(opens(inner) for inner in dependant.dependencies)

    unsafe = [route for route in api_routes(app) if route.methods and route.methods - {"GET", "HEAD"}]
    otherwise = {route.name for route in unsafe if not opens(route.dependant)}
    assert otherwise == {"sign_in", "refresh_session", "change_my_credential", "set_worker_credential"}
