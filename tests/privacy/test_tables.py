"""The table of what is kept of people is compared with the database itself: a new reference to a person fails here."""

import re

import pytest
from sqlalchemy import text

from app.core.tables import metadata
from app.privacy.store.showing import NAMES
from app.privacy.store.tables import TABLES
from app.registry import load_tables
from tests.servers import Postgres, sync_engine

# Columns that hold the id of a person or of whoever acted, by name or by foreign key.
NAMED = re.compile(
    r"^(worker|person|actor|principal|helper|helped|subject|thing|colleague|supervisor|trainee|trainer)_ids?$|_by$"
)
NOT_PEOPLE = {
    ("event", "subject_id"),  # of any thing; events hold ids only and go after 13 months
    ("plan", "lease_by"),  # a process
}
REFERENCES = text(
    "select c.table_name, c.column_name from information_schema.columns c where c.table_schema = 'public' "
    "and c.udt_name in ('uuid', '_uuid') and c.table_name not like 'procrastinate%'"
)
FOREIGN = text(
    "select cast(cast(k.conrelid as regclass) as text), a.attname from pg_constraint k join pg_attribute a "
    "on a.attrelid = k.conrelid and a.attnum = any(k.conkey) where k.contype = 'f' "
    "and k.confrelid = 'worker'::regclass and a.attname <> 'organization_id'"
)


def test_every_reference_to_a_person_is_covered(database: Postgres) -> None:
    engine = sync_engine(database.owner)
    with engine.connect() as connection:
        named = {(t, c) for t, c in connection.execute(REFERENCES).all() if NAMED.search(c)}
        named |= {(t, c) for t, c in connection.execute(FOREIGN).all()}
    engine.dispose()
    assert len(named) > 50
    missing = {
        (table, column)
        for table, column in named - NOT_PEOPLE
        if table not in TABLES or not (column in TABLES[table].by or f"t.{column}" in TABLES[table].about)
    }
    assert not missing, f"say in app/privacy/store/tables.py what these hold of people: {sorted(missing)}"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_named_exists(name: str) -> None:
    load_tables()
    held, columns = TABLES[name], metadata.tables[name].columns
    assert set(held.by) | set(held.blanked) | set(held.hidden) <= set(columns.keys())
    assert not (held.erased and held.blanked)
    assert held.about or held.by
