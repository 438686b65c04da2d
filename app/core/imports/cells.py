"""Typed reading of an import row: each cell becomes a value or a reason, and a row collects all its reasons."""

import datetime as dt
import re
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from app.core.imports.kinds import ImportRow

E = TypeVar("E", bound=StrEnum)
WHOLE = re.compile(r"[+-]?\d{1,18}")
ISO_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
DOTTED_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?")
MOMENT = re.compile(r"(\S+?)(?:[T ]\s*(\S+?))\s*(Z|z|[+-]\d{2}:?\d{2})?")
EARLIEST_YEAR, LATEST_YEAR = 2000, 2100
TRUE, FALSE = {"true", "yes", "y", "1", "x"}, {"false", "no", "n", "0"}


class Cells:
    """The cells of one row. Readers answer None for an empty or unreadable cell; `reason` then says what to mend."""

    def __init__(self, row: ImportRow) -> None:
        self.row = row
        self.faults: list[str] = []

    @property
    def reason(self) -> str:
        """Every fault of the row in one sentence; empty when it is readable."""
        return "; ".join(self.faults)

    def fault(self, column: str, what: str) -> None:
        """Note why a cell cannot be used."""
        self.faults.append(f"{column}: {what}")

    def text(self, column: str, *, longest: int = 200, required: bool = False) -> str | None:
        """The trimmed text of a cell."""
        found = self.row.values.get(column, "").strip()
        if not found:
            if required:
                self.fault(column, "is missing")
            return None
        if len(found) > longest:
            self.fault(column, f"is longer than {longest} characters")
            return None
        return found

    def matching(self, column: str, pattern: str, meaning: str, *, required: bool = False) -> str | None:
        """A text of at most 64 characters that matches a whole pattern, described to people as `meaning`."""
        found = self.text(column, longest=64, required=required)
        if found is not None and not re.fullmatch(pattern, found):
            self.fault(column, f"must be {meaning}")
            return None
        return found

    def whole(self, column: str, *, least: int = 0, most: int = 1_000_000, required: bool = False) -> int | None:
        """A whole number within bounds."""
        found = self.text(column, required=required)
        if found is None:
            return None
        if not WHOLE.fullmatch(found) or not found.isascii() or not least <= int(found) <= most:
            self.fault(column, f"must be a whole number from {least} to {most}")
            return None
        return int(found)

    def yes_no(self, column: str) -> bool | None:
        """A yes or a no in the words people use."""
        found = (self.text(column) or "").casefold()
        if found and found not in TRUE | FALSE:
            self.fault(column, "must be yes or no")
        return found in TRUE if found in TRUE | FALSE else None

    def choice(self, column: str, values: type[E], *, required: bool = False) -> E | None:
        """One of an enum's values, whatever its case."""
        found = self.text(column, required=required)
        if found is None:
            return None
        for value in values:
            if value.value == found.casefold():
                return value
        self.fault(column, f"must be one of {', '.join(value.value for value in values)}")
        return None

    def date(self, column: str, *, required: bool = False) -> dt.date | None:
        """A calendar date, `2026-03-29` or `29.03.2026`; slashes with the day first are ambiguous and refused."""
        found = self.text(column, required=required)
        return None if found is None else self._date(column, found)

    def time(self, column: str, *, required: bool = False) -> dt.time | None:
        """A local time such as `06:00` or `22:15:30`."""
        found = self.text(column, required=required)
        return None if found is None else self._time(column, found)

    def instant(self, column: str, zone: ZoneInfo, *, required: bool = False) -> dt.datetime | None:
        """An instant in UTC; without an offset it is local time of `zone` (gap: shifted forward, fold: the first)."""
        found = self.text(column, required=required)
        if found is None:
            return None
        parts = MOMENT.fullmatch(found)
        if parts is None:
            self.fault(column, "must be a date and a time such as 2026-03-29 06:00")
            return None
        day, clock = self._date(column, parts[1]), self._time(column, parts[2])
        if day is None or clock is None:
            return None
        return self._resolved(column, dt.datetime.combine(day, clock), parts[3], zone)

    def listed(self, column: str, *, most: int = 50) -> tuple[str, ...]:
        """Texts separated by `;` or `|`, each once, in their order."""
        found = self.text(column, longest=4000)
        items = tuple(dict.fromkeys(part.strip() for part in re.split(r"[;|]", found or "") if part.strip()))
        if len(items) > most:
            self.fault(column, f"has more than {most} entries")
            return ()
        return items

    def _date(self, column: str, found: str) -> dt.date | None:
        iso, dotted = ISO_DATE.fullmatch(found), DOTTED_DATE.fullmatch(found)
        parts: tuple[str, ...] = iso.groups() if iso else ()
        if dotted:
            parts = (dotted[3], dotted[2], dotted[1])
        try:
            year, month, day = (int(part) for part in parts)
            if EARLIEST_YEAR <= year <= LATEST_YEAR:
                return dt.date(year, month, day)
            self.fault(column, f"must lie between the years {EARLIEST_YEAR} and {LATEST_YEAR}")
        except ValueError:
            self.fault(column, "must be a calendar date such as 2026-03-29 or 29.03.2026")
        return None

    def _time(self, column: str, found: str) -> dt.time | None:
        parts = CLOCK.fullmatch(found)
        try:
            if parts is not None:
                return dt.time(int(parts[1]), int(parts[2]), int(parts[3] or 0))
        except ValueError:
            pass
        self.fault(column, "must be a time such as 06:00")
        return None

    def _resolved(self, column: str, local: dt.datetime, offset: str | None, zone: ZoneInfo) -> dt.datetime | None:
        if offset is None:
            return local.replace(tzinfo=zone).astimezone(dt.UTC)
        try:
            return dt.datetime.fromisoformat(f"{local.isoformat()}{offset.upper()}").astimezone(dt.UTC)
        except ValueError:
            self.fault(column, "has an offset that does not exist")
            return None
