"""`planner-loop-lag-p99-ms`: how late the API's event loop is while a plant is planned and its lines are planned again.

The API and the background process run as they are deployed. A plan of the whole plant is asked for over HTTP and asked after
while it is solved, and once a second something changes at a line. The loop is watched from inside (`heartbeat.py`).
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import orjson

from benchmarks.database import ROOT, Server
from benchmarks.figures import Figure
from benchmarks.heartbeat import FIELDS
from benchmarks.load import Connection, connect, quantile, request
from benchmarks.processes import POOL, served
from benchmarks.replans import DATABASE, DAYS, Made, blackout, cancellation, targets

QUIET_SECONDS = 3.0
CHANGE_EVERY, LOOK_EVERY = 1.0, 0.25
# The first changes start the processes beside, and are not watched.
WARM = 3


@dataclass(frozen=True, slots=True)
class Beats:
    """What the heartbeat wrote down."""

    values: "array[float]"

    def between(self, start: float, end: float) -> tuple[list[float], list[float]]:
        """Milliseconds of lag, and of work, between two instants of the machine's monotonic clock."""
        found = [self.values[at : at + FIELDS] for at in range(0, len(self.values), FIELDS)]
        here = [one for one in found if start <= one[0] < end]
        return [1_000 * one[1] for one in here], [1_000 * one[2] for one in here]


def beats(path: Path) -> Beats:
    """The heartbeats of a file."""
    found = array("d")
    found.frombytes(path.read_bytes())
    return Beats(found)


@contextmanager
def working(on: Server, database: str) -> Iterator[None]:
    """The background process as `interlude worker` starts it."""
    given = {
        **os.environ,
        "DATABASE_URL": on.application(database),
        "INTERLUDE_ENVIRONMENT": "development",
        "INTERLUDE_POOL_SIZE": POOL,
    }
    with (ROOT / "var" / "bench.log").open("ab") as log:
        command = [sys.executable, "-m", "app.cli", "worker"]
        started = subprocess.Popen(command, cwd=ROOT, env=given, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        started.terminate()
        try:
            started.wait(30)
        except subprocess.TimeoutExpired:
            started.kill()


async def lagging(on: Server, made: Made, seconds: float) -> Figure:
    """Plan the plant again and again for so many seconds while lines change; raises ValueError for a refusal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "beats"
        command = [sys.executable, "-m", "benchmarks.heartbeat", str(path)]
        with served(on, DATABASE, command) as process, working(on, DATABASE):
            second = await connect(process.port)
            try:
                taken = set[UUID]()
                for number in range(WARM):
                    # A process that is still starting keeps the line's change waiting, at times too long.
                    with suppress(ValueError):
                        await _change(on, second, made, taken, number)
                    await asyncio.sleep(1)
                await asyncio.sleep(QUIET_SECONDS)
                quiet = time.monotonic()
                await asyncio.sleep(QUIET_SECONDS)
                first = await connect(process.port)
                start = time.monotonic()
                refused = list[str]()
                changing = asyncio.create_task(_changes(on, second, made, taken, refused))
                plans = await _plans(first, made, start + seconds)
                end = time.monotonic()
                changing.cancel()
                changes = await asyncio.gather(changing, return_exceptions=True)
                first.close()
            finally:
                second.close()
            await asyncio.sleep(1)
        return _figure(beats(path), (quiet, start, end), (plans, len(refused)), changes[0])


def _figure(found: Beats, times: tuple[float, float, float], counts: tuple[int, int], changes: object) -> Figure:
    if isinstance(changes, Exception):
        raise changes
    (quiet, start, end), (plans, refused) = times, counts
    (lags, work), (before, _) = found.between(start, end), found.between(quiet, start)
    note = f"{len(lags):,} beats in {end - start:.0f} s, {plans} plans of the plant asked for, "
    note += f"a line changed every second ({refused} refused); "
    note += f"p50 {quantile(lags, 0.5):.1f}, max {max(lags):.1f} ms; over 5 ms {sum(one > 5 for one in lags) / len(lags):.2%}; "
    note += f"the loop's own work between two beats p99 {quantile(work, 0.99):.1f}, max {max(work):.1f} ms"
    beside = f"{quantile(before, 0.99):.1f} ms with nothing to do"
    return Figure("planner-loop-lag-p99-ms", round(quantile(lags, 0.99), 1), "ms", beside, note)


async def _plans(connection: Connection, made: Made, until: float) -> int:
    """Ask for plans of the whole plant, one after the other, and read each; the last is given up. Answers how many."""
    asked = 0
    while time.monotonic() < until:
        asked += 1
        plan = await _plan(connection, made, until)
        if plan["status"] == "solving":
            await _asked(connection, request("POST", f"/v1/plans/{plan['id']}/cancellation", token=made.token), 200)
        elif plan["status"] != "proposed":
            raise ValueError(f"the plan ended as {plan['status']}")
    return asked


async def _plan(connection: Connection, made: Made, until: float) -> dict[str, str]:
    """A plan that was asked for and looked after as a board does: its progress each quarter of a second, then all of it."""
    body = {"site_id": made.site_id, "days": DAYS, "effort": "standard"}
    plan = await _asked(connection, request("POST", "/v1/plans", orjson.dumps(body), made.token), 202)
    looked = request("GET", f"/v1/plans/{plan['id']}/progress", token=made.token, accept="application/json")
    for _ in range(1 + int(max(0.0, until - time.monotonic()) / LOOK_EVERY)):
        if (await _asked(connection, looked, 200))["status"] != "solving":
            break
        await asyncio.sleep(LOOK_EVERY)
    return await _asked(connection, request("GET", f"/v1/plans/{plan['id']}", token=made.token), 200)


async def _asked(connection: Connection, asked: bytes, expected: int) -> dict[str, str]:
    status, answer = await connection.ask(asked)
    if status != expected:
        raise ValueError(f"{asked.split(b' HTTP')[0].decode()} answered {status}: {answer[:300].decode()}")
    found: dict[str, str] = orjson.loads(answer or b"{}")
    return found


async def _changes(on: Server, connection: Connection, made: Made, taken: set[UUID], refused: list[str]) -> None:
    """Change a line every second, until cancelled."""
    number = WARM
    while True:
        took = CHANGE_EVERY
        try:
            took = await _change(on, connection, made, taken, number)
        except ValueError as error:
            # On a machine with too much to do a change may be refused as too slow: it kept the loop busy all the same.
            refused.append(str(error))
        number += 1
        await asyncio.sleep(max(0.0, CHANGE_EVERY - took))


async def _change(on: Server, connection: Connection, made: Made, taken: set[UUID], number: int) -> float:
    found = await asyncio.to_thread(targets, on, made.now, taken)
    if not found:
        raise RuntimeError("the plan leaves no window to change")
    target = found[number * 7 % len(found)]
    taken.add(target.window_id)
    return await (blackout if number % 2 else cancellation)(on, connection, made.token, target)
