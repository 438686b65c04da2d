"""Which time zone rules an entry was written under: kept with it, because governments change rules afterwards."""

from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

import tzdata  # type: ignore[import-untyped]  # it ships no types


@cache
def tzdata_version() -> str:
    """The release of the rules that `zoneinfo` reads: the system's where it has some, else the package's."""
    for folder in TZPATH:
        if (Path(folder) / "Etc" / "UTC").is_file():
            index = Path(folder) / "tzdata.zi"
            lines = index.read_text(encoding="ascii").splitlines() if index.is_file() else []
            return "".join(lines[:1]).removeprefix("# version").strip()[:32] or "system"
    return str(tzdata.IANA_VERSION)


def utc_offset_seconds(instant: datetime, time_zone: str) -> int:
    """The offset of local time from UTC at an instant."""
    offset = instant.astimezone(ZoneInfo(time_zone)).utcoffset()
    assert offset is not None  # an aware datetime with a ZoneInfo always has one
    return int(offset.total_seconds())
