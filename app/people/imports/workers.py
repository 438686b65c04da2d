"""Importing workers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.events import Event, publish
from app.core.ids import new_id
from app.core.imports import Column, ImportRow, RowVerdict, Verdict, import_kind
from app.people.domain import WORKERS_WRITE, Membership, PlaceKind, WorkerRecord
from app.people.events import WorkerCreated, WorkerDeactivated, WorkerUpdated
from app.people.imports.identity import Known, refused, repeats
from app.people.imports.reading import Around, Step, WantedWorker, crew_moves, read_worker, step_for
from app.people.models import WorkerStatus
from app.people.service.records import stands_above
from app.people.store import grants, places
from app.people.store import workers as store

KIND = "worker"
EVERY_FIELD = (
    "site_id", "number", "display_name", "languages", "job_role", "email", "phone", "employed_from", "employed_until",
    "status",
)  # fmt: skip
COLUMNS = {
    "external_id": Column("What the source calls the worker; the worker is found by it again."),
    "number": Column("The worker's number, unique here; without external_id the worker is found by it."),
    "name": Column("The name shown to colleagues; needed for a new worker."),
    "site": Column("The code of the home site; needed for a new worker."),
    "crew": Column("The code of the crew they are in from today on; their other crews end."),
    "languages": Column("Language codes separated by ;, the preferred one first, such as es;en."),
    "job_role": Column("A short code of the job, such as filler."),
    "email": Column("E-mail address, if there is one."),
    "phone": Column("Telephone number, if there is one."),
    "employed_from": Column("First day of employment."),
    "employed_until": Column("Last day of employment."),
    "status": Column("active or inactive; an inactive worker cannot sign in and is not planned."),
}


@import_kind("workers", policy=WORKERS_WRITE, columns=COLUMNS)
async def import_workers(
    tx: WriteTransaction, rows: Sequence[ImportRow], source: str, _options: Mapping[str, Any]
) -> list[RowVerdict]:
    """Workers with their home site, languages and crew; an empty cell leaves what is stored."""
    around = await _around(tx, rows)
    wanted = [read_worker(row, around) for row in rows]
    known = await _known(tx, source, wanted)
    twice = repeats(rows, "number")
    steps = [_step(tx, row, twice.get(row.row_number, ""), known, around) for row in wanted]
    steps = await _add(tx, steps)
    steps = [await _change(tx, step) for step in steps]
    moved = await _move(tx, steps)
    names = [(step.wanted.name, step.worker_id) for step in steps if step.wanted.name and not step.refusal]
    await grants.link(tx, KIND, source, names)
    await publish(tx, *(event for step in steps for event in _events(step, moved)))
    return [_verdict(step, moved) for step in steps]


async def _around(tx: WriteTransaction, rows: Sequence[ImportRow]) -> Around:
    """The sites within the caller's reach, and the crews within it that the rows name."""
    crews = {row.values.get("crew", "").strip() for row in rows} - {""}
    sites = {row.code: row.id for row in await places.all_of(tx, PlaceKind.SITE)}
    reached = {code: i for code, i in sites.items() if WORKERS_WRITE.reaches(tx.caller, (i,))}
    found = await places.coded(tx, PlaceKind.CREW, crews) if crews else []
    paths = await places.nodes(tx, [row.id for row in found])
    kept = [row for row in found if WORKERS_WRITE.reaches(tx.caller, paths[row.id].path)]
    return Around(reached, {(row.site_id, row.code): row.id for row in kept})


async def _known(tx: WriteTransaction, source: str, wanted: Sequence[WantedWorker]) -> Known[WorkerRecord]:
    """The stored workers the rows may speak of."""
    ids = await grants.external(tx, KIND, source, [w.name for w in wanted if w.name])
    numbers = [w.fields["number"] for w in wanted if "number" in w.fields]
    found = {record.id: record for record in await store.records(tx, ids=list(ids.values()), numbers=numbers)}
    named = await grants.outside_names(tx, KIND, source, list(found))
    by_name = {name: found[worker_id] for name, worker_id in ids.items() if worker_id in found}
    return Known(by_name, {record.number: record for record in found.values()}, named)


