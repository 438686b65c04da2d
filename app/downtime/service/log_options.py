"""What an import of a line's log says about the log: its kind, its line, its conventions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from app.core.errors import Invalid
from app.downtime.domain.moments import Clock, DateOrder
from app.downtime.domain.stoppages import name_of

E = TypeVar("E", bound=StrEnum)


class LogMode(StrEnum):
    """How a log shows stops: a row each, a row a batch with minutes per factor, or samples of a machine's state."""

    EVENTS = "events"
    FACTORS = "factors"
    SAMPLES = "samples"


class DurationUnit(StrEnum):
    """What a plain number in a length means."""

    SECONDS = "seconds"
    MINUTES = "minutes"
    HOURS = "hours"


UNITS = {DurationUnit.SECONDS: 1, DurationUnit.MINUTES: 60, DurationUnit.HOURS: 3600}

PLACE_OPTIONS = {
    "site": "Code of the site; needed where a work center's code occurs at several sites.",
    "work_center": "Code of the work center, when the whole file is about one.",
    "time_zone": "IANA zone of times without an offset; by default the site's.",
    "date_order": "auto, dmy or mdy: which comes first in dates such as 03/04/2026.",
}
LOG_OPTIONS = {
    **PLACE_OPTIONS,
    "mode": "events (a row a stop), factors (a row a batch, minutes per factor) or samples (states every few minutes).",
    "lines": "Machines and their work centers, such as `M1=L1;M2=L1`; others are taken as `work_center` says.",
    "clock": "auto, 24h or 12h: whether an hour may be meant twelve hours later.",
    "duration_unit": "seconds, minutes or hours: what a plain number in a length means; by default minutes.",
    "sample_minutes": "In samples: how often a state is written; by default 5.",
    "stopped_states": "In samples: states in which the machine stands, such as `0;5`.",
    "ignore": "In factors: columns that are no factors, such as `Remark;Operator`.",
    "longest_hours": "Stops longer than this are refused; by default 24.",
}


@dataclass(frozen=True, slots=True)
class LogOptions:
    """The options, read."""

    mode: LogMode = LogMode.EVENTS
    site: str = ""
    work_center: str = ""
    zone: ZoneInfo | None = None
    lines: Mapping[str, str] = field(default_factory=dict)
    date_order: DateOrder = DateOrder.AUTO
    clock: Clock = Clock.AUTO
    duration_unit: int = 60
    sample_seconds: int = 300
    stopped_states: frozenset[str] = frozenset()
    longest_seconds: int = 24 * 3600
    ignored: frozenset[str] = frozenset()
    mapping: Mapping[str, str] = field(default_factory=dict)


def refused(option: str, detail: str) -> Invalid:
    """The refusal of one option."""
    return Invalid.field(f"#/options/{option}", detail, "option")


def read_options(options: Mapping[str, Any]) -> LogOptions:
    """The options of an import. Raises Invalid naming the one that cannot be used."""
    return LogOptions(
        mode=_choice(options, "mode", LogMode.EVENTS),
        site=str(options.get("site", "")),
        work_center=str(options.get("work_center", "")),
        zone=_zone(str(options.get("time_zone", ""))),
        lines=_pairs(str(options.get("lines", ""))),
        date_order=_choice(options, "date_order", DateOrder.AUTO),
        clock=_choice(options, "clock", Clock.AUTO),
        duration_unit=UNITS[_choice(options, "duration_unit", DurationUnit.MINUTES)],
        sample_seconds=_whole(options, "sample_minutes", 5, 1440) * 60,
        stopped_states=_listed(options, "stopped_states"),
        longest_seconds=_whole(options, "longest_hours", 24, 168) * 3600,
        ignored=frozenset(name.casefold() for name in _listed(options, "ignore")),
        mapping=options.get("mapping", {}),
    )


def _choice(options: Mapping[str, Any], name: str, default: E) -> E:
    try:
        return type(default)(str(options.get(name, default)).casefold())
    except ValueError as error:
        raise refused(name, f"must be one of {', '.join(type(default))}") from error


def _whole(options: Mapping[str, Any], name: str, default: int, most: int) -> int:
    found = str(options.get(name, default))
    if not found.isascii() or not found.isdigit() or len(found) > 6 or not 1 <= int(found) <= most:
        raise refused(name, f"must be a whole number from 1 to {most}")
    return int(found)


def _listed(options: Mapping[str, Any], name: str) -> frozenset[str]:
    return frozenset(part.strip() for part in str(options.get(name, "")).split(";") if part.strip())


def _zone(name: str) -> ZoneInfo | None:
    if name and name not in available_timezones():
        raise refused("time_zone", "must be an IANA time zone such as Europe/Berlin")
    return ZoneInfo(name) if name else None


def _pairs(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(";") if part.strip()]
    if not all(name.strip() and code.strip() for name, _, code in pairs):
        raise refused("lines", "must be pairs such as M1=L1;M2=L1")
    return {name_of(name.strip()): code.strip() for name, _, code in pairs}
