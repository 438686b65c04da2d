"""Whatever the content and the work, grading answers a result or names every fault, and nothing in between."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.domain import Published, draw
from app.learning.domain.results import WorkRefused, assess, escaped, review, work_faults
from app.learning.domain.timing import DUE_SOON
from app.learning.domain.values import ItemDone, ItemState, ItemStatus, Outcome, Readiness, Work, readiness
from tests.catalog.values import ids, quizzes, versions
from tests.learning.builders import CHECKLIST, MODULE, NOW, QUIZ

ATTEMPT = UUID(int=5)
found = st.builds(ItemDone, st.sampled_from(ItemState), st.sampled_from(["", "why"]), st.sampled_from([None, "media-1"]))
works = st.builds(
    Work,
    st.dictionaries(ids, st.lists(ids, max_size=3).map(tuple), max_size=3),
    st.lists(ids, max_size=3, unique=True).map(tuple),
    st.dictionaries(ids, found, max_size=3),
)


@given(versions, works, st.sampled_from(Outcome))
def test_work_is_graded_or_refused_with_pointers(version: Published, work: Work, outcome: Outcome) -> None:
    faults = work_faults(version, ATTEMPT, work, finished=outcome is Outcome.COMPLETED)
    if faults:
        with pytest.raises(WorkRefused) as refused:
            assess(version, ATTEMPT, work, outcome)
        assert sorted(refused.value.faults, key=str) == sorted(faults, key=str)
        assert all(fault.pointer.startswith("/") and fault.code and fault.detail for fault in faults)
        return
    result = assess(version, ATTEMPT, work, outcome)
    assert result.score is None or 0 <= result.score <= 100
    assert outcome is Outcome.COMPLETED or (result.score, result.passed, result.completes) == (None, None, False)


@given(quizzes())
def test_the_whole_key_passes_and_no_answer_fails(quiz: Published) -> None:
    keys = {item.id: item.key for item in quiz.items}  # type: ignore[union-attr]  # a quiz
    asked = [entry.item for entry in draw(quiz, str(ATTEMPT))]  # type: ignore[arg-type]  # a quiz
    best = assess(quiz, ATTEMPT, Work({name: keys[name] for name in asked}), Outcome.COMPLETED)
    assert (best.score, best.passed, best.completes) == (100, True, True)
    nothing = assess(quiz, ATTEMPT, Work(), Outcome.COMPLETED)
    assert (nothing.score, nothing.passed, nothing.completes) == (0, False, False)
    assert [r.correct for r in review(quiz, ATTEMPT, Work(), "en")] == [False] * len(asked)


def test_a_module_without_questions_has_no_score() -> None:
    assert assess(MODULE, ATTEMPT, Work(cards=("why", "check")), Outcome.COMPLETED).score == 0
    assert review(CHECKLIST, ATTEMPT, Work(), "en") == ()


@pytest.mark.parametrize("outcome", Outcome)
def test_parts_of_another_kind_of_work_are_refused(outcome: Outcome) -> None:
    whole = Work({"one": ("right",)}, ("why",), {"tires": ItemDone(ItemState.DONE)})
    expected: dict[Published, set[str]] = {QUIZ: {"/cards", "/items"}, MODULE: {"/items"}, CHECKLIST: {"/cards", "/answers"}}
    for version, pointers in expected.items():
        with pytest.raises(WorkRefused) as refused:
            assess(version, ATTEMPT, whole, outcome)
        assert {fault.pointer for fault in refused.value.faults if fault.code == "not_applicable"} == pointers


def test_pointers_escape_their_tokens() -> None:
    assert escaped("a/b~c") == "a~1b~0c"


@pytest.mark.parametrize("status", ItemStatus)
def test_readiness_tells_three_things(status: ItemStatus) -> None:
    soon = NOW + DUE_SOON
    ready = status is ItemStatus.COMPLETED
    assert readiness(status, NOW, soon) is (Readiness.READY if ready else Readiness.DUE)
    assert readiness(status, None, soon) is (Readiness.READY if ready else Readiness.NOT_READY)
    assert readiness(status, soon, soon) is (Readiness.READY if ready else Readiness.NOT_READY)
