"""The linter of content: everything about a pack that its author should change before anybody learns from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from app.catalog.domain import Pack
from app.catalog.pack.finding import Finding, error
from app.catalog.pack.lint.durations import duration_findings
from app.catalog.pack.lint.markup import markup_findings
from app.catalog.pack.lint.questions import question_findings
from app.catalog.pack.lint.references import reference_findings
from app.catalog.pack.lint.translations import translation_findings
from app.catalog.pack.reading import read_pack

__all__ = ["lint_folder", "lint_pack"]


def lint_pack(pack: Pack, today: date | None = None) -> list[Finding]:
    """The findings on a pack that could be read; with `today`, content past its review date is one of them."""
    return [
        *reference_findings(pack, today),
        *question_findings(pack),
        *translation_findings(pack),
        *markup_findings(pack),
        *duration_findings(pack),
    ]


def lint_folder(path: Path, today: date | None = None) -> list[Finding]:
    """The sorted findings on a pack's folder, or on every pack of a content folder: file names then begin with it."""
    if (path / "pack.yaml").exists():
        return sorted(_lint_one(path, today))
    packs = path / "packs" if (path / "packs").is_dir() else path
    folders = sorted(folder for folder in packs.iterdir() if folder.is_dir()) if packs.is_dir() else []
    if not folders:
        return [error(".", "", "no_packs", "there is no pack in this folder")]
    return sorted(
        replace(finding, file=f"{folder.name}/{finding.file}") for folder in folders for finding in _lint_one(folder, today)
    )


def _lint_one(folder: Path, today: date | None) -> list[Finding]:
    reading = read_pack(folder)
    return [*reading.findings, *(lint_pack(reading.pack, today) if reading.pack else ())]
