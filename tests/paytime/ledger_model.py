"""The ledger once more, kept second by second in plain Python. It shares no code with the product.

Seconds are whole numbers from the start of the first shift. Lines are known by the ids the ledger gave them; what
each of them says is foretold here, second by second, before the ledger's own lines are read (`adopt`).
"""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

DAY, WEEK, GRACE = 86_400, 604_800, 1_800
# The first shift starts at seven, so many seconds after midnight.
MORNING = 7 * 3600
OUTSIDE = ("off_shift", "meal_break", "rest_break")


@dataclass
class Shift:
    """Who is where from when until when; `breaks` are (from, until, kind, paid)."""

    id: UUID
    start: int
    stop: int
    breaks: list[tuple[int, int, str, bool]]
    planned: bool = True


class Claim(NamedTuple):
    """What was said to be learned, in the order in which it came."""

    recorded: int
    start: int
    source: UUID
    stop: int


@dataclass
class Hold:
    """A session that reserved time."""

    id: UUID
    start: int
    stop: int
    end: str | None = None
    seconds: int = 0


class Mark(NamedTuple):
    """What a counted second is: for which source, where in the day, in which shift."""

    source: UUID
    where: str
    shift: UUID | None


@dataclass
class Line:
    """A line of the ledger, and which of its seconds other lines took back."""

    kind: str
    seconds: range
    marks: dict[int, Mark]
    taken: set[int] = field(default_factory=set)


class Refused(Exception):
    """The ledger must refuse, with this code."""


class Foretold(NamedTuple):
    """The next lines, second by second: credited, taken back from which line, restored of which reversal."""

    credited: dict[int, Mark]
    reversed: dict[int, UUID]
    restored: dict[int, UUID]


