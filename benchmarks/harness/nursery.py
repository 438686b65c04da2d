"""A process that has the application loaded and forks it on request: a killed API or worker is back in milliseconds.

Run as `python -m benchmarks.harness.nursery`. It reads one JSON command a line and answers one line. It never lets go
of a child's id before it was told to end it, so an id always means the process that was started. When its input ends,
it ends its children and itself, whatever became of the harness.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

CHILDREN: set[int] = set()


def load() -> None:
    """Import everything once and build the routes once; children share the memory."""
    import uvicorn.protocols.http.httptools_impl  # noqa: F401, PLC0415  # loaded for the children

    import app.cli  # noqa: PLC0415
    import app.worker  # noqa: F401, PLC0415
    from app.core.settings import Settings  # noqa: PLC0415
    from app.main import create_app  # noqa: PLC0415

    create_app(Settings(environment="development", database_url="postgresql://nobody@127.0.0.1/none"))


def spawn(command: dict[str, Any]) -> int:
    """Fork one API (`serve`) or `worker` with the given environment and log file."""
    pid = os.fork()
    if pid:
        CHILDREN.add(pid)
        return pid
    try:
        _become(command)
    except BaseException:  # noqa: BLE001  # whatever ends a child is written to its log
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(1)


def _become(command: dict[str, Any]) -> None:
    from app import cli  # noqa: PLC0415  # loaded before the fork

    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDONLY)
    log = os.open(command["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for target, source in ((0, nowhere), (1, log), (2, log)):
        os.dup2(source, target)
    os.environ.update(command["environment"])
    cli.serve(workers=1) if command["role"] == "serve" else cli.worker()


def end(pid: int) -> bool:
    """SIGKILL one child and wait for its end; False when it had ended by itself."""
    if pid not in CHILDREN:
        return False
    ran = not has_ended(pid)
    if ran:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        CHILDREN.discard(pid)
    return ran


def has_ended(pid: int) -> bool:
    """Whether a child ended by itself."""
    if pid not in CHILDREN:
        return True
    done, _ = os.waitpid(pid, os.WNOHANG)
    if done:
        CHILDREN.discard(pid)
    return bool(done)


def main() -> None:
    """Answer commands until the input ends."""
    load()
    print("ready", flush=True)
    handlers: dict[str, Callable[[dict[str, Any]], Any]] = {
        "spawn": spawn,
        "end": lambda c: end(c["pid"]),
        "ended": lambda c: has_ended(c["pid"]),
    }
    try:
        for line in sys.stdin:
            command = json.loads(line)
            print(json.dumps(handlers[command["do"]](command)), flush=True)
    finally:
        for pid in list(CHILDREN):
            with suppress(OSError):
                end(pid)


if __name__ == "__main__":
    main()
