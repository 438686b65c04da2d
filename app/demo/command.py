"""`interlude demo`: start everything, build the plant once, and say whom to sign in as and what to open."""

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from rich.console import Console
from rich.table import Table

from app.core.runtime import Runtime
from app.core.settings import Settings
from app.demo import build, history, plant, processes, week
from app.demo.build import Built
from app.demo.client import Api
from app.demo.processes import VAR, Urls
from app.identity import service as identity

T = TypeVar("T")
DATABASE = "interlude_demo"
REPORT = VAR / "demo.json"
BUILT = VAR / "built.json"
TOKEN_HOURS = 12
PLAN_DAYS = 7
LEARNERS = 40
PEOPLE = {
    "supervisor": "9002",
    "payroll": "9004",
    "learning_manager": "9005",
    "author": "9006",
    "admin": "9001",
}


def run(port: int, console: Console) -> None:
    """Start or join the demo on `port` and build the plant unless it stands already. Raises DemoFailed or Refused."""
    started = time.monotonic()
    VAR.mkdir(exist_ok=True)
    with console.status("Starting PostgreSQL"):
        urls = processes.start_database(DATABASE, port, anew=not BUILT.exists())
        migrate(urls)
    with console.status("Starting API and worker"):
        processes.start_processes(urls)
    built = stored()
    if built is None:
        processes.prepare_planner(urls)
        built = raise_plant(urls, console)
    report = describe(urls, built)
    REPORT.write_text(json.dumps(report, indent=1) + "\n")
    show(console, report, time.monotonic() - started)