def _step(tx: WriteTransaction, row: WantedWorker, twice: str, known: Known[WorkerRecord], around: Around) -> Step:
    fresh_id = new_id()
    if row.reason or twice:
        return Step(row, fresh_id, refusal=row.reason or twice)
    key = row.fields.get("number") if row.number or row.name not in known.by_name else None
    found, clash = known.find(row.name, key, lambda record: record.id)
    if clash:
        return Step(row, fresh_id, refusal=f"number: {clash}")
    return step_for(row, found, fresh_id, around, tx.caller)


async def _add(tx: WriteTransaction, steps: Sequence[Step]) -> list[Step]:
    """Store every new worker in one statement."""
    fresh = [step for step in steps if step.known is None and not step.refusal]
    empty: dict[str, Any] = dict.fromkeys(EVERY_FIELD) | {"status": WorkerStatus.ACTIVE}
    added = await store.add(tx, [{**empty, **step.values, "id": step.worker_id} for step in fresh])
    lost = {step.worker_id for step in fresh} - added
    return [replace(s, refusal="number: it belongs to another one here") if s.worker_id in lost else s for s in steps]


async def _change(tx: WriteTransaction, step: Step) -> Step:
    """Change a known worker; refuse what would leave nobody to administer the organization."""
    if step.known is None or step.refusal or not step.values:
        return step
    if await stands_above(tx, step.worker_id):
        return replace(step, refusal="external_id: this person administers places that you do not")
    if step.values.get("status") is WorkerStatus.INACTIVE and await grants.is_last_admin(tx, step.worker_id):
        return replace(step, refusal="status: the organization would have no admin left")
    if not await store.change(tx, step.worker_id, step.known.version, step.values):
        return replace(step, refusal="it was changed by somebody else just now")
    return step


async def _move(tx: WriteTransaction, steps: Sequence[Step]) -> set[UUID]:
    """Put workers into their crews; answers whom that changed."""
    crews = {step.worker_id: step.crew_id for step in steps if step.crew_id and not step.refusal}
    if not crews:
        return set()
    today = tx.now.date()
    current = await store.current_memberships(tx, list(crews), today)
    joined: list[Membership] = []
    ended: dict[UUID, date] = {}
    for worker_id, crew_id in crews.items():
        mine = [membership for membership in current if membership.worker_id == worker_id]
        made, ends = crew_moves(mine, crew_id, today, worker_id, new_id())
        joined += [made] if made else []
        ended |= ends
    await store.leave_many(tx, ended)
    await store.join_many(tx, joined)
    return {membership.worker_id for membership in joined}


def _events(step: Step, moved: set[UUID]) -> list[Event]:
    changed = sorted(step.values) + (["crews"] if step.worker_id in moved else [])
    if step.refusal or not changed:
        return []
    if step.known is None:
        return [WorkerCreated(subject_id=step.worker_id, site_id=step.values["site_id"])]
    if step.values.get("status") is WorkerStatus.INACTIVE:
        return [WorkerDeactivated(subject_id=step.worker_id, site_id=step.known.site_id)]
    return [WorkerUpdated(subject_id=step.worker_id, changed=tuple(changed))]


def _verdict(step: Step, moved: set[UUID]) -> RowVerdict:
    number = step.wanted.row_number
    if step.refusal:
        return refused(number, step.refusal)
    if step.flag:
        return RowVerdict(number, Verdict.FLAGGED, step.flag, step.worker_id)
    if step.known is None:
        return RowVerdict(number, Verdict.CREATED, "", step.worker_id)
    changed = bool(step.values) or step.worker_id in moved
    return RowVerdict(number, Verdict.UPDATED if changed else Verdict.UNCHANGED, "", step.worker_id)
