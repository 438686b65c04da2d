"""What the tour saw: one line a step, and every check that failed."""

from dataclasses import dataclass, field
from typing import Any

from rich.console import Console


@dataclass(slots=True)
class Report:
    """Prints steps and collects differences."""

    console: Console
    failures: list[str] = field(default_factory=list)
    checks: int = 0

    def step(self, who: str, told: str) -> None:
        """One line: who did what, and what came of it."""
        self.console.print(f"[dim]{who:>12}[/]  {told}", highlight=False)

    def equal(self, what: str, seen: Any, expected: Any) -> None:
        """Two values that must be the same."""
        self.checks += 1
        if seen != expected:
            self.failures.append(f"{what}: {seen!r} instead of {expected!r}")

    def true(self, what: str, seen: object) -> None:
        """Something that must hold."""
        self.checks += 1
        if not seen:
            self.failures.append(what)
