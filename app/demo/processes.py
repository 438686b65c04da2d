"""The demo's processes: PostgreSQL, API and worker, detached, with their logs and process ids under `var/`."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from app import local

VAR = Path("var")
STATE = VAR / "processes.json"
# A machine with much else to do takes many times the two seconds this needs.
START_SECONDS = 180.0


class DemoFailed(RuntimeError):
    """A part of the demo did not start; the message says which and where its log is."""


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the demo's database and API are."""

    owner: str
    application: str
    base: str

    def environment(self) -> dict[str, str]:
        """Settings for the API and the worker."""
        return {
            **os.environ,
            "INTERLUDE_ENVIRONMENT": "development",
            "INTERLUDE_WEBHOOKS_ALLOW_LOOPBACK": "true",
            "INTERLUDE_LOG_LEVEL": "info",
            "DATABASE_URL": self.application,
            "INTERLUDE_MIGRATION_DATABASE_URL": self.owner,
            "INTERLUDE_PORT": self.base.rsplit(":", 1)[1],
            "INTERLUDE_PUBLIC_URL": self.base,
        }


def start_database(name: str, port: int, *, anew: bool) -> Urls:
    """Start the embedded PostgreSQL under `var/postgres` (it outlives this command) and create the database.

    With `anew` whatever an interrupted start left behind is thrown away first.
    """
    server = local.start(VAR / "postgres", keep=True)
    if anew:
        stop_processes()
        local.drop_database(server, name)
    local.create_database(server, name)
    return Urls(local.owner_url(server, name), local.application_url(server, name), f"http://127.0.0.1:{port}")


def alive(pid: int, marker: str) -> bool:
    """Whether a process of ours still runs under that id (ids are reused, so its command line is compared)."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return _alive_elsewhere(pid) if not Path("/proc").is_dir() else False
    return marker in command


def _alive_elsewhere(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def recorded() -> dict[str, Any]:
    """What the last start wrote down."""
    return dict(json.loads(STATE.read_text())) if STATE.exists() else {}


def is_answering(base: str) -> bool:
    """Whether the API is ready to work."""
    try:
        return httpx.get(f"{base}/readyz", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def port_is_taken(port: int) -> bool:
    """Whether something listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start_processes(urls: Urls) -> None:
    """Start whatever of API and worker does not run yet and wait until both do. Raises DemoFailed."""
    state = recorded()
    if state.get("base") != urls.base:
        stop_processes()
        state = {}
    for name in ("serve", "worker"):
        if not alive(int(state.get(name, 0)), f"app.cli {name}"):
            if name == "serve" and port_is_taken(int(urls.base.rsplit(":", 1)[1])):
                raise DemoFailed(f"Something else listens on {urls.base}. Choose another port: make demo PORT=8001")
            state[name] = _spawn(name, urls)
    STATE.write_text(json.dumps({**state, "base": urls.base}))
    _wait(urls, state)


def prepare_planner(urls: Urls) -> None:
    """Let the planner be compiled while the plant is built; whoever plans earlier does it once more, to the same end."""
    with (VAR / "planner.log").open("ab") as log:
        subprocess.Popen(  # our own interpreter and module; it ends by itself
            [sys.executable, "-m", "app.planning.engine.compiled"],
            env=urls.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def _spawn(name: str, urls: Urls) -> int:
    with (VAR / f"{name}.log").open("ab") as log:
        started = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            [sys.executable, "-m", "app.cli", name],
            env=urls.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return started.pid


def _wait(urls: Urls, state: dict[str, Any]) -> None:
    deadline = time.monotonic() + START_SECONDS
    # A process that has just been started may not show its command line yet.
    time.sleep(0.5)
    while time.monotonic() < deadline:
        for name in ("serve", "worker"):
            if not alive(int(state[name]), f"app.cli {name}"):
                raise DemoFailed(f"`interlude {name}` ended at once: see {VAR / f'{name}.log'}")
        if is_answering(urls.base):
            return
        time.sleep(0.1)
    raise DemoFailed(f"The API did not become ready within {START_SECONDS:.0f} s: see {VAR / 'serve.log'}")


def stop_processes() -> list[str]:
    """End the API and the worker that this checkout started, by their ids; answers which were running."""
    state, stopped = recorded(), []
    for name in ("serve", "worker"):
        pid = int(state.get(name, 0))
        if pid and alive(pid, f"app.cli {name}"):
            os.kill(pid, signal.SIGTERM)
            stopped.append(name)
    deadline = time.monotonic() + 25
    while time.monotonic() < deadline and any(alive(int(state[n]), f"app.cli {n}") for n in stopped):
        time.sleep(0.1)
    STATE.unlink(missing_ok=True)
    return stopped


def stop_database() -> None:
    """Stop the embedded PostgreSQL of `var/postgres` when it runs."""
    if (VAR / "postgres" / "postmaster.pid").exists():
        local.stop(VAR / "postgres")
