"""The image and the compose file, checked as far as possible without an engine."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.servers import Postgres

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return found


def commands() -> list[str]:
    """The interlude commands that the services run."""
    return [s["command"][0] for s in compose()["services"].values() if s.get("build")]


def test_the_image_is_built_in_stages_and_runs_without_root() -> None:
    assert len(re.findall(r"^FROM ", DOCKERFILE, re.M)) == 2
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.M)[-1] == "10001"
    assert "HEALTHCHECK" in DOCKERFILE and "--require-hashes" in DOCKERFILE


def test_everything_copied_into_the_image_exists() -> None:
    sources = re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.M)
    assert sources
    assert [s for s in sources if not (ROOT / s).exists()] == []


def test_compose_runs_what_the_system_needs() -> None:
    services = compose()["services"]
    assert {"postgres", "valkey", "api", "worker", "migrate"} == set(services)
    mounted = [v.split(":")[0] for s in services.values() for v in s.get("volumes", []) if v.startswith("./")]
    assert mounted
    assert [m for m in mounted if not (ROOT / m).exists()] == []


def test_compose_names_every_secret_and_defaults_none() -> None:
    environment = compose()["services"]["api"]["environment"]
    for name in ("INTERLUDE_TOKEN_SECRET", "INTERLUDE_PEPPER", "INTERLUDE_SEALING_KEYS", "DATABASE_URL"):
        assert ":?}" in environment[name]


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_the_commands_of_the_image_exist(command: str) -> None:
    assert command in commands()
    seen = subprocess.run(
        [sys.executable, "-m", "app.cli", command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert seen.returncode == 0, seen.stderr


def test_the_image_refuses_to_start_with_default_secrets(database: Postgres) -> None:
    environment = {"PATH": os.environ["PATH"], "INTERLUDE_ENVIRONMENT": "production", "DATABASE_URL": database.application}
    seen = subprocess.run(
        [sys.executable, "-m", "app.cli", "serve"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert seen.returncode != 0
    assert "token_secret must be set" in seen.stderr
