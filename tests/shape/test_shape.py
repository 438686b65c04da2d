"""The shape of the code: short files, short functions, docstrings, declared personal data, no circular packages."""

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.tables import Table
from app.registry import FEATURES, load_tables

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
FILE_CAP, FUNCTION_CAP, PARAMETER_CAP = 400, 50, 9
Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(root: Path = APP) -> list[Path]:
    return sorted(p for p in root.rglob("*.py") if "__pycache__" not in p.parts)


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, Function):
            yield node


def length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def long_functions(root: Path) -> list[str]:
    return [f"{p.name}:{f.lineno} {f.name} {length(f)}" for p in sources(root) for f in functions(p) if length(f) > FUNCTION_CAP]


def long_files(root: Path) -> list[str]:
    return [f"{p.name} {n}" for p in sources(root) if (n := p.read_text().count("\n")) > FILE_CAP]


def undocumented(root: Path) -> list[str]:
    """Modules without a docstring, and public functions of services, domains and core without one."""
    found = [str(p) for p in sources(root) if p.read_text().strip() and not ast.get_docstring(ast.parse(p.read_text()))]
    for path in sources(root):
        faces = {"service", "domain"} & {path.stem, path.parent.name} or path.is_relative_to(root / "core")
        if not faces:
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node):
                found.append(f"{path}:{node.lineno} {node.name}")
    return found


def unexplained(root: Path) -> list[str]:
    """Opt-outs from a linter's or the type checker's rule that do not say why."""
    bare = re.compile(r"#\s*(noqa(?!: [A-Z0-9, ]+  # \S)|type: ignore(?!\[[a-z, -]+\]  # \S))")
    return [f"{p}:{n}" for p in sources(root) for n, line in enumerate(p.read_text().splitlines(), 1) if bare.search(line)]


def test_every_opt_out_of_the_product_has_its_reason() -> None:
    assert unexplained(APP) == []


@pytest.mark.parametrize(
    "line", ["x = eval('1')  # noqa", "x = eval('1')  # noqa: S307", "x: int = ''  # type: ignore[assignment]"]
)
def test_an_opt_out_without_a_reason_is_seen(tmp_path: Path, line: str) -> None:
    (tmp_path / "bad.py").write_text(f"{line}\n")
    (tmp_path / "good.py").write_text(f"{line}  # because\n".replace("# noqa  #", "# noqa: S307  #"))
    assert unexplained(tmp_path) == [f"{tmp_path / 'bad.py'}:1"]


def test_no_file_is_longer_than_the_cap() -> None:
    assert long_files(APP) == []


def test_half_of_the_files_are_short() -> None:
    assert statistics.median(p.read_text().count("\n") for p in sources()) < 110


def test_no_function_is_longer_than_the_cap() -> None:
    assert long_functions(APP) == []


def test_the_median_function_is_short() -> None:
    assert statistics.median(length(f) for p in sources() for f in functions(p)) <= 10


def test_functions_take_few_parameters() -> None:
    # `tx` is not counted; routes are, since FastAPI hands them their query parameters one by one.
    wide = [
        f"{p}:{f.lineno} {f.name}"
        for p in sources()
        if p.stem != "routes" and p.parent.name != "routes" and p.stem not in ("cli", "store") and p.parent.name != "store"
        for f in functions(p)
        if len([a for a in [*f.args.args, *f.args.kwonlyargs] if a.arg not in ("tx", "self")]) > PARAMETER_CAP
    ]
    assert wide == []


def test_modules_and_faces_are_documented() -> None:
    assert undocumented(APP) == []


def test_every_table_says_what_personal_data_it_holds() -> None:
    load_tables()
    silent = [t.__name__ for t in every_table() if not getattr(t, "personal_data", "").strip()]
    assert silent == []
    assert len(every_table()) > 20


def every_table() -> list[type[Table]]:
    found, todo = [], [Table]
    while todo:
        for kind in todo.pop().__subclasses__():
            todo.append(kind)
            if hasattr(kind, "__table__"):
                found.append(kind)
    return found


def test_every_feature_is_registered_and_says_what_it_is() -> None:
    folders = {p.parent.name for p in APP.glob("*/__init__.py")}
    assert set(FEATURES) <= folders
    assert all(ast.get_docstring(ast.parse((APP / name / "__init__.py").read_text())) for name in folders)


@pytest.mark.parametrize(
    ("source", "finder"),
    [
        ("def f():\n" + "    x = 1\n" * 60, long_functions),
        ("x = 1\n" * 401, long_files),
        ("x = 1\n", undocumented),
    ],
)
def test_the_caps_catch_what_they_forbid(tmp_path: Path, source: str, finder: object) -> None:
    (tmp_path / "bad.py").write_text(source)
    assert callable(finder)
    assert len(finder(tmp_path)) == 1
