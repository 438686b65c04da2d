"""`python -m benchmarks.chaos [--short]`: kill, cut and race real processes, then count what was lost (it must be nothing).

Everything runs on loopback and in a temporary folder; only processes started here are ended, by their ids.
"""

import asyncio
import json
import signal
import time
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.harness.backup import backup_restore
from benchmarks.harness.commits import lost_commit
from benchmarks.harness.cuts import ambiguous_commit
from benchmarks.harness.exports import export_cells
from benchmarks.harness.hooks import webhooks
from benchmarks.harness.kills import kill9
from benchmarks.harness.races import overlap_races
from benchmarks.harness.report import Outcome, Size
from benchmarks.harness.restarts import database_restart
from benchmarks.harness.stack import Stack
from benchmarks.harness.takeover import webhook_takeover
from benchmarks.harness.tamper import tamper

SHORT = Size(
    seed=0, writers=8, kills=20, kill_seconds=45, longest_calm=0.8, races=1_600, cuts=40, restarts=3, hook_kills=5,
    drain_seconds=45,
    hurry=True, takeovers=1,
)  # fmt: skip
FULL = Size(
    seed=0, writers=16, kills=200, kill_seconds=3_000, longest_calm=2, races=100_000, cuts=500, restarts=50, hook_kills=40,
    drain_seconds=200,
    hurry=False, takeovers=5,
    acked=200_000,
    clients=(16, 32, 64),
    tampers=5_000,
    sheets=4,
)  # fmt: skip
HARNESSES: dict[str, Callable[[Stack, Size], Awaitable[Outcome]]] = {
    "kill9": kill9,
    "overlap-races": overlap_races,
    "ambiguous-commit": ambiguous_commit,
    "lost-commit": lost_commit,
    "database-restart": database_restart,
    "webhooks": webhooks,
    "tamper": tamper,
    "export-cells": export_cells,
    "webhook-takeover": webhook_takeover,
    "backup-restore": backup_restore,
}
REPORT = Path("var/chaos.json")


async def run(names: list[str], size: Size, console: Console, options: tuple[str, ...]) -> list[Outcome]:
    """Run the named harnesses one after the other on one stack."""
    outcomes = []
    with await asyncio.to_thread(Stack, options) as stack:
        tending = asyncio.create_task(_tend(stack))
        for name in names:
            began = time.monotonic()
            outcomes.append(await _finish(name, stack, size))
            console.print(f"{name}: {time.monotonic() - began:.0f} s", style="dim")
        tending.cancel()
        console.print(f"ended by themselves and started again: {dict(stack.ended)}", style="dim")
    return outcomes


async def _tend(stack: Stack) -> None:
    """The part of a supervisor of services: a worker that lost its database ends and is started again."""
    while True:
        await asyncio.sleep(1)
        await asyncio.to_thread(stack.tend)


async def _finish(name: str, stack: Stack, size: Size) -> Outcome:
    """A harness that breaks proves nothing, so it counts as a loss; the others still run."""
    try:
        return await HARNESSES[name](stack, size)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is reported
        return Outcome(name, 0, 1, f"did not finish: {type(error).__name__}", traceback.format_exception(error)[-8:])


def show(outcomes: list[Outcome], console: Console) -> None:
    """Print the table and the first faults of each harness."""
    table = Table("harness", "tried", "survived", "lost", "note", title="Chaos")
    for outcome in outcomes:
        style = "red" if outcome.lost else None
        survived = max(0, outcome.tried - outcome.lost)
        table.add_row(outcome.name, f"{outcome.tried:,}", f"{survived:,}", f"{outcome.lost:,}", outcome.note, style=style)
    console.print(table)
    for outcome in outcomes:
        for fault in outcome.faults[:10]:
            console.print(f"{outcome.name}: {fault}", style="red", markup=False)


def main(
    short: Annotated[bool, typer.Option("--short", help="A smoke run of at most 100 s.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Run only this harness (may be repeated).")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the random moments; the clock's by default.")] = None,
    unsafe_commits: Annotated[
        bool, typer.Option("--unsafe-commits", help="Prove that kill9 can fail: PostgreSQL with synchronous_commit off.")
    ] = False,
) -> None:
    """Kill, fault and race harnesses. Exit 1 when anything is lost."""
    chosen = SHORT if short else FULL
    seed = int(time.time()) if seed is None else seed
    size = Size(**{**{name: getattr(chosen, name) for name in Size.__slots__}, "seed": seed})
    console = Console(width=None if Console().is_terminal else 160)
    console.print(f"seed {seed}", style="dim")
    # Ended from outside, everything started here is ended as well.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = ("synchronous_commit=off",) if unsafe_commits else ()
    outcomes = asyncio.run(run(only or list(HARNESSES), size, console, options))
    show(outcomes, console)
    REPORT.parent.mkdir(exist_ok=True)
    lines = [{"name": o.name, "tried": o.tried, "lost": o.lost, "note": o.note, **o.figures} for o in outcomes]
    REPORT.write_text(json.dumps(lines, indent=1) + "\n")
    raise typer.Exit(any(outcome.lost for outcome in outcomes))


if __name__ == "__main__":
    typer.run(main)
