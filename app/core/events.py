"""Domain events: facts in the past tense, written in the caller's transaction; handlers run as jobs, at least once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import orjson
from sqlalchemy import text

from app.core import jobs
from app.core.db import WriteTransaction
from app.core.ids import new_id

# Also a part of larger statements: it takes `:events` and `:now`, see `Announcement`.
INSERT = (
    "insert into event (organization_id, id, type, subject_id, occurred_at, data) "
    "select :organization_id, e.id, e.type, e.subject_id, cast(:now as timestamptz), e.data "
    "from jsonb_to_recordset(cast(:events as jsonb)) as e(id uuid, type text, subject_id uuid, data jsonb)"
)
WRITE = text(INSERT)
READ = text(
    "select id, type, subject_id, occurred_at, data from event where organization_id = :organization_id and id = any(:ids)"
)
# Whether a subscriber has anything to do, by the event's own fields.
Concerns = Callable[[dict[str, Any]], bool]
SUBSCRIBERS: dict[str, list[tuple[str, Concerns]]] = {}
EVENT_TYPES: dict[str, type["Event"]] = {}
OWN_FIELDS: dict[type["Event"], tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact. Subclasses set `type` (`noun.past_verb`) and their fields; `subject_id` is whom or what it is about."""

    type: ClassVar[str]
    subject_id: UUID


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event read back by a handler."""

    id: UUID
    type: str
    subject_id: UUID
    occurred_at: datetime
    data: dict[str, Any]


def event_type(kind: type[Event]) -> type[Event]:
    """Class decorator: list the event in the catalogue that webhooks choose from."""
    EVENT_TYPES[kind.type] = kind
    return kind


def every_one(_data: dict[str, Any]) -> bool:
    """What most subscribers listen to."""
    return True


def subscribe(event: str, task: str, concerns: Concerns = every_one) -> None:
    """Run the job `task` with `{organization_id, event_ids}` after each event of this type (`*` for every type).

    `concerns` is asked with the event's `payload` before the job is written, which costs more than most of what a job finds out:
    it tells by the event alone that there is nothing to do.
    """
    SUBSCRIBERS.setdefault(event, []).append((task, concerns))


def payload(event: Event) -> dict[str, Any]:
    """The event's own fields, as they stand: a deep copy of each would cost more than everything else about it."""
    names = OWN_FIELDS.get(type(event))
    if names is None:
        names = OWN_FIELDS[type(event)] = tuple(field.name for field in fields(event) if field.name != "subject_id")
    return {name: getattr(event, name) for name in names}


def _plain(value: object) -> str:
    # The driver's ids are a subclass of UUID, which orjson does not take for one.
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in an event")


@dataclass(frozen=True, slots=True)
class Announcement:
    """Events as `INSERT` takes them, and the jobs of whoever listens as `jobs.DEFER` does."""

    ids: list[UUID]
    events: str
    jobs: Sequence[jobs.Job]


def announcement(organization_id: UUID, events: Sequence[Event]) -> Announcement:
    """What `publish` would write, for a statement that writes it together with the facts themselves."""
    ids = [new_id() for _ in events]
    # Each id is spelled out once, for the event and for every job about it.
    told = zip(map(str, ids), events, strict=True)
    rows = [{"id": i, "type": e.type, "subject_id": e.subject_id, "data": payload(e)} for i, e in told]
    written = orjson.dumps(rows, default=_plain).decode()
    return Announcement(ids, written, listeners(organization_id, rows))


async def publish(tx: WriteTransaction, *events: Event) -> list[UUID]:
    """Write facts and the jobs of whoever listens, all in this transaction. Answers the events' ids in order."""
    if not events:
        return []
    told = announcement(tx.organization_id, events)
    await tx.run(WRITE, now=tx.now, events=told.events)
    await jobs.defer(tx, *told.jobs)
    return told.ids


def listeners(organization_id: UUID, rows: Sequence[dict[str, Any]]) -> list[jobs.Job]:
    """One job per subscriber, carrying the ids of all events it listens to."""
    by_task: dict[str, list[str]] = {}
    everything = SUBSCRIBERS.get("*", [])
    for row in rows:
        for task, concerns in (*SUBSCRIBERS.get(row["type"], ()), *everything):
            if concerns(row["data"]):
                by_task.setdefault(task, []).append(row["id"])
    return [jobs.Job(task, {"organization_id": str(organization_id), "event_ids": ids}) for task, ids in by_task.items()]


async def read_events(tx: Any, ids: Sequence[UUID]) -> list[StoredEvent]:
    """The named events, oldest first."""
    rows = await tx.rows(READ, ids=list(ids))
    return sorted((StoredEvent(*row) for row in rows), key=lambda event: event.id)
