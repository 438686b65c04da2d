"""docs/errors.md and the code name the same codes with the same statuses."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from app.core.errors import AppError
from app.core.http.idempotency import Replayed
from app.core.http.problems import CODES
from app.core.settings import Settings
from app.main import create_app

ROOT = Path(__file__).resolve().parents[2]
# Raised as one class and answered with another status.
OTHER_STATUS = {"internal_error": 500, "idempotency_key_reused": 422}


def kinds(kind: type[AppError] = AppError) -> Iterator[type[AppError]]:
    """Every kind of refusal of the product."""
    yield kind
    for sub in kind.__subclasses__():
        if sub.__module__.startswith("app.") and sub is not Replayed:
            yield from kinds(sub)


def in_code() -> set[tuple[int, str]]:
    """Status and code of everything the code refuses."""
    by_name = {kind.__name__: kind for kind in kinds()}
    found = {(kind.status, kind.code) for kind in by_name.values()} | {(status, code) for status, code in CODES.items()}
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in by_name:
                given = [k.value.value for k in node.keywords if k.arg == "code" and isinstance(k.value, ast.Constant)]
                found |= {(by_name[node.func.id].status, str(code)) for code in given}
    return {(OTHER_STATUS.get(code, status), code) for status, code in found}


def in_docs() -> set[tuple[int, str]]:
    """Status and code of every line of the table."""
    lines = re.findall(r"^\| (\d{3}) \| ([^|]*) \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
    return {(int(status), code) for status, codes in lines for code in re.findall(r"`([a-z_]+)`", codes)}


def test_every_code_is_documented_and_every_documented_code_exists(settings: Settings) -> None:
    create_app(settings)
    assert sorted(in_code() ^ in_docs()) == []