def migrate(urls: Urls) -> None:
    """Bring the demo's database to this version."""
    command = [sys.executable, "-m", "app.cli", "migrate"]
    subprocess.run(command, env=urls.environment(), check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own module


def stored() -> Built | None:
    """What an earlier start built, if it was finished."""
    if not BUILT.exists():
        return None
    kept: dict[str, Any] = json.loads(BUILT.read_text())
    ids = {name: UUID(kept.pop(name)) for name in ("organization_id", "admin_id", "other_organization_id", "other_admin_id")}
    return Built(**ids, **kept)  # type: ignore[arg-type]  # our own file, written by `keep`


def keep(built: Built) -> None:
    """Remember what was built, for the second start."""
    BUILT.write_text(json.dumps({name: getattr(built, name) for name in Built.__slots__}, default=str))


def with_runtime(urls: Urls, work: Callable[[Runtime], Awaitable[T]]) -> T:
    """Do something that needs the database itself: opening organizations and setting PINs."""

    async def inside() -> T:
        runtime = Runtime.build(Settings(environment="development", database_url=urls.application))
        try:
            return await work(runtime)
        finally:
            await runtime.stop()

    return asyncio.run(inside())


def raise_plant(urls: Urls, console: Console) -> Built:
    """Build the whole plant, telling each step."""
    now = datetime.now(UTC)
    today = build.today_of(now)
    built = with_runtime(urls, build.open_organizations)
    console.print("Two organizations opened, starter library loaded")
    admin = build.signed_in(urls.base, "9001")
    build.build_places(admin, built)
    counts = build.import_workers(admin, built)
    console.print(
        f"{len(built.sites)} sites, {len(built.lines)} work centers, {counts['created']} workers imported from one CSV file"
    )
    with console.status("Setting PINs"):
        with_runtime(urls, lambda runtime: build.give_pins(runtime, built))
    shifts = build.build_roster(admin, built, today)
    patterns = week.build_windows(admin, built)
    log = week.import_log(admin, "HAM", "L2", today)
    console.print(
        f"{shifts} shifts, {patterns} window patterns, {log['created']} stoppages of line 2 imported, {log['refused']} refused"
    )
    manager = build.signed_in(urls.base, "9005")
    assigned = week.assign(manager, built, now)
    pieces, seconds = past(urls, built, now)
    console.print(f"{assigned} assignments, {pieces} pieces already learned in {seconds // 60} paid minutes")
    for number, site in (("9002", "HAM"), ("9003", "COL")):
        plan_site(build.signed_in(urls.base, number), built.sites[site], site, console)
    keep(built)
    return built


def plan_site(supervisor: Api, site_id: str, site: str, console: Console) -> None:
    """Plan one site's coming week and publish it."""
    with console.status(f"Planning the week of {site}"):
        plan = week.make_plan(supervisor, site_id, PLAN_DAYS)
        changed = week.publish(supervisor, plan)
    told = f"{plan['placed']} items planned into windows, {plan['unplaced']} not placed"
    console.print(f"{site}: {told}, {changed['scheduled']} blocks published")


def past(urls: Urls, built: Built, now: datetime) -> tuple[int, int]:
    """Some people's learning and help of the last days."""
    chance = random.Random(history.SEED)
    library = history.Library.read(build.signed_in(urls.base, "9005"), build.LIBRARY)
    people = [p for p in plant.line_workers() if p.number in built.workers]
    pieces = seconds = 0
    for person in chance.sample(people, LEARNERS):
        with build.signed_in(urls.base, person.number) as api:
            done, paid = history.learn_as(api, library, now, chance, person.languages[0])
        pieces, seconds = pieces + done, seconds + paid
    for first, second in (("1001", "1002"), ("1025", "1026"), ("1069", "1070")):
        with build.signed_in(urls.base, first) as helper, build.signed_in(urls.base, second) as helped:
            shifts = history.past_shifts(helper, now, 3)
            if shifts:
                history.assist(helper, helped, built.workers[second], shifts[-1], "changeover")
    return pieces, seconds


def describe(urls: Urls, built: Built) -> dict[str, Any]:
    """Who can sign in and with what, and fresh tokens for each; also written to `var/demo.json`."""
    worker, colleague = on_shift(urls, built)
    numbers = {"worker": worker, "colleague": colleague, **PEOPLE}
    people = {role: UUID(built.workers[number]) for role, number in numbers.items()}
    tokens = with_runtime(urls, lambda runtime: issue(runtime, built, people))
    roles = {
        role: {
            "token": tokens[role],
            "sign_in": {"organization": plant.SLUG, "login": number, "secret": plant.pin(number)},
            "worker_id": str(people[role]),
        }
        for role, number in numbers.items()
    }
    roles["integration"] = {"token": built.key, "sign_in": {"key": built.key}}
    roles["other_organization_admin"] = {
        "token": tokens["other_organization_admin"],
        "sign_in": {"organization": plant.OTHER_SLUG, "login": "9001", "secret": plant.pin("9001")},
        "worker_id": str(built.other_admin_id),
    }
    places = {"organization_id": str(built.organization_id), "sites": built.sites, "work_centers": built.lines}
    return {"base_url": urls.base, "openapi": f"{urls.base}/openapi.json", "docs": f"{urls.base}/docs", "roles": roles, **places}


async def issue(runtime: Runtime, built: Built, people: dict[str, UUID]) -> dict[str, str]:
    """Access tokens that last half a day, so that a newcomer need not renew one while reading."""
    tokens = {}
    wanted = [(role, built.organization_id, worker_id) for role, worker_id in people.items()]
    wanted.append(("other_organization_admin", built.other_organization_id, built.other_admin_id))
    for role, organization_id, worker_id in wanted:
        async with runtime.database.write(organization_id) as tx:
            session = await identity.issue_session(tx, worker_id, "demo", runtime=runtime)
            tokens[role] = runtime.tokens.issue(
                organization_id, worker_id, session.session_id, issued_at=tx.now, seconds=TOKEN_HOURS * 3600
            )
    return tokens


def on_shift(urls: Urls, built: Built) -> tuple[str, str]:
    """Two people of one line who work now, with the most time left; else whoever works next."""
    now = datetime.now(UTC)
    with build.signed_in(urls.base, "9001") as api:
        window = {"from": now.isoformat(), "to": (now + timedelta(minutes=1)).isoformat()}
        found = api.items("/v1/shifts", work_center_id=built.lines["L1"], **window)
    number_of = {worker_id: number for number, worker_id in built.workers.items()}
    return chosen_pair([{**shift, "number": number_of[shift["worker_id"]]} for shift in found], now) or ("1001", "1002")


def chosen_pair(shifts: list[dict[str, Any]], now: datetime) -> tuple[str, str] | None:
    """The numbers of the two who work now and go home last, of one crew; at a handover those who come, not those who go."""
    working = [s for s in shifts if s["status"] == "planned" and datetime.fromisoformat(s["starts_at"]) <= now]
    working.sort(key=lambda s: (-datetime.fromisoformat(s["ends_at"]).timestamp(), s["number"]))
    return (working[0]["number"], working[1]["number"]) if len(working) > 1 else None


def show(console: Console, report: dict[str, Any], seconds: float) -> None:
    """Print whom to sign in as and what to open."""
    table = Table(title=f"Interlude demo: organization {plant.SLUG}", title_justify="left")
    for column in ("who", "login", "PIN"):
        table.add_column(column)
    for role, entry in report["roles"].items():
        given = entry["sign_in"]
        if "key" in given:
            table.add_row(role, "key in var/demo.json", "")
        else:
            note = "" if given["organization"] == plant.SLUG else f" (organization {given['organization']})"
            table.add_row(role + note, given["login"], given["secret"])
    console.print(table)
    console.print(f"Open       {report['base_url']}/")
    console.print(f"API docs   {report['docs']}")
    console.print(f"OpenAPI    {report['openapi']}")
    console.print(f"Tokens     {REPORT} (valid {TOKEN_HOURS} hours)")
    console.print(f"Next       make tour     Stop with make stop     Ready after {seconds:.1f} s")


def stop(console: Console) -> None:
    """End the demo's processes; its data stays for the next start."""
    stopped = processes.stop_processes()
    processes.stop_database()
    console.print(f"Stopped: {', '.join([*stopped, 'PostgreSQL'])}. The data stays in {VAR}/.")


def chosen_port(given: int | None) -> int:
    """The port asked for by option or by PORT."""
    return given or int(os.environ.get("PORT", "8000"))
