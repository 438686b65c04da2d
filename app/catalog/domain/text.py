"""Texts in several languages, and which one a reader gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


def fallback_chain(wanted: str, default: str) -> tuple[str, ...]:
    """The languages to try, best first: `de-AT`, then `de`, then the pack's default."""
    parts = wanted.split("-")
    chain = ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return tuple(dict.fromkeys([*chain, default]))


@dataclass(frozen=True, slots=True)
class Localized(Generic[T]):
    """One text (or one list of lines) in each language it was written in, sorted by language tag."""

    entries: tuple[tuple[str, T], ...] = ()

    @classmethod
    def of(cls, by_language: Mapping[str, T]) -> Localized[T]:
        """The value of a mapping from language tag to text; the order of the mapping does not matter."""
        return cls(tuple(sorted(by_language.items(), key=lambda entry: entry[0])))

    def __bool__(self) -> bool:
        """Whether the text exists in any language."""
        return bool(self.entries)

    @property
    def languages(self) -> tuple[str, ...]:
        """The language tags it is written in."""
        return tuple(language for language, _ in self.entries)

    def by_language(self) -> dict[str, T]:
        """A new mapping from language tag to text."""
        return dict(self.entries)

    def pick(self, wanted: str, default: str) -> tuple[str, T]:
        """The language actually used and its text. Raises LookupError when there is no text at all.

        A text missing even in the default language falls back to its first language: a reader with a foreign
        sentence can ask a colleague, a reader with an empty card cannot.
        """
        texts = self.by_language()
        for language in (*fallback_chain(wanted, default), *self.languages):
            if language in texts:
                return language, texts[language]
        message = "the text exists in no language"
        raise LookupError(message)

    def get(self, wanted: str, default: str) -> T | None:
        """The text for a reader, or nothing when it was never written."""
        return self.pick(wanted, default)[1] if self.entries else None


LocalizedText = Localized[str]
LocalizedLines = Localized[tuple[str, ...]]
NO_TEXT: LocalizedText = Localized()
