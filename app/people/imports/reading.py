"""Reading imported workers: cells to values, and what follows from them. Nothing here touches the database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.core.access import Caller
from app.core.imports import Cells, ImportRow
from app.people.domain import WORKERS_WRITE, Membership, WorkerRecord
from app.people.imports.identity import CODE, CODE_MEANING, filled
from app.people.models import WorkerStatus

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
EMAIL = r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+"
PHONE = r"\+?[0-9 ()./-]{3,31}"


@dataclass(frozen=True, slots=True)
class Around:
    """Places by code: sites, and crews by site and code."""

    sites: Mapping[str, UUID]
    crews: Mapping[tuple[UUID, str], UUID]


@dataclass(frozen=True, slots=True)
class WantedWorker:
    """One row as values; `reason` says why it cannot be used."""

    row_number: int
    name: str | None
    number: str | None
    fields: dict[str, Any]
    crew_code: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Step:
    """What a row leads to for a worker: fields to add or change, a crew to be in, and what to flag or refuse."""

    wanted: WantedWorker
    worker_id: UUID
    known: WorkerRecord | None = None
    values: dict[str, Any] = field(default_factory=dict)
    crew_id: UUID | None = None
    flag: str = ""
    refusal: str = ""


def read_worker(row: ImportRow, around: Around) -> WantedWorker:
    """The row's cells as values, with every fault found."""
    cells = Cells(row)
    name = cells.text("external_id", longest=128)
    number = cells.matching("number", CODE, CODE_MEANING)
    fields = filled((
        ("site_id", _site(cells, around)),
        ("display_name", cells.text("name")),
        ("languages", _languages(cells)),
        ("job_role", cells.matching("job_role", CODE, CODE_MEANING)),
        ("email", _email(cells)),
        ("phone", cells.matching("phone", PHONE, "a telephone number")),
        ("employed_from", cells.date("employed_from")),
        ("employed_until", cells.date("employed_until")),
        ("status", cells.choice("status", WorkerStatus)),
    ))  # fmt: skip
    if name is None and number is None and not cells.faults:
        cells.fault("external_id", "is missing, and so is number")
    if number is None and name is not None and re.fullmatch(CODE, name) and len(name) <= 64:
        fields["number"] = name
    elif number is not None:
        fields["number"] = number
    return WantedWorker(row.number, name, number, fields, cells.text("crew", longest=64), cells.reason)


def _site(cells: Cells, around: Around) -> UUID | None:
    code = cells.text("site", longest=64)
    if code is not None and code not in around.sites:
        cells.fault("site", "is not the code of a site within your reach")
    return around.sites.get(code or "")


def _languages(cells: Cells) -> list[str] | None:
    found = [part for item in cells.listed("languages", most=20) for part in re.split(r"[,\s]+", item) if part]
    if any(not LANGUAGE.fullmatch(language) for language in found):
        cells.fault("languages", "must be codes such as de or pt-BR, separated by ;")
    return list(dict.fromkeys(found)) or None


def _email(cells: Cells) -> str | None:
    found = cells.text("email", longest=254)
    if found is not None and not re.fullmatch(EMAIL, found):
        cells.fault("email", "must be an e-mail address")
    return found


def step_for(wanted: WantedWorker, known: WorkerRecord | None, fresh_id: UUID, around: Around, caller: Caller) -> Step:
    """What to do for a readable row about nobody yet, who will have `fresh_id`, or about a known worker."""
    fields, worker_id = wanted.fields, known.id if known else fresh_id
    if known is None:
        missing = [column for column, name in (("name", "display_name"), ("site", "site_id")) if name not in fields]
        missing += [] if "number" in fields else ["number"]
        if missing:
            return Step(wanted, worker_id, refusal=f"{', '.join(missing)}: is missing for a new worker")
        values = {"languages": ["en"], **fields}
    elif not WORKERS_WRITE.reaches(caller, known.nodes):
        return Step(wanted, worker_id, refusal="it belongs to a site you do not keep")
    else:
        told = fields if wanted.number is not None else {k: v for k, v in fields.items() if k != "number"}
        values = {name: value for name, value in told.items() if getattr(known, name) != value}
    return _with_crew(Step(wanted, worker_id, known, values), around)


def _with_crew(step: Step, around: Around) -> Step:
    code = step.wanted.crew_code
    if code is None:
        return step
    site_id = step.wanted.fields.get("site_id") or (step.known.site_id if step.known else None)
    crew_id = around.crews.get((site_id, code)) if site_id else None
    flag = "" if crew_id else "crew: is unknown at this site or not within your reach, the rest of the row was kept"
    return replace(step, crew_id=crew_id, flag=flag)


def crew_moves(
    current: list[Membership], crew_id: UUID, today: date, worker_id: UUID, membership_id: UUID
) -> tuple[Membership | None, dict[UUID, date]]:
    """The membership to add and those to end so that the worker is in this crew from today; nothing if they are."""
    if any(m.crew_id == crew_id for m in current):
        return None, {}
    ends = {m.id: max(m.valid_from, today - timedelta(days=1)) for m in current if m.valid_from <= today}
    return Membership(membership_id, worker_id, crew_id, today, None), ends
