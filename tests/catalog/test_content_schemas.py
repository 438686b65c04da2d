"""The JSON Schemas of the pack files."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from pydantic import ValidationError

from app.catalog.pack.files import ChecklistFile, FileModel, ModuleFile, PackFile, QuizFile
from app.catalog.pack.schema import schemas, stale_schemas, write_schemas
from app.catalog.pack.yaml_rules import parse_yaml
from tests.catalog.packs import CHECKLIST, MODULE, PACK, QUIZ

COMMITTED = Path(__file__).resolve().parents[2] / "content" / "schema"
EXAMPLES: dict[str, tuple[type[FileModel], str]] = {
    "pack": (PackFile, PACK),
    "module": (ModuleFile, MODULE),
    "quiz": (QuizFile, QUIZ),
    "checklist": (ChecklistFile, CHECKLIST),
}


def _value(text: str) -> dict[str, Any]:
    value = parse_yaml(text.encode())
    assert isinstance(value, dict)
    return dict(value)


def test_the_committed_schemas_are_those_of_the_code() -> None:
    assert stale_schemas(COMMITTED) == []


def test_writing_makes_one_schema_for_each_kind_of_file(tmp_path: Path) -> None:
    folder = tmp_path / "content" / "schema"
    assert stale_schemas(folder) == sorted(f"{kind}.schema.json" for kind in EXAMPLES)
    assert sorted(path.name for path in write_schemas(folder)) == sorted(schemas())
    assert stale_schemas(folder) == []


def test_changed_missing_and_left_over_schemas_are_stale(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    (tmp_path / "pack.schema.json").unlink()
    (tmp_path / "quiz.schema.json").write_text("{}", encoding="utf-8")
    (tmp_path / "course.schema.json").write_text("{}", encoding="utf-8")
    assert stale_schemas(tmp_path) == ["course.schema.json", "pack.schema.json", "quiz.schema.json"]


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_good_file_passes_its_schema(kind: str) -> None:
    schema = schemas()[f"{kind}.schema.json"]
    jsonschema_rs.meta.validate(schema)
    assert jsonschema_rs.is_valid(schema, _value(EXAMPLES[kind][1]))


@pytest.mark.parametrize("kind", EXAMPLES)
def test_schema_and_loader_refuse_the_same_faults(kind: str) -> None:
    model, text = EXAMPLES[kind]
    schema = schemas()[f"{kind}.schema.json"]
    good = _value(text)
    bad = [{**good, "colour": "red"}, {**good, "id": "Not An Id"}, {**good, "title": {}}, {**good, "title": "text"}]
    bad += [{name: value for name, value in good.items() if name != missing} for missing in ("id", "title")]
    if "seconds" in good:
        bad += [{**good, "seconds": seconds} for seconds in (119, 301, "180", None)]
    for value in bad:
        assert not jsonschema_rs.is_valid(schema, value), json.dumps(value)
        with pytest.raises(ValidationError):
            model.model_validate(value)
