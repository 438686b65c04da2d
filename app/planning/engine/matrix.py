"""The entries of a linear program, in flat arrays: a program of a plant has more than a million of them."""

from array import array
from collections.abc import Iterable
from importlib import import_module
from typing import Any

Entry = tuple[int, float]


class Matrix:
    """Entries by column and row. They may come in any order; what a row is told twice of a column adds up."""

    def __init__(self) -> None:
        self.count = 0
        self._columns, self._rows, self._values = array("i"), array("i"), array("d")
        self._packed: tuple[Any, Any, Any] | None = None

    def column(self, entries: Iterable[Entry]) -> int:
        """A new column with these entries; answers its number."""
        self.count += 1
        for row, value in entries:
            self.add(self.count - 1, row, value)
        return self.count - 1

    def add(self, column: int, row: int, value: float) -> None:
        """One entry more."""
        self._columns.append(column)
        self._rows.append(row)
        self._values.append(value)

    def packed(self) -> tuple[Any, Any, Any]:
        """Where each column begins and the last one ends, rows, values: by column and row, each row once in a column."""
        if self._packed is None:
            numpy = import_module("numpy")
            columns, rows = numpy.frombuffer(self._columns, dtype="int32"), numpy.frombuffer(self._rows, dtype="int32")
            order = numpy.lexsort((rows, columns))
            columns, rows, values = columns[order], rows[order], numpy.frombuffer(self._values, dtype="float64")[order]
            new = numpy.ones(len(columns), dtype=bool)
            new[1:] = (columns[1:] != columns[:-1]) | (rows[1:] != rows[:-1])
            first = numpy.flatnonzero(new)
            starts = numpy.searchsorted(columns[first], numpy.arange(self.count + 1)).astype("int32")
            self._packed = starts, rows[first], numpy.add.reduceat(values, first) if len(first) else values
            self._columns, self._rows, self._values = array("i"), array("i"), array("d")
        return self._packed

    def entries(self, column: int) -> list[Entry]:
        """The rows of one column with their values."""
        starts, rows, values = self.packed()
        first, end = int(starts[column]), int(starts[column + 1])
        return list(zip(rows[first:end].tolist(), values[first:end].tolist(), strict=True))

    def weighed(self, weights: Any) -> list[int]:
        """For each column the sum of its whole values times the whole weights of their rows."""
        numpy = import_module("numpy")
        starts, rows, values = self.packed()
        total = numpy.zeros(len(rows) + 1, dtype="int64")
        numpy.cumsum(numpy.asarray(weights, dtype="int64")[rows] * values.astype("int64"), out=total[1:])
        found: list[int] = (total[starts[1:]] - total[starts[:-1]]).tolist()
        return found
