"""Statements of the hash chain: sealing what waits, and checking what is linked."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from app.core import proofs
from app.core.db import Database, ReadTransaction, WriteTransaction
from app.paytime.domain.chain import Facts, Fault, Finding, Head, Link, youngest_retired

# Canonical facts: PostgreSQL's binary form of the record of these columns in this order, people and the free text
# replaced. A new column needs a new form beside the old ones: a link says which form it was made in.
FIRST = (
    "organization_id", "id", "worker_id", "source_id", "kind", "mandatory", "entry_type", "reverses_id", "starts_at",
    "ends_at", "seconds", "reason", "actor_id", "shift_id", "business_date", "site_id", "work_center_id", "time_zone",
    "utc_offset_seconds", "tzdata_version", "recorded_at",
)  # fmt: skip
RULES = (
    "classification", "reason_code", "replaces_id", "pay_code", "cost_center", "night_seconds", "weekend_seconds", "device_at",
)  # fmt: skip
RATE = ("rate_minor", "rate_currency")
COLUMNS = {1: FIRST, 2: FIRST + RULES, 3: FIRST + RULES + RATE}
FORM = max(COLUMNS)
REPLACED = {"worker_id": "{p}.who", "actor_id": "{p}.actor", "reason": "{p}.note"}


def digest(form: int, people: str) -> str:
    """The SQL of the digest of an entry `e` in one form, with the pseudonyms of the relation `people`."""
    parts = (REPLACED.get(column, f"e.{column}").format(p=people) for column in COLUMNS[form])
    return f"sha256(record_send(row({', '.join(parts)})))"


LOCK = text("select pg_advisory_xact_lock(hashtextextended(cast(cast(:organization_id as uuid) as text), 29))")
HEAD = text("select position, hash from ledger_link where organization_id = :organization_id order by position desc limit 1")
# Only entries that are what was announced leave the queue: others were removed or changed before they were linked.
WAITING = text(
    "select u.entry_id from ledger_unsealed u join pay_entry e on e.organization_id = u.organization_id and e.id = u.entry_id "
    "where u.organization_id = :organization_id and u.digest = ledger_digest(e) order by u.entry_id limit :limit"
)
# A person who was forgotten keeps the pseudonym of their earlier links, should a late correction still name them.
NAME = text(
    "insert into pay_pseudonym (organization_id, person_id, pseudonym, proof) "
    "select :organization_id, n.person, n.name, sha256(uuid_send(n.name) || uuid_send(n.person)) from ("
    "select person, gen_random_uuid() as name from (select worker_id from pay_entry where organization_id = :organization_id "
    "and id = any(cast(:ids as uuid[])) union select actor_id from pay_entry where organization_id = :organization_id "
    "and id = any(cast(:ids as uuid[]))) as people(person)) n "
    "where not exists (select from pay_pseudonym p where p.organization_id = :organization_id and p.person_id = n.person) "
    "on conflict do nothing"
)
WHO = (
    "coalesce({0}.pseudonym, (select l.{1} from pay_entry o join ledger_link l on l.organization_id = o.organization_id "
    "and l.entry_id = o.id where o.organization_id = e.organization_id and o.{2} = e.{2} limit 1))"
)
NOTE = "sha256(uuid_send({0}) || convert_to(e.reason, 'UTF8'))"
FACTS = text(
    f"select e.id as entry_id, {FORM} as form, n.who, n.actor, n.note, {digest(FORM, 'n')} as digest from pay_entry e "  # noqa: S608  # constants
    "join pay_pseudonym w on w.organization_id = e.organization_id and w.person_id = e.worker_id "
    "join pay_pseudonym a on a.organization_id = e.organization_id and a.person_id = e.actor_id "
    f"cross join lateral (select m.who, m.actor, {NOTE.format('m.who')} as note from (select "
    f"{WHO.format('w', 'who', 'worker_id')} as who, {WHO.format('a', 'actor', 'actor_id')} as actor) m) n "
    "where e.organization_id = :organization_id and e.id = any(cast(:ids as uuid[])) order by e.id"
)
APPEND = text(
    "insert into ledger_link (organization_id, position, entry_id, form, who, actor, note, facts, hash, sealed_at) "
    "select :organization_id, n.position, n.entry_id, n.form, n.who, n.actor, decode(n.note, 'hex'), decode(n.facts, 'hex'), "
    "decode(n.hash, 'hex'), :now from jsonb_to_recordset(cast(:links as jsonb)) as n(position bigint, entry_id uuid, form int, "
    "who uuid, actor uuid, note text, facts text, hash text)"
)
DONE = text("delete from ledger_unsealed where organization_id = :organization_id and entry_id = any(cast(:ids as uuid[]))")
FORGET = text(
    "update pay_pseudonym set pseudonym = null where organization_id = :organization_id and person_id = :person_id "
    "and pseudonym is not null"
)
PUBLISH = text(
    "insert into ledger_head (organization_id, day, position, hash, published_at) "
    "values (:organization_id, :day, :position, :hash, :now) on conflict (organization_id, day) do nothing"
)
HEADS = text(
    "select day, position, hash, published_at from ledger_head where organization_id = :organization_id "
    "order by day desc limit :limit"
)
UNSEALED = text("select count(*) from ledger_unsealed where organization_id = :organization_id")
ORGANIZATIONS = text("select organizations_unsealed()")
OWN = "sha256(record_send(row(r.before, r.facts, r.position, r.form, r.entry_id, r.who, r.actor, r.sealed_at)))"
FORMS = " ".join(f"when {form} then {digest(form, 'r')}" for form in COLUMNS)
# One pass over a stretch of links. A person is right when the link names their pseudonym, or after they were forgotten,
# when the proof that is left of it covers both ids; a reason that was erased with its person says so, and its digest stays.
PERSON = "coalesce({0}.pseudonym = r.{1}, {0}.proof = sha256(uuid_send(r.{1}) || uuid_send(e.{2})), false)"
CHECK = text(
    "select * from (select r.position, r.entry_id, case "  # noqa: S608  # constants
    "when r.position <> r.place then 'misplaced' "
    f"when r.hash is distinct from {OWN} then 'broken' "
    "when e.id is null then case when x.position is null or r.sealed_at >= :youngest then 'removed' end "
    "when x.position is not null then 'inserted' "
    f"when r.facts is distinct from case r.form {FORMS} end then 'changed' "
    f"when (e.reason is null) <> (r.note is null) or {NOTE.format('r.who')} <> r.note "
    "and not (w.pseudonym is null and e.reason = '[erased]') then 'changed' "
    f"when not ({PERSON.format('w', 'who', 'worker_id')} and {PERSON.format('a', 'actor', 'actor_id')}) "
    "then 'wrong_person' end as fault from ("
    "select l.*, coalesce(lag(l.hash) over (order by l.position), cast(:before as bytea)) as before, "
    ":after + row_number() over (order by l.position) as place "
    "from (select * from ledger_link where organization_id = :organization_id and position > :after "
    "order by position limit :limit) l) r "
    "left join pay_entry e on e.organization_id = r.organization_id and e.id = r.entry_id "
    "left join ledger_retired x on x.organization_id = r.organization_id and x.position = r.position "
    "left join pay_pseudonym w on w.organization_id = e.organization_id and w.person_id = e.worker_id "
    "left join pay_pseudonym a on a.organization_id = e.organization_id and a.person_id = e.actor_id) checked "
    "where fault is not null order by position limit 1000"
)
LAST = text(
    "select position, hash from (select position, hash from ledger_link where organization_id = :organization_id "
    "and position > :after order by position limit :limit) l order by position desc limit 1"
)
AT = text("select hash from ledger_link where organization_id = :organization_id and position = :position")
# Every link whose entry did not go and every waiting row names an entry, each another one: more entries than that, and
# some are strange.
COUNTS = text(
    "select (select count(*) from pay_entry where organization_id = :organization_id) - "
    "(select count(*) from ledger_link where organization_id = :organization_id) + "
    "(select count(*) from ledger_retired where organization_id = :organization_id) - "
    "(select count(*) from ledger_unsealed u where u.organization_id = :organization_id and not exists (select from ledger_link l "
    "where l.organization_id = u.organization_id and l.entry_id = u.entry_id))"
)
# Entries that nobody announced, in pages over the ledger itself.
STRANGERS = text(
    "select e.id, l.entry_id is null and u.entry_id is null as strange from "
    "(select organization_id, id from pay_entry where organization_id = :organization_id and id > :after "
    "order by id limit :limit) e "
    "left join ledger_link l on l.organization_id = e.organization_id and l.entry_id = e.id "
    "left join ledger_unsealed u on u.organization_id = e.organization_id and u.entry_id = e.id"
)
ENTRIES = text(
    f"select count(*) as rows, max(cast(id as text)) as last, array_agg(id) filter (where strange) as strange from ({STRANGERS.text}) s"  # noqa: S608  # constants
)
GONE = text(
    "select u.entry_id, case when e.id is null then 'removed' else 'changed' end as fault from ledger_unsealed u "
    "left join pay_entry e on e.organization_id = u.organization_id and e.id = u.entry_id "
    "where u.organization_id = :organization_id and (e.id is null or u.digest is distinct from ledger_digest(e)) limit 1000"
)
WRONG_MAPS = text(
    "select person_id from pay_pseudonym where organization_id = :organization_id and pseudonym is not null "
    "and proof <> sha256(uuid_send(pseudonym) || uuid_send(person_id)) limit 1000"
)
# Lines that went, and the proofs of it, cover each other: as many, at the same positions, with the same hashes.
UNPROVEN = text(
    "select coalesce(m.position, 0) as position from (select x.proof_id, min(x.position) as position, count(*) as lines, "
    "sha256(convert_to(string_agg(l.position || ':' || encode(l.hash, 'hex'), ',' order by l.position), 'UTF8')) as digest "
    "from ledger_retired x left join ledger_link l on l.organization_id = x.organization_id and l.position = x.position "
    "where x.organization_id = :organization_id group by x.proof_id) m full join (select id, digest, "
    "cast(tables ->> 'pay_entry' as bigint) as lines from retention_proof where organization_id = :organization_id "
    "and cast(tables ->> 'pay_entry' as bigint) > 0) p on p.id = m.proof_id "
    "where m.digest is distinct from p.digest or m.lines is distinct from p.lines limit 1000"
)
WRONG_HEADS = text(
    "select h.position from ledger_head h left join ledger_link l on l.organization_id = h.organization_id "
    "and l.position = h.position where h.organization_id = :organization_id and h.position <> 0 "
    "and l.hash is distinct from h.hash limit 1000"
)


async def lock(tx: WriteTransaction) -> None:
    """Wait until nobody else is sealing this organization's ledger; held until the transaction ends."""
    await tx.rows(LOCK)


