"""Each guard is proved by breaking it once: the wrong thing is inserted into a copy, and the tool must see it."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fastapi import APIRouter, FastAPI
from sqlalchemy import Column, Integer

from app.core.openapi import undeclared
from app.main import create_app
from app.registry import load_tables
from tests.servers import Postgres, sync_engine

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

BREAKS = {
    "Features call down the list only": ("app/people/domain.py", "from app.planning import domain as above\n"),
    "Inside a feature": ("app/people/store/workers.py", "from app.people import routes as above\n"),
    "Rules are pure": ("app/roster/domain/shifts.py", "import sqlalchemy\n"),
    "No web framework outside routes": ("app/people/service/reads.py", "from fastapi import Request\n"),
    "No SQL outside stores and models": ("app/people/service/reads.py", "from sqlalchemy import text\n"),
    "Private files of people": ("app/roster/service/reads.py", "from app.people.store import places as private\n"),
    "python-jose is reached through one module": ("app/people/domain.py", "from jose import jwt\n"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "app", folder / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "migrations", folder / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(BIN / command[0]), *command[1:]], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("contract", BREAKS)
def test_a_broken_layer_is_seen(copy: Path, contract: str) -> None:
    name, line = BREAKS[contract]
    path = copy / name
    kept = path.read_text()
    path.write_text(kept + "\n" + line)
    try:
        seen = run(copy, "lint-imports", "--no-cache")
    finally:
        path.write_text(kept)
    assert seen.returncode != 0
    broken = [text for text in seen.stdout.splitlines() if "BROKEN" in text]
    assert any(contract in text for text in broken), seen.stdout


@pytest.mark.parametrize(
    ("tool", "source"),
    [
        (("mypy", "--no-incremental", "--strict", "bad.py"), "def f(x: int) -> str:\n    return x\n"),
        (("mypy", "--no-incremental", "--strict", "bad.py"), "def f(x):\n    return x\n"),
        (("ruff", "check", "--no-cache", "bad.py"), "def f() -> None:\n    eval('1')\n"),
        (("ruff", "check", "--no-cache", "bad.py"), "import os  # noqa: F401, E999\nx = 1  # noqa: S101\n"),
        (("ruff", "format", "--no-cache", "--check", "bad.py"), "x   =  1\n"),
    ],
)
def test_the_linters_see_the_wrong_thing(copy: Path, tool: tuple[str, ...], source: str) -> None:
    bad = copy / "bad.py"
    bad.write_text(source)
    try:
        assert run(copy, *tool).returncode != 0
    finally:
        bad.unlink()


def differences(database: Postgres) -> list[Any]:
    engine = sync_engine(database.owner)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _: not (kind == "table" and (name or "").startswith("procrastinate_")),
            },
        )
        found = compare_metadata(context, load_tables())
    engine.dispose()
    return list(found)


def test_the_migrations_make_exactly_the_tables_of_the_code(database: Postgres) -> None:
    assert differences(database) == []


def test_a_column_without_a_migration_is_seen(database: Postgres) -> None:
    table = load_tables().tables["site"]
    extra: Column[Any] = Column("forgotten", Integer)
    table.append_column(extra)
    try:
        assert [d[0] for d in differences(database)] == ["add_column"]
    finally:
        table._columns.remove(extra)


def test_every_route_declares_who_may_call_it(app: FastAPI) -> None:
    assert undeclared(app) == []


def test_a_route_without_a_policy_is_seen(app: FastAPI) -> None:
    made = create_app(app.state.runtime.settings)
    router = APIRouter()

    @router.get("/v1/forgotten")
    async def forgotten() -> None: ...

    made.include_router(router)
    assert undeclared(made) == ["['GET'] /v1/forgotten"]
