"""Whether work fits the version it was done on, and what it is worth. Grading itself is the catalog's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.catalog.domain import (
    AnswerProblem,
    AnswersRefused,
    Checklist,
    Grade,
    Item,
    Module,
    PhotoRule,
    Published,
    QuestionReviewed,
    Quiz,
    answer_problems,
    choice_order,
    draw,
    draw_items,
    grade_item,
    grade_items,
    is_correct,
    review_question,
    review_quiz,
)
from app.learning.domain.values import Fault, ItemDone, ItemState, Outcome, Work

ANSWER_DETAILS = {
    "unknown_item": "this item was not asked in this attempt",
    "unknown_choice": "this item has no such choice",
    "repeated_choice": "name each choice once",
    "too_many_choices": "this item takes one choice",
}


class WorkRefused(ValueError):
    """The work does not fit what was served, or is not complete; nothing was graded."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(f"{fault.pointer}: {fault.code}" for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Result:
    """What an attempt is worth: percent, passed (quizzes only), and whether it completes an assignment."""

    score: int | None
    passed: bool | None
    completes: bool


def assess(version: Published, attempt_id: UUID, work: Work, outcome: Outcome) -> Result:
    """Grade finished work, or only check interrupted work. Raises WorkRefused naming every fault."""
    finished = outcome is Outcome.COMPLETED
    if finished and isinstance(version, Quiz):
        return _quiz_result(version, attempt_id, work)
    faults = work_faults(version, attempt_id, work, finished=finished)
    if faults:
        raise WorkRefused(faults)
    if finished and isinstance(version, Module):
        return Result(_module_score(version, work), None, completes=True)
    return Result(None, None, completes=finished)


def _quiz_result(quiz: Quiz, attempt_id: UUID, work: Work) -> Result:
    """Checked and graded in one go, with one drawing: a batch of 50 does this 50 times."""
    faults = _foreign_parts(quiz, work)
    try:
        graded = _quiz_grade(quiz, attempt_id, work)
    except AnswersRefused as refused:
        raise WorkRefused([*faults, *map(_answer_fault, refused.problems)]) from refused
    if faults:
        raise WorkRefused(faults)
    return Result(graded.percent, graded.passed, completes=graded.passed)


def work_faults(version: Published, attempt_id: UUID, work: Work, *, finished: bool) -> list[Fault]:
    """Every reason why the work cannot be taken; `finished` also asks for what is still missing."""
    faults = _foreign_parts(version, work)
    if isinstance(version, Quiz):
        return faults + _answers(draw_items(version, str(attempt_id)), work.answers)
    if isinstance(version, Module):
        return faults + _module_faults(version, work, finished=finished)
    return faults + _checklist_faults(version, work.items, finished=finished)


def review(version: Published, attempt_id: UUID, work: Work, language: str) -> tuple[QuestionReviewed, ...]:
    """Key and rationale of the questions of a finished attempt. Never call it for an open or interrupted one."""
    if isinstance(version, Quiz):
        drawn = draw(version, str(attempt_id))
        return review_quiz(version, drawn, _quiz_grade(version, attempt_id, work), wanted=language)
    if not isinstance(version, Module):
        return ()
    reviewed = []
    for card in version.cards:
        if card.question is None:
            continue
        item = card.question.item
        graded = grade_item(item, work.answers.get(item.id, ()))
        order = choice_order(item, f"{version.id}/{card.id}")
        reviewed.append(review_question(item, order, graded, wanted=language, default=version.default_language))
    return tuple(reviewed)


def _quiz_grade(quiz: Quiz, attempt_id: UUID, work: Work) -> Grade:
    return grade_items(quiz, draw_items(quiz, str(attempt_id)), work.answers)


def _module_items(module: Module) -> dict[str, Item]:
    return {card.question.item.id: card.question.item for card in module.cards if card.question is not None}


def _module_score(module: Module, work: Work) -> int | None:
    items = _module_items(module)
    if not items:
        return None
    right = sum(is_correct(item, work.answers.get(item.id, ())) for item in items.values())
    return right * 100 // len(items)


def _foreign_parts(version: Published, work: Work) -> list[Fault]:
    faults = []
    if work.cards and not isinstance(version, Module):
        faults.append(Fault("/cards", "not_applicable", "only modules have cards"))
    if work.items and not isinstance(version, Checklist):
        faults.append(Fault("/items", "not_applicable", "only checklists have items to find"))
    if work.answers and isinstance(version, Checklist):
        faults.append(Fault("/answers", "not_applicable", "checklists have no questions"))
    return faults


def _answers(asked: Sequence[Item], answers: Mapping[str, tuple[str, ...]]) -> list[Fault]:
    return [_answer_fault(problem) for problem in answer_problems(asked, answers, pointer="/answers")]


def _answer_fault(problem: AnswerProblem) -> Fault:
    return Fault(problem.pointer, str(problem.fault), ANSWER_DETAILS[problem.fault])


def _module_faults(module: Module, work: Work, *, finished: bool) -> list[Fault]:
    known = {card.id for card in module.cards}
    faults = _answers(list(_module_items(module).values()), work.answers)
    faults += [
        Fault(f"/cards/{place}", "unknown_card", "this version has no such card")
        for place, card in enumerate(work.cards)
        if card not in known
    ]
    if finished and known - set(work.cards):
        faults.append(Fault("/cards", "cards_missing", f"{len(known - set(work.cards))} cards were not seen yet"))
    return faults


def _checklist_faults(checklist: Checklist, found: Mapping[str, ItemDone], *, finished: bool) -> list[Fault]:
    known = {item.id: item for item in checklist.items}
    faults = [
        Fault(f"/items/{escaped(item)}", "unknown_item", "this version has no such item") for item in found if item not in known
    ]
    if not finished:
        return faults
    for item in checklist.items:
        entry, at = found.get(item.id), f"/items/{escaped(item.id)}"
        if item.required and not _answered(entry):
            faults.append(Fault(at, "item_missing", "do it, or mark it na with a note why it does not apply"))
        elif entry and entry.state is ItemState.DONE and item.photo is PhotoRule.REQUIRED and not entry.photo:
            faults.append(Fault(f"{at}/photo", "photo_missing", "this item needs a photo"))
    return faults


def _answered(entry: ItemDone | None) -> bool:
    """A required item is done, or somebody wrote down why it does not apply."""
    if entry is None:
        return False
    return entry.state is ItemState.DONE or (entry.state is ItemState.NOT_APPLICABLE and bool(entry.note))


def escaped(token: str) -> str:
    """A reference token of a JSON Pointer (RFC 6901)."""
    return token.replace("~", "~0").replace("/", "~1")
