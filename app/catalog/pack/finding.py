"""What the linter and the loader have to say about a pack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps a pack from being loaded; a warning is for its author."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One remark: `file` relative to the pack's folder, `pointer` a JSON Pointer into it (empty: the whole file)."""

    file: str
    pointer: str
    severity: Severity
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.severity} {self.file}{'#' + self.pointer if self.pointer else ''} [{self.code}] {self.message}"


class PackRefused(ValueError):
    """The pack has errors and was not loaded; `findings` lists them all."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = tuple(findings)


def error(file: str, pointer: str, code: str, message: str) -> Finding:
    """A finding that keeps the pack from being loaded."""
    return Finding(file, pointer, Severity.ERROR, code, message)


def warning(file: str, pointer: str, code: str, message: str) -> Finding:
    """A finding for the author."""
    return Finding(file, pointer, Severity.WARNING, code, message)


def errors(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that keep the pack from being loaded."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]
