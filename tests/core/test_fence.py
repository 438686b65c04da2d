"""Row-level security: the database itself refuses to show or take another organization's rows."""

import asyncio
import re
from collections.abc import Iterator
from datetime import date, datetime
from importlib import import_module
from pkgutil import walk_packages
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, TextClause, insert, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

import app
from app.core.ids import new_id
from app.people.models import OrganizationRow, SiteRow
from app.registry import load_tables
from migrations.fence import APPLICATION_ROLE
from tests.builders import Plant, build_plant
from tests.servers import Postgres, sync_engine

# Conditions on the organization in the forms our statements use.
FILTER = re.compile(r"(?:\w+\.)?organization_id\s*=\s*(?:cast\()?:organization_id(?:\s+as\s+uuid\))?", re.IGNORECASE)
# procrastinate's tables hold jobs of every organization, alembic's the revision: neither is a table of ours.
FOREIGN = ("procrastinate_", "alembic_version")
OUR_TABLES = text(
    "select c.relname, c.relrowsecurity, c.relowner::regrole::text as owner, "
    "(select a.attname from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0] "
    "where i.indrelid = c.oid and i.indisprimary) as first_key, "
    "(select count(*) from pg_policy p where p.polrelid = c.oid and p.polqual is not null and p.polwithcheck is not null "
    "and p.polpermissive and p.polcmd = '*') as fences, (select count(*) from pg_policy p where p.polrelid = c.oid) as policies "
    "from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1"
)


def selects() -> Iterator[tuple[str, str]]:
    """Every select that a store or the core keeps, by module and name."""
    for module in walk_packages(app.__path__, "app."):
        if ".store" in module.name or module.name.startswith("app.core."):
            for name, value in vars(import_module(module.name)).items():
                if isinstance(value, TextClause) and value.text.lstrip().lower().startswith(("select", "with")):
                    yield f"{module.name}.{name}", value.text


def guesses(statement: str, name: str, plants: tuple[Plant, Plant]) -> Any:
    """A value for a parameter under which a forgetful statement would show as much as it can."""
    mine, theirs = plants
    listed = rf"(any\(\s*(cast\()?:{name}\b|cast\(:{name} as (uuid|text)\[\]\))"
    if re.search(listed, statement):
        uuids = re.search(rf":{name} as uuid", statement) is not None or not name.endswith(
            ("names", "kinds", "roles", "keys", "numbers")
        )
        return [*theirs.people.values(), theirs.line_id, theirs.site_id, theirs.crew_id] if uuids else None
    fixed = {"organization_id": mine.organization_id, "limit": 500, "after": UUID(int=0), "session_id": None, "kind": "pin",
             "number": "0001", "name": "worker", "worker_id": theirs.people["worker"], "site_id": theirs.site_id,
             "now": datetime(2026, 3, 18, 9).astimezone(), "day": date(2026, 3, 18)}  # fmt: skip
    return fixed.get(name)


def ids_shown(connection: Connection, statement: str, plants: tuple[Plant, Plant]) -> set[UUID] | None:
    """Every id in the rows of a statement; None when it cannot run with guessed values."""
    names = set(re.findall(r"(?<![:\w]):(\w+)", statement))
    guessed = {name: guesses(statement, name, plants) for name in names}
    for values in (guessed, {**dict.fromkeys(names), "organization_id": plants[0].organization_id}):
        nested = connection.begin_nested()
        try:
            rows = connection.execute(text(statement), {name: values[name] for name in names}).all()
        except SQLAlchemyError:
            continue
        else:
            cells = [cell for row in rows for cell in row]
            return {item for cell in cells for item in (cell if isinstance(cell, list) else [cell]) if isinstance(item, UUID)}
        finally:
            nested.rollback()
    return None


def ids_of(plant: Plant) -> set[UUID]:
    """What must never show: the other organization's ids."""
    places = [plant.site_id, plant.other_site_id, plant.line_id, plant.second_line_id, plant.other_line_id, plant.crew_id]
    return {plant.organization_id, plant.area_id, plant.station_id, *places, *plant.people.values()}


