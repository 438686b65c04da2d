"""Whether the items of a quiz can be answered, and can be answered wrongly."""

from __future__ import annotations

from collections.abc import Iterator

from app.catalog.domain import Item, ItemType, Pack, Quiz
from app.catalog.pack.finding import Finding, error, warning
from app.catalog.pack.lint.places import file_of

TRUE_FALSE = ("true_", "false_")


def question_findings(pack: Pack) -> Iterator[Finding]:
    """Items without a usable key, choices that help nobody, quizzes that draw more than they hold."""
    for quiz in pack.quizzes:
        yield from _quiz(quiz)


def _quiz(quiz: Quiz) -> Iterator[Finding]:
    file = file_of(quiz)
    if quiz.draw > len(quiz.items):
        yield error(file, "/draw", "draw_too_large", f"draws {quiz.draw} of {len(quiz.items)} items")
    for item in quiz.items:
        for pointer, code, message in key_faults(item):
            yield error(file, f"/items/{item.id}{pointer}", code, message)
        yield from _advice(file, item)


def key_faults(item: Item) -> Iterator[tuple[str, str, str]]:
    """Pointer, code and message of everything that makes the key of an item useless."""
    known = item.choice_ids
    for place, choice in enumerate(item.key):
        if choice not in known:
            yield f"/key/{place}", "unknown_choice", f"the item has no choice {choice}"
        elif choice in item.key[:place]:
            yield f"/key/{place}", "repeated", f"{choice} is named twice"
    if not item.key:
        yield "/key", "no_key", "no choice is right"
    elif item.type in (ItemType.SINGLE, ItemType.TRUE_FALSE) and len(item.key) > 1:
        yield "/key", "too_many_keys", "only one choice can be right"
    elif item.type is ItemType.ORDER and set(item.key) != set(known):
        yield "/key", "incomplete_order", "the key names every choice, in the right order"
    if item.type is ItemType.TRUE_FALSE and sorted(known) != sorted(TRUE_FALSE):
        yield "/choices", "true_false_choices", "the choices are exactly true_ and false_"
    elif item.type is not ItemType.TRUE_FALSE and not set(known).isdisjoint(TRUE_FALSE):
        yield "/choices", "true_false_choices", "true_ and false_ belong to items of type true_false"


def _advice(file: str, item: Item) -> Iterator[Finding]:
    at = f"/items/{item.id}"
    if item.type is ItemType.MULTIPLE and set(item.key) == set(item.choice_ids):
        yield warning(file, f"{at}/key", "no_distractor", "every choice is right")
    texts = [choice.text for choice in item.choices]
    if len(set(texts)) < len(texts):
        yield error(file, f"{at}/choices", "same_choice", "two choices read the same")
    for choice in item.choices:
        if choice.feedback and choice.id in item.key and item.type is not ItemType.ORDER:
            yield warning(file, f"{at}/feedback/{choice.id}", "feedback_on_key", "feedback is for wrong choices")
