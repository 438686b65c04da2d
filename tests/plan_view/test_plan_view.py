"""A line's day as text: windows by the line's own clock, learners with what they learn, and what found no place."""

from datetime import date
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console

from app.plan_view import Day, bounds, show

BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2026, 3, 18)


def window(name: str, starts: str, ends: str, **changes: Any) -> dict[str, Any]:
    found = {"id": name, "kind": "changeover", "starts_at": starts, "ends_at": ends, "present": 4, "places": 2}
    return {**found, "minimum_staying": 2, "cancelled": False, **changes}


def block(where: str, who: str, key: str, starts: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{who}-{key}", "window_id": where, "worker_id": who, "key": key, "starts_at": starts, "seconds": 180,
        "kind": "module",
        "pinned": False, **changes,
    }  # fmt: skip


def shown(**changes: Any) -> str:
    plan = {"status": "proposed", "placed": 2, "unplaced": 1, "gap": 0.0123, "reasons": {"no_seat_left": 1}}
    plan["changes"] = [{"sentence": "One more learner at the 11:00 changeover places 1 item."}]
    day = {
        "plan": plan | changes.pop("plan", {}),
        "line": {"name": "Line 3"},
        "day": DAY,
        "zone": BERLIN,
        "windows": [window("v1", "2026-03-18T10:00:00Z", "2026-03-18T10:12:00Z")],
        "blocks": [
            block("v1", "ana", "lockout", "2026-03-18T10:04:00Z", seconds=150),
            block("v1", "ana", "spill", "2026-03-18T10:01:00Z", pinned=True),
        ],
        "names": {"ana": "Ana Diaz"},
        "titles": {"spill": "Spill response"},
        **changes,
    }
    printed = StringIO()
    show(Console(width=120, file=printed), Day(**day))
    return printed.getvalue()


def test_a_window_is_shown_by_the_clock_of_its_line_with_who_learns_and_who_stays() -> None:
    text = shown()
    assert "Line 3, Wednesday 18 March 2026" in text
    assert "plan proposed, 2 of 3 items placed, at most 1.23 % from the best plan there is" in text
    assert "11:00-11:12" in text
    assert "1/2" in text
    assert "3 (min 2)" in text
    assert "11:01 Ana Diaz  Spill response 3 min, pinned · lockout 2:30 min" in text
    assert "without a place in this plan: 1 no seat left" in text
    assert "One more learner at the 11:00 changeover places 1 item." in text


def test_protected_time_and_both_sides_of_a_session_are_named_and_the_trainer_stays() -> None:
    hour = window("v1", "2026-03-18T10:00:00Z", "2026-03-18T11:00:00Z", kind="shadowing")
    pair = [
        block("v1", "ana", "welding", "2026-03-18T10:00:00Z", seconds=3600, kind="shadowing", pinned=True),
        block("v1", "ben", "welding", "2026-03-18T10:00:00Z", seconds=3600, kind="coaching", pinned=True),
    ]
    text = shown(windows=[hour], blocks=pair, names={"ana": "Ana Diaz", "ben": "Ben Ode"})
    assert "1/2" in text
    assert "3 (min 2)" in text
    assert "Ana Diaz  learns welding 60 min, pinned" in text
    assert "Ben Ode  shows welding 60 min, pinned" in text
    promised = block("v1", "ana", "protected-time", "2026-03-18T10:00:00Z", seconds=1800, kind="protected_block")
    assert "Ana Diaz  Protected time 30 min" in shown(windows=[hour], blocks=[promised])


def test_a_day_without_windows_and_a_plan_without_a_bound_are_said_to_be_so() -> None:
    text = shown(windows=[window("v1", "2026-03-18T10:00:00Z", "2026-03-18T10:12:00Z", cancelled=True)], plan={"gap": None})
    assert "no windows" in text
    assert "not proven" in text


def test_an_empty_window_says_whether_anybody_could_learn() -> None:
    free = window("v2", "2026-03-18T12:00:00Z", "2026-03-18T12:12:00Z")
    needed = window("v3", "2026-03-18T13:00:00Z", "2026-03-18T13:12:00Z", places=0)
    text = shown(windows=[free, needed], blocks=[], plan={"reasons": {}, "changes": []})
    assert "nobody" in text
    assert "everybody is needed, or on a break" in text
    assert "without a place" not in text


def test_a_local_day_has_23_or_25_hours_when_the_clocks_change() -> None:
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (DAY, 24)):
        start, end = bounds(day, BERLIN)
        assert (end.timestamp() - start.timestamp()) / 3600 == hours
