"""Facts the catalog publishes."""

from dataclasses import dataclass
from typing import ClassVar

from app.core.events import Event, event_type


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class ModulePublished(Event):
    """A version of a module went on offer. `hash` addresses its content."""

    type: ClassVar[str] = "module.published"
    key: str
    hash: str
    pack: str
    seconds: int


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleRetired(Event):
    """A module is no longer offered; what people did with it stays."""

    type: ClassVar[str] = "module.retired"
    key: str
    hash: str
