"""Rules of integrations: who hears which event, where it may be sent, and when to try again."""

from app.integrations.domain.health import EndpointHealth, after_failure, after_success, must_disable
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
    "PUBLIC_ONLY",
    "RETRY_DELAYS",
    "DeliveryResult",
    "EndpointHealth",
    "EndpointPolicy",
    "EndpointUrl",
    "ErrorKind",
    "EventTypeRefused",
    "Outcome",
    "UrlFault",
    "UrlRefused",
    "Verdict",
    "after_failure",
    "after_success",
    "checked_patterns",
    "endpoint_url",
    "judge",
    "must_disable",
    "parse_retry_after",
    "pattern_covers",
    "subscribed",
    "wait_before_next",
]