async def head(tx: ReadTransaction) -> Head | None:
    """The last link."""
    row = await tx.row(HEAD)
    return None if row is None else Head(row.position, bytes(row.hash))


async def waiting(tx: ReadTransaction, limit: int) -> list[UUID]:
    """Entries that are not linked yet, in the order they will be."""
    return [row.entry_id for row in await tx.rows(WAITING, limit=limit)]


async def facts(tx: WriteTransaction, entry_ids: Sequence[UUID]) -> list[Facts]:
    """The facts of entries, in the order of their ids; people nobody named yet get a pseudonym."""
    await tx.run(NAME, ids=list(entry_ids))
    rows = await tx.rows(FACTS, ids=list(entry_ids))
    return [Facts(r.entry_id, r.form, r.who, r.actor, r.note, bytes(r.digest)) for r in rows]


async def append(tx: WriteTransaction, links: Sequence[Link]) -> None:
    """Append links, and take their entries out of the queue."""
    rows = [
        {
            "position": link.position,
            "entry_id": str(link.facts.entry_id),
            "form": link.facts.form,
            "who": str(link.facts.who),
            "actor": str(link.facts.actor),
            "note": link.facts.note.hex() if link.facts.note else None,
            "facts": link.facts.digest.hex(),
            "hash": link.hash.hex(),
        }
        for link in links
    ]
    await tx.run(APPEND, links=orjson.dumps(rows).decode(), now=tx.now)
    await tx.run(DONE, ids=[link.facts.entry_id for link in links])


