"""The catalogue of event types a platform may hear of, and the patterns an endpoint chooses them with."""

import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

MAX_PATTERNS = 50
_PATTERN = re.compile(r"\*|[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*(?:\.\*)?")

EVENT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "module.published": "A version of a module can be assigned and learned.",
        "module.retired": "A module can no longer be assigned.",
        "module.completed": "A worker finished a module.",
        "assignment.created": "Learning was assigned to a worker, a crew or a role.",
        "attempt.completed": "A worker finished an attempt at a module or quiz.",
        "quiz.passed": "An attempt at a quiz reached its pass mark.",
        "quiz.failed": "An attempt at a quiz stayed below its pass mark.",
        "checklist.completed": "Every required item of a checklist run was answered.",
        "plan.published": "A plan of learning blocks came into force.",
        "learning_block.scheduled": "A published plan placed learning into a window.",
        "learning_block.moved": "A scheduled block got another time or place.",
        "learning_block.cancelled": "A scheduled block will not happen.",
        "roster.changed": "Shifts or absences at work centers of a site changed.",
        "window.mapped": "A micro-downtime window was found for a work center.",
        "window.changed": "A mapped window moved, shrank, grew or closed.",
        "pplt.session.recorded": "Paid protected learning time was credited to a worker.",
        "pplt.session.adjusted": "A line of the ledger was corrected: seconds were taken back or given back.",
        "pplt.exception.raised": "Learning outside paid time, or beyond a cap, waits for a supervisor.",
        "pplt.exception.decided": "A supervisor decided about learning that waited.",
        "pplt.dispute.moved": "A worker's dispute about a line took a step.",
        "protected_block.changed": "Time promised to a worker was planned, started, interrupted, broken, delivered or made up.",
        "ledger.head.published": "Where the ledger's hash chain ends today: keep it as evidence.",
        "pay_period.approved": "Somebody approved what a pay period holds.",
        "pay_period.closed": "A pay period is closed; what comes late belongs to the next one.",
        "pay_period.exported": "A payroll file of a closed period is ready to be fetched.",
        "assist.logged": "A worker recorded that a colleague helped.",
        "assist.confirmed": "Both sides of a peer assist agree that it happened.",
        "assist.declined": "The other side of a peer assist says it was not so.",
        "assist.expired": "Nobody confirmed a peer assist in time.",
        "worker.created": "A worker was added.",
        "worker.updated": "A worker's name, language, crew or external id changed.",
        "worker.deactivated": "A worker can no longer sign in or be planned.",
        "retention.records_removed": "Records went because their time was over: keep the hash as evidence.",
        "worker.erased": "A person was erased: erase what you hold of them, except what the law makes you keep.",
        "import.finished": "An import came to its end.",
        "endpoint.test": "A test asked for by an administrator.",
        "endpoint.disabled": "An endpoint was switched off after failing for days or answering 410.",
        "learning_block.flagged": "A block cannot take place as published and begins too soon to move it without the supervisor.",
        "learning_block.paused": "Production called back while somebody learned: they stop, and the rest is placed again.",
        "learning_offer.accepted": "A worker learns now; the block holds their place.",
        "learning_offer.declined": "A worker does not want to learn now, and nothing follows from it.",
        "learning_offer.lapsed": "Nobody answered in time.",
        "learning_offer.made": "A worker may learn now, if they say so in time.",
        "learning_offer.withdrawn": "The window is over before the worker answered.",
        "plan.withdrawn": "A publication was taken back; every block it changed has an event of its own.",
        "window.closed": "A window is over: `ended_by` tells whether production called back, all were done or time was up.",
        "window.extended": "A window that is open is expected to end at another time.",
        "work_center.minimum_changed": "How many people, or people with a skill, must stay at a work center changed.",
        "window.opened": "A window was opened on the floor; `ends_at` is when it is expected to end.",
    }
)


class EventTypeRefused(ValueError):
    """A subscription names an event type that does not exist, or is not a pattern at all."""

    def __init__(self, pattern: str) -> None:
        super().__init__("this event type or pattern is not in the catalogue")
        self.pattern = pattern


def pattern_covers(pattern: str, event_type: str) -> bool:
    """Tell whether `pattern` (`*`, `prefix.*` at any depth, or one exact type) includes `event_type`."""
    if pattern == "*":
        return True
    if pattern.endswith(".*"):
        return event_type.startswith(pattern[:-1])
    return pattern == event_type


def subscribed(patterns: Iterable[str], event_type: str) -> bool:
    """Tell whether any of an endpoint's patterns includes `event_type`; no pattern means nothing is sent."""
    return any(pattern_covers(pattern, event_type) for pattern in patterns)


def checked_patterns(patterns: Iterable[str], known: Collection[str] = EVENT_TYPES) -> tuple[str, ...]:
    """Return the patterns sorted, each once and without those another one already includes.

    Raises `EventTypeRefused` for the first that covers no known type, so that a typing error is not silence.
    """
    chosen = set(patterns)
    if not chosen or len(chosen) > MAX_PATTERNS:
        raise EventTypeRefused("")
    for pattern in sorted(chosen):
        if not _PATTERN.fullmatch(pattern) or not any(pattern_covers(pattern, name) for name in known):
            raise EventTypeRefused(pattern)
    return tuple(sorted(p for p in chosen if not any(q != p and pattern_covers(q, p) for q in chosen)))
