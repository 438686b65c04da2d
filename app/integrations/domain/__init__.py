"""Rules of integrations: who hears which event, where it may be sent, and when to try again."""

from app.integrations.domain.health import EndpointHealth, after_failure, after_success, must_disable
from app.integrations.domain.messages import (
    MAX_BODY,
    DisabledReason,
    EndpointStatus,
    MessageStatus,
    body,
    facts,
    message_id,
    timestamp,
)
from app.integrations.domain.retries import (
    ATTEMPTS,
    RETRY_DELAYS,
    DeliveryResult,
    ErrorKind,
    Outcome,
    Verdict,
    judge,
    parse_retry_after,
    wait_before_next,
)
from app.integrations.domain.subscriptions import (
    EVENT_TYPES,
    EventTypeRefused,
    checked_patterns,
    pattern_covers,
    subscribed,
)
from app.integrations.domain.urls import PUBLIC_ONLY, EndpointPolicy, EndpointUrl, UrlFault, UrlRefused, endpoint_url

__all__ = [
    "ATTEMPTS",
    "EVENT_TYPES",
    "MAX_BODY",
    "PUBLIC_ONLY",
    "RETRY_DELAYS",
    "DeliveryResult",
    "DisabledReason",
    "EndpointHealth",
    "EndpointPolicy",
    "EndpointStatus",
    "EndpointUrl",
    "ErrorKind",
    "EventTypeRefused",
    "MessageStatus",
    "Outcome",
    "UrlFault",
    "UrlRefused",
    "Verdict",
    "after_failure",
    "after_success",
    "body",
    "checked_patterns",
    "endpoint_url",
    "facts",
    "judge",
    "message_id",
    "must_disable",
    "parse_retry_after",
    "pattern_covers",
    "subscribed",
    "timestamp",
    "wait_before_next",
]
