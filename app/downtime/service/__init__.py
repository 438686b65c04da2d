"""Use cases of the downtime map: when a line gives people time."""

from app.downtime.domain.patterns import overlaps
from app.downtime.service.batches import keep_batches, keep_reasons
from app.downtime.service.feedback import list_outcomes, settle, settled
from app.downtime.service.history import Acceptance, History, accept_proposal, list_stoppages, pattern_proposals
from app.downtime.service.intake import keep_log
from app.downtime.service.listing import WindowPage, list_windows
from app.downtime.service.live import (
    OnFloor,
    Opening,
    close_window,
    end_overdue,
    extend_window,
    live_window,
    lock_floor,
    open_window,
)
from app.downtime.service.patterns import (
    LONGEST_QUESTION,
    PatternAsked,
    change_pattern,
    list_patterns,
    map_pattern,
    one_pattern,
    retire_pattern,
)
from app.downtime.service.signals import SignalTaken, take_signal
from app.downtime.service.single import WindowEdit, WindowPlace, add_window, cancel_window, change_window
from app.downtime.service.windows import StaffedWindow, staffed_windows, windows
from app.downtime.service.windows import seen_windows as seen

__all__ = [
    "LONGEST_QUESTION",
    "Acceptance",
    "History",
    "OnFloor",
    "Opening",
    "PatternAsked",
    "SignalTaken",
    "StaffedWindow",
    "WindowEdit",
    "WindowPage",
    "WindowPlace",
    "accept_proposal",
    "add_window",
    "cancel_window",
    "change_pattern",
    "change_window",
    "close_window",
    "end_overdue",
    "extend_window",
    "keep_batches",
    "keep_log",
    "keep_reasons",
    "list_outcomes",
    "list_patterns",
    "list_stoppages",
    "list_windows",
    "live_window",
    "lock_floor",
    "map_pattern",
    "one_pattern",
    "open_window",
    "overlaps",
    "pattern_proposals",
    "retire_pattern",
    "seen",
    "settle",
    "settled",
    "staffed_windows",
    "take_signal",
    "windows",
]
