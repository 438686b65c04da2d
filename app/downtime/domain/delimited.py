"""Delimited text as line logs come: four delimiters, the usual encodings, a byte order mark, `sep=` lines."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

DELIMITERS = ",;|\t"
SAMPLE_LINES = 20


class UnreadableTable(ValueError):
    """The text is not a table: no header, or one that names a column twice."""


@dataclass(frozen=True, slots=True)
class Table:
    """A header and its rows; `ragged` holds the row numbers (first data row 1) with more cells than the header."""

    header: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    delimiter: str
    ragged: tuple[int, ...] = ()


def decoded(raw: bytes) -> str:
    """The text of a file: UTF-8 or UTF-16 by its mark, else UTF-8, else Windows-1252 with Latin-1 for its holes."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return raw.decode("cp1252")
        except UnicodeDecodeError:
            return raw.decode("latin-1")


def sniffed(text: str) -> str:
    """The delimiter that cuts the first lines into the same number of cells most often; a comma if none does."""
    lines = [line for line in text.splitlines() if line.strip()][:SAMPLE_LINES]
    return max(DELIMITERS, key=lambda delimiter: _consistency(lines, delimiter)) if lines else ","


def _consistency(lines: list[str], delimiter: str) -> tuple[int, int]:
    widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter)]
    if not widths or widths[0] < 2:
        return (0, 0)
    return (sum(width == widths[0] for width in widths), widths[0])


def read_table(text: str, delimiter: str | None = None) -> Table:
    """Rows of a delimited text as dictionaries; cells are kept as they are, blank lines are left out.

    A byte order mark stays out of the first column's name. UnreadableTable when there is no usable header.
    """
    body = text.removeprefix("\ufeff")
    first, _, rest = body.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter, body = first.strip()[4], rest
    delimiter = delimiter or sniffed(body)
    try:
        lines = [cells for cells in csv.reader(io.StringIO(body, newline=""), delimiter=delimiter) if any(cells)]
    except csv.Error as error:
        raise UnreadableTable("the text cannot be cut into cells") from error
    if not lines:
        raise UnreadableTable("the text holds no header")
    header = tuple(clean.strip() for clean in lines[0])
    named = [name for name in header if name]
    if not named or len(set(named)) != len(named):
        raise UnreadableTable("every column needs a name of its own")
    return Table(header, tuple(_row(header, cells) for cells in lines[1:]), delimiter, _ragged(len(header), lines[1:]))


def _row(header: tuple[str, ...], cells: list[str]) -> dict[str, str]:
    padded = [*cells, *[""] * (len(header) - len(cells))]
    return {name: cell for name, cell in zip(header, padded, strict=False) if name}


def _ragged(width: int, lines: Iterable[list[str]]) -> tuple[int, ...]:
    return tuple(number for number, cells in enumerate(lines, start=1) if any(cell.strip() for cell in cells[width:]))
