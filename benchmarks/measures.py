"""The measurements: rounds in which ours and the bare program take turns, so that a busy machine disturbs both alike."""

import asyncio
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

import orjson

from benchmarks.batches import Phones
from benchmarks.database import Server
from benchmarks.figures import Figure, middle
from benchmarks.load import CONNECTIONS, Run, hammer, quantile, request, steady
from benchmarks.plant import SLUG, Plant, pin
from benchmarks.processes import Process, ask_once

RATE = 60.0


@dataclass(frozen=True, slots=True)
class Size:
    """How long and how often is measured, and how many attempts lie in the past."""

    rounds: int
    seconds: float
    batches: int
    small: int
    large: int
    growth_batches: int
    quiet: float
    starts: int
    replans: int
    planned_lines: int
    lag: float


SHORT = Size(
    rounds=3,
    seconds=0.8,
    batches=32,
    small=5_000,
    large=50_000,
    growth_batches=6,
    quiet=2.0,
    starts=2,
    replans=16,
    planned_lines=8,
    lag=6.0,
)
USUAL = Size(
    rounds=7,
    seconds=3.0,
    batches=160,
    small=10_000,
    large=1_000_000,
    growth_batches=24,
    quiet=12.0,
    starts=5,
    replans=100,
    planned_lines=59,
    lag=30.0,
)
FULL = Size(
    rounds=7,
    seconds=4.0,
    batches=160,
    small=10_000,
    large=10_000_000,
    growth_batches=24,
    quiet=20.0,
    starts=5,
    replans=200,
    planned_lines=59,
    lag=30.0,
)


@dataclass(frozen=True, slots=True)
class Bench:
    """What every measurement needs."""

    server: Server
    plant: Plant
    phones: Phones
    size: Size

    def reads(self) -> Iterator[bytes]:
        """Requests of everybody in turn to ours."""
        return cycle([request("GET", "/v1/me/now", token=person.token) for person in self.plant.people])

    def bare_reads(self) -> Iterator[bytes]:
        """The same to the bare program, which believes whoever asks."""
        return cycle([request("GET", f"/me/now?worker={person.worker_id}") for person in self.plant.people])

    def uploads(self, number: int) -> list[bytes]:
        """Batches nobody sent before, to ours."""
        return [request("POST", "/v1/attempt-batches", body, who.token) for who, body in self.phones.many(number)]

    def bare_uploads(self, number: int) -> list[bytes]:
        """The same to the bare program."""
        return [request("POST", f"/attempt-batches?worker={who.worker_id}", body) for who, body in self.phones.many(number)]


@dataclass(frozen=True, slots=True)
class Cost:
    """A round and the CPU it took, in seconds, of the program and of PostgreSQL."""

    run: Run
    program: float
    database: float

    @property
    def program_each(self) -> float:
        """CPU seconds of the program for one answer."""
        return self.program / len(self.run.latencies)

    @property
    def database_each(self) -> float:
        """CPU seconds of PostgreSQL for one answer."""
        return self.database / len(self.run.latencies)


async def measured(bench: Bench, process: Process, requests: Iterator[bytes], until: float | None = None) -> Cost:
    """One round over all connections."""
    program, database = process.cpu_seconds(), bench.server.cpu_seconds()
    run = await hammer(process.port, requests, until=until)
    return Cost(run, process.cpu_seconds() - program, bench.server.cpu_seconds() - database)


async def reading(bench: Bench, ours: Process, bare: Process) -> list[Figure]:
    """`me-now` and `me-now-cpu`."""
    await _same_answer(bench, ours, bare)
    rates, costs, database = [], [], []
    for _ in range(bench.size.rounds):
        plain = await measured(bench, bare, bench.bare_reads(), bench.size.seconds)
        own = await measured(bench, ours, bench.reads(), bench.size.seconds)
        rates.append(own.run.rate / plain.run.rate)
        costs.append(own.program_each / plain.program_each)
        database.append(own.database_each / plain.database_each)
    note = f"{CONNECTIONS} connections, {bench.size.seconds:g} s a round, sign-in and row-level security on"
    shared = f"PostgreSQL's CPU {statistics.median(database):.2f} x"
    return [
        middle("me-now", rates, "x requests/s", "ASGI + asyncpg, 3 queries, neither", note),
        middle("me-now-cpu", costs, "x CPU of the process", "the same program", f"for one answer; {shared}"),
    ]


