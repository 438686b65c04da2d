"""Drawing the items of an attempt."""

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.catalog.domain import DrawnItem, Quiz, choice_order, draw
from tests.catalog.values import quizzes

seeds = st.text(max_size=40)


@given(quiz=quizzes(), seed=seeds)
def test_the_same_seed_draws_the_same_items_in_the_same_order(quiz: Quiz, seed: str) -> None:
    assert draw(quiz, seed) == draw(quiz, seed)


@given(quiz=quizzes(), seed=seeds)
def test_an_attempt_gets_as_many_different_items_of_the_bank_as_the_quiz_says(quiz: Quiz, seed: str) -> None:
    drawn = [entry.item for entry in draw(quiz, seed)]
    assert len(drawn) == len(set(drawn)) == quiz.draw
    assert set(drawn) <= {item.id for item in quiz.items}


@given(quiz=quizzes(), seed=seeds)
def test_every_drawn_item_shows_each_of_its_choices_once(quiz: Quiz, seed: str) -> None:
    bank = {item.id: item for item in quiz.items}
    for entry in draw(quiz, seed):
        assert sorted(entry.choices) == sorted(bank[entry.item].choice_ids)


@given(quiz=quizzes(), seed=seeds)
def test_the_order_of_the_bank_does_not_change_the_draw(quiz: Quiz, seed: str) -> None:
    assert draw(replace(quiz, items=quiz.items[::-1]), seed) == draw(quiz, seed)


@given(quiz=quizzes(), seed=seeds)
def test_drawing_one_item_more_keeps_the_items_already_drawn(quiz: Quiz, seed: str) -> None:
    assert draw(replace(quiz, draw=1), seed) == draw(quiz, seed)[:1]


def test_the_draw_of_a_seed_does_not_change_between_releases(quiz: Quiz) -> None:
    # A phone that draws offline and the server must agree, whichever was updated first.
    assert draw(quiz, "0190b0c0-0000-7000-8000-000000000001") == (
        DrawnItem("steps", ("tell", "pull", "wait")),
        DrawnItem("when", ("noise", "smoke", "lunch")),
        DrawnItem("first-step", ("cut", "notify")),
    )


def test_different_attempts_see_every_item_about_equally_often(quiz: Quiz) -> None:
    seen = Counter(entry.item for number in range(1_000) for entry in draw(quiz, f"attempt-{number}"))
    assert set(seen) == {item.id for item in quiz.items}
    assert all(680 < times < 820 for times in seen.values())


def test_true_comes_before_false_whatever_the_seed(quiz: Quiz) -> None:
    item = next(item for item in quiz.items if item.id == "who-may")
    assert {choice_order(item, str(seed)) for seed in range(50)} == {("true_", "false_")}


def test_the_shown_order_says_nothing_about_the_right_order(quiz: Quiz) -> None:
    item = next(item for item in quiz.items if item.id == "steps")
    shown = Counter(choice_order(item, str(seed)) for seed in range(600))
    assert len(shown) == 6
    assert 60 < shown[item.key] < 140
