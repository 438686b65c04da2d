"""What integrations themselves tell; `subject_id` is the webhook endpoint."""

from dataclasses import dataclass
from typing import ClassVar

from app.core.events import Event, event_type


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointTest(Event):
    """A test asked for by an administrator; only the endpoint under test hears of it."""

    type: ClassVar[str] = "endpoint.test"


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDisabled(Event):
    """An endpoint was switched off: it answered 410 (`gone`) or failed for five days (`failing`)."""

    type: ClassVar[str] = "endpoint.disabled"

    reason: str
