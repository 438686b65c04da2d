"""The tour's own check that nothing is paid twice."""

from typing import Any

import pytest

from app.tour.learn_steps import paid_once


def line(start: str, end: str, seconds: int) -> dict[str, Any]:
    return {"starts_at": f"2026-03-18T{start}:00Z", "ends_at": f"2026-03-18T{end}:00Z", "seconds": seconds}


GIVEN, TAKEN = line("08:00", "08:05", 300), line("08:00", "08:05", -300)


@pytest.mark.parametrize(
    ("lines", "once"),
    [
        ([GIVEN, TAKEN, GIVEN, line("08:05", "08:06", 60)], True),
        ([GIVEN, line("08:01", "08:02", -60), line("08:01", "08:02", 60)], True),
        ([GIVEN, line("08:04", "08:06", 120)], False),
        ([GIVEN, TAKEN, GIVEN, GIVEN], False),
        ([TAKEN], False),
    ],
)
def test_what_is_taken_back_and_given_back_counts_once(lines: list[dict[str, Any]], once: bool) -> None:
    assert paid_once(lines) is once
