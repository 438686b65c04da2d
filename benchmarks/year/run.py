"""`python -m benchmarks.year.run [--workers 500] [--weeks 52]`: a plant-year through the ledger, every period closed, exported
and reconciled, every total recomputed by plain Python; writes var/plant_year.json. Exit 1 on any difference.
"""

import argparse
import asyncio
import csv
import hashlib
import io
import json
import random
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import text
from sqlmodel import insert

from app import local
from app.core.clock import ManualClock
from app.core.ids import new_id
from app.core.pages import START, Page
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.paytime import jobs
from app.paytime import service as paytime
from app.paytime.domain import Claim, PayKind
from app.paytime.domain.exports import ExportFormat
from app.paytime.domain.periods import Frequency, Rounding, Rules
from app.paytime.service import Correction, chain, period_files, periods
from app.people.models import WorkerRow
from app.registry import load_tables
from app.roster import service as roster
from app.roster.domain import Absence, AbsenceKind, Break, BreakKind
from app.roster.models import ShiftRow
from benchmarks.harness.postgres import Owner
from benchmarks.year import calculator
from benchmarks.year.facts import PLACES, Facts, Learned, Worked, build
from tests.builders import Plant, build_plant
from tests.servers import migrate

AT_ONCE, NAME, EVERY = 6, "year", Page(1000)
FREQUENCY = {1: Frequency.WEEKLY, 2: Frequency.BIWEEKLY}
CHANGED = text(
    "select id from event where organization_id = :organization_id and type = 'roster.changed' and id > :after order by id"
)
PLACED = text("update pay_policy set outside = :outside, night_from = '22:00', night_until = '06:00', weekend = true "
              "where organization_id = :organization_id and site_id = :site_id")  # fmt: skip
ALONE = text(
    "select e.id, e.worker_id, e.starts_at, e.ends_at from pay_entry e where e.organization_id = :organization_id "
    "and e.source_id = any(cast(:sources as uuid[])) and e.entry_type = 'credit' and not exists (select from pay_entry r "
    "where r.organization_id = e.organization_id and r.reverses_id = e.id) order by e.id"
)
NET = text(
    "select worker_id, sum(seconds) as seconds, sum(night_seconds) as night, sum(weekend_seconds) as weekend from pay_entry "
    "where organization_id = :organization_id group by worker_id"
)
# All that is linked up to a position and lies before the end of a day: what the files up to a period must sum to.
UNTIL = text(
    "select coalesce(sum(sign(e.seconds) * greatest(0, extract(epoch from least(e.ends_at, cast(:until as timestamptz)) "
    "- e.starts_at))), 0)::bigint from pay_entry e join ledger_link l on l.organization_id = e.organization_id "
    "and l.entry_id = e.id where e.organization_id = :organization_id and e.site_id = :site_id and l.position <= :position"
)
BUCKETS = text(
    "select (select coalesce(sum(seconds), 0) from pay_claim where organization_id = :organization_id) "
    "- (select coalesce(sum(seconds), 0) from pay_entry where organization_id = :organization_id) "
    "- (select coalesce(sum(x.seconds), 0) from pay_exception x where x.organization_id = :organization_id and not x.paid "
    "and not exists (select from pay_outcome o where o.organization_id = x.organization_id and o.exception_id = x.id))"
)
OVERLAPS = text(
    "select count(*) from (select starts_at, lag(ends_at) over (partition by worker_id order by starts_at) as before "
    "from pay_interval where organization_id = :organization_id) i where starts_at < before"
)


@dataclass
class Year:
    """One run: the plant, its facts, and what was found."""

    runtime: Runtime
    clock: ManualClock
    plant: Plant
    facts: Facts
    chance: random.Random
    ids: list[UUID] = field(default_factory=list)
    seen: UUID = START
    days: Counter[tuple[str, str]] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    closing: list[float] = field(default_factory=list)
    timed: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def site(self, code: str) -> UUID:
        return self.plant.site_id if code == "BER" else self.plant.other_site_id

    def write(self) -> Any:
        return self.runtime.database.write(self.plant.organization_id)


async def simulate(workers: int, weeks: int, seed: int, first: date, repeats: int = 1000) -> dict[str, Any]:
    """The whole year; answers the figures, with `difference_seconds` and `faults`, which must be nothing."""
    load_tables()
    with tempfile.TemporaryDirectory(prefix="interlude-year-") as folder:
        server = await asyncio.to_thread(_server, Path(folder))
        try:
            owner = local.owner_url(server, NAME)
            await asyncio.to_thread(migrate, owner)
            clock = ManualClock(datetime.combine(first, wall(6), UTC) - timedelta(days=1))
            settings = Settings(environment="test", database_url=local.application_url(server, NAME), pool_size=AT_ONCE + 2,
                                statement_timeout_ms=120_000)  # fmt: skip
            runtime = Runtime.build(settings, clock)
            try:
                return await _run(runtime, clock, Owner(owner), build(seed, workers, first, weeks), seed, repeats)
            finally:
                await runtime.stop()
        finally:
            await asyncio.to_thread(local.stop, Path(folder) / "postgres")
            await asyncio.sleep(2)


