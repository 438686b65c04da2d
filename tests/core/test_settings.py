"""Settings that would be unsafe refuse to start."""

import base64
import os
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.core.settings import Settings

SAFE = {
    "environment": "production",
    "database_url": "postgresql://app@db/interlude",
    "token_secret": "t" * 40,
    "pepper": "p" * 40,
    "sealing_keys": "k1:" + base64.b64encode(b"k" * 32).decode(),
}


def test_production_starts_with_safe_settings() -> None:
    assert Settings(**SAFE).master_keys == {"k1": b"k" * 32}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("token_secret", "short"),
        ("token_secret", "development-only-secret-do-not-use-in-production"),
        ("pepper", ""),
        ("sealing_keys", ""),
        ("webhooks_allow_loopback", True),
        ("access_token_seconds", 3600),
    ],
)
def test_production_refuses_an_unsafe_setting(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        Settings(**{**SAFE, field: value})


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("INTERLUDE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@db/x")
    monkeypatch.setenv("INTERLUDE_ENVIRONMENT", "development")
    assert Settings().database_url == "postgresql://app@db/x"


def test_every_setting_is_described_and_documented() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text()
    named = set(re.findall(r"`(?:INTERLUDE_)?([A-Z_]+)`", text))
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert name.upper() in named, f"{name} is not in docs/operations.md"


def test_nothing_else_reads_the_environment() -> None:
    app = Path(__file__).resolve().parents[2] / "app"
    readers = [p.name for p in app.rglob("*.py") if re.search(r"os\.(environ|getenv)", p.read_text())]
    assert set(readers) <= {"command.py", "processes.py"}