async def _same_answer(bench: Bench, ours: Process, bare: Process) -> None:
    """Both must offer the same things, or their speeds could not be compared. Raises ValueError."""
    own = orjson.loads(await ask_once(ours.port, next(bench.reads())))
    plain = orjson.loads(await ask_once(bare.port, next(bench.bare_reads())))
    for name, seen in (("ours", own), ("bare", plain)):
        if not seen["items"] or seen["window"] is None:
            raise ValueError(f"{name} offers nothing: the plant is not built as it should be")
    if {one["key"] for one in own["items"]} != {one["key"] for one in plain["items"]}:
        raise ValueError("the two programs offer different things")
    if (own["window"]["id"], own["window"]["places_taken"]) != (plain["window"]["id"], plain["window"]["taken"]):
        raise ValueError("the two programs see different windows")


async def uploading(bench: Bench, ours: Process, bare: Process) -> list[Figure]:
    """`attempts-batch` and `attempts-replay`."""
    await _all_created(bench, ours)
    rates, again, costs, shares = [], [], [], []
    for _ in range(bench.size.rounds):
        plain = await measured(bench, bare, iter(bench.bare_uploads(bench.size.batches)))
        sent = bench.uploads(bench.size.batches)
        own = await measured(bench, ours, iter(sent))
        replay = await measured(bench, ours, iter(sent))
        rates.append(own.run.rate / plain.run.rate)
        again.append(own.run.rate / replay.run.rate)
        costs.append(own.program_each / plain.program_each)
        shares.append((own.database_each / plain.database_each, own.database / own.program))
    database, share = (statistics.median(column) for column in zip(*shares, strict=True))
    note = f"{bench.phones.items} results each, {bench.size.batches} batches a round, graded and paid; CPU of the process "
    note += f"{statistics.median(costs):.2f} x, of PostgreSQL {database:.2f} x ({share:.1f} of ours)"
    return [
        middle("attempts-batch", rates, "x requests/s", "ASGI + asyncpg + pydantic, same rows", note),
        middle("attempts-replay", again, "x time of the first upload", "the same batches before", "nothing written again"),
    ]


async def _all_created(bench: Bench, ours: Process) -> None:
    """A batch must be taken and paid in full, or its speed would say nothing. Raises ValueError."""
    answer = orjson.loads(await ask_once(ours.port, bench.uploads(1)[0]))
    for one in answer["items"]:
        if one["verdict"] != "created" or one["paid_seconds"] != 180:
            raise ValueError(f"the batch was not taken as it should be: {one}")


async def growing(bench: Bench, few: Process, many: Process) -> list[Figure]:
    """`me-now-growth` and `attempts-growth`: the same requests beside little history and beside much."""
    reads, writes = [], []
    for _ in range(bench.size.rounds):
        slow = await hammer(many.port, bench.reads(), until=bench.size.seconds, connections=2)
        quick = await hammer(few.port, bench.reads(), until=bench.size.seconds, connections=2)
        reads.append(slow.quantile(0.5) / quick.quantile(0.5))
        quick = await hammer(few.port, bench.uploads(bench.size.growth_batches), connections=1)
        slow = await hammer(many.port, bench.uploads(bench.size.growth_batches), connections=1)
        writes.append(slow.quantile(0.5) / quick.quantile(0.5))
    note = f"{bench.size.large:,} attempts beside {bench.size.small:,}"
    return [
        middle("me-now-growth", reads, "x p50", f"{bench.size.small:,} attempts", note),
        middle("attempts-growth", writes, "x p50", f"{bench.size.small:,} attempts", f"{note}, ledger and events as large"),
    ]


async def signing_in(bench: Bench, ours: Process) -> Figure:
    """`sign-in-p99`: reads at a steady rate, quiet and while four people sign in at the same instant, every second."""
    ratios = []
    for _ in range(max(2, bench.size.rounds // 2)):
        quiet = await steady(ours.port, bench.reads(), rate=RATE, until=bench.size.quiet)
        busy, signed = await _with_sign_ins(bench, ours)
        ratios.append(quantile(busy, 0.99) / quantile(quiet, 0.99))
    note = f"{RATE:g} reads/s for {bench.size.quiet:g} s, {signed} sign-ins (Argon2) in bursts of 4 a second"
    return middle("sign-in-p99", ratios, "x p99 of reads", "the same reads without", note)


async def _with_sign_ins(bench: Bench, ours: Process) -> tuple[list[float], int]:
    signed = 0

    async def sign_in() -> None:
        nonlocal signed
        while True:
            due = asyncio.get_running_loop().time() + 1
            await asyncio.gather(*(ask_once(ours.port, _sign_in(place)) for place in range(4)))
            signed += 4
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))

    people = asyncio.create_task(sign_in())
    try:
        found = await steady(ours.port, bench.reads(), rate=RATE, until=bench.size.quiet)
    finally:
        people.cancel()
        await asyncio.gather(people, return_exceptions=True)
    return found, signed


def _sign_in(place: int) -> bytes:
    body = {"organization": SLUG, "login": f"{place + 1:04d}", "secret": pin(place), "client": "bench"}
    return request("POST", "/v1/auth/sign-in", orjson.dumps(body))
