"""The simulated floor: nobody leaves a line short, the stand-by list gives more, and the watch sees what goes wrong."""

from datetime import datetime
from typing import Any

import pytest

from benchmarks import floor

pytestmark = pytest.mark.slow


def test_a_week_keeps_its_promises_and_the_stand_by_list_gives_more() -> None:
    without, with_it = (floor.simulate(40, 2, stand_by=stand_by) for stand_by in (False, True))
    assert (without.short_seconds, with_it.short_seconds) == (0, 0)
    assert with_it.watched_seconds > 0
    assert min(without.kept_share, with_it.kept_share) > 0.8
    assert with_it.learned > 1.2 * without.learned


def test_the_same_week_comes_out_the_same() -> None:
    assert floor.simulate(12, 5, stand_by=True) == floor.simulate(12, 5, stand_by=True)


def test_the_watch_sees_a_line_that_is_left_short(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_long_as_it_lasts(_: Any, window: Any, span: tuple[datetime, datetime], *rest: Any) -> datetime:
        return span[1]

    def nobody_mends(_: Any, start: Any, end: Any, blocks: Any, *rest: Any) -> Any:
        return blocks

    monkeypatch.setattr(floor.Floor, "_covered_until", as_long_as_it_lasts)
    monkeypatch.setattr(floor.Floor, "_mended", nobody_mends)
    monkeypatch.setattr(floor, "SICK_SHARE", 0.2)
    assert sum(floor.simulate(40, seed, stand_by=True).short_seconds for seed in (1, 2)) > 0
