"""Reading an import's input: bytes of a delimited file or JSON rows, row by row, under our column names."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from app.core.errors import FieldError, Invalid
from app.core.imports.kinds import ImportKind, ImportRow
from app.core.schemas import CONTROL

DELIMITERS = ",;|\t"
LONGEST_CELL = 4000
MOST_COLUMNS = 200
SAMPLE_LINES = 20
TOO_LONG = "A cell of the file is far too long. Is there a quote that is never closed?"
# Other codecs of Python are slow on hostile input or are no text encodings at all.
CHARSETS = {"ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "iso8859-1", "iso8859-15", "cp1252"}
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row under the sender's column names, folded to lower case; `fault` says why it cannot be read."""

    number: int
    cells: dict[str, str]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row under our column names, or the reason it cannot be read."""

    row: ImportRow
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The input as rows to be read once; `header` is None for JSON rows, which name their columns one by one."""

    header: tuple[str, ...] | None
    rows: Iterator[RawRow]


def folded(name: str) -> str:
    """A column name as it is compared."""
    return name.strip().casefold()


def unreadable(detail: str) -> Invalid:
    """The refusal of a whole file."""
    return Invalid(detail, code="unreadable_file", errors=(FieldError("#", detail, "unreadable_file"),))


def decoded(body: bytes, charset: str | None = None) -> str:
    """The text of a file: by byte order mark, then the declared charset, then UTF-8, UTF-16, Windows-1252, Latin-1."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return _strictly(body[len(mark) :], encoding)
    if charset:
        return _strictly(body, _allowed(charset))
    # Two bytes a letter: nearly every second one is NUL. A few of them are damage, which the rows they are in will tell.
    if body[:200].count(0) > len(body[:200]) // 4:
        return _strictly(body, "utf-16-be" if body[:1] == b"\x00" else "utf-16-le")
    for encoding in ("utf-8", "cp1252"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("latin-1")


def _allowed(charset: str) -> str:
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        name = ""
    if name not in CHARSETS:
        raise unreadable(f"Send the file in one of {', '.join(sorted(CHARSETS))}.")
    return name


def _strictly(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        raise unreadable(f"The file is not text in {encoding}.") from error


def delimiter_of(lines: Sequence[str]) -> str:
    """The delimiter that cuts the first lines into the most columns, most regularly; a comma when none does."""

    def regularity(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        return (sum(w == widths[0] for w in widths), widths[0]) if widths and widths[0] > 1 else (0, 0)

    return max(DELIMITERS, key=regularity)


def read_delimited(body: bytes, charset: str | None = None) -> Sheet:
    """A delimited file with a header row. Row numbers are those a spreadsheet shows: the header is row 1."""
    text = decoded(body, charset)
    try:
        delimiter = delimiter_of(list(islice(io.StringIO(text, newline=""), SAMPLE_LINES)))
        lines = Lines(io.StringIO(text, newline=""))
        records = enumerate(csv.reader(lines, delimiter=delimiter), 1)
        header = next((tuple(folded(cell) for cell in cells) for _, cells in records if any(cells)), ())
    except csv.Error as error:
        raise unreadable(TOO_LONG) from error
    named = [name for name in header if name]
    if any(CONTROL.search(name) for name in named):
        raise unreadable("The names of the columns contain control characters.")
    if not named or len(named) > MOST_COLUMNS or len(set(named)) != len(named):
        raise unreadable(f"The first row must name 1 to {MOST_COLUMNS} columns, each once.")
    return Sheet(header, _records(records, header, lines))


class Lines:
    """Lines of a file, with the number of lines and quotes since `begin`."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self.count = self.quotes = 0
        self.over = False

    def begin(self) -> None:
        """A record begins."""
        self.count = self.quotes = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._source:
            self.count += 1
            self.quotes += line.count('"')
            yield line
        self.over = True

    @property
    def swallowed(self) -> bool:
        """Whether the record that just ended began a quote and never closed it, so that the rest of the file is inside."""
        return self.over and self.count > 1 and self.quotes % 2 == 1


