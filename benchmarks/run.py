"""`python -m benchmarks.run [--short | --full]`: measures everything in one run and writes var/bench.json."""

import argparse
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import uvloop
from rich.console import Console

from benchmarks import ledger, measures, replans
from benchmarks.batches import Phones
from benchmarks.database import ROOT, Server, durability, migrated, server
from benchmarks.figures import GOALS, Figure, keep, middle, show
from benchmarks.history import write_history
from benchmarks.looplag import lagging
from benchmarks.measures import FULL, SHORT, USUAL, Bench, Size
from benchmarks.planner import measures as planner
from benchmarks.plant import Plant, build
from benchmarks.processes import bare, ours

FEW, MANY = "bench_few", "bench_many"
PLANNER = ("planner-gap", "planner-exact", "planner-growth", "planner-memory", "planner-workers", "replan-solver", "replan-loss")


def main() -> None:
    """Read the arguments, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--short", action="store_true", help="fewer and smaller rounds, under 90 s")
    sizes.add_argument("--full", action="store_true", help="ten million attempts; takes long and about 15 GB")
    parser.add_argument("--only", default="", help="measure only figures that start so")
    asked = parser.parse_args()
    size = SHORT if asked.short else FULL if asked.full else USUAL
    console, started = Console(), time.monotonic()
    (ROOT / "var").mkdir(exist_ok=True)
    figures = uvloop.run(measure(size, asked.only, console)) + planned(size, asked.only, console)
    show(figures, console)
    if not asked.only:
        keep(figures, ROOT / "var" / "bench.json")
    console.print(f"{time.monotonic() - started:.0f} s; figures in var/bench.json, what the servers said in var/bench.log")


async def measure(size: Size, only: str, console: Console) -> list[Figure]:
    """All figures, in the order of the report."""
    with server() as on:
        console.print("PostgreSQL: " + ", ".join(f"{name}={value}" for name, value in sorted(durability(on).items())))
        plant = await _plants(on, size, console, grown=_wanted(only, "me-now-growth", "attempts-growth", "statement-growth"))
        bench = Bench(on, plant, Phones(plant), size)
        figures: list[Figure] = []
        with ExitStack() as running:
            own, plain = running.enter_context(ours(on, FEW)), running.enter_context(bare(on, FEW))
            if _wanted(only, "me-now", "me-now-cpu"):
                with _told(console, "reads"):
                    figures += await measures.reading(bench, own, plain)
            if _wanted(only, "attempts-batch", "attempts-replay"):
                with _told(console, "uploads"):
                    figures += await measures.uploading(bench, own, plain)
            memory = Figure("memory-mb", round(own.memory_mb(), 1), "MB resident", "one process", "after the load above")
            if _wanted(only, "me-now-growth", "attempts-growth"):
                with _told(console, "growth"), ours(on, MANY) as many:
                    figures += await measures.growing(bench, own, many)
            if _wanted(only, "statement-growth"):
                with _told(console, "statements"), ours(on, MANY) as many:
                    figures += [await ledger.statements(bench, own, many, (FEW, MANY))]
            if _wanted(only, "credits"):
                with _told(console, "credits"):
                    figures += [await ledger.crediting(bench, FEW)]
            if _wanted(only, "ledger-verify-rows-per-s"):
                with _told(console, "verification"):
                    figures += [await ledger.verifying(bench, FEW)]
            figures += [memory]
            if _wanted(only, "sign-in-p99"):
                with _told(console, "sign-ins"):
                    figures += [await measures.signing_in(bench, own)]
        for figure in await _planning(on, size, only, console):
            figures.insert(-1, figure)
        if _wanted(only, "start-s"):
            figures.insert(-1, _starts(on, size.starts))
    return figures


async def _planning(on: Server, size: Size, only: str, console: Console) -> list[Figure]:
    """A plant of 1,000 workers whose lines are planned again, and how late the event loop is meanwhile."""
    if not _wanted(only, "replan-http-p95-ms", "planner-loop-lag-p99-ms"):
        return []
    found = []
    with _told(console, "planned plant"):
        made = await replans.build(on, size.planned_lines)
    if _wanted(only, "replan-http-p95-ms"):
        with _told(console, "re-plans"):
            found.append(await replans.replanning(on, made, size.replans))
    if _wanted(only, "planner-loop-lag-p99-ms"):
        with _told(console, "loop lag"):
            found.append(await lagging(on, made, size.lag))
    return found


def planned(size: Size, only: str, console: Console) -> list[Figure]:
    """The planner's figures: no server, no event loop."""
    if not _wanted(only, *(name for name in GOALS if name.startswith(PLANNER))):
        return []
    with _told(console, "planner"):
        found = []
        for figure in planner.measured({SHORT: planner.SHORT, FULL: planner.FULL}.get(size, planner.USUAL)):
            console.print(f"    {figure.name}: {figure.value:g} {figure.unit}", highlight=False)
            found.append(figure)
        return found


def _wanted(only: str, *names: str) -> bool:
    return any(name.startswith(only) for name in names)


async def _plants(on: Server, size: Size, console: Console, *, grown: bool) -> Plant:
    """The same plant twice: with little history and with much."""
    with _told(console, "plant"):
        migrated(on, FEW)
        plant = await build(on, FEW)
        if grown:
            on.copy(FEW, MANY)
        write_history(on, FEW, size.small)
    if grown:
        with _told(console, f"{size.large:,} attempts"):
            write_history(on, MANY, size.large)
    return plant


def _starts(on: Server, rounds: int) -> Figure:
    found = []
    for _ in range(rounds):
        with ours(on, FEW) as process:
            found.append(process.start_seconds)
    return middle("start-s", found, "s", "from the command to the first answer", "/readyz, which asks the database")


@contextmanager
def _told(console: Console, what: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    console.print(f"  {what}: {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
