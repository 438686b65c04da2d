"""Logs of states sampled every few minutes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.downtime.domain.classify import StoppageKind
from app.downtime.domain.reading import read_stoppages
from app.downtime.domain.samples_log import SampleColumns
from app.downtime.domain.stoppages import Origin, RowReason, StoppageLog
from tests.downtime.builders import UTC_ZONE, reasons, rules

START = datetime(2026, 5, 4, 6, tzinfo=UTC)
COLUMNS = SampleColumns(at="ts", machine="asset", product="product", state="status", stopped_states=frozenset({"0", "3"}))


def sample(minute: float, product: str = "1", status: str = "2.0", asset: str = "0") -> dict[str, object]:
    at = START + timedelta(minutes=minute)
    return {"ts": f"{at:%Y-%m-%d %H:%M:%S}+00:00", "asset": asset, "product": product, "status": status}


def read(*samples: dict[str, object]) -> StoppageLog:
    return read_stoppages(samples, COLUMNS, rules(zone=UTC_ZONE, line=""))


def minutes(log: StoppageLog) -> list[tuple[float, float, Origin]]:
    return [
        ((stop.starts_at - START) / timedelta(minutes=1), stop.seconds / 60, stop.origin)
        for stop in log.stoppages
        if stop.starts_at
    ]


def test_missing_samples_are_a_stop_from_where_the_next_one_was_due() -> None:
    assert minutes(read(sample(0), sample(5), sample(20), sample(25))) == [(10, 10, Origin.GAP)]


def test_a_new_product_is_a_changeover_whose_length_is_unknown() -> None:
    log = read(sample(0), sample(5, "2"), sample(10, "2"))
    (change,) = log.stoppages
    assert (change.kind, change.origin, change.planned) == (StoppageKind.CHANGEOVER, Origin.PRODUCT_CHANGE, True)
    assert not change.exact


def test_a_new_product_after_a_gap_is_one_stop() -> None:
    (change,) = read(sample(0), sample(30, "2")).stoppages
    assert (change.kind, change.origin, change.seconds) == (StoppageKind.CHANGEOVER, Origin.GAP, 25 * 60)
    assert change.exact


def test_a_blank_product_is_no_change() -> None:
    assert read(sample(0), sample(5, ""), sample(10)).stoppages == ()
    assert read(sample(0, "1"), sample(5, "1.0")).stoppages == ()


def test_machines_are_followed_apart_and_rows_may_come_in_any_order() -> None:
    log = read(sample(20), sample(0, asset="1"), sample(0), sample(5, asset="1.0"))
    assert [(stop.machine, stop.seconds) for stop in log.stoppages] == [("0", 15 * 60)]


def test_states_in_which_the_machine_stands_are_stops() -> None:
    log = read(sample(0), sample(5, status="3"), sample(10, status="0.0"), sample(15), sample(20, status="3"), sample(40))
    assert minutes(log) == [(5, 10, Origin.STATE), (20, 5, Origin.STATE), (25, 15, Origin.GAP)]


def test_odd_samples_are_refused_with_their_reason() -> None:
    header: dict[str, object] = {"ts": "ts", "asset": "asset", "product": "product", "status": "status"}
    log = read(sample(0), sample(0, "2"), header, sample(5) | {"ts": ""}, sample(5) | {"ts": "soon"},
               sample(5) | {"asset": None}, sample(5) | {"ts": "05:00"})  # fmt: skip
    assert log.stoppages == ()
    assert reasons(log) == {
        2: {RowReason.EXACT_DUPLICATE},
        3: {RowReason.REPEATED_HEADER},
        4: {RowReason.MISSING_TIME},
        5: {RowReason.UNREADABLE_TIME},
        6: {RowReason.MISSING_MACHINE},
        7: {RowReason.UNREADABLE_DATE},
    }


def test_samples_come_at_an_interval() -> None:
    with pytest.raises(ValueError, match="so many seconds"):
        SampleColumns(at="ts", every_seconds=0)


@given(st.sets(st.integers(0, 200), min_size=2))
def test_running_and_standing_time_add_up_to_the_whole(slots: set[int]) -> None:
    log = read(*(sample(5 * slot) for slot in slots))
    whole = 300 * (max(slots) - min(slots))
    assert log.total_seconds + 300 * (len(slots) - 1) == whole
