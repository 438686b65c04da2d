"""The servers under test: real processes on loopback, started and ended by their own ids."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]  # it ships no types

from benchmarks.database import ROOT, Server, cpu_seconds
from benchmarks.load import BadAnswer, connect, request

# A machine with much else to do takes many times the two seconds this needs.
START_SECONDS = 180.0
POOL = "6"


@dataclass(frozen=True, slots=True)
class Process:
    """A listening server."""

    port: int
    process: psutil.Process
    start_seconds: float

    def cpu_seconds(self) -> float:
        """CPU used so far."""
        return cpu_seconds(self.process)

    def memory_mb(self) -> float:
        """Memory that belongs to this process alone, in MB of 10^6 bytes, and what it shares with nobody's help."""
        return float(self.process.memory_info().rss) / 1e6


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def ours(on: Server, database: str) -> Iterator[Process]:
    """One API process as `interlude serve` starts it."""
    with served(on, database, [sys.executable, "-m", "app.cli", "serve"]) as made:
        yield made


@contextmanager
def served(on: Server, database: str, command: list[str]) -> Iterator[Process]:
    """One API process that a command starts."""
    environment = {
        "DATABASE_URL": on.application(database),
        "INTERLUDE_ENVIRONMENT": "development",
        "INTERLUDE_POOL_SIZE": POOL,
    }
    with _started(command, environment, "/readyz") as made:
        yield made


@contextmanager
def bare(on: Server, database: str) -> Iterator[Process]:
    """The reference: as the tables' owner, hence without row-level security, and without asking who calls."""
    environment = {"BENCH_DATABASE_URL": on.owner(database), "BENCH_POOL_SIZE": POOL}
    with _started([sys.executable, "-m", "benchmarks.reference"], environment, "/ready") as made:
        yield made


@contextmanager
def _started(command: list[str], environment: dict[str, str], ready: str) -> Iterator[Process]:
    port = free_port()
    given = {**os.environ, **environment, "INTERLUDE_PORT": str(port), "BENCH_PORT": str(port)}
    with (ROOT / "var" / "bench.log").open("ab") as log:
        start = time.monotonic()
        # Logs are written as in production, to a file instead of a pipe.
        started = subprocess.Popen(command, cwd=ROOT, env=given, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        _wait(started, port, ready)
        yield Process(port, psutil.Process(started.pid), time.monotonic() - start)
    finally:
        started.terminate()
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()


def _wait(started: "subprocess.Popen[bytes]", port: int, ready: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if started.poll() is not None:
            raise RuntimeError(f"{started.args!r} ended at once: see var/bench.log")
        if answers(port, ready):
            return
        time.sleep(0.01)
    raise RuntimeError(f"{started.args!r} did not answer within {START_SECONDS:.0f} s: see var/bench.log")


def answers(port: int, path: str) -> bool:
    """Whether the server answers 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as sent:
            sent.sendall(request("GET", path))
            return sent.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


async def ask_once(port: int, asked: bytes) -> bytes:
    """One request on a connection of its own; answers the body. Raises BadAnswer."""
    connection = await connect(port)
    try:
        status, body = await connection.ask(asked)
    finally:
        connection.close()
    if status != 200:
        raise BadAnswer(f"{status}: {body[:500].decode(errors='replace')}")
    return body
