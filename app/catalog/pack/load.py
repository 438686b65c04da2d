"""A folder as a Pack that is fit to be published."""

from __future__ import annotations

from pathlib import Path

from app.catalog.domain import Pack
from app.catalog.pack.finding import PackRefused, error, errors
from app.catalog.pack.lint import lint_pack
from app.catalog.pack.reading import read_pack


def load_pack(path: Path) -> Pack:
    """The pack in this folder. Raises PackRefused with every finding when one of them is an error."""
    reading = read_pack(path)
    findings = [*reading.findings, *(lint_pack(reading.pack) if reading.pack else ())]
    if errors(findings):
        raise PackRefused(sorted(findings))
    if reading.pack is None:
        raise PackRefused([error(".", "", "not_a_pack", "no pack.yaml")])
    return reading.pack
