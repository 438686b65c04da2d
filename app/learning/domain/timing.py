"""Which times of a device are believed, and how much of an attempt may be paid."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.learning.domain.values import Fault

SECOND = timedelta(seconds=1)
# Phones set by hand are minutes off, not more; a clock further ahead would put work where it has not been yet.
SKEW = timedelta(minutes=5)
# A phone may lie in a locker through a long leave; later than this no payroll period can still be explained.
OLDEST = timedelta(days=45)
# An attempt started online stays open this long, so that it can still be finished after a weekend without a network.
LEASE = timedelta(hours=72)
# Slow readers, a second language and a word from a colleague are paid: twice the planned time and a minute to begin.
# More than that is a phone left open, which nobody learned from.
PAID_FACTOR, PAID_EXTRA = 2, 60
DUE_SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of whole seconds `[start, start + seconds)` on the server's time line."""

    start: datetime
    seconds: int

    @property
    def end(self) -> datetime:
        """The instant after the last second."""
        return self.start + timedelta(seconds=self.seconds)


def longest_paid(planned: int) -> int:
    """The most seconds that one attempt at content of `planned` seconds is paid."""
    return PAID_FACTOR * planned + PAID_EXTRA


def paid_span(started: datetime, finished: datetime, *, planned: int, now: datetime) -> Span:
    """The seconds of an attempt that may be paid: never longer than it took, than the cap, and never in the future.

    The start is cut to the second, so that neighbors never share one: floor(a) + floor(b - a) <= floor(b). A clock
    that is a little ahead moves the whole span back instead of costing the worker its end.
    """
    seconds = min(max(0, (finished - started) // SECOND), longest_paid(planned))
    ahead = max(timedelta(0), finished - now)
    return Span((started - ahead).replace(microsecond=0), seconds)


def time_fault(started: datetime, finished: datetime, now: datetime) -> Fault | None:
    """Why the times of an offline result cannot be believed."""
    if finished < started:
        return Fault("/finished_at", "ends_before_start", "finished_at must not be before started_at")
    if finished > now + SKEW:
        return Fault("/finished_at", "in_the_future", "the device's clock is more than 5 minutes ahead: correct it")
    if started < now - OLDEST:
        return Fault("/started_at", "too_old", "results older than 45 days are not taken: ask your supervisor to record it")
    return None
