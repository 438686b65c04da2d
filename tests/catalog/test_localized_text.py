"""Which language a reader gets."""

import pytest
from hypothesis import given

from app.catalog.domain import NO_TEXT, Localized, LocalizedText, fallback_chain
from tests.catalog.values import languages, texts


def test_an_austrian_falls_back_to_german_and_then_to_the_default_of_the_pack() -> None:
    assert fallback_chain("de-AT", "en") == ("de-AT", "de", "en")
    assert fallback_chain("zh-Hant-TW", "en") == ("zh-Hant-TW", "zh-Hant", "zh", "en")
    assert fallback_chain("en", "en") == ("en",)


@pytest.mark.parametrize(
    ("wanted", "given_language"),
    [("de-AT", "de-AT"), ("de-CH", "de"), ("de", "de"), ("fr", "en"), ("en-GB", "en")],
)
def test_the_nearest_language_is_picked_and_named(wanted: str, given_language: str) -> None:
    text = Localized.of({"en": "shift", "de": "Schicht", "de-AT": "Dienst"})
    assert text.pick(wanted, "en") == (given_language, text.by_language()[given_language])


def test_a_text_that_lacks_even_the_default_is_still_shown() -> None:
    assert Localized.of({"es": "turno"}).pick("fr", "en") == ("es", "turno")


def test_a_text_that_was_never_written_is_nothing() -> None:
    assert NO_TEXT.get("en", "en") is None
    assert not NO_TEXT
    with pytest.raises(LookupError):
        NO_TEXT.pick("en", "en")


@given(text=texts, wanted=languages, default=languages)
def test_a_written_text_is_always_shown_in_one_of_its_languages(text: LocalizedText, wanted: str, default: str) -> None:
    language, shown = text.pick(wanted, default)
    assert text.by_language()[language] == shown
    assert language == wanted or wanted not in text.languages


@given(text=texts)
def test_the_order_in_which_languages_were_written_does_not_matter(text: LocalizedText) -> None:
    backwards = dict(reversed(text.by_language().items()))
    assert Localized.of(backwards) == text
    assert hash(Localized.of(backwards)) == hash(text)
