"""A worker's own statement of paid learning time: what was credited, what was taken back and why, and what was not paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.paytime.domain import DayTotal, Entry, EntryType, Period, Reason
from app.paytime.domain.chain import Head


@dataclass(frozen=True, slots=True)
class Statement:
    """Everything the ledger holds for one worker in a period; `head` is where the chain ended when it was made."""

    worker: str
    number: str
    site: str
    language: str
    period: Period
    made_at: datetime
    totals: Sequence[DayTotal]
    entries: Sequence[Entry]
    uncredited: Sequence[tuple[Reason, int]]
    names: dict[str, str]
    head: Head

    @property
    def seconds(self) -> int:
        """Net seconds of the period."""
        return sum(total.seconds for total in self.totals)

    @property
    def corrections(self) -> list[Entry]:
        """Lines that took time back."""
        return [entry for entry in self.entries if entry.entry_type is not EntryType.CREDIT]


def clock(seconds: int) -> str:
    """Seconds as hours, minutes and seconds, such as `1:04:09`; negative with a sign in front."""
    hours, rest = divmod(abs(seconds), 3600)
    return f"{'−' if seconds < 0 else ''}{hours}:{rest // 60:02}:{rest % 60:02}"
