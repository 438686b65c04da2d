"""JSON Schemas of the pack files, for editors and for whoever writes packs with other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.catalog.pack.files import (
    ChecklistFile,
    FileModel,
    ModuleFile,
    PackFile,
    QuizFile,
)

_MODELS: dict[str, type[FileModel]] = {
    "checklist": ChecklistFile,
    "module": ModuleFile,
    "pack": PackFile,
    "quiz": QuizFile,
}


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema (2020-12) of each kind of file, by file name."""
    return {
        f"{name}.schema.json": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **model.model_json_schema(by_alias=True),
        }
        for name, model in _MODELS.items()
    }


def write_schemas(folder: Path) -> list[Path]:
    """Write every schema into the folder, making it if needed; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in _texts().items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def stale_schemas(folder: Path) -> list[str]:
    """The names of schemas that are missing, differ from the code, or belong to no model any more."""
    wanted = _texts()
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.schema.json")}
    return sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))


def _texts() -> dict[str, str]:
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in schemas().items()}
