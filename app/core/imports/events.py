"""What imports tell."""

from dataclasses import dataclass
from typing import ClassVar

from app.core.events import Event, event_type


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFinished(Event):
    """An import has been applied; `subject_id` is the import. Dry runs tell nothing."""

    type: ClassVar[str] = "import.finished"

    kind: str
    source: str
    created: int
    updated: int
    unchanged: int
    flagged: int
    refused: int
