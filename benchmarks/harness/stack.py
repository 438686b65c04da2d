"""What the harnesses break: PostgreSQL, four API processes and a worker, in a temporary folder, ended by their ids."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from benchmarks.harness.postgres import Postgres

APIS = ("api-0", "api-1", "api-2", "api-3")
WORKER = "worker"
READY_SECONDS = 60.0


class Stack:
    """Real processes on free loopback ports. `ended` counts those that ended without being killed."""

    def __init__(self, options: tuple[str, ...] = ()) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="interlude-chaos-"))
        self.ports = {name: free_port() for name in APIS}
        self.pids: dict[str, int] = {}
        self.databases: dict[str, str] = {}
        self.ended: Counter[str] = Counter()
        self.lock = threading.RLock()
        log = (self.folder / "nursery.log").open("wb")
        self.nursery = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.harness.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            self.postgres = Postgres(self.folder, options)
            self._line()
        except BaseException:
            self._end_nursery()
            raise

    def __enter__(self) -> Self:
        for name in (*APIS, WORKER):
            self.spawn(name)
        for name in APIS:
            self.wait_ready(name)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end_nursery()
        self.postgres.stop()
        if os.environ.get("CHAOS_KEEP"):
            print(f"kept {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def base(self, number: int) -> str:
        """The address of one of the API processes; numbers wrap around."""
        return f"http://127.0.0.1:{self.ports[APIS[number % len(APIS)]]}"

    def environment(self, name: str) -> dict[str, str]:
        """Settings of one process."""
        return {
            "INTERLUDE_ENVIRONMENT": "development",
            "INTERLUDE_WEBHOOKS_ALLOW_LOOPBACK": "true",
            "INTERLUDE_LOG_LEVEL": "warning",
            "INTERLUDE_PORT": str(self.ports.get(name, 0) or 1),
            "DATABASE_URL": self.databases.get(name, self.postgres.application),
            "INTERLUDE_MIGRATION_DATABASE_URL": self.postgres.owner,
            "REDIS_URL": "",
        }

    def spawn(self, name: str) -> None:
        """Start one process."""
        role = WORKER if name == WORKER else "serve"
        log = str(self.folder / f"{name}.log")
        self.pids[name] = self._ask({"do": "spawn", "role": role, "environment": self.environment(name), "log": log})

    def kill(self, name: str) -> None:
        """SIGKILL one process and start it again at once, as a supervisor of services would."""
        with self.lock:
            if not self._ask({"do": "end", "pid": self.pids[name]}):
                self.ended[name] += 1
            self.spawn(name)

    def add_api(self, name: str, database_url: str) -> str:
        """Start one more API process on a database address of its own; answers where it listens."""
        self.ports[name], self.databases[name] = free_port(), database_url
        self.spawn(name)
        return f"http://127.0.0.1:{self.ports[name]}"

    def drop(self, name: str) -> None:
        """End a process for good."""
        with self.lock:
            self._ask({"do": "end", "pid": self.pids.pop(name)})

    def tend(self) -> None:
        """Start again whatever ended by itself, as a supervisor of services would."""
        with self.lock:
            for name, pid in list(self.pids.items()):
                if self._ask({"do": "ended", "pid": pid}):
                    self.ended[name] += 1
                    self.spawn(name)

    def wait_ready(self, name: str) -> None:
        """Wait until an API process says it is ready. Raises RuntimeError when it never does."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            with suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{self.ports[name]}/readyz", timeout=2, trust_env=False).status_code == 200:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"{name} did not become ready: {(self.folder / f'{name}.log').read_text()[-2000:]}")

    async def aside(self, work: Any, *values: Any) -> Any:
        """Do something slow to the processes while the clients go on."""
        return await asyncio.to_thread(work, *values)

    def _ask(self, command: dict[str, Any]) -> Any:
        with self.lock:
            assert self.nursery.stdin is not None
            self.nursery.stdin.write(json.dumps(command) + "\n")
            self.nursery.stdin.flush()
            return json.loads(self._line())

    def _line(self) -> str:
        assert self.nursery.stdout is not None
        line = self.nursery.stdout.readline()
        if not line:
            raise RuntimeError(f"the nursery ended: {(self.folder / 'nursery.log').read_text()[-2000:]}")
        return line

    def _end_nursery(self) -> None:
        assert self.nursery.stdin is not None
        self.nursery.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self.nursery.wait(10)
        if self.nursery.poll() is None:
            self.nursery.kill()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
