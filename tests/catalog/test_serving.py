"""What learners are shown before and after they answer."""

import json
from dataclasses import asdict, fields

from hypothesis import given

from app.catalog.domain import (
    Checklist,
    DrawnItem,
    Module,
    QuestionShown,
    Quiz,
    content_hash,
    draw,
    grade,
    review_quiz,
    show_checklist,
    show_module,
    show_quiz,
)
from tests.catalog.values import checklists, modules, quizzes

SECRETS = {"key", "rationale", "feedback", "correct", "difficulty"}


def _names(value: object) -> set[str]:
    """All field names anywhere in a JSON value."""
    if isinstance(value, dict):
        return set(value).union(*map(_names, value.values()))
    return set().union(*map(_names, value)) if isinstance(value, list | tuple) else set()


@given(quiz=quizzes())
def test_an_open_attempt_never_shows_a_key_a_rationale_or_feedback(quiz: Quiz) -> None:
    shown = [asdict(question) for question in show_quiz(quiz, draw(quiz, "attempt"), wanted="en")]
    assert not _names(shown) & SECRETS


def test_the_words_of_rationale_and_feedback_stay_here_until_submission(quiz: Quiz) -> None:
    shown = json.dumps([asdict(question) for question in show_quiz(quiz, draw(quiz, "attempt"), wanted="en")])
    assert "What comes first?" in shown or "Anybody may pull the cord." in shown
    for secret in ("Others must know first.", "Who is still inside?", "Not for lunch.", "Pull first."):
        assert secret not in shown


@given(module=modules)
def test_a_module_never_shows_the_answers_to_its_questions(module: Module) -> None:
    assert not _names(asdict(show_module(module, wanted="en"))) & SECRETS


def test_a_shown_question_has_no_field_for_an_answer() -> None:
    assert {field.name for field in fields(QuestionShown)} == {"item", "type", "language", "stem", "choices"}


def test_after_submission_the_key_the_reason_and_a_word_on_the_mistake_are_shown(quiz: Quiz) -> None:
    drawn = [DrawnItem("first-step", ("cut", "notify"))]
    result = grade(quiz, drawn, {"first-step": ["cut"]})
    (first,) = review_quiz(quiz, drawn, result, wanted="es")
    assert (first.chosen, first.correct, first.key) == (("cut",), False, ("notify",))
    assert first.rationale == "Los demás deben saberlo."
    assert [(word.id, word.text) for word in first.feedback] == [("cut", "¿Quién sigue dentro?")]


def test_a_right_answer_gets_no_feedback_on_choices_that_were_not_made(quiz: Quiz) -> None:
    drawn = [DrawnItem("first-step", ("cut", "notify"))]
    result = grade(quiz, drawn, {"first-step": ["notify"]})
    (first,) = review_quiz(quiz, drawn, result, wanted="en")
    assert (first.correct, first.feedback) == (True, ())


def test_choices_are_shown_in_the_drawn_order(quiz: Quiz) -> None:
    drawn = draw(quiz, "attempt-5")
    for entry, question in zip(drawn, show_quiz(quiz, drawn, wanted="en"), strict=True):
        assert tuple(choice.id for choice in question.choices) == entry.choices


def test_a_reader_gets_the_nearest_language(quiz: Quiz, module: Module) -> None:
    drawn = draw(quiz, "attempt")
    assert {question.language for question in show_quiz(quiz, drawn, wanted="es-MX")} == {"es"}
    assert {question.language for question in show_quiz(quiz, drawn, wanted="fr")} == {"en"}
    assert show_module(module, wanted="es-MX").objectives == ("Saber cuándo parar",)


def test_a_module_shows_its_cards_in_order_with_texts_question_and_picture(module: Module) -> None:
    shown = show_module(module, wanted="es")
    why, check, cord = shown.cards
    assert (why.heading, why.language) == ("Por qué importa", "es")
    assert why.text is not None
    assert why.text.startswith("Una línea parada cuesta **minutos**.")
    assert check.question is not None
    assert check.question.stem == "¿Qué va primero?"
    assert cord.media is not None
    assert (cord.media.alt, cord.media.seconds) == ("Una cuerda amarilla", 95)


@given(module=modules)
def test_showing_changes_nothing(module: Module) -> None:
    before = content_hash(module)
    show_module(module, wanted="de-AT")
    assert content_hash(module) == before


@given(checklist=checklists)
def test_a_checklist_shows_every_item_with_its_rules(checklist: Checklist) -> None:
    shown = show_checklist(checklist, wanted="es")
    rules = [(item.id, item.required, item.photo) for item in checklist.items]
    assert [(item.id, item.required, item.photo) for item in shown.items] == rules
    assert all(item.text for item in shown.items)