async def unsealed(tx: ReadTransaction) -> int:
    """How many entries wait to be linked."""
    return int(await tx.scalar(UNSEALED))


async def forget(tx: WriteTransaction, person_id: UUID) -> bool:
    """Destroy the map from a person to their pseudonym."""
    return bool(await tx.run(FORGET, person_id=person_id))


async def publish_head(tx: WriteTransaction, day: date, end: Head) -> bool:
    """Keep the head that is told to the outside on a day; false when that day has one."""
    return bool(await tx.run(PUBLISH, day=day, position=end.position, hash=end.hash, now=tx.now))


async def heads(tx: ReadTransaction, limit: int) -> Sequence[Any]:
    """The heads told to the outside, newest first."""
    return await tx.rows(HEADS, limit=limit)


async def links_checked(tx: ReadTransaction, before: Head, limit: int) -> tuple[list[Finding], Head | None, int]:
    """Check the links after a head: what is wrong, the last of them (None when there are none), and how many."""
    last = await tx.row(LAST, after=before.position, limit=limit)
    if last is None:
        return [], None, 0
    youngest = youngest_retired(tx.now)
    rows = await tx.rows(CHECK, after=before.position, before=before.hash, limit=limit, youngest=youngest)
    found = [Finding(Fault(row.fault), row.position, row.entry_id) for row in rows]
    return found, Head(last.position, bytes(last.hash)), last.position - before.position


