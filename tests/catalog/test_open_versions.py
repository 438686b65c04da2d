"""What a device may keep of a version."""

from typing import Any

from hypothesis import given

from app.catalog.domain import Item, Module, Published, Quiz, languages_of, open_json, to_json
from tests.catalog.values import modules, quizzes, versions

HIDDEN = {"key", "rationale", "feedback"}


def items_of(version: Published) -> list[Item]:
    if isinstance(version, Quiz):
        return list(version.items)
    return [card.question.item for card in version.cards if card.question] if isinstance(version, Module) else []


def open_items(told: dict[str, Any]) -> list[dict[str, Any]]:
    if told["kind"] == "quiz":
        return list(told["items"])
    return [card["question"]["item"] for card in told.get("cards", ()) if "question" in card]


def names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(names, value.values()))
    return set().union(*map(names, value)) if isinstance(value, list) else set()


@given(versions)
def test_no_version_tells_a_key_a_rationale_or_feedback(version: Published) -> None:
    assert names(open_json(version)).isdisjoint(HIDDEN)


@given(versions)
def test_all_else_of_a_version_is_told(version: Published) -> None:
    told, stored = open_json(version), to_json(version)
    assert set(told) == set(stored)
    assert [item["id"] for item in open_items(told)] == [item.id for item in items_of(version)]
    for item, shown in zip(items_of(version), open_items(told), strict=True):
        assert shown["stem"] == item.stem.by_language()
        texts = {choice.id: choice.text.by_language() for choice in item.choices}
        assert {choice["id"]: choice["text"] for choice in shown["choices"]} == texts


@given(quizzes())
def test_the_order_of_choices_says_nothing_about_the_authors_order(quiz: Quiz) -> None:
    shown = {item["id"]: [choice["id"] for choice in item["choices"]] for item in open_json(quiz)["items"]}
    turned = Quiz(
        **{
            **{name: getattr(quiz, name) for name in Quiz.__slots__},
            "items": tuple(
                Item(**{**{n: getattr(item, n) for n in Item.__slots__}, "choices": item.choices[::-1]})
                for item in quiz.items
                if item.type != "true_false"
            ),
        }
    )
    for item in open_json(turned)["items"]:
        assert [choice["id"] for choice in item["choices"]] == shown[item["id"]]


@given(modules)
def test_a_module_is_complete_only_in_languages_that_every_text_has(module: Module) -> None:
    for language in languages_of(module):
        assert language in module.title.languages
        for card in module.cards:
            assert not card.text or language in card.text.languages
            assert card.question is None or language in card.question.item.stem.languages
    for language in set(module.title.languages) - set(languages_of(module)):
        assert any(
            (card.text and language not in card.text.languages)
            or (card.question and not all(language in c.text.languages for c in card.question.item.choices))
            or (card.question and language not in card.question.item.stem.languages)
            for card in module.cards
        )