async def test_statements_that_forgot_the_organization_show_nothing_foreign(plant: Plant, database: Postgres) -> None:
    """Every select of the stores with its condition removed: the owner of the tables sees others' rows, the service none."""
    other = await build_plant(plant.runtime, plant.http)
    stripped = {name: FILTER.sub("true", sql) for name, sql in selects() if FILTER.search(sql)}
    ran, would_leak = set(), set()
    for url, fenced in ((database.application, True), (database.owner, False)):
        engine = sync_engine(url)
        with engine.connect() as connection:
            setting = {"id": str(plant.organization_id)}
            connection.execute(text("select set_config('app.organization_id', :id, true)"), setting)
            for name, sql in stripped.items():
                shown = ids_shown(connection, sql, (plant, other))
                foreign = (shown or set()) & ids_of(other)
                if fenced:
                    assert not foreign, name
                    ran |= {name} if shown is not None else set()
                else:
                    would_leak |= {name} if foreign else set()
        engine.dispose()
    assert len(ran) >= 0.9 * len(stripped), sorted(set(stripped) - ran)
    assert {name.rsplit(".", 1)[1] for name in would_leak} >= {"WORKERS", "SITES", "KEYS"}, "the mutation must be one that leaks"
    assert len(would_leak) >= 8


async def test_a_query_without_any_filter_sees_one_organization_only(plant: Plant) -> None:
    await build_plant(plant.runtime, plant.http)
    async with plant.runtime.database.read(plant.organization_id) as tx:
        for table in load_tables().tables:
            seen = {row[0] for row in await tx.rows(text(f'select distinct organization_id from "{table}"'))}
            assert seen <= {plant.organization_id}, table
        assert len(await tx.rows(text("select * from worker"))) == len(plant.people)


async def test_counts_and_lookups_by_key_stop_at_the_fence_too(plant: Plant) -> None:
    other = await build_plant(plant.runtime, plant.http)
    async with plant.write() as tx:
        assert await tx.scalar(text("select count(*) from worker where id = :id"), id=other.people["worker"]) == 0
        assert await tx.run(text("update worker set display_name = 'x' where id = :id"), id=other.people["worker"]) == 0
        assert await tx.run(text("delete from session where worker_id = :id"), id=other.people["worker"]) == 0
    assert (await other.get("worker", "/v1/me/sessions")).status_code == 200


def test_every_table_is_fenced_and_led_by_the_organization(database: Postgres) -> None:
    engine = sync_engine(database.owner)
    with engine.connect() as connection:
        rows = [row for row in connection.execute(OUR_TABLES) if not row.relname.startswith(FOREIGN)]
    engine.dispose()
    assert {row.relname for row in rows} == set(load_tables().tables)
    for row in rows:
        facts = (row.relrowsecurity, row.first_key, row.fences, row.policies)
        assert facts == (True, "organization_id", 1, 1), row.relname
        assert row.owner != APPLICATION_ROLE


def test_the_application_role_owns_nothing_and_bypasses_nothing(database: Postgres) -> None:
    role = text("select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication from pg_roles where rolname = :role")
    owned = text(
        "select (select count(*) from pg_class where relowner = r.oid) + (select count(*) from pg_proc where proowner = r.oid) "
        "+ (select count(*) from pg_namespace where nspowner = r.oid) + (select count(*) from pg_database where datdba = r.oid) "
        "+ (select count(*) from pg_auth_members where member = r.oid) from pg_roles r where rolname = :role"
    )
    engine = sync_engine(database.owner)
    with engine.connect() as connection:
        assert tuple(connection.execute(role, {"role": APPLICATION_ROLE}).one()) == (False,) * 5
        assert connection.execute(owned, {"role": APPLICATION_ROLE}).scalar() == 0
    engine.dispose()


