"""tamper: a superuser changes one thing at a time, guards and constraints off; verification must find every one."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DataError, IntegrityError

from app.core.ids import new_id
from app.paytime import service as paytime
from app.paytime.domain import Claim, PayKind
from app.paytime.domain.chain import genesis
from app.paytime.service import chain
from app.paytime.store import chain as store
from benchmarks.harness.plant import runtime_of
from benchmarks.harness.report import Outcome, Size
from benchmarks.harness.stack import Stack
from tests.builders import Plant, build_plant
from tests.paytime.builders import HOURS, MORNING, add_shift
from tests.servers import migrate, sync_engine

NAME, PEOPLE, ENTRIES = "tamper", ("worker", "colleague", "third"), 240
# Another value of each type; a column keeps its own value only where the draw repeats it, which is drawn again then.
OTHER = {
    "uuid": ("gen_random_uuid()", "(select {column} from {table} where organization_id = :org order by random() limit 1)"),
    "character varying": ("{column} || '.'", "coalesce({column}, '') || 'x'", "left({column}, -1)", "null"),
    "boolean": ("not {column}",),
    "integer": ("{column} + 1", "{column} - 1", "-{column}", "0"),
    "bigint": ("{column} + 1000000", "-{column}"),
    "date": ("{column} + 1", "{column} - 7"),
    "timestamp with time zone": ("{column} + interval '1 microsecond'", "{column} - interval '1 hour'"),
    "bytea": ("sha256('x')", "set_byte({column}, 0, 255 - get_byte({column}, 0))", "null"),
}
TABLES = ("pay_entry", "ledger_link", "ledger_head", "pay_pseudonym", "ledger_unsealed")
# Of the heads told to the outside, what they say about the chain; when they were told is known outside.
COLUMNS = text(
    "select table_name, column_name, data_type from information_schema.columns where table_schema = 'public' "
    "and table_name = any(:tables) and (table_name <> 'ledger_head' or column_name in ('position', 'hash')) order by 1, 2"
)
# Checks, and exclusion constraints: the expression of one refuses an end before the start even with every trigger off.
GUARDS = text(
    "select cast(cast(conrelid as regclass) as text) as of, conname from pg_constraint where contype in ('c', 'x') "
    "and cast(cast(conrelid as regclass) as text) = any(:tables)"
)
ROW = "(select ctid from {table} where organization_id = :org order by random() limit 1)"
DELETE = "delete from {table} where ctid = " + ROW
INSERTS = {
    "pay_entry": "jsonb_build_object('id', gen_random_uuid())",
    "ledger_link": "jsonb_build_object('position', (select max(position) + 1 from ledger_link where organization_id = :org), "
    "'entry_id', gen_random_uuid())",
}
INSERT = (
    "insert into {table} select r.* from (select * from {table} where ctid = " + ROW + ") t, "
    "jsonb_populate_record(cast(t as {table}), {new}) r"
)
# Two rows change places: one change of the order.
SWAP = (
    "with picked as (select a.position as a, b.position as b from (select position from ledger_link where organization_id = :org "
    "order by random() limit 1) a, (select position from ledger_link where organization_id = :org order by random() limit 1) b) "
    "update ledger_link l set position = case l.position when p.a then -p.b else -p.a end from picked p "
    "where l.organization_id = :org and p.a <> p.b and l.position in (p.a, p.b)"
)
RIGHT_AGAIN = "update ledger_link set position = -position where organization_id = :org and position < 0"


async def tamper(stack: Stack, size: Size) -> Outcome:
    """So many single changes in a database of its own, each looked at and taken back."""
    owner, application = await asyncio.to_thread(_database, stack)
    plant = await _seeded(application)
    return await asyncio.to_thread(_changes, owner, plant, size)


def _database(stack: Stack) -> tuple[str, str]:
    engine = sync_engine(stack.postgres.owner, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"drop database if exists {NAME} with (force)"))
        connection.execute(text(f"create database {NAME}"))
    engine.dispose()
    urls = [make_url(url).set(database=NAME).render_as_string(hide_password=False) for url in _urls(stack)]
    migrate(urls[0])
    return urls[0], urls[1]


def _urls(stack: Stack) -> tuple[str, str]:
    return stack.postgres.owner, stack.postgres.application


async def _seeded(application: str) -> Plant:
    """A ledger of three people with corrections, linked, its head told."""
    async with runtime_of(application) as runtime, httpx.AsyncClient() as nobody:
        plant = await build_plant(runtime, nobody)
        async with plant.write() as tx:
            for who in PEOPLE:
                await add_shift(tx, plant, who)
        made = []
        for number in range(ENTRIES):
            start = MORNING + timedelta(minutes=number // len(PEOPLE) * (HOURS / (ENTRIES / len(PEOPLE))))
            who = plant.people[PEOPLE[number % len(PEOPLE)]]
            async with plant.write() as tx:
                claim = Claim(who, start, start + timedelta(minutes=2), PayKind.MODULE, new_id())
                (credit,) = await paytime.credit(tx, [claim])
            made += credit.entry_ids
        async with plant.write() as tx:
            for entry_id in made[::9]:
                await paytime.reverse(tx, entry_id, "Recorded on the wrong badge")
            await chain.publish_head(tx)
            # Somebody was forgotten meanwhile: what is left of them is guarded like all the rest.
            await chain.forget_person(tx, plant.people["third"])
        # A last entry waits to be linked, as one always may.
        async with plant.write() as tx:
            start = MORNING + timedelta(minutes=HOURS - 1)
            await paytime.credit(tx, [Claim(plant.people["worker"], start, start + timedelta(minutes=1), PayKind.QUIZ, new_id())])
        return plant


def _changes(owner: str, plant: Plant, size: Size) -> Outcome:
    chance, engine = random.Random(size.seed), sync_engine(owner)
    missed: list[str] = []
    kinds: dict[str, int] = {}
    with engine.connect() as connection:
        connection.execute(text("set session_replication_role = replica"))
        for row in connection.execute(GUARDS, {"tables": list(TABLES)}).all():
            connection.execute(text(f'alter table {row.of} drop constraint "{row.conname}"'))
        columns = [tuple(row) for row in connection.execute(COLUMNS, {"tables": list(TABLES)}).all()]
        connection.commit()
        if _found(connection, plant):
            return Outcome("tamper", 0, 1, "the untouched ledger did not verify")
        tried = 0
        while tried < size.tampers:
            kind, statement = _drawn(chance, columns)
            done, found = _tried(connection, plant, statement)
            if done:
                tried += 1
                kinds[kind.split()[0]] = kinds.get(kind.split()[0], 0) + 1
                if not found:
                    missed.append(kind)
    engine.dispose()
    told = ", ".join(f"{count} {name}" for name, count in sorted(kinds.items()))
    return Outcome("tamper", tried, len(missed), f"{len(columns)} columns of {len(TABLES)} tables; {told}", missed[:20])


def _drawn(chance: random.Random, columns: list[Any]) -> tuple[str, str]:
    """One change: mostly of a column, else of whole rows."""
    what = chance.random()
    if what < 0.08:
        table = chance.choice(("pay_entry", "ledger_link"))
        return f"deleted {table}", DELETE.format(table=table)
    if what < 0.16:
        table = chance.choice(list(INSERTS))
        return f"inserted {table}", INSERT.format(table=table, new=INSERTS[table])
    if what < 0.22:
        return "reordered ledger_link", SWAP
    table, column, kind = chance.choice(columns)
    value = chance.choice(OTHER[kind]).format(table=table, column=column)
    if table == "pay_pseudonym":
        # To empty a person's map is to forget them, which leaves the chain as it was.
        value = value.replace(":org", f":org and {column} is not null")
    where = f"ctid = {ROW.format(table=table)} and {column} is distinct from {value if 'random' not in value else 'null'}"
    return f"changed {table}.{column} to {value}", f"update {table} set {column} = {value} where {where}"


def _tried(connection: Connection, plant: Plant, statement: str) -> tuple[bool, bool]:
    """Whether the change changed anything, and whether it was found; it is taken back."""
    values = {"org": plant.organization_id}
    before = connection.execute(text(_FINGERPRINT), values).scalar_one()
    try:
        connection.execute(text(statement), values)
        if statement is SWAP:
            connection.execute(text(RIGHT_AGAIN), values)
    except (DataError, IntegrityError):
        # What PostgreSQL itself still refuses (a null, a second row under one key) nobody can do: it is not tried.
        connection.rollback()
        return False, False
    changed = connection.execute(text(_FINGERPRINT), values).scalar_one() != before
    found = changed and _found(connection, plant)
    connection.rollback()
    return changed, found


# No line of this ledger is old enough to have gone.
NOT_YET = datetime(2000, 1, 1, tzinfo=UTC)
_ROWS = "(select string_agg(cast(t as text), '|' order by cast(t as text)) from {} t where organization_id = :org)"
_FINGERPRINT = f"select md5(concat({', '.join(_ROWS.format(table) for table in TABLES)}))"


def _found(connection: Connection, plant: Plant) -> bool:
    """Whether verification finds anything, with the very statements of the application."""
    own = {"organization_id": plant.organization_id}
    begin = {**own, "after": 0, "before": genesis(plant.organization_id).hash, "limit": 100_000, "youngest": NOT_YET}
    if connection.execute(store.CHECK, begin).first():
        return True
    if connection.execute(store.COUNTS, own).scalar_one():
        return True
    rests = (store.GONE, store.WRONG_MAPS, store.WRONG_HEADS, store.UNPROVEN)
    return any(connection.execute(rest, own).first() for rest in rests)
