"""How large a run is, and what a harness says in the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Size:
    """Bounds of one run, in counts and seconds."""

    seed: int
    writers: int
    kills: int
    kill_seconds: float
    longest_calm: float
    races: int
    cuts: int
    restarts: int
    hook_kills: int
    drain_seconds: float
    hurry: bool
    takeovers: int
    acked: int = 0
    clients: tuple[int, ...] = (16,)
    tampers: int = 300
    sheets: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of the report; `lost` counts every broken promise, `figures` stand beside the note as numbers."""

    name: str
    tried: int
    lost: int
    note: str
    faults: list[str] = field(default_factory=list)
    figures: Mapping[str, float] = field(default_factory=dict)