def test_only_these_functions_can_be_asked_past_the_fence_and_tell_no_more_than_ids(database: Postgres) -> None:
    definers = text(
        "select proname, proconfig, prorettype::regtype::text as answers from pg_proc "
        "where prosecdef and pronamespace = 'public'::regnamespace"
    )
    engine = sync_engine(database.owner)
    with engine.connect() as connection:
        found = connection.execute(definers).all()
    engine.dispose()
    asked = {(row.proname, row.answers) for row in found if row.answers != "trigger"}
    assert asked == {
        ("organization_by_slug", "uuid"),
        ("organization_ids", "uuid"),
        ("organizations_unsealed", "uuid"),
        ("webhook_overdue", "uuid"),
        # Answers how many rows of which table it blanked, in the transaction's own organization only.
        ("erase_texts", "jsonb"),
        # The same of what was kept long enough, with a digest of it.
        ("retire_claims", "jsonb"),
        ("retire_beside", "jsonb"),
        ("retire_audit", "jsonb"),
        ("retire_conflicts", "record"),
    }
    assert all(row.proconfig == ["search_path=public, pg_temp"] for row in found)


async def test_a_row_of_another_organization_is_refused(plant: Plant) -> None:
    other = await build_plant(plant.runtime, plant.http)
    values = {"id": new_id(), "code": "X", "name": "X", "time_zone": "Europe/Berlin"}
    with pytest.raises(DBAPIError, match="row-level security"):
        async with plant.write() as tx:
            row = {**values, "organization_id": other.organization_id, "created_at": tx.now}
            await tx.connection.execute(insert(SiteRow).values(**row))


async def test_a_row_cannot_be_moved_to_another_organization(plant: Plant) -> None:
    other = await build_plant(plant.runtime, plant.http)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with plant.write() as tx:
            await tx.run(text("update organization set organization_id = :other"), other=other.organization_id)


async def test_without_an_organization_nothing_is_seen_and_nothing_taken(plant: Plant) -> None:
    async with plant.runtime.database.unfenced() as connection:
        for table in ("worker", "organization", "session", "credential", "api_key"):
            assert (await connection.execute(text(f"select count(*) from {table}"))).scalar() == 0
    with pytest.raises(DBAPIError):
        async with plant.runtime.database.engine.begin() as connection:
            row = {"organization_id": new_id(), "slug": new_id().hex, "name": "X", "settings": {}, "version": 1}
            await connection.execute(insert(OrganizationRow).values(**row, created_at=plant.runtime.clock.now()))


@pytest.mark.parametrize("fails", [False, True])
async def test_a_pooled_connection_forgets_whom_it_served(plant: Plant, fails: bool) -> None:
    setting = text("select coalesce(current_setting('app.organization_id', true), '')")

    async def serve() -> None:
        async with plant.write() as tx:
            await tx.rows(text("select 1"))
            if fails:
                raise ZeroDivisionError

    await asyncio.gather(*[serve() for _ in range(30)], return_exceptions=True)
    for _ in range(20):
        async with plant.runtime.database.unfenced() as connection:
            assert (await connection.execute(setting)).scalar() == ""


async def test_two_organizations_at_once_on_one_pool_never_mix(plant: Plant) -> None:
    other = await build_plant(plant.runtime, plant.http)

    async def whose(organization_id: UUID) -> set[UUID]:
        async with plant.runtime.database.read(organization_id) as tx:
            return {row[0] for row in await tx.rows(text("select organization_id from worker"))}

    asked = [plant.organization_id, other.organization_id] * 40
    answers = await asyncio.gather(*[whose(organization_id) for organization_id in asked])
    assert answers == [{organization_id} for organization_id in asked]


async def test_a_read_cannot_write(plant: Plant) -> None:
    with pytest.raises(DBAPIError, match="read-only"):
        async with plant.runtime.database.read(plant.organization_id) as tx:
            await tx.rows(text("delete from session where organization_id = :organization_id returning id"))
