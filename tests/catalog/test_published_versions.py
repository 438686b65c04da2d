"""Published versions as JSON and as hashes."""

import json
from dataclasses import replace

import pytest
from hypothesis import given

from app.catalog.domain import (
    Module,
    Published,
    Quiz,
    canonical_json,
    content_hash,
    from_json,
    kind_of,
    to_json,
)
from tests.catalog.values import quizzes, versions


def _through_jsonb(value: object) -> object:
    """What a jsonb column does to an object: keys come back in another order."""
    if isinstance(value, dict):
        return {name: _through_jsonb(value[name]) for name in sorted(value, key=lambda name: (len(name), name))}
    return [_through_jsonb(part) for part in value] if isinstance(value, list) else value


@given(version=versions)
def test_a_version_comes_back_from_storage_as_it_went_in_and_with_its_hash(version: Published) -> None:
    stored = _through_jsonb(json.loads(json.dumps(to_json(version))))
    assert isinstance(stored, dict)
    restored = from_json(stored)
    assert restored == version
    assert content_hash(restored) == content_hash(version)


@given(version=versions)
def test_the_canonical_text_is_the_same_however_the_object_was_put_together(version: Published) -> None:
    data = to_json(version)
    shuffled = dict(reversed(data.items()))
    assert canonical_json(shuffled) == canonical_json(data) == canonical_json(json.loads(canonical_json(data)))


@given(quiz=quizzes())
def test_any_change_changes_the_hash(quiz: Quiz) -> None:
    changes = [
        replace(quiz, seconds=quiz.seconds + 1),
        replace(quiz, items=quiz.items[:-1]),
        replace(quiz, items=(replace(quiz.items[0], difficulty=9), *quiz.items[1:])),
        replace(quiz, default_language="xx"),
    ]
    assert content_hash(quiz) not in {content_hash(changed) for changed in changes}


def test_the_order_of_cards_is_part_of_a_module(module: Module) -> None:
    assert content_hash(replace(module, cards=module.cards[::-1])) != content_hash(module)


def test_a_hash_does_not_change_between_releases(quiz: Quiz) -> None:
    # Attempts refer to versions by this hash for ever: a change here orphans them.
    assert content_hash(quiz) == "dd634c7b8acc5d3b459425070267bdcb532ccbfadc95bcf6591678a7a0e0fd90"
    assert len(content_hash(quiz)) == 64


def test_things_with_an_order_are_stored_as_lists(quiz: Quiz) -> None:
    stored = to_json(quiz)
    assert [item["id"] for item in stored["items"]] == ["first-step", "who-may", "when", "steps"]
    assert [choice["id"] for choice in stored["items"][0]["choices"]] == ["notify", "cut"]
    assert stored["kind"] == kind_of(quiz) == "quiz"


def test_an_absent_optional_field_is_left_out(module: Module) -> None:
    assert "review_by" not in to_json(replace(module, review_by=None))
    assert to_json(module)["review_by"] == "2027-11-01"


@pytest.mark.parametrize("change", [{"format": 2}, {"kind": "course"}, {"kind": None}])
def test_a_version_of_an_unknown_format_or_kind_is_refused(quiz: Quiz, change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="cannot read"):
        from_json({**to_json(quiz), **change})


@pytest.mark.parametrize("value", [1.5, {"a": [0.1]}, float("nan")])
def test_floats_have_no_canonical_text(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)
