"""The processes as they run in production: refusing an unsafe database, stopping without losing anything."""

import base64
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.core.runtime import DURABILITY
from tests.servers import Postgres, wait_for_disk

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def production(url: str, port: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": url,
        "INTERLUDE_PORT": str(port),
        "INTERLUDE_TOKEN_SECRET": "t" * 40,
        "INTERLUDE_PEPPER": "p" * 40,
        "INTERLUDE_SEALING_KEYS": "k1:" + base64.b64encode(b"k" * 32).decode(),
    }


@contextmanager
def running(command: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_until_ready(base: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{base}/readyz", trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    pytest.fail("the API did not become ready")


@pytest.fixture
def safe(database: Postgres) -> Iterator[str]:
    """The application's URL of a database whose commits are on disk when they are answered."""
    wait_for_disk(database, wait=True)
    yield database.application
    wait_for_disk(database, wait=False)


@pytest.fixture
def unsafe(database: Postgres) -> str:
    """The application's URL of a database whose commits may be lost."""
    wait_for_disk(database, wait=False)
    return database.application


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_production_refuses_a_database_that_may_lose_commits(unsafe: str, command: str) -> None:
    with running(command, production(unsafe, free_port())) as process:
        told, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "synchronous_commit off" in told


def test_the_check_looks_at_every_setting_that_could_lose_commits() -> None:
    assert all(name in str(DURABILITY) for name in ("fsync", "full_page_writes", "synchronous_commit"))


def test_a_stopping_api_answers_what_it_has_begun_and_leaves(safe: str) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with running("serve", production(safe, port)) as process:
        wait_until_ready(base)
        with socket.create_connection(("127.0.0.1", port)) as begun:
            begun.sendall(
                b"POST /v1/auth/sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n"
            )
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            begun.sendall(b"{}")
            assert begun.recv(100).startswith(b"HTTP/1.1 422")
        process.wait(timeout=25)
    assert process.returncode in (0, -signal.SIGTERM)


def test_a_stopping_worker_leaves_quietly(safe: str) -> None:
    with running("worker", production(safe, free_port())) as process:
        assert process.stdout is not None
        assert "worker_started" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=25)
        assert process.returncode == 0
