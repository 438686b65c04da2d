"""What a newcomer does: start the demo, walk the tour, start it again, stop it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROLES = {
    "worker", "colleague", "supervisor", "payroll", "learning_manager", "author", "admin", "integration",
    "other_organization_admin",
}  # fmt: skip


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files a checkout has, in a place of its own, so that a demo somebody runs is not disturbed."""
    for name in ("app", "migrations", "content"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "alembic.ini", tmp_path)
    tmp_path.chmod(0o755)
    return tmp_path


def interlude(folder: Path, *words: str, port: int) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PORT": str(port), "COLUMNS": "120"}
    command = [sys.executable, "-m", "app.cli", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=1200, check=False)


@pytest.mark.slow
def test_a_newcomer_gets_from_nothing_to_a_checked_payroll_file(checkout: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    try:
        started = interlude(checkout, "demo", port=port)
        assert started.returncode == 0, started.stdout + started.stderr
        report = json.loads((checkout / "var" / "demo.json").read_text())
        assert report["base_url"] == f"http://127.0.0.1:{port}"
        assert set(report["roles"]) == ROLES
        assert all(entry["token"] and entry["sign_in"] for entry in report["roles"].values())
        toured = interlude(checkout, "tour", port=port)
        assert toured.returncode == 0, toured.stdout + toured.stderr
        assert "0 differences" in toured.stdout
        begun = time.monotonic()
        again = interlude(checkout, "demo", port=port)
        assert again.returncode == 0
        assert time.monotonic() - begun < 30
    finally:
        stopped = interlude(checkout, "demo", "--stop", port=port)
    assert "Stopped: serve, worker, PostgreSQL" in stopped.stdout
