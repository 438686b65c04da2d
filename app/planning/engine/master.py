"""The choice of one week for each worker: a small program over weeks, as linear program for prices and as MIP for a plan."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib import import_module
from math import inf
from typing import Any

from app.planning.domain.floor import Floor
from app.planning.engine.pricing import SCALE, Columns, Prices, Pricing
from app.planning.engine.slots import PlaceKey
from app.planning.engine.state import price
from app.planning.engine.weights import targets

Week = tuple[int, int, int]


class Master:
    """Weeks as columns, one of them for each worker; what workers share as rows."""

    def __init__(self, pricing: Pricing, standing: Floor) -> None:
        self.pricing, self.lp = pricing, pricing.lp
        self.workers = [worker for worker, person in pricing.people.items() if person.names and person.small]
        self.start = self.weeks_of(standing)
        self.weeks: list[tuple[int, Columns]] = []
        self.place_of: dict[tuple[int, Columns], int] = {}
        self._items = {column: what for (_, what), column in self.lp.meaning.items() if isinstance(what, tuple)}
        self._places = {column: place for (place, _), column in self.lp.meaning.items()}
        given = self.lp.parts.used
        self._missing: dict[int, list[tuple[Week, int]]] = defaultdict(list)
        for week, target in targets(pricing.index).items():
            self._missing[week[0]].append((week, target - (given.used_week.get(week, 0) if given else 0)))
        self._rows = {row: at for at, row in enumerate(pricing.shared)}
        self._own_row = {worker: len(self._rows) + at for at, worker in enumerate(self.workers)}
        self._highs = self._empty(self._taken(standing))
        for worker in self.workers:
            if not pricing.people[worker].pinned:
                self.add(worker, ())
        self.add_all(self.start)

    def weeks_of(self, floor: Floor) -> dict[int, Columns]:
        """The week that each worker has on a floor."""
        there = held_places(floor)
        found: dict[int, list[int]] = {worker: [] for worker in self.workers}
        for place, items in there.items():
            if place[0] in found:
                found[place[0]].append(self.lp.meaning[place, tuple(items)])
        return {worker: tuple(sorted(columns)) for worker, columns in found.items()}

    def add_all(self, choice: Mapping[int, Columns]) -> None:
        """Take a week of each worker into the choice."""
        for worker, columns in choice.items():
            self.add(worker, columns)

    def _taken(self, standing: Floor) -> dict[int, int]:
        """What those hold of each shared row whose weeks are not told by columns: they stand where they are."""
        index, taken = self.pricing.index, dict[int, int]()
        for place, items in held_places(standing).items():
            if place[0] not in self.workers:
                rows = [(row, 1) for row in self.lp.rows_of[place]]
                if any(index.problem.items[item].needs_tablet for item in items):
                    rows += [(row, 1) for row in self.lp.tablet_rows_of[place]]
                seconds = sum(index.seconds[item] for item in items)
                rows += [(row, seconds) for row in self.lp.cap_rows_of.get(place, ())]
                for row, value in rows:
                    taken[row] = taken.get(row, 0) + value
        return taken

    def _empty(self, taken: Mapping[int, int]) -> Any:
        """Rows, and for each shared row two columns that keep its price near what is believed so far."""
        highspy, numpy = import_module("highspy"), import_module("numpy")
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("threads", 1)
        highs.setOptionValue("random_seed", 1)
        highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        none, nothing = numpy.array([], dtype=numpy.int32), numpy.array([])
        for row in self.pricing.shared:
            highs.addRow(-inf, float(self.lp.limits[row] - taken.get(row, 0)), 0, none, nothing)
        for _ in self.workers:
            highs.addRow(1.0, 1.0, 0, none, nothing)
        for at in range(len(self._rows)):
            for sign in (-1.0, 1.0):
                highs.addCol(0.0, 0.0, 0.0, 1, numpy.array([at], dtype=numpy.int32), numpy.array([sign]))
        return highs

    def worth(self, worker: int, columns: Columns) -> int:
        """What a week adds to the objective."""
        given: dict[Week, int] = defaultdict(int)
        for column in columns:
            seconds = sum(self.pricing.index.seconds[item] for item in self._items[column])
            for week in self.lp.weeks_of[self._places[column]]:
                given[week] += seconds
        lost = sum(price(missing - given[week]) for week, missing in self._missing[worker])
        return sum(int(self.lp.costs[column]) for column in columns) - lost

    def add(self, worker: int, columns: Columns) -> bool:
        """Take a week into the choice; False if it is there already or the worker has no choice."""
        if (worker, columns) in self.place_of or worker not in self._own_row:
            return False
        numpy = import_module("numpy")
        rows: dict[int, float] = defaultdict(float)
        rows[self._own_row[worker]] = 1.0
        for column in columns:
            for row, value in self.lp.matrix.entries(column):
                if row in self._rows:
                    rows[self._rows[row]] += value
        self.place_of[worker, columns] = 2 * len(self._rows) + len(self.weeks)
        self.weeks.append((worker, columns))
        indexes = numpy.array(list(rows), dtype=numpy.int32)
        values = numpy.array(list(rows.values()))
        self._highs.addCol(float(self.worth(worker, columns)), 0.0, inf, len(rows), indexes, values)
        return True

    def prices(self, near: Prices, within: int) -> tuple[float, Prices]:
        """The linear program's worth with its prices within so much of `near`, and those prices."""
        for at, row in enumerate(self.pricing.shared):
            low, high = max(0, near[row] - within) / SCALE, (near[row] + within) / SCALE
            self._highs.changeColCost(2 * at, -high)
            self._highs.changeColCost(2 * at + 1, low)
            self._highs.changeColBounds(2 * at, 0.0, inf)
            self._highs.changeColBounds(2 * at + 1, 0.0, inf if low > 0 else 0.0)
        self._highs.run()
        duals = self._highs.getSolution().row_dual
        found = {row: max(0, round(SCALE * duals[at])) for row, at in self._rows.items()}
        return float(self._highs.getInfo().objective_function_value), found

    def chosen(self, start: Mapping[int, Columns], nodes: int) -> dict[int, Columns]:
        """The best choice found within so many nodes, not worse than `start`, which is taken into the choice."""
        highspy, numpy = import_module("highspy"), import_module("numpy")
        self.add_all(start)
        first, highs = 2 * len(self._rows), self._highs
        for column in range(first):
            highs.changeColBounds(column, 0.0, 0.0)
        for column in range(first, first + len(self.weeks)):
            highs.changeColIntegrality(column, highspy.HighsVarType.kInteger)
        highs.setOptionValue("mip_max_nodes", nodes)
        highs.setOptionValue("mip_rel_gap", 0.0)
        highs.setOptionValue("mip_abs_gap", 0.5)
        on = {self.place_of[worker, columns] for worker, columns in start.items()}
        values = numpy.array([float(column in on) for column in range(first + len(self.weeks))])
        highs.setSolution(len(values), numpy.arange(len(values), dtype=numpy.int32), values)
        highs.run()
        found: Sequence[float] = highs.getSolution().col_value
        for column in range(first, first + len(self.weeks)):
            highs.changeColIntegrality(column, highspy.HighsVarType.kContinuous)
        taken = {worker: columns for at, (worker, columns) in enumerate(self.weeks) if found and found[first + at] > 0.5}
        return taken if len(taken) == len(self.workers) else dict(start)

    def items_of(self, choice: Mapping[int, Columns]) -> dict[int, PlaceKey]:
        """The place of each item of a choice."""
        return {item: self._places[column] for columns in choice.values() for column in columns for item in self._items[column]}


def held_places(floor: Floor) -> dict[PlaceKey, list[int]]:
    """The items in each place that is held on a floor."""
    there: dict[PlaceKey, list[int]] = defaultdict(list)
    for item, reach in enumerate(floor.place_of):
        if reach is not None:
            there[reach.worker, reach.window].append(item)
    return there
