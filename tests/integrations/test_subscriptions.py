"""Endpoints choose event types by name or by wildcard, and a typing error is refused instead of silent."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.domain import EVENT_TYPES, EventTypeRefused, checked_patterns, pattern_covers, subscribed

TYPES = sorted(EVENT_TYPES)
PATTERNS = sorted({"*", *TYPES, *(name[: at.start()] + ".*" for name in TYPES for at in re.finditer(r"\.", name))})


@pytest.mark.parametrize(
    ("pattern", "event_type", "covered"),
    [
        ("*", "module.published", True),
        ("module.*", "module.published", True),
        ("module.*", "module", False),
        ("module.*", "modules.published", False),
        ("module.published", "module.published", True),
        ("module.published", "module.published.late", False),
        ("pplt.*", "pplt.session.recorded", True),
        ("pplt.session.*", "pplt.session.recorded", True),
        ("learning.*", "learning_block.moved", False),
        ("learning_block.*", "learning_block.moved", True),
    ],
)
def test_a_pattern_covers_whole_words_at_any_depth(pattern: str, event_type: str, covered: bool) -> None:
    assert pattern_covers(pattern, event_type) is covered


def test_every_event_type_is_written_as_the_standard_asks_and_explained() -> None:
    for name, meaning in EVENT_TYPES.items():
        assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", name)
        assert meaning.endswith(".")


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "modul.published",
        "learning.*",
        "*.published",
        "module.",
        ".*",
        "**",
        "module.*.*",
        "MODULE.*",
        "module.*\n",
        "m*",
    ],
)
def test_an_unknown_type_or_a_broken_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(EventTypeRefused) as refused:
        checked_patterns(["module.published", pattern])
    assert refused.value.pattern == pattern


def test_no_pattern_and_too_many_patterns_are_refused() -> None:
    for patterns in ([], [f"x{n}" for n in range(51)]):
        with pytest.raises(EventTypeRefused):
            checked_patterns(patterns)


def test_a_catalog_can_be_given() -> None:
    assert checked_patterns(["learning.*"], {"learning.finished"}) == ("learning.*",)


def test_patterns_that_another_one_includes_fall_away() -> None:
    assert checked_patterns(["quiz.passed", "quiz.*", "quiz.*", "window.mapped"]) == ("quiz.*", "window.mapped")
    assert checked_patterns(["*", "quiz.*"]) == ("*",)


@given(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=20))
def test_checking_patterns_changes_nobodys_subscription(patterns: list[str]) -> None:
    checked = checked_patterns(patterns)
    assert checked_patterns(checked) == checked
    for name in TYPES:
        assert subscribed(checked, name) is subscribed(patterns, name)


def test_an_endpoint_without_patterns_hears_nothing() -> None:
    assert not any(subscribed((), name) for name in TYPES)
