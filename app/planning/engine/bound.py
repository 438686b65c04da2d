"""A proven upper bound: the pattern LP, solved by HiGHS where it is installed (optional extra `planner`).

Every plan is a solution of the LP with the same worth, so no plan can be worth more than the LP's optimum.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from math import floor, inf
from typing import Any

from app.planning.domain.floor import Floor
from app.planning.domain.problem import Id
from app.planning.domain.segments import UNLIMITED
from app.planning.engine.matrix import Entry, Matrix
from app.planning.engine.patterns import Offer, most_told, patterns
from app.planning.engine.slots import Parts, PlaceKey
from app.planning.engine.weights import INTERRUPTION, targets

# Simplex stops within tolerances; a bound must not be below the optimum by them.
SLACK, RELATIVE_SLACK = 1e-3, 1e-8
Chosen = tuple[int, ...]
Week = tuple[int, int, int]
Key = tuple[str, object]


def highs_installed() -> bool:
    """Whether the optional extra is installed."""
    return find_spec("highspy") is not None


@dataclass(frozen=True, slots=True)
class SeatPrice:
    """What one more place in a window would be worth, in hundredths of a point, while it is the only change."""

    window_id: Id
    worth: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What no plan can be worth more than, and what its limits cost."""

    bound: int
    seat_prices: tuple[SeatPrice, ...] = ()


def upper_bound(parts: Parts) -> int:
    """What no plan can be worth more than. Raises RuntimeError when the LP was not solved to its optimum."""
    return PatternLp(parts).proof().bound


