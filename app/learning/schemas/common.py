"""Small types that the shapes of learning share."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from app.core.schemas import Code, Input, Text
from app.learning.domain.values import InterruptReason, ItemDone, ItemState, Work

ContentKind = Literal["module", "quiz", "checklist"]
ContentHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Reason = Literal["production_called", "break_started", "shift_ended", "safety", "device", "other"]
Photo = Annotated[str, StringConstraints(max_length=500, pattern=r"^(https://[!-~]+|[A-Za-z0-9][A-Za-z0-9._-]{0,127})$")]
Choices = Annotated[list[Code], Field(max_length=12)]
Answers = Annotated[dict[Code, Choices], Field(max_length=60)]


def _short(value: str) -> str:
    if len(value) > 1000:
        raise ValueError("must have at most 1000 characters")
    return value


class ItemFound(Input):
    """What was found for one item; `photo` is an https address or a media id."""

    state: ItemState
    note: Annotated[Text, AfterValidator(_short)] = ""
    photo: Photo | None = None


Items = Annotated[dict[Code, ItemFound], Field(max_length=100)]
Cards = Annotated[list[Code], Field(max_length=60)]


def found(items: dict[str, ItemFound]) -> dict[str, ItemDone]:
    """Findings as values."""
    return {key: ItemDone(item.state, item.note, item.photo) for key, item in items.items()}


def work(answers: dict[str, list[str]], cards: list[str], items: dict[str, ItemFound]) -> Work:
    """Everything a learner did as one value."""
    return Work({item: tuple(chosen) for item, chosen in answers.items()}, tuple(dict.fromkeys(cards)), found(items))


def interrupt_reason(reason: str | None) -> InterruptReason:
    """The reason given, or `other`."""
    return InterruptReason(reason or "other")
