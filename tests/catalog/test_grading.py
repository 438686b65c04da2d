"""Grading of answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.domain import (
    AnswerFault,
    AnswersRefused,
    DrawnItem,
    Item,
    ItemType,
    Quiz,
    answer_problems,
    draw,
    grade,
    grade_item,
    is_correct,
)
from tests.catalog.values import items, quizzes

RIGHT = {"first-step": ["notify"], "who-may": ["true_"], "when": ["noise", "smoke"], "steps": ["pull", "tell", "wait"]}


def _all_items(quiz: Quiz) -> tuple[DrawnItem, ...]:
    return tuple(DrawnItem(item.id, item.choice_ids) for item in quiz.items)


def _refused(quiz: Quiz, answers: dict[str, list[str]]) -> set[tuple[str, AnswerFault]]:
    with pytest.raises(AnswersRefused) as caught:
        grade(quiz, _all_items(quiz), answers)
    return {(problem.pointer, problem.fault) for problem in caught.value.problems}


def test_right_answers_to_everything_are_a_hundred_percent(quiz: Quiz) -> None:
    result = grade(quiz, _all_items(quiz), RIGHT)
    assert (result.points, result.max_points, result.percent, result.passed) == (4, 4, 100, True)
    assert all(item.correct for item in result.items)


def test_unanswered_items_are_wrong_and_keep_their_place(quiz: Quiz) -> None:
    result = grade(quiz, _all_items(quiz), {"when": ["smoke", "noise"]})
    assert [(item.item, item.chosen, item.correct) for item in result.items] == [
        ("first-step", (), False),
        ("who-may", (), False),
        ("when", ("smoke", "noise"), True),
        ("steps", (), False),
    ]
    assert (result.points, result.percent, result.passed) == (1, 25, False)


def test_the_percent_is_rounded_down_and_the_pass_mark_is_not(quiz: Quiz) -> None:
    three = _all_items(quiz)[:3]
    two_right = {name: RIGHT[name] for name in ("first-step", "who-may")}
    result = grade(quiz, three, two_right)
    assert (result.percent, quiz.pass_percent, result.passed) == (66, 67, False)


@pytest.mark.parametrize("chosen", [["smoke"], ["smoke", "noise", "lunch"], ["lunch"], []])
def test_an_item_with_several_right_choices_wants_exactly_those(quiz: Quiz, chosen: list[str]) -> None:
    assert not is_correct(quiz.items[2], chosen)


@pytest.mark.parametrize("chosen", [["tell", "pull", "wait"], ["pull", "tell"], []])
def test_an_order_is_right_as_a_whole(quiz: Quiz, chosen: list[str]) -> None:
    assert not is_correct(quiz.items[3], chosen)


def test_every_unknown_item_and_choice_is_named_by_its_pointer(quiz: Quiz) -> None:
    assert _refused(quiz, {"nobody": ["notify"], "first-step": ["cut-it"], "when": ["smoke", "sm/oke"]}) == {
        ("/answers/nobody", AnswerFault.UNKNOWN_ITEM),
        ("/answers/first-step/0", AnswerFault.UNKNOWN_CHOICE),
        ("/answers/when/1", AnswerFault.UNKNOWN_CHOICE),
    }


def test_a_pointer_is_escaped_and_starts_where_the_caller_says(quiz: Quiz) -> None:
    problems = answer_problems(quiz.items, {"a/b~c": []}, pointer="/attempts/3/answers")
    assert [problem.pointer for problem in problems] == ["/attempts/3/answers/a~1b~0c"]


def test_an_item_of_the_bank_that_was_not_drawn_is_unknown(quiz: Quiz) -> None:
    with pytest.raises(AnswersRefused):
        grade(quiz, _all_items(quiz)[:1], {"when": ["smoke"]})


def test_repeated_choices_and_two_choices_where_one_is_asked_are_refused(quiz: Quiz) -> None:
    assert _refused(quiz, {"when": ["smoke", "smoke"], "first-step": ["notify", "cut"], "steps": ["pull", "pull"]}) == {
        ("/answers/when/1", AnswerFault.REPEATED_CHOICE),
        ("/answers/first-step", AnswerFault.TOO_MANY_CHOICES),
        ("/answers/steps/1", AnswerFault.REPEATED_CHOICE),
    }


def test_the_refusal_does_not_repeat_what_was_sent(quiz: Quiz) -> None:
    with pytest.raises(AnswersRefused) as caught:
        grade_item(quiz.items[0], ["<script>alert(1)</script>"])
    assert "script" not in str(caught.value)
    assert "/answer/0" in str(caught.value)


def test_a_question_card_is_graded_alone(quiz: Quiz) -> None:
    assert grade_item(quiz.items[0], ["notify"]).correct
    assert not grade_item(quiz.items[0], ["cut"]).correct


@given(data=st.data(), item=items((ItemType.MULTIPLE,)))
def test_the_order_of_the_choices_of_a_multiple_item_never_matters(data: st.DataObject, item: Item) -> None:
    chosen = data.draw(st.lists(st.sampled_from(item.choice_ids), unique=True))
    shuffled = data.draw(st.permutations(chosen))
    assert grade_item(item, chosen).correct == grade_item(item, shuffled).correct


@given(data=st.data(), item=items((ItemType.ORDER,)))
def test_of_all_orders_only_the_key_is_right(data: st.DataObject, item: Item) -> None:
    chosen = tuple(data.draw(st.permutations(item.choice_ids)))
    assert is_correct(item, chosen) == (chosen == item.key)


@given(quiz=quizzes(), seed=st.text(max_size=8))
def test_the_key_earns_every_point(quiz: Quiz, seed: str) -> None:
    drawn = draw(quiz, seed)
    bank = {item.id: item for item in quiz.items}
    result = grade(quiz, drawn, {entry.item: bank[entry.item].key for entry in drawn})
    assert (result.points, result.percent, result.passed) == (quiz.draw, 100, True)


@given(data=st.data(), quiz=quizzes(), seed=st.text(max_size=8))
def test_points_percent_and_pass_agree_for_any_answers(data: st.DataObject, quiz: Quiz, seed: str) -> None:
    drawn = draw(quiz, seed)
    answers = {entry.item: data.draw(st.lists(st.sampled_from(entry.choices), max_size=1)) for entry in drawn}
    result = grade(quiz, drawn, answers)
    assert result.points == sum(item.correct for item in result.items)
    assert result.max_points == len(result.items) == quiz.draw
    assert result.percent == result.points * 100 // quiz.draw
    assert result.passed == (result.points * 100 >= quiz.pass_percent * quiz.draw)


@given(quiz=quizzes(), answers=st.dictionaries(st.text(max_size=4), st.lists(st.text(max_size=4), max_size=3)))
def test_any_answers_are_either_graded_or_refused_with_pointers(quiz: Quiz, answers: dict[str, list[str]]) -> None:
    drawn = draw(quiz, "seed")
    asked = [item for item in quiz.items if item.id in {entry.item for entry in drawn}]
    problems = answer_problems(asked, answers)
    assert all(problem.pointer.startswith("/answers/") for problem in problems)
    if not problems:
        assert grade(quiz, drawn, answers).max_points == quiz.draw
        return
    with pytest.raises(AnswersRefused) as caught:
        grade(quiz, drawn, answers)
    assert caught.value.problems == problems