class PatternLp:
    """Columns by place and pattern; rows by item, place, resource, cap, order and weekly target."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.costs: list[float] = []
        self.uppers: list[float] = []
        self.matrix = Matrix()
        self.rows: dict[Key, int] = {}
        self.limits: list[float] = []
        # Columns that hold an item in a place, with how much of it.
        self.holding: dict[int, list[tuple[PlaceKey, int]]] = defaultdict(list)
        # Columns by what they say: a place with these items; a place, its tablet, an item in it.
        self.meaning: dict[tuple[PlaceKey, Chosen | str | int], int] = {}
        # The first second of each place, and the rows it takes from: its own, those of a tablet, caps by the second, targets.
        self.opens: dict[PlaceKey, int] = {}
        self.rows_of: dict[PlaceKey, list[int]] = defaultdict(list)
        self.tablet_rows_of: dict[PlaceKey, list[int]] = defaultdict(list)
        self.cap_rows_of: dict[PlaceKey, list[int]] = {}
        self.weeks_of: dict[PlaceKey, set[Week]] = {}
        self._budgets()
        self._resources()
        self._clashes()
        self._places()
        self._order()

    def _row(self, key: Key, limit: float) -> int:
        if key not in self.rows:
            self.rows[key] = len(self.limits)
            self.limits.append(limit)
        return self.rows[key]

    def _column(self, cost: float, entries: Iterable[Entry], upper: float = 1.0) -> int:
        self.costs.append(cost)
        self.uppers.append(upper)
        return self.matrix.column(entries)

    def _budgets(self) -> None:
        """Caps by day and week; seconds missing to a target in three steps, each dearer than the one before."""
        index, given = self.parts.index, self.parts.used or Floor(self.parts.index)
        for slot in self.parts.slots:
            reach = slot.reach
            daily, weekly = index.daily_cap(reach.day), index.weekly_cap(reach.worker)
            self._row(("day", reach.day), max(0, daily - given.used_day.get(reach.day, 0)))
            self._row(("week", reach.week), max(0, weekly - given.used_week.get(reach.week, 0)))
            self.opens[slot.place] = min(slot.opens, self.opens.get(slot.place, slot.opens))
        for week, target in targets(index).items():
            missing = target - given.used_week.get(week, 0)
            row = self._row(("target", week), -missing)
            for rate, most in ((1, 600.0), (3, 600.0), (6, inf)):
                self._column(-rate, [(row, -1.0)], most)

    def _resources(self) -> None:
        kinds = (("seats", self.rows_of, self.parts.seats), ("tablets", self.tablet_rows_of, self.parts.tablets))
        for kind, rows, limits in kinds:
            for number, limit in enumerate(limits):
                row = self._row((kind, number), limit.left)
                for place in limit.places:
                    rows[place].append(row)

    def _clashes(self) -> None:
        """At the moment a window opens, the worker is in one window only."""
        spans = self.parts.index.window_span
        for place, others in self.parts.clashes.items():
            starts = spans[place[1]][0]
            beside = [other for other in others if spans[other[1]][0] <= starts < spans[other[1]][1]]
            if beside:
                row = self._row(("clash", place), 1)
                for one in {place, *beside}:
                    self.rows_of[one].append(row)

    def _places(self) -> None:
        worth: dict[PlaceKey, dict[int, int]] = defaultdict(dict)
        slots: dict[PlaceKey, set[int]] = defaultdict(set)
        for pair in self.parts.pairs:
            place = self.parts.slots[pair.slot].place
            worth[place][pair.item] = pair.value
            slots[place].add(pair.slot)
        offered, rooms = dict[PlaceKey, list[Offer]](), dict[PlaceKey, int]()
        for place in self.parts.places:
            offered[place] = [(item, self.parts.index.seconds[item], value) for item, value in sorted(worth[place].items())]
            rooms[place] = sum(self.parts.slots[slot].closes - self.parts.slots[slot].opens for slot in slots[place])
        # Counted first and made again where they are used: all at once they may take gigabytes.
        counts = {place: len(patterns(offered[place], rooms[place]) or ()) for place in self.parts.places}
        most = most_told(counts.values(), len({worker for worker, _ in self.parts.places}))
        for place in self.parts.places:
            there, offers, room = [self.parts.slots[slot] for slot in slots[place]], offered[place], rooms[place]
            rows = self._time_rows({slot.reach.day for slot in there}, {slot.reach.week for slot in there})
            self.cap_rows_of[place] = [row for row, sign in rows if sign > 0]
            self.weeks_of[place] = {slot.reach.week for slot in there}
            if 0 < counts[place] <= most:
                self._by_patterns(place, offers, patterns(offers, room) or [], rows)
            else:
                self._by_items(place, offers, room, rows)

    def _time_rows(self, days: set[tuple[int, int]], weeks: set[Week]) -> list[tuple[int, int]]:
        """Rows that count seconds spent in a place, with their sign. A place over two days counts under neither cap."""
        found = [(self.rows["target", week], -1) for week in sorted(weeks) if ("target", week) in self.rows]
        if len(days) == 1:
            found += [(self.rows["day", day], 1) for day in days] + [(self.rows["week", week], 1) for week in weeks]
        return found

    def _by_patterns(self, place: PlaceKey, offers: list[Offer], found: list[Chosen], rows: list[tuple[int, int]]) -> None:
        row = self._row(("place", place), 1)
        seconds = {item: needed for item, needed, _ in offers}
        worth = {item: value for item, _, value in offers}
        for chosen in found:
            spent = sum(seconds[item] for item in chosen)
            entries = [(row, 1.0), *self._taken(place), *((at, float(sign * spent)) for at, sign in rows)]
            entries += [(self._row(("item", item), 1), 1.0) for item in chosen]
            if any(self._needs_tablet(item) for item in chosen):
                entries += self._tablet_taken(place)
            column = self._column(sum(worth[item] for item in chosen) - self._cost(place), entries)
            self.meaning[place, tuple(sorted(chosen))] = column
            for item in chosen:
                self.holding[item].append((place, column))

    def _by_items(self, place: PlaceKey, offers: list[Offer], room: int, rows: list[tuple[int, int]]) -> None:
        """One column for the place, one for its tablet, one for each item: the knapsack without its convex hull."""
        fits = self._row(("place", place), 0)
        held = self._column(-self._cost(place), [(fits, -float(room)), *self._taken(place)])
        tablet = self._column(0, self._tablet_taken(place)) if any(self._needs_tablet(item) for item, _, _ in offers) else held
        self.meaning[place, "held"] = held
        self.meaning[place, "tablet"] = tablet
        for item, needed, value in offers:
            inside = self._row(("inside", (place, item)), 0)
            entries = [(inside, 1.0), (fits, float(needed)), (self._row(("item", item), 1), 1.0)]
            entries += [(at, float(sign * needed)) for at, sign in rows]
            self.matrix.add(held, inside, -1.0)
            if self._needs_tablet(item) and tablet != held:
                row = self._row(("tablet", (place, item)), 0)
                entries.append((row, 1.0))
                self.matrix.add(tablet, row, -1.0)
            column = self._column(value, entries)
            self.meaning[place, item] = column
            self.holding[item].append((place, column))

    def _taken(self, place: PlaceKey) -> list[Entry]:
        return [(row, 1.0) for row in self.rows_of[place]]

    def _tablet_taken(self, place: PlaceKey) -> list[Entry]:
        return [(row, 1.0) for row in self.tablet_rows_of[place]]

    def _needs_tablet(self, item: int) -> bool:
        return self.parts.index.problem.items[item].needs_tablet

    def _cost(self, place: PlaceKey) -> int:
        return 0 if place in self.parts.held else INTERRUPTION

    def _order(self) -> None:
        """By each moment, no more of an item than of what its worker does before it."""
        workers = self.parts.index.worker_of
        for item in self.parts.before:
            for earlier in self.parts.index.before[item]:
                if workers[item] == workers[earlier]:
                    self._one_order(item, earlier)

    def _one_order(self, item: int, earlier: int) -> None:
        for moment in sorted({self.opens[place] for place, _ in self.holding[item]}):
            row = self._row(("order", (item, earlier, moment)), 0)
            for who, sign in ((item, 1.0), (earlier, -1.0)):
                for place, column in self.holding[who]:
                    if self.opens[place] <= moment:
                        self.matrix.add(column, row, sign)

    def proof(self) -> Proof:
        """The bound and the seat prices. Raises RuntimeError when HiGHS did not find the LP's optimum."""
        if not self.costs:
            return Proof(0)
        best, duals = self.solved()
        return Proof(bound_of(best), self.seat_prices(dict(enumerate(duals))))

    def seat_prices(self, duals: Mapping[int, float]) -> tuple[SeatPrice, ...]:
        """A window's place costs what all the limits together cost that hold it back."""
        worth: dict[int, float] = defaultdict(float)
        for number, limit in enumerate(self.parts.seats):
            for window in {window for _, window in limit.places}:
                worth[window] += duals[self.rows["seats", number]]
        windows = self.parts.index.problem.windows
        dearest = sorted((-round(price), windows[window].id) for window, price in worth.items())
        return tuple(SeatPrice(name, -price) for price, name in dearest if price < 0)

    def solved(self) -> tuple[float, Sequence[float]]:
        """The LP's optimum and the dual value of each row. Raises RuntimeError when HiGHS did not find it."""
        highs = self._solved()
        return float(highs.getInfo().objective_function_value), highs.getSolution().row_dual

    def _solved(self) -> Any:
        """HiGHS with the LP at its optimum."""
        highs = self._model()
        highs.run()
        status = highs.getModelStatus()
        if status != import_module("highspy").HighsModelStatus.kOptimal:
            raise RuntimeError(f"the bound was not found: {highs.modelStatusToString(status)}")
        return highs

    def searched(self, reached: int, standing: Iterable[int], nodes: int) -> tuple[int, list[int]]:
        """A bound by branching over patterns for so many nodes, and the columns of the best plan found, none if none is better.

        Begins with a plan worth `reached` that takes the columns `standing`. Columns that no better plan can take, by the
        program's reduced costs, are left out. Raises RuntimeError when the program was not solved to its optimum.
        """
        highspy, numpy = import_module("highspy"), import_module("numpy")
        highs = self._solved()
        best, costs = float(highs.getInfo().objective_function_value), numpy.array(highs.getSolution().col_dual)
        standing = set(standing)
        for column in numpy.flatnonzero(costs < reached - best - 1).tolist():
            if column not in standing:
                highs.changeColBounds(column, 0.0, 0.0)
        told = numpy.array(sorted(self.meaning.values()), dtype=numpy.int32)
        highs.changeColsIntegrality(len(told), told, numpy.full(len(told), int(highspy.HighsVarType.kInteger), dtype=numpy.uint8))
        highs.setSolution(len(told), told, numpy.array([float(column in standing) for column in told.tolist()]))
        for name, value in (("mip_max_nodes", nodes), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.5), ("random_seed", 1)):
            highs.setOptionValue(name, value)
        highs.run()
        info, values = highs.getInfo(), highs.getSolution().col_value
        bound = max(reached, min(bound_of(best), bound_of(float(info.mip_dual_bound))))
        found = float(info.objective_function_value) if values else -inf
        return bound, [column for column in told.tolist() if values[column] > 0.5] if found > reached + 0.5 else []

    def _model(self) -> Any:
        """HiGHS with all columns and rows."""
        highspy, numpy = import_module("highspy"), import_module("numpy")
        starts, rows, values = self.matrix.packed()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.costs), len(self.limits)
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.col_cost_ = numpy.array(self.costs, dtype=float)
        lp.col_lower_ = numpy.zeros(len(self.costs))
        lp.col_upper_ = numpy.array(self.uppers, dtype=float)
        lowest = numpy.full(len(self.limits), -inf)
        for item in self.parts.fixed:
            lowest[self.rows["item", item]] = 1.0
        lp.row_lower_ = lowest
        lp.row_upper_ = numpy.array([inf if limit >= UNLIMITED // 2 else limit for limit in self.limits], dtype=float)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = starts, rows, values
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("threads", 1)
        highs.passModel(lp)
        return highs


def bound_of(best: float) -> int:
    """A bound from the optimum that HiGHS found within its tolerances."""
    return floor(best + SLACK + RELATIVE_SLACK * abs(best))
