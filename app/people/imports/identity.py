"""Which stored thing an imported row speaks of: by what the source calls it, else by its own number or code."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from app.core.imports import ImportRow, RowVerdict, Verdict

T = TypeVar("T")
CODE = r"[A-Za-z0-9][A-Za-z0-9._-]*"
CODE_MEANING = "1 to 64 letters, digits, dots, dashes or underscores"


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """Stored things by what the source calls them and by their own key; `named` maps ids to the source's names."""

    by_name: Mapping[str, T]
    by_key: Mapping[Hashable, T]
    named: Mapping[UUID, str]

    def find(self, name: str | None, key: Hashable, id_of: Callable[[T], UUID]) -> tuple[T | None, str]:
        """The stored thing, if any, or the reason why name and key contradict each other."""
        called = self.by_name.get(name) if name else None
        keyed = self.by_key.get(key)
        if called is not None and keyed is not None and id_of(called) != id_of(keyed):
            return None, "it belongs to another one here"
        if called is None and keyed is not None and name and self.named.get(id_of(keyed), name) != name:
            return None, "the source calls it by another external_id already"
        return called if called is not None else keyed, ""


def repeats(rows: Sequence[ImportRow], key: str, under: Sequence[str] = ()) -> dict[int, str]:
    """Rows whose external_id, or else `key` (with the columns `under`), an earlier row has said, with the reason."""
    seen: dict[tuple[str, ...], int] = {}
    found: dict[int, str] = {}
    for row in rows:
        told = {name: value.strip() for name, value in row.values.items() if value.strip()}
        column = "external_id" if "external_id" in told else key
        said = (column, told.get(column, ""), *(told.get(name, "") for name in under if column == key))
        if said[1] and said in seen:
            found[row.number] = f"{column}: repeats row {seen[said]}"
        seen.setdefault(said, row.number)
    return found


def refused(number: int, reason: str) -> RowVerdict:
    """A row that changes nothing."""
    return RowVerdict(number, Verdict.REFUSED, reason[:500])


def filled(values: Iterable[tuple[str, T | None]]) -> dict[str, T]:
    """Only the cells that say something: an empty cell leaves what is stored."""
    return {name: value for name, value in values if value is not None}
