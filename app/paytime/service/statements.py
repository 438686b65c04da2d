"""Use cases of statements: a worker's own paid learning time as values, a printable page and a PDF."""

import asyncio
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.db import ReadTransaction
from app.core.errors import NotFound
from app.core.pages import Page
from app.paytime.domain import Entry, Period, Reach
from app.paytime.domain.chain import genesis
from app.paytime.domain.statements import Statement, clock
from app.paytime.service.statement_pdf import pdf_of
from app.paytime.service.statement_words import Words, spoken
from app.paytime.store import chain, reading
from app.paytime.store.reading import Wanted
from app.people import service as people

if TYPE_CHECKING:
    from jinja2 import Environment

PAGE, MOST_ENTRIES = 1_000, 5_000


async def statement(tx: ReadTransaction, when: Period, language: str | None) -> Statement:
    """The caller's own statement, in the language asked for or else their first one. Raises NotFound for non-workers."""
    if tx.caller.worker_id is None:
        raise NotFound
    worker = await people.worker(tx, tx.caller.worker_id)
    entries = await _entries(tx, Wanted(when, Reach(None), worker_id=worker.id))
    actors = await people.workers(tx, sorted({entry.actor_id for entry in entries}))
    return Statement(
        worker=worker.display_name,
        number=worker.number,
        site=(await people.site(tx, worker.site_id)).name,
        language=spoken(*([language] if language else []), *worker.languages),
        period=when,
        made_at=tx.now,
        totals=await reading.totals(tx, worker.id, when),
        entries=entries,
        uncredited=await reading.exception_totals(tx, worker.id, when),
        names={str(found.id): found.display_name for found in actors.values()},
        head=await chain.head(tx) or genesis(tx.organization_id),
    )


async def _entries(tx: ReadTransaction, wanted: Wanted) -> list[Entry]:
    found: list[Entry] = []
    page = Page(PAGE)
    while len(found) < MOST_ENTRIES:
        rows = await reading.entries(tx, wanted, page)
        found += rows[:PAGE]
        if len(rows) <= PAGE:
            break
        page = Page(PAGE, found[-1].id)
    return sorted(found, key=lambda entry: (entry.starts_at, entry.recorded_at))


async def pdf(made: Statement) -> bytes:
    """The statement as PDF, laid out beside the event loop."""
    return await asyncio.to_thread(pdf_of, made, Words(made.language))


def page(made: Statement) -> str:
    """The statement as a page to read or print, without script or outside resource."""
    words = Words(made.language)
    return _environment().get_template("statement.html").render(made=made, words=words, clock=clock)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, select_autoescape  # noqa: PLC0415  # only whoever prints pays for it

    folder = Path(__file__).resolve().parents[1] / "templates"
    return Environment(loader=FileSystemLoader(folder), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True)