async def hash_at(tx: ReadTransaction, position: int) -> bytes | None:
    """The hash of one link."""
    found = await tx.scalar(AT, position=position)
    return None if found is None else bytes(found)


async def counts_agree(tx: ReadTransaction) -> bool:
    """Whether there are exactly as many entries as links and waiting ones: then none is strange."""
    return int(await tx.scalar(COUNTS)) == 0


async def entries_checked(tx: ReadTransaction, after: UUID, limit: int) -> tuple[list[Finding], UUID | None]:
    """Entries after an id that are neither linked nor waiting, and the last id looked at (None at the end)."""
    row = await tx.row(ENTRIES, after=after, limit=limit)
    if row is None or not row.rows:
        return [], None
    strange = [Finding(Fault.INSERTED, None, entry_id) for entry_id in row.strange or ()]
    return strange, UUID(row.last)


async def rest_checked(tx: ReadTransaction) -> list[Finding]:
    """Entries removed or changed before they were linked, wrong maps, heads that the chain no longer passes through, proofs."""
    gone = [Finding(Fault(row.fault), None, row.entry_id) for row in await tx.rows(GONE)]
    maps = [Finding(Fault.WRONG_PERSON, None, None) for _ in await tx.rows(WRONG_MAPS)]
    heads = [Finding(Fault.WRONG_HEAD, row.position, None) for row in await tx.rows(WRONG_HEADS)]
    unproven = [Finding(Fault.WRONG_PROOF, row.position or None, None) for row in await tx.rows(UNPROVEN)]
    return gone + maps + heads + unproven + [Finding(Fault.WRONG_PROOF, None, None) for _ in await proofs.broken(tx)]


async def organizations(database: Database) -> list[UUID]:
    """Organizations that have entries to link."""
    async with database.unfenced() as connection:
        return [row[0] for row in (await connection.execute(ORGANIZATIONS)).all()]
