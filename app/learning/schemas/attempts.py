"""Shapes of attempts and checklist runs made online."""

from typing import Literal

from pydantic import ConfigDict, Field

from app.catalog.domain import (
    Checklist,
    ChecklistShown,
    Module,
    ModuleShown,
    QuestionReviewed,
    QuestionShown,
    Quiz,
    draw,
    show_checklist,
    show_module,
    show_quiz,
)
from app.core.schemas import Code, Id, Input, Instant, Language, Output
from app.learning.domain.values import Attempt, AttemptStatus, InterruptReason, ItemState, Outcome, Work
from app.learning.schemas.common import Answers, Cards, Items, Reason, found, work
from app.learning.service.attempts import Opened

EXAMPLE_ID = "019cffa0-0000-7000-8000-000000000001"


class AttemptStart(Input):
    """Begin a module or quiz. The id is yours: sending it again answers the same attempt."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": EXAMPLE_ID, "kind": "module", "key": "spill-response"}]})

    id: Id
    kind: Literal["module", "quiz"]
    key: Code
    language: Language | None = None


class AnswersSave(Input):
    """Work in progress: choices by item, cards seen. Only what changed needs to be sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"answers": {"pull-cord": ["stop"]}, "cards": ["why"]}]})

    answers: Answers = Field(default_factory=dict)
    cards: Cards = Field(default_factory=list)

    def work(self) -> Work:
        """The work as a value."""
        return work(self.answers, self.cards, {})


class AttemptFinish(AnswersSave):
    """End an attempt, with the last answers. An interrupted one is paid for its part and not graded."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"outcome": "completed"}, {"outcome": "interrupted", "reason": "production_called"}]}
    )

    outcome: Outcome = Outcome.COMPLETED
    reason: Reason | None = None


class RunStart(Input):
    """Begin a checklist. The id is yours."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": EXAMPLE_ID, "key": "forklift-pre-use"}]})

    id: Id
    key: Code
    language: Language | None = None


class ItemsSave(Input):
    """Findings by item; only what changed needs to be sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": {"tires": {"state": "done"}}}]})

    items: Items = Field(default_factory=dict)

    def work(self) -> Work:
        """The findings as a value."""
        return Work(items=found(self.items))


class RunFinish(ItemsSave):
    """End a run, with the last findings."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "completed", "items": {"tires": {"state": "done"}}}]})

    outcome: Outcome = Outcome.COMPLETED
    reason: Reason | None = None


class ItemFoundOut(Output):
    """What was found for one item."""

    state: ItemState
    note: str
    photo: str | None


class AttemptSummary(Output):
    """An attempt or run without its content. `paid_seconds` is what the ledger credited when it ended."""

    id: Id
    kind: str
    key: str
    hash: str
    language: str
    status: AttemptStatus
    reason: InterruptReason | None
    offline: bool
    started_at: Instant
    finished_at: Instant | None
    lease_until: Instant | None
    seconds: int
    paid_seconds: int
    score: int | None = Field(description="Percent, rounded down; null until it is graded.")
    passed: bool | None


class Saved(Output):
    """Work in progress was kept."""

    id: Id
    lease_until: Instant | None
    answered: int
    seen: int


class AttemptOut(AttemptSummary):
    """An attempt with what to show. Key and rationale are in `review`, which is empty until it was completed."""

    answers: dict[str, list[str]]
    cards: list[str]
    module: ModuleShown | None
    questions: list[QuestionShown]
    review: list[QuestionReviewed]


class RunOut(AttemptSummary):
    """A checklist run with what to look at and what was found."""

    items: dict[str, ItemFoundOut]
    checklist: ChecklistShown


def summary(attempt: Attempt) -> AttemptSummary:
    """One attempt of a list."""
    return AttemptSummary.model_validate(attempt)


def saved(attempt: Attempt) -> Saved:
    """The receipt of kept work."""
    done = len(attempt.work.answers) + len(attempt.work.items)
    return Saved(id=attempt.id, lease_until=attempt.lease_until, answered=done, seen=len(attempt.work.cards))


def attempt_out(opened: Opened) -> AttemptOut:
    """An attempt as its learner sees it."""
    attempt, version = opened.attempt, opened.version
    questions: tuple[QuestionShown, ...] = ()
    if isinstance(version, Quiz):
        questions = show_quiz(version, draw(version, str(attempt.id)), wanted=attempt.language)
    return AttemptOut(
        **summary(attempt).model_dump(),
        answers={item: list(chosen) for item, chosen in attempt.work.answers.items()},
        cards=list(attempt.work.cards),
        module=show_module(version, wanted=attempt.language) if isinstance(version, Module) else None,
        questions=list(questions),
        review=list(opened.review),
    )


def run_out(opened: Opened) -> RunOut:
    """A run as its worker sees it."""
    assert isinstance(opened.version, Checklist)
    items = {item: ItemFoundOut.model_validate(done) for item, done in opened.attempt.work.items.items()}
    return RunOut(
        **summary(opened.attempt).model_dump(),
        items=items,
        checklist=show_checklist(opened.version, wanted=opened.attempt.language),
    )
