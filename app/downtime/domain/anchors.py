"""Anchors as documents: how a pattern says, in stored and sent JSON, what it holds on to."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, TypeAlias

from app.downtime.domain.patterns import Handover
from app.downtime.domain.recurrence import Every, Rule

Anchor: TypeAlias = Handover | Every | Rule


def anchor_of(document: Mapping[str, Any]) -> Anchor:
    """The anchor a document describes. PatternRefused when it contradicts itself."""
    fields = {name: value for name, value in document.items() if name != "type"}
    if document["type"] == "handover":
        return Handover(**fields)
    if document["type"] == "rule":
        return Rule(fields["rule"], datetime.fromisoformat(fields["start"]))
    last = fields["last"]
    return Every(
        fields["minutes"],
        time.fromisoformat(fields["first"]),
        time.fromisoformat(last) if last else None,
        frozenset(fields["weekdays"]),
    )


def document_of(anchor: Anchor) -> dict[str, Any]:
    """The document of an anchor."""
    if isinstance(anchor, Handover):
        return {
            "type": "handover",
            "outgoing_minutes": anchor.outgoing_minutes,
            "incoming_minutes": anchor.incoming_minutes,
            "gap_minutes": anchor.gap_minutes,
            "overlap_minutes": anchor.overlap_minutes,
        }
    if isinstance(anchor, Rule):
        return {"type": "rule", "rule": anchor.text, "start": anchor.start.isoformat()}
    return {
        "type": "every",
        "minutes": anchor.minutes,
        "first": anchor.first.isoformat(),
        "last": anchor.last.isoformat() if anchor.last else None,
        "weekdays": sorted(anchor.weekdays),
    }
