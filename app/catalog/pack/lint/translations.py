"""Whether everything can be read in every language that the pack promises."""

from __future__ import annotations

from collections.abc import Iterator

from app.catalog.domain import Card, CardKind, Module, Pack
from app.catalog.pack.finding import Finding, error, warning
from app.catalog.pack.lint.places import Place, body_of, texts_of

# Shorter texts are often names, and names are the same in two languages.
_WORDS_OF_A_SENTENCE = 4


def translation_findings(pack: Pack) -> Iterator[Finding]:
    """Texts missing in the default language (an error) or another one, in an unknown language, or copied."""
    for place in texts_of(pack):
        yield from _text(pack, place)
    for module in pack.modules:
        for card in module.cards:
            yield from _card(pack, module, card)


def _text(pack: Pack, place: Place) -> Iterator[Finding]:
    present = place.text.languages
    for language in pack.languages:
        at = f"{place.pointer}/{language}"
        if language in present:
            continue
        if language == pack.default_language:
            yield error(place.file, at, "text_missing", "missing in the pack's default language")
        else:
            yield warning(place.file, at, "translation_missing", f"not written in {language}")
    for language in present:
        if language not in pack.languages:
            at = f"{place.pointer}/{language}"
            yield error(place.file, at, "unknown_language", "not one of the pack's languages")
    yield from _copies(pack, place)
    yield from _uneven_lists(pack, place)


def _copies(pack: Pack, place: Place) -> Iterator[Finding]:
    texts = place.text.by_language()
    original = texts.get(pack.default_language)
    if not isinstance(original, str) or len(original.split()) < _WORDS_OF_A_SENTENCE:
        return
    for language, text in texts.items():
        if language != pack.default_language and text == original:
            at = f"{place.pointer}/{language}"
            yield warning(place.file, at, "not_translated", f"the same words as in {pack.default_language}")


def _uneven_lists(pack: Pack, place: Place) -> Iterator[Finding]:
    lists = {language: text for language, text in place.text.by_language().items() if isinstance(text, tuple)}
    original = lists.get(pack.default_language, ())
    for language, lines in lists.items():
        if original and len(lines) != len(original):
            at = f"{place.pointer}/{language}"
            yield warning(place.file, at, "uneven_list", f"{len(lines)} lines, {pack.default_language} has {len(original)}")


def _card(pack: Pack, module: Module, card: Card) -> Iterator[Finding]:
    needed = card.kind is CardKind.TEXT or bool(card.text)
    for language in pack.languages if needed else ():
        if language in card.text.languages:
            continue
        file, at = body_of(module, language), f"/{card.id}"
        if language == pack.default_language:
            yield error(file, at, "text_missing", "the card has no text in the pack's default language")
        else:
            yield warning(file, at, "translation_missing", f"the card has no text in {language}")
    for language in card.heading.languages:
        if language not in pack.languages:
            yield error(body_of(module, language), f"/{card.id}", "unknown_language", "not one of the pack's languages")
