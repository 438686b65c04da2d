"""Grading of answers. An item is right or wrong: half of a lockout procedure is not half safe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.catalog.domain.drawing import DrawnItem
from app.catalog.domain.values import Item, ItemType, Quiz

Answers = Mapping[str, Sequence[str]]


class AnswerFault(StrEnum):
    """Why an answer cannot be graded."""

    UNKNOWN_ITEM = "unknown_item"
    UNKNOWN_CHOICE = "unknown_choice"
    REPEATED_CHOICE = "repeated_choice"
    TOO_MANY_CHOICES = "too_many_choices"


@dataclass(frozen=True, slots=True)
class AnswerProblem:
    """One fault, with the JSON Pointer (RFC 6901) to it. The answer itself is never repeated."""

    pointer: str
    fault: AnswerFault


class AnswersRefused(ValueError):
    """The answers do not belong to the items that were drawn; nothing was graded."""

    def __init__(self, problems: tuple[AnswerProblem, ...]) -> None:
        super().__init__(", ".join(f"{problem.pointer}: {problem.fault}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ItemGrade:
    """What was chosen for one item and whether it was right. Nothing chosen is wrong."""

    item: str
    chosen: tuple[str, ...]
    correct: bool


@dataclass(frozen=True, slots=True)
class Grade:
    """The result of an attempt: one point an item, the percent rounded down."""

    points: int
    max_points: int
    percent: int
    passed: bool
    items: tuple[ItemGrade, ...]


def grade(quiz: Quiz, drawn: Sequence[DrawnItem], answers: Answers, *, pointer: str = "/answers") -> Grade:
    """Grade the answers to the drawn items. Raises AnswersRefused listing every unknown item or choice.

    The percent is rounded down, so a learner never reads "80 %" beside a pass mark of 80 that was missed.
    """
    bank = {item.id: item for item in quiz.items}
    return grade_items(quiz, [bank[entry.item] for entry in drawn], answers, pointer=pointer)


def grade_items(quiz: Quiz, items: Sequence[Item], answers: Answers, *, pointer: str = "/answers") -> Grade:
    """Grade the answers to the items of an attempt, in the order they are asked. Raises AnswersRefused like `grade`."""
    problems = answer_problems(items, answers, pointer=pointer)
    if problems:
        raise AnswersRefused(problems)
    grades = tuple(_graded(item, answers.get(item.id, ())) for item in items)
    points = sum(item.correct for item in grades)
    passed = bool(grades) and points * 100 >= quiz.pass_percent * len(grades)
    return Grade(points, len(grades), points * 100 // max(1, len(grades)), passed, grades)


def grade_item(item: Item, chosen: Sequence[str], *, pointer: str = "/answer") -> ItemGrade:
    """Grade one item alone, as on a question card. Raises AnswersRefused."""
    problems = tuple(_item_problems(item, chosen, pointer))
    if problems:
        raise AnswersRefused(problems)
    return _graded(item, chosen)


def answer_problems(items: Sequence[Item], answers: Answers, *, pointer: str = "/answers") -> tuple[AnswerProblem, ...]:
    """Everything that keeps the answers from being graded; empty when there is nothing."""
    asked = {item.id: item for item in items}
    problems: list[AnswerProblem] = []
    for item_id, chosen in answers.items():
        item = asked.get(item_id)
        if item is not None and _sound(item, chosen):
            continue
        at = f"{pointer}/{escaped(item_id)}"
        if item is None:
            problems.append(AnswerProblem(at, AnswerFault.UNKNOWN_ITEM))
        else:
            problems += _item_problems(item, chosen, at)
    return tuple(problems)


def escaped(token: str) -> str:
    """A reference token of a JSON Pointer."""
    return token.replace("~", "~0").replace("/", "~1")


def is_correct(item: Item, chosen: Sequence[str]) -> bool:
    """Whether the choices are the key; their order counts only where the item asks for an order."""
    if item.type is ItemType.ORDER:
        return tuple(chosen) == item.key
    return bool(chosen) and frozenset(chosen) == frozenset(item.key)


def _graded(item: Item, chosen: Sequence[str]) -> ItemGrade:
    return ItemGrade(item.id, tuple(chosen), is_correct(item, chosen))


def _sound(item: Item, chosen: Sequence[str]) -> bool:
    """Whether nothing is wrong with the choices: nearly always, and quicker to see than to name."""
    several = item.type not in (ItemType.SINGLE, ItemType.TRUE_FALSE)
    known = item.choice_ids
    return all(choice in known for choice in chosen) and (len(chosen) < 2 or (several and len(set(chosen)) == len(chosen)))


def _item_problems(item: Item, chosen: Sequence[str], pointer: str) -> list[AnswerProblem]:
    known = frozenset(item.choice_ids)
    problems = []
    for place, choice in enumerate(chosen):
        if choice not in known:
            problems.append(AnswerProblem(f"{pointer}/{place}", AnswerFault.UNKNOWN_CHOICE))
        elif choice in chosen[:place]:
            problems.append(AnswerProblem(f"{pointer}/{place}", AnswerFault.REPEATED_CHOICE))
    if not problems and len(chosen) > 1 and item.type in (ItemType.SINGLE, ItemType.TRUE_FALSE):
        problems.append(AnswerProblem(pointer, AnswerFault.TOO_MANY_CHOICES))
    return problems
