"""Time as an argument: everything that needs the present instant is handed a clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Answers the present instant, aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present instant in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class ManualClock:
    """A clock that stands still until it is moved: simulations, demos of a past week, tests."""

    at: datetime

    def now(self) -> datetime:
        """The instant the clock was set to."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Move the clock by a positive or negative span."""
        self.at += by