def _records(records: Iterator[tuple[int, list[str]]], header: tuple[str, ...], lines: Lines) -> Iterator[RawRow]:
    try:
        lines.begin()
        for number, cells in records:
            swallowed, rest = lines.swallowed, lines.count
            lines.begin()
            if swallowed:
                yield RawRow(number, {}, f"opens a quote that is never closed, so the {rest - 1} lines below it were not read")
            elif len(cells) > len(header):
                yield RawRow(number, {}, f"has {len(cells)} cells, the header has {len(header)}")
            elif any(cell.strip() for cell in cells):
                yield RawRow(number, {name: cell for name, cell in zip(header, cells, strict=False) if name})
    except csv.Error as error:
        raise unreadable(TOO_LONG) from error


def read_objects(rows: Iterable[Mapping[str, Any]]) -> Sheet:
    """JSON rows, numbered from 1: texts, numbers, booleans, null and lists of them become cells."""
    return Sheet(None, (_object(number, row) for number, row in enumerate(rows, 1)))


def _object(number: int, row: Mapping[str, Any]) -> RawRow:
    try:
        return RawRow(number, {folded(name): as_text(value) for name, value in islice(row.items(), MOST_COLUMNS)})
    except ValueError as error:
        return RawRow(number, {}, str(error))


def as_text(value: Any) -> str:
    """A JSON value as a cell. Raises ValueError for objects and nested lists."""
    if isinstance(value, list) and not any(isinstance(item, list) for item in value):
        return ";".join(as_text(item) for item in value)
    if isinstance(value, dict | list):
        raise ValueError("a cell holds an object or a list of lists; cells are texts, numbers, yes or no, or lists of them")
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def checked_columns(kind: ImportKind, mapping: Mapping[str, str], header: tuple[str, ...] | None) -> tuple[str, ...]:
    """The sender's columns nobody uses. Raises Invalid for an unknown or absent column of the mapping or the header."""
    unknown = [our for our in mapping if our not in kind.columns and not kind.other_columns]
    faults = [FieldError(f"#/mapping/{our[:64]}", "this kind has no such column", "unknown_column") for our in unknown]
    if header is not None:
        wanted = {our: folded(mapping.get(our, our)) for our in (*kind.columns, *mapping)}
        absent = [o for o, t in wanted.items() if t not in header and (o in mapping or kind.columns[o].required)]
        detail = "the file has no column for it"
        faults += [FieldError(f"#/mapping/{our[:64]}", detail, "absent_column") for our in absent]
    if faults:
        raise Invalid("Correct the column mapping.", errors=tuple(faults[:50]))
    used = {folded(mapping.get(our, our)) for our in kind.columns}
    return () if kind.other_columns else tuple(name for name in header or () if name and name not in used)


def read_rows(kind: ImportKind, mapping: Mapping[str, str], sheet: Sheet) -> Iterator[ReadRow]:
    """Rows under our column names."""
    theirs = {our: folded(mapping.get(our, our)) for our in (*kind.columns, *mapping)}
    mapped = set(theirs.values())
    for raw in sheet.rows:
        values = {name: cell for name, cell in raw.cells.items() if name not in mapped} if kind.other_columns else {}
        values |= {our: raw.cells.get(name, "") for our, name in theirs.items()}
        fault = raw.fault or fault_of(values)
        yield ReadRow(ImportRow(raw.number, {} if fault else values), fault)


def fault_of(values: Mapping[str, str]) -> str:
    """Why no handler may see these cells; empty when it may."""
    for name, value in values.items():
        if len(value) > LONGEST_CELL:
            return f"{name[:64]}: is longer than {LONGEST_CELL} characters"
        if CONTROL.search(value):
            return f"{name[:64]}: contains control characters"
    return ""
