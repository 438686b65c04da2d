"""The upload of offline results: read straight from the bytes, answered straight into bytes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from app.core.errors import FieldError, Invalid
from app.core.schemas import Code, Id, Input, Instant, Language, Output
from app.learning.domain.values import AttemptStatus, Fault, Outcome, Unreadable, Upload, Verdict, VerdictKind
from app.learning.schemas.attempts import EXAMPLE_ID
from app.learning.schemas.common import Answers, Cards, ContentHash, ContentKind, Items, Reason, interrupt_reason, work

LARGEST = 200
EXAMPLE: dict[str, Any] = {
    "sent_at": "2026-03-18T08:59:58Z",
    "items": [
        {
            "id": EXAMPLE_ID,
            "kind": "quiz",
            "key": "lockout-tagout-quiz",
            "hash": "0" * 64,
            "language": "en",
            "started_at": "2026-03-18T08:50:00Z",
            "finished_at": "2026-03-18T08:53:10Z",
            "answers": {"first-step": ["tell"]},
        }
    ],
}


class OfflineResult(Input):
    """One module, quiz or checklist done without a network. Times are the device's."""

    id: Id
    kind: ContentKind
    key: Code
    hash: ContentHash
    language: Language = "en"
    started_at: Instant
    finished_at: Instant
    outcome: Outcome = Outcome.COMPLETED
    reason: Reason | None = None
    answers: Answers = Field(default_factory=dict)
    cards: Cards = Field(default_factory=list)
    items: Items = Field(default_factory=dict)


class AttemptBatch(Input):
    """Up to 200 offline results; `sent_at` is the device's clock on sending, so that its error is known."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    sent_at: Instant | None = None
    items: Annotated[list[OfflineResult], Field(min_length=1, max_length=LARGEST)]


class Envelope(Input):
    """The batch around items that are read one by one, once one of them turned out to be unreadable."""

    sent_at: Instant | None = None
    items: Annotated[list[Any], Field(min_length=1, max_length=LARGEST)]


class VerdictFault(Output):
    """Why an item was rejected."""

    pointer: str
    code: str
    detail: str


class VerdictOut(Output):
    """What became of the item at this position. `id` is null where none could be read."""

    id: Id | None
    verdict: VerdictKind
    status: AttemptStatus | None
    score: int | None
    passed: bool | None
    seconds: int | None
    paid_seconds: int | None
    errors: list[VerdictFault]


class BatchOut(Output):
    """One verdict an item, in the order they were sent."""

    items: list[VerdictOut]


BATCH = TypeAdapter(AttemptBatch)
ENVELOPE = TypeAdapter(Envelope)
RESULT = TypeAdapter(OfflineResult)


def read_batch(body: bytes) -> tuple[list[Upload | Unreadable], datetime | None]:
    """The items of a batch, unreadable ones included. Raises Invalid when the batch itself is not one."""
    try:
        batch = BATCH.validate_json(body)
    except ValidationError:
        return _one_by_one(body)
    return [_upload(item) for item in batch.items], batch.sent_at


def _one_by_one(body: bytes) -> tuple[list[Upload | Unreadable], datetime | None]:
    try:
        envelope = ENVELOPE.validate_json(body)
    except ValidationError as error:
        found = [FieldError(_pointer("#", e["loc"]), e["msg"][:300], e["type"][:64]) for e in error.errors()[:50]]
        raise Invalid("Correct the named fields and send it again.", errors=tuple(found)) from error
    return [_read(item) for item in envelope.items], envelope.sent_at


def _read(item: Any) -> Upload | Unreadable:
    try:
        return _upload(RESULT.validate_python(item))
    except ValidationError as error:
        faults = (Fault(_pointer("", e["loc"]), e["type"][:64], e["msg"][:300]) for e in error.errors()[:20])
        return Unreadable(_id(item), tuple(faults))


def _id(item: Any) -> UUID | None:
    try:
        return TypeAdapter(Id).validate_python(item["id"])
    except (ValidationError, TypeError, KeyError):
        return None


def _pointer(start: str, location: Sequence[int | str]) -> str:
    return start + "".join("/" + str(part).replace("~", "~0").replace("/", "~1")[:64] for part in location)


def _upload(item: OfflineResult) -> Upload:
    return Upload(
        id=item.id,
        kind=item.kind,
        key=item.key,
        hash=item.hash,
        language=item.language,
        started_at=item.started_at,
        finished_at=item.finished_at,
        outcome=item.outcome,
        reason=interrupt_reason(item.reason) if item.outcome is Outcome.INTERRUPTED else None,
        work=work(item.answers, item.cards, item.items),
    )


def batch_answer(verdicts: Sequence[Verdict]) -> bytes:
    """The bytes of a `BatchOut`; a test holds the two together."""
    return orjson.dumps({"items": [_verdict(place, verdict) for place, verdict in enumerate(verdicts)]})


def _verdict(place: int, verdict: Verdict) -> dict[str, Any]:
    attempt = verdict.attempt
    return {
        "id": verdict.id,
        "verdict": verdict.verdict,
        "status": attempt and attempt.status,
        "score": attempt and attempt.score,
        "passed": attempt and attempt.passed,
        "seconds": attempt and attempt.seconds,
        "paid_seconds": attempt and attempt.paid_seconds,
        "errors": [
            {"pointer": f"#/items/{place}{fault.pointer}", "code": fault.code, "detail": fault.detail} for fault in verdict.faults
        ],
    }


def batch_schema() -> dict[str, Any]:
    """The request body for the API document, without references, since the route reads raw bytes."""
    schema = AttemptBatch.model_json_schema()
    found: dict[str, Any] = _inlined(schema, schema.pop("$defs", {}))
    return found


def _inlined(part: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_inlined(each, definitions) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _inlined(definitions[part["$ref"].rsplit("/", 1)[1]], definitions)
    return {name: _inlined(value, definitions) for name, value in part.items()}
