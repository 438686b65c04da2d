"""Request and answer shapes of the downtime map."""

from app.downtime.schemas.history import ProposalAccept, ProposalOut, ProposalsOut, StoppageOut, TypicalTimeOut
from app.downtime.schemas.patterns import PatternCreate, PatternEdit, PatternOut, PatternsOut
from app.downtime.schemas.windows import WindowCancellation, WindowChange, WindowCreate, WindowOut

__all__ = [
    "PatternCreate",
    "PatternEdit",
    "PatternOut",
    "PatternsOut",
    "ProposalAccept",
    "ProposalOut",
    "ProposalsOut",
    "StoppageOut",
    "TypicalTimeOut",
    "WindowCancellation",
    "WindowChange",
    "WindowCreate",
    "WindowOut",
]