@dataclass
class Model:
    """All that the ledger of one worker at one site must say."""

    shifts: list[Shift]
    pays_outside: bool
    absences: list[tuple[int, int]] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    answers: dict[UUID, tuple[int, dict[str, int]]] = field(default_factory=dict)
    holds: dict[UUID, Hold] = field(default_factory=dict)
    expired: set[UUID] = field(default_factory=set)
    held: dict[int, UUID] = field(default_factory=dict)
    lines: dict[UUID, Line] = field(default_factory=dict)
    decided: dict[UUID, set[int]] = field(default_factory=dict)
    waiting: dict[UUID, Counter[tuple[int, str, bool]]] = field(default_factory=dict)
    told: Counter[int] = field(default_factory=Counter)
    closed: int = 0

    # What the roster makes of a second.

    def shift_at(self, second: int) -> Shift | None:
        """The shift its worker attends."""
        if any(start <= second < stop for start, stop in self.absences):
            return None
        return next((s for s in self.shifts if s.planned and s.start <= second < s.stop), None)

    def pause_at(self, second: int) -> tuple[str, bool] | None:
        """The break at a second of an attended shift."""
        shift = self.shift_at(second)
        if shift is None:
            return None
        found = [(kind, paid) for start, stop, kind, paid in shift.breaks if start <= second < stop]
        return next(iter(found), None)

    def place(self, second: int) -> tuple[str, UUID | None]:
        """Where a second lies, and in which shift."""
        shift, pause = self.shift_at(second), self.pause_at(second)
        if shift is None:
            return "off_shift", None
        if pause is None or pause == ("rest", True):
            return "on_shift", shift.id
        return f"{pause[0]}_break", shift.id

    def settled(
        self, claim: Claim, without: Iterable[int], taken: set[int]
    ) -> tuple[dict[int, Mark], Counter[tuple[int, str, bool]]]:
        """What of a claim is credited, and what somebody must see."""
        given: dict[int, Mark] = {}
        shown: Counter[tuple[int, str, bool]] = Counter()
        for second in range(claim.start, claim.stop):
            if second in without:
                continue
            where, shift = self.place(second)
            if second in taken:
                shown[second, "already_credited", False] += 1
            elif where == "on_shift":
                given[second] = Mark(claim.source, where, shift)
            else:
                shown[second, where, self.pays_outside] += 1
                if self.pays_outside:
                    given[second] = Mark(claim.source, where, shift)
        return given, shown

    # What people and phones do.

    def ask(self, now: int, source: UUID, start: int, stop: int) -> dict[int, Mark]:
        """A claim is settled once; asked again, its first answer stands."""
        if source in self.answers:
            return {}
        claim = Claim(now, start, source, stop)
        given, shown = self.settled(claim, (), set(self.held))
        self.claims.append(claim)
        self.waiting[source] = shown
        unpaid: Counter[str] = Counter()
        for (_, reason, paid), count in shown.items():
            unpaid[reason] += 0 if paid else count
        self.answers[source] = (len(given), {reason: count for reason, count in unpaid.items() if count})
        return given

    def start(self, now: int, hold: UUID, seconds: int) -> None:
        """Reserve what is free from now on."""
        piece = self.shift_at(now)
        if piece is None and not self.pays_outside:
            raise Refused("outside_shift")
        if now in self.held:
            raise Refused("session_open")
        if self.pause_at(now):
            raise Refused("in_break")
        stop = now
        while stop < now + seconds and stop not in self.held:
            if piece is not None and (self.shift_at(stop) is not piece or self.pause_at(stop)):
                break
            stop += 1
        self.holds[hold] = Hold(hold, now, stop)
        self.held.update(dict.fromkeys(range(now, stop), hold))

    def resolve(self, hold: Hold, end: str) -> bool:
        """End a reservation once; True when this did it."""
        if hold.end is not None:
            if hold.end != end:
                raise Refused("session_ended")
            return False
        hold.end = end
        self.held = {second: by for second, by in self.held.items() if by != hold.id}
        return True

    def overdue(self, now: int) -> list[Hold]:
        """Sessions that the server ends now, in the order in which it does."""
        return sorted((h for h in self.holds.values() if h.end is None and h.stop + GRACE <= now), key=lambda h: h.id)

    def expire(self, now: int, hold: Hold) -> None:
        """Nobody ended a session: all of its time waits."""
        self.resolve(hold, "expired")
        self.claims.append(Claim(now, hold.start, hold.id, hold.stop))
        self.expired.add(hold.id)
        self.waiting[hold.id] = Counter({(second, "expired", False): 1 for second in range(hold.start, hold.stop)})

    def take_back(self, name: UUID, piece: range) -> Foretold:
        """A stretch of a line is taken back, once; of a reversal that gives its time back."""
        line = self.lines[name]
        if line.taken & set(piece):
            raise Refused("already_reversed")
        if line.kind == "reversal" and any(second in self.held for second in piece):
            raise Refused("time_taken")
        self.decided.setdefault(line.marks[piece[0]].source, set()).update(piece)
        back = dict.fromkeys(piece, name)
        return Foretold({}, {}, back) if line.kind == "reversal" else Foretold({}, back, {})

    def replace(self, name: UUID, start: int, stop: int) -> Foretold:
        """A line moves to another time, wholly or not at all."""
        line = self.lines[name]
        if line.kind == "reversal" or line.taken:
            raise Refused("already_reversed")
        source = line.marks[line.seconds[0]].source
        given, shown = self.settled(Claim(0, start, source, stop), (), set(self.held) - set(line.seconds))
        if len(given) < stop - start:
            raise Refused("not_payable")
        self.waiting.setdefault(source, Counter()).update(shown)
        self.decided.setdefault(source, set()).update(line.seconds, range(start, stop))
        return Foretold(given, dict.fromkeys(line.seconds, name), {})

    def decide(self, source: UUID, within: range, reason: str, *, paid: bool, pay: bool) -> Foretold:
        """Somebody pays a stretch that waits, or does not."""
        given: dict[int, Mark] = {}
        back: dict[int, UUID] = {}
        if pay and not paid:
            free = [second for second in within if second not in self.held]
            if not free:
                raise Refused("already_credited")
            where = reason if reason in OUTSIDE else "on_shift"
            for run in runs(free):
                around = next((s for s in self.shifts if s.planned and s.start <= run[0] and run[-1] < s.stop), None)
                given.update({second: Mark(source, where, around.id if around else None) for second in run})
        elif not pay and paid:
            own = [second for second in within if second in self.held and self.held[second] in self.lines]
            back = {second: self.held[second] for second in own if self.mark(second).source == source}
        self.decided.setdefault(source, set()).update(within)
        self.waiting[source].subtract({(second, reason, paid): 1 for second in within})
        return Foretold(given, back, {})

    def review(self, start: int, stop: int) -> Foretold:
        """The roster changed, or reserved time came free: claims around it are settled anew, first come first served."""
        around = sorted(
            c for c in self.claims if c.source not in self.expired and c.start < stop and c.stop > start and c.stop > c.start
        )
        sources = {claim.source for claim in around}
        standing = {
            second: self.mark(second)
            for second, by in self.held.items()
            if by in self.lines and self.mark(second).source in sources
            and second not in self.decided.get(self.mark(second).source, ())
        }  # fmt: skip
        taken = set(self.held) - set(standing)
        wanted: dict[int, Mark] = {}
        for claim in around:
            given, shown = self.settled(claim, self.decided.get(claim.source, ()), taken)
            wanted.update(given)
            taken |= set(given)
            self.waiting[claim.source] = shown
        back = {second: self.held[second] for second, mark in standing.items() if wanted.get(second) != mark}
        return Foretold({s: mark for s, mark in wanted.items() if standing.get(s) != mark}, back, {})

    def mark(self, second: int) -> Mark:
        """What a counted second is."""
        return self.lines[self.held[second]].marks[second]

    # What the ledger wrote.

    def adopt(self, name: UUID, kind: str, seconds: range, marks: dict[int, Mark], back: UUID | None) -> None:
        """Take a line of the ledger as it is; whether it was foretold is for the caller to see."""
        self.lines[name] = Line(kind, seconds, marks)
        if back is not None:
            self.lines[back].taken.update(seconds)
        for second in seconds:
            if kind == "reversal":
                del self.held[second]
            else:
                self.held[second] = name

    def by_day(self) -> Counter[int]:
        """Net seconds of each day since the first."""
        net: Counter[int] = Counter()
        for line in self.lines.values():
            for second in line.seconds:
                net[(second + MORNING) // DAY] += -1 if line.kind == "reversal" else 1
        return net

    def close(self) -> dict[tuple[int, bool], int]:
        """Close the next week: its own days, and what came late for earlier ones, each second in one file."""
        first, net = self.closed * 7, self.by_day()
        own = {(day, False): net[day] for day in range(first, first + 7)}
        late = {(day, True): net[day] - self.told[day] for day in range(first)}
        self.told = Counter({day: net[day] for day in range(first + 7)})
        self.closed += 1
        return {key: seconds for key, seconds in {**own, **late}.items() if seconds}


def runs(seconds: Iterable[int]) -> list[range]:
    """Whole numbers as stretches without a gap."""
    found: list[range] = []
    for second in sorted(seconds):
        if found and found[-1].stop == second:
            found[-1] = range(found[-1].start, second + 1)
        else:
            found.append(range(second, second + 1))
    return found


def spread(pairs: Iterable[tuple[range, Hashable]]) -> dict[int, Hashable]:
    """Every second of stretches with what belongs to it; AssertionError when one stands twice."""
    found: dict[int, Hashable] = {}
    for seconds, value in pairs:
        for second in seconds:
            assert second not in found, f"second {second} stands twice"
            found[second] = value
    return found
