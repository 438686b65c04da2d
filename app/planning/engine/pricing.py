"""Every worker's best week at given prices of places: a bound as tight as the linear program's or tighter, and weeks to choose.

The rows that workers share (places, people who may leave, tablets) and the caps are paid for; whatever is paid, what all limits
bring in together and everybody's best week on top is no less than any plan is worth. All arithmetic is on integers, so the
bound holds whatever the linear program's tolerances.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from app.planning.domain.floor import Floor
from app.planning.domain.segments import UNLIMITED
from app.planning.engine import compiled, weeks
from app.planning.engine.bound import PatternLp
from app.planning.engine.slots import PlaceKey
from app.planning.engine.state import price
from app.planning.engine.weights import targets

# Prices are whole numbers of a sixteenth of a hundredth of a point.
SCALE = 16
# Workers with more items than this are bounded by the linear program alone; so are those with more labels or steps.
MOST_ITEMS, MOST_LABELS, MOST_STEPS = 18, 60_000, 400_000
# What a label may lose at first, in units of the objective.
ALLOWED = 60
SHARED = ("seats", "tablets", "clash", "day", "week")
NO_TARGET = -(1 << 40)

Week = tuple[int, int, int]
Prices = dict[int, int]
Columns = tuple[int, ...]


@dataclass(slots=True)
class Person:
    """One worker's places in order of time and the columns in them, as `weeks` reads them."""

    pinned: int = 0
    missing: int = NO_TARGET
    # What the worker's own rows are worth, without and with what the best columns add; both before any place is paid for.
    own: int = 0
    # What is lost for sure: targets that no place counts toward, less what is counted as a straight line.
    base: int = 0
    columns: list[int] = field(default_factory=list)
    # Column of the program by address of the column here.
    names: list[int] = field(default_factory=list)
    places: list[PlaceKey] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    # Columns of places that are not told by patterns, and how many items the others speak of.
    loose: list[int] = field(default_factory=list)
    bits: int = 0
    # Whether weeks are looked for at all, or the linear program's word is taken.
    small: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of columns of one worker and what it is worth at the prices, scaled."""

    worth: int
    columns: Columns


class Pricing:
    """Weeks of all workers of a linear program, given the dual values of its rows."""

    def __init__(self, lp: PatternLp, duals: Iterable[float], *, use_compiled: bool) -> None:
        self.lp, self.index = lp, lp.parts.index
        self.duals = [round(SCALE * value) for value in duals]
        self.shared = [row for (kind, _), row in lp.rows.items() if kind in SHARED and lp.limits[row] < UNLIMITED // 2]
        self._is_shared = set(self.shared)
        self._pinned_rows = {lp.rows["item", item] for item in lp.parts.fixed}
        self._given: Floor = lp.parts.used or Floor(self.index)
        self.people: dict[int, Person] = {}
        self._own_rows()
        # What the worker's own rows ask for each column.
        self._own = lp.matrix.weighed([0 if row in self._is_shared else self._dual(row) for row in range(len(lp.limits))])
        self._columns()
        self._functions: Any = compiled.compiled() if use_compiled else weeks
        self._array: Callable[[list[int]], Any] = compiled.as_array if use_compiled else list
        bits = max((person.bits for person in self.people.values() if person.small), default=0)
        self._book = self._array(weeks.book(bits, MOST_LABELS, min(MOST_STEPS, 64 << bits)))
        self._arrays = {worker: self._array(person.columns) for worker, person in self.people.items()}

    def first_prices(self) -> Prices:
        """The linear program's own prices."""
        return {row: max(0, self.duals[row]) for row in self.shared}

    def _own_rows(self) -> None:
        """What the rows of one worker alone are worth by the linear program."""
        self._exact_week: dict[int, Week] = {}
        self._slopes: dict[Week, int] = {}
        for (kind, what), row in self.lp.rows.items():
            key: Any = what
            if kind == "item":
                self._person(self.index.worker_of[key]).own += self._dual(row)
            elif kind == "place":
                self._person(key[0]).own += max(0, self.duals[row]) * int(self.lp.limits[row])
        for week, target in targets(self.index).items():
            person, missing = self._person(week[0]), target - self._given.used_week.get(week, 0)
            slope = max(0, self.duals[self.lp.rows["target", week]])
            # What is missing is convex in the seconds given, so the straight line at any slope is no worse.
            corners = {0, *(max(0, missing - corner) for corner in (0, 600, 1200))}
            line = max(-slope * given - SCALE * price(missing - given) for given in corners)
            if week[0] in self._exact_week:
                person.base += line
                self._slopes[week] = slope
            else:
                self._exact_week[week[0]] = week
                person.missing = missing
                person.own += line

    def _dual(self, row: int) -> int:
        """The dual value of a row; below zero only where a pin makes it an equation."""
        return self.duals[row] if row in self._pinned_rows else max(0, self.duals[row])

    def _person(self, worker: int) -> Person:
        return self.people.setdefault(worker, Person())

    def _columns(self) -> None:
        """Columns by worker and place; of a place that is not told by patterns, each column by itself."""
        lp = self.lp
        there: dict[PlaceKey, list[tuple[tuple[int, ...], int]]] = defaultdict(list)
        for (place, what), column in lp.meaning.items():
            if isinstance(what, tuple):
                there[place].append((what, column))
            else:
                person = self._person(place[0])
                person.small = False
                person.loose.append(column)
        places: dict[int, list[PlaceKey]] = defaultdict(list)
        for place in sorted(lp.parts.places, key=lambda place: (lp.opens[place], place)):
            if place in there:
                places[place[0]].append(place)
        for worker, mine in places.items():
            person = self._person(worker)
            items = sorted(set(chain.from_iterable(what for place in mine for what, _ in there[place])))
            person.bits = len(items)
            person.small &= len(items) <= MOST_ITEMS
            bit = {item: 1 << at if person.small else 0 for at, item in enumerate(items)}
            person.pinned = sum(bit[item] for item in items if item in lp.parts.fixed)
            for place in mine:
                person.places.append(place)
                for what, column in there[place]:
                    person.columns += self._told(place, what, column, bit)
                    person.names.append(column)
                person.ends.append(len(person.columns))

    def _told(self, place: PlaceKey, what: tuple[int, ...], column: int, bit: Mapping[int, int]) -> list[int]:
        """One column as `weeks` reads it."""
        index, mask, before = self.index, 0, 0
        for item in what:
            mask |= bit[item]
            for earlier in index.before[item]:
                before |= bit.get(earlier, 0)
        seconds = sum(index.seconds[item] for item in what)
        weeks_there = self.lp.weeks_of[place]
        # A target beside the exact one counts as the straight line: worth by the second, and not asked of the column.
        line = seconds * sum(self._slopes.get(week, 0) for week in weeks_there)
        counted = seconds if self._exact_week.get(place[0]) in weeks_there else 0
        tablet = int(any(index.problem.items[item].needs_tablet for item in what))
        return [mask, before & ~mask, seconds, counted, tablet, self._worth(column) + line, self._own[column] + line]

    def _worth(self, column: int) -> int:
        return SCALE * int(self.lp.costs[column])

    def _priced(self, person: Person, prices: Prices) -> list[int]:
        """The places of a worker with what they cost now."""
        found, first = [], 0
        for place, end in zip(person.places, person.ends, strict=True):
            seat = sum(prices.get(row, 0) for row in self.lp.rows_of[place])
            device = sum(prices.get(row, 0) for row in self.lp.tablet_rows_of[place])
            second = sum(prices.get(row, 0) for row in self.lp.cap_rows_of[place])
            found += [first, end, seat, device, second]
            first = end
        return found

    def found(self, prices: Prices, workers: Iterable[int], width: int, most: int) -> dict[int, list[Choice]]:
        """Of each of these workers up to `most` weeks that lose at most `width` to the best one."""
        return {worker: self._best(worker, prices, width, most)[1] for worker in workers}

    def bound(self, prices: Prices, width: int = 0, most: int = 0) -> tuple[int, dict[int, list[Choice]]]:
        """What no plan is worth more than, scaled; and of each worker up to `most` weeks that lose at most `width`."""
        total = sum(price * int(self.lp.limits[row]) for row, price in prices.items())
        found: dict[int, list[Choice]] = {}
        for worker, person in self.people.items():
            best, choices = self._best(worker, prices, width, most)
            total += best + person.base
            found[worker] = choices
        return total, found

    def _best(self, worker: int, prices: Prices, width: int, most: int) -> tuple[int, list[Choice]]:
        """What a worker's best week is worth, and some weeks; without any what the linear program promises."""
        person, columns, b, functions = self.people[worker], self._arrays[worker], self._book, self._functions
        priced = self._priced(person, prices)
        places, end = self._array(priced), len(priced)
        promised = person.own + int(functions.promised(columns, places, end))
        if not person.small:
            return promised + sum(max(0, self._left(column, prices)) for column in person.loose), []
        allowed = max(SCALE * ALLOWED, width)
        while allowed < SCALE << 30:
            complete = functions.labels(b, columns, places, end, allowed)
            best = functions.settle(b, person.pinned, person.missing, SCALE)
            if not complete:
                break
            worth = int(b[b[weeks.OLD] + 4 * best])
            if best >= 0 and worth >= promised - allowed:
                return worth, self._choices(person, worth - width, most) if most else []
            allowed *= 2
        return promised, []

    def _left(self, column: int, prices: Prices) -> int:
        """What a column is worth beyond what all its rows ask."""
        paid = sum(prices[row] * int(value) for row, value in self.lp.matrix.entries(column) if row in prices)
        return self._worth(column) - self._own[column] - paid

    def _choices(self, person: Person, least: int, most: int) -> list[Choice]:
        """The weeks that are worth at least so much, the best first."""
        b, good = self._book, []
        for number in range(int(b[weeks.SEEN_COUNT])):
            worth = int(b[b[weeks.OLD] + 4 * number])
            if worth >= least:
                good.append((-worth, int(b[b[weeks.SEEN] + number])))
        return [Choice(-worth, self._path(person, mask)) for worth, mask in sorted(good)[:most]]

    def _path(self, person: Person, mask: int) -> Columns:
        """The columns that lead to a set of items."""
        b, found = self._book, []
        at = int(b[b[weeks.OF_STEP] + mask])
        while at:
            step = int(b[weeks.STEPS]) + 2 * at
            found.append(person.names[int(b[step]) // weeks.COLUMN_SIZE])
            at = int(b[step + 1])
        return tuple(sorted(found))