def _server(folder: Path) -> Any:
    """A new server; its system user must get into the folder."""
    folder.chmod(0o755)
    server: Any = local.start(folder / "postgres", keep=True)
    local.create_database(server, NAME)
    return server


async def _run(runtime: Runtime, clock: ManualClock, owner: Owner, facts: Facts, seed: int, repeats: int) -> dict[str, Any]:
    async with httpx.AsyncClient() as nobody:
        year = Year(runtime, clock, await build_plant(runtime, nobody), facts, random.Random(seed + 1))
    began = time.monotonic()
    await _employ(year)
    year.timed["load"] = time.monotonic() - began
    await asyncio.to_thread(owner.run, "analyze")
    for week in range(facts.weeks + 1):
        print(f"week {week}: {year.counts['claims']} claims, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        await _live(year, week)
        if week == facts.weeks:
            # What came in the last week is in a file once the periods after it are over.
            clock.at += timedelta(days=14)
        for place in PLACES:
            if (week + 1) % place.weeks == 0 or week == facts.weeks:
                await _close(year, place.code, place.zone)
        if week in (2, 8, 26):
            await asyncio.to_thread(owner.run, "analyze")
    await _compare(year)
    await _again(year, repeats)
    size = owner.rows(
        "select pg_database_size(current_database()), (select count(*) from pay_entry), (select count(*) from shift)"
    )
    return _figures(year, size[0])


async def _employ(year: Year) -> None:
    """The people and their roster for the whole year, written at once as an import would."""
    own = {"organization_id": year.plant.organization_id, "created_at": year.clock.at}
    year.ids = [new_id() for _ in year.facts.people]
    async with year.write() as tx:
        for place in PLACES:
            outside = "block" if place.strict else "record_as_paid"
            await tx.run(PLACED, site_id=year.site(place.code), outside=outside)
        for number, (worker_id, place) in enumerate(zip(year.ids, year.facts.people, strict=True)):
            await tx.run(insert(WorkerRow).values(
                **own, id=worker_id, site_id=year.site(place.code), number=f"Y{number:05d}", display_name=f"Worker {number}",
                languages=["en"]))  # fmt: skip
        for start in range(0, len(year.facts.shifts), 2000):
            await tx.run_many(insert(ShiftRow), [{**own, **_row(year, s)} for s in year.facts.shifts[start : start + 2000]])
        for place in PLACES:
            rules = Rules(wall(0), Rounding.NONE, 60)
            wanted = periods.Calendar(FREQUENCY[place.weeks], year.facts.first, rules, "ILD")
            await periods.put_calendar(tx, year.site(place.code), wanted, None)


def _row(year: Year, shift: Worked) -> dict[str, Any]:
    here = year.facts.people[shift.worker].code
    breaks = [(shift.meal, "meal", False), *((rest, "rest", True) for rest in shift.rests)]
    stored = [{"starts_at": s.isoformat(), "ends_at": e.isoformat(), "kind": k, "paid": p} for (s, e), k, p in breaks]
    return {
        "id": shift.id, "worker_id": year.ids[shift.worker], "site_id": year.site(here),
        "work_center_id": year.plant.line_id if here == "BER" else year.plant.other_line_id, "business_date": shift.day,
        "starts_at": shift.start, "ends_at": shift.end, "breaks": stored, "status": "planned", "version": 1,
    }  # fmt: skip


async def _live(year: Year, week: int) -> None:
    """What reaches the server in one week: results, changes of the roster, corrections."""
    year.clock.at = datetime.combine(year.facts.first + timedelta(days=7 * week + 8), wall(9), UTC)
    began = time.monotonic()
    mine: dict[int, list[Learned]] = defaultdict(list)
    for one in year.facts.learned:
        if one.arrives == week:
            mine[one.worker].append(one)
    await _together([_credit(year, worker, found) for worker, found in mine.items()])
    year.counts["claims"] += sum(map(len, mine.values()))
    year.timed["credit"] += time.monotonic() - began
    began = time.monotonic()
    await _roster(year, week)
    year.timed["roster"] += time.monotonic() - began
    await _correct(year, [one for found in mine.values() for one in found])
    async with year.write() as tx:
        await periods.open_ahead(tx)
    year.counts["weeks"] += 1


async def _together(work: Iterable[Any]) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(task: Any) -> None:
        async with gate:
            await task

    await asyncio.gather(*(one(task) for task in work))


async def _credit(year: Year, worker: int, found: list[Learned]) -> None:
    claims = [Claim(year.ids[worker], one.start, one.end, PayKind(one.kind), one.id) for one in found]
    async with year.write() as tx:
        await paytime.credit(tx, claims)


async def _roster(year: Year, week: int) -> None:
    """Swaps, early ends and sicknesses told in this week; then the job that listens to them."""
    facts = year.facts
    for at, one, other in facts.swaps:
        if at == week:
            await _swap(year, one, other)
    for at, shift, end in facts.moved:
        if at == week and not shift.cancelled:
            async with year.write() as tx:
                await roster.change_shift(tx, shift.id, roster.ShiftEdit(ends_at=end), 1)
            shift.end = end
            year.counts["moved"] += 1
    for at, worker, start, end in facts.sick:
        if at == week:
            async with year.write() as tx:
                await roster.add_absence(tx, new_id(), Absence(year.ids[worker], start, end, AbsenceKind.SICK))
            facts.absent.setdefault(worker, []).append((start, end))
            year.counts["sick"] += 1
    async with year.write() as tx:
        events = [row.id for row in await tx.rows(CHANGED, after=year.seen)]
    for start in range(0, len(events), 20):
        await jobs.reclassify(year.runtime, str(year.plant.organization_id), [str(e) for e in events[start : start + 20]])
    year.seen = events[-1] if events else year.seen


async def _swap(year: Year, one: Worked, other: Worked) -> None:
    """Each works the other's shift."""
    async with year.write() as tx:
        for shift in (one, other):
            await roster.change_shift(tx, shift.id, roster.ShiftEdit(status="cancelled"), 1)
            shift.cancelled = True
        for worker, shift in ((other.worker, one), (one.worker, other)):
            made = Worked(new_id(), worker, shift.day, shift.start, shift.end)
            row = _row(year, made)
            asked = roster.ShiftAsked(
                made.id, row["worker_id"], row["work_center_id"], business_date=made.day, starts_at=made.start,
                ends_at=made.end, breaks=tuple(_breaks(made)),
            )  # fmt: skip
            await roster.add_shifts(tx, [asked])
            year.facts.shifts.append(made)
    year.counts["swaps"] += 1


def _breaks(shift: Worked) -> Iterable[Break]:
    yield Break(*shift.meal, BreakKind.MEAL, False)
    for rest in shift.rests:
        yield Break(*rest, BreakKind.REST, True)


async def _correct(year: Year, came: list[Learned]) -> None:
    """Half a percent of what came is taken back by somebody, a half of it only in part; some of it is given back again."""
    chosen = year.chance.sample(came, len(came) // 200)
    by_id = {worker_id: number for number, worker_id in enumerate(year.ids)}
    async with year.write() as tx:
        lines = await tx.rows(ALONE, sources=[one.id for one in chosen])
    for line in lines:
        worker = by_id[line.worker_id]
        # Time that comes free goes to whatever else was learned in it; the calculator leaves such lines to other tests.
        met = [o for o in year.facts.learned if o.worker == worker and o.start < line.ends_at and o.end > line.starts_at]
        if len(met) > 1:
            continue
        start, end = line.starts_at, line.ends_at
        if year.chance.random() < 0.5 and end - start > timedelta(seconds=30):
            start += timedelta(seconds=10)
        async with year.write() as tx:
            back = await paytime.reverse(tx, line.id, Correction("Checked by hand", starts_at=start, ends_at=end))
            if year.chance.random() < 0.3:
                await paytime.reverse(tx, back.id, "Checked again")
                year.facts.restored.append((worker, start, end))
            else:
                year.facts.reversed.append((worker, start, end))
        year.counts["corrections"] += 1


async def _close(year: Year, code: str, zone: str) -> None:
    """Approve, close and export every period that is over, and reconcile its file with SQL."""
    site_id = year.site(code)
    async with year.write() as tx:
        await chain.seal_all(tx)
        page = await periods.periods(tx, EVERY, site_id, None)
    for one in sorted(page, key=lambda p: p.first):
        if one.last >= year.clock.at.date() or one.status in periods.FIXED:
            continue
        began = time.monotonic()
        async with year.write() as tx:
            held = await periods.seen(tx, one.id)
            await periods.approve(tx, one.id, held.content.hash)
            closed = await periods.close(tx, one.id)
        year.closing.append(time.monotonic() - began)
        async with year.write() as tx:
            await period_files.export(tx, one.id, ExportFormat.CSV)
            file = await period_files.file(tx, one.id, ExportFormat.CSV)
            until = datetime.combine(one.last + timedelta(days=1), wall(0), ZoneInfo(zone))
            expected = await tx.scalar(UNTIL, site_id=site_id, position=closed.position, until=until)
        rows = list(csv.DictReader(io.StringIO(bytes(file.content).decode())))[:-1]
        for row in rows:
            year.days[row["employee_number"], row["workday"]] += int(row["seconds"])
            year.counts["adjustments"] += row["adjustment"] == "yes"
        year.sums[code] += sum(int(row["seconds"]) for row in rows)
        if year.sums[code] != expected:
            year.faults.append(f"{code} {one.first}: files sum to {year.sums[code]}, SQL says {expected}")
        year.counts["periods"] += 1
        year.counts["lines"] += len(rows)


async def _compare(year: Year) -> None:
    """The ledger and the files against the calculator."""
    days, sums = calculator.totals(year.facts)
    async with year.write() as tx:
        net = {row.worker_id: (row.seconds, row.night, row.weekend) for row in await tx.rows(NET)}
        # What people took back for good is neither credited nor waiting.
        taken = sum(int((end - start).total_seconds()) for _, start, end in year.facts.reversed)
        year.counts["unaccounted"] = int(await tx.scalar(BUCKETS)) - taken
        year.counts["overlaps"] = int(await tx.scalar(OVERLAPS))
    for number, worker_id in enumerate(year.ids):
        told, real = tuple(int(v) for v in net.get(worker_id, (0, 0, 0))), sums[number]
        if told != real:
            year.faults.append(f"worker {number}: ledger {told}, calculator {real}")
            year.counts["difference_seconds"] += abs(told[0] - real[0])
    asked = {(f"Y{number:05d}", day.isoformat()): seconds for (number, day), seconds in days.items()}
    filed = {key: seconds for key, seconds in year.days.items() if seconds}
    for key in sorted(set(asked) | set(filed)):
        if asked.get(key, 0) != filed.get(key, 0):
            year.faults.append(f"{key}: files {filed.get(key, 0)}, calculator {asked.get(key, 0)}")
            year.counts["difference_seconds"] += abs(asked.get(key, 0) - filed.get(key, 0))
    year.counts["seconds"] = sum(real[0] for real in sums.values())
    for kind in ("unaccounted", "overlaps"):
        year.faults += [f"{kind}: {year.counts[kind]}"] if year.counts[kind] else []


async def _again(year: Year, repeats: int) -> None:
    """Verify the chain, and make the file of an early period again so many times from the ledger itself."""
    began, cursor, links = time.monotonic(), "", 0
    while cursor is not None:
        async with year.runtime.database.read(year.plant.organization_id) as tx:
            step = await chain.verify(tx, cursor or None)
        links, cursor = links + step.rows, step.next
        year.faults += [str(finding) for finding in step.findings]
    year.timed["verify"], year.counts["links"] = time.monotonic() - began, links
    began, digests = time.monotonic(), set()
    async with year.write() as tx:
        (first, *_) = sorted(await periods.periods(tx, EVERY, year.plant.site_id, None), key=lambda p: p.first)
        digests.add(bytes((await period_files.file(tx, first.id, ExportFormat.CSV)).sha256))
        for _ in range(repeats):
            sheet = await period_files.sheet_of(tx, await periods.seen(tx, first.id))
            digests.add(hashlib.sha256(period_files.WRITERS[ExportFormat.CSV](sheet)).digest())
    year.timed["exports_again"], year.counts["export_digests"] = time.monotonic() - began, len(digests)
    year.faults += [f"{len(digests)} digests of one file"] if len(digests) != 1 else []


def _figures(year: Year, size: Any) -> dict[str, Any]:
    return {
        "workers": len(year.ids), "weeks": year.facts.weeks, "shifts": size[2], "entries": size[1],
        **{name: year.counts[name] for name in (
            "claims", "swaps", "moved", "sick", "corrections", "periods", "lines", "adjustments", "seconds", "links",
            "export_digests", "difference_seconds")},
        "database_mb": round(size[0] / 1e6), "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "seconds_of": {name: round(spent, 1) for name, spent in year.timed.items()},
        "slowest_close_s": round(max(year.closing), 2), "faults": year.faults[:50], "fault_count": len(year.faults),
    }  # fmt: skip


def main() -> None:
    """Read the arguments, simulate, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=500)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=1000, help="how often one file is made again")
    asked = parser.parse_args()
    found = asyncio.run(simulate(asked.workers, asked.weeks, asked.seed, date(2026, 1, 5), asked.repeats))
    Path("var").mkdir(exist_ok=True)
    Path("var/plant_year.json").write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))
    raise SystemExit(bool(found["fault_count"]))


if __name__ == "__main__":
    main()
