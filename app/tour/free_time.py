"""Finds paid time of a worker that nothing was credited for yet, through the API, so that the tour can be repeated."""

from datetime import datetime, timedelta
from typing import Any

from app.core.intervals import Interval, subtract
from app.demo.client import Api

LOOK_BACK = timedelta(days=6)


def instant(text: str) -> datetime:
    """An instant of an answer."""
    return datetime.fromisoformat(text)


def stretch(value: dict[str, Any]) -> Interval:
    """The time a shift, break or entry takes."""
    return Interval(instant(value["starts_at"]), instant(value["ends_at"]))


def free_slots(api: Api, now: datetime, seconds: int) -> list[datetime]:
    """Starts of uncredited, break-free stretches of shift time in the last days that last at least `seconds`, latest first."""
    asked = {"from": (now - LOOK_BACK).isoformat(), "to": now.isoformat()}
    shifts = api.get("/v1/me/shifts", **asked)["items"]
    days = {"from": (now - LOOK_BACK - timedelta(days=1)).date().isoformat(), "to": (now + timedelta(days=1)).date().isoformat()}
    credited = [stretch(entry) for entry in entries(api, days) if entry["seconds"] > 0]
    worked = [Interval(instant(s["starts_at"]), min(instant(s["ends_at"]), now)) for s in shifts if instant(s["starts_at"]) < now]
    breaks = [stretch(pause) for shift in shifts for pause in shift["breaks"]]
    free = [part for part in subtract(worked, [*breaks, *credited]) if part.seconds >= seconds]
    return [part.end - timedelta(seconds=seconds) for part in reversed(free)]


def entries(api: Api, days: dict[str, str]) -> list[dict[str, Any]]:
    """Every line of the caller's own statement."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = api.get("/v1/me/pay-time", limit=200, cursor=cursor, **days)
        found += page["entries"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
