"""Use cases of the downtime map: when a line gives people time."""

from app.downtime.service.windows import overlaps, staffed_windows, windows

__all__ = ["overlaps", "staffed_windows", "windows"]
