"""Logs of real lines that nobody here wrote, against the figures published with them."""

from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.downtime.domain.classify import StoppageKind
from app.downtime.domain.delimited import Table, decoded, read_table
from app.downtime.domain.factors_log import BatchColumns, FactorColumns
from app.downtime.domain.history import propose
from app.downtime.domain.reading import read_stoppages, reason_table
from app.downtime.domain.samples_log import SampleColumns
from app.downtime.domain.stoppages import Origin, RowReason, StoppageLog
from tests.downtime.builders import rules

pytestmark = pytest.mark.external
CHICAGO = ZoneInfo("America/Chicago")
BATCHES = BatchColumns("Batch", "Date", "Start Time", "End Time")


def table(path: Path) -> Table:
    return read_table(decoded(path.read_bytes()))


@pytest.fixture(scope="module")
def bottling(shared_data: Path) -> StoppageLog:
    folder = shared_data / "stoppages-bottling"
    codes = reason_table(table(folder / "downtime-factors.csv").rows, "Factor", "Description")
    return read_stoppages(
        table(folder / "line-downtime.csv").rows,
        FactorColumns("Batch"),
        rules(zone=CHICAGO, line="bottling", reasons=codes),
        table(folder / "line-productivity.csv").rows,
        BATCHES,
    )


@pytest.fixture(scope="module")
def machines(shared_data: Path) -> StoppageLog:
    rows = table(shared_data / "machine-states" / "company_A_labelled_subset.csv").rows
    columns = SampleColumns(at="ts", machine="asset", product="product", state="status")
    return read_stoppages(rows, columns, rules(zone=ZoneInfo("Europe/Rome"), line=""))


def test_the_bottling_line_stood_for_1388_minutes(bottling: StoppageLog) -> None:
    assert bottling.total_seconds == 1388 * 60
    assert bottling.rows == 39


def test_the_second_header_is_refused_and_seven_batches_are_orphans(bottling: StoppageLog) -> None:
    said = Counter(remark.reason for remark in bottling.remarks)
    assert said == {RowReason.REPEATED_HEADER: 1, RowReason.ORPHAN_BATCH: 7, RowReason.DATE_OF_END: 1}
    orphans = [stop for stop in bottling.stoppages if stop.starts_at is None]
    assert len({stop.row for stop in orphans}) == 7


def test_batch_changes_are_the_changeovers(bottling: StoppageLog) -> None:
    changes = [stop for stop in bottling.stoppages if stop.kind is StoppageKind.CHANGEOVER]
    assert {stop.reason for stop in changes} == {"Batch change"}
    assert sorted(stop.seconds // 60 for stop in changes) == [10, 20, 20, 50, 60]


def test_every_placed_stop_lies_within_the_days_of_the_log(bottling: StoppageLog) -> None:
    placed = [stop for stop in bottling.stoppages if stop.interval]
    assert all(stop.interval and stop.interval.seconds == stop.seconds for stop in placed)
    local = {stop.starts_at.astimezone(CHICAGO).date().isoformat() for stop in placed if stop.starts_at}
    assert min(local) == "2024-08-29"
    assert max(local) <= "2024-09-04"


def test_gaps_and_product_changes_of_three_machines_are_as_published(machines: StoppageLog) -> None:
    gaps = Counter(stop.machine for stop in machines.stoppages if stop.origin is Origin.GAP)
    changes = Counter(stop.machine for stop in machines.stoppages if stop.kind is StoppageKind.CHANGEOVER)
    assert gaps == {"0": 93, "1": 74, "2": 74}
    assert changes == {"0": 2, "1": 3, "2": 53}
    assert machines.rows == 14_492
    assert machines.remarks == ()


def test_the_history_of_real_machines_promises_only_what_was_kept(machines: StoppageLog) -> None:
    proposals = propose(machines.stoppages, ZoneInfo("Europe/Rome"), days=machines.days)
    assert len(proposals) == 6
    for proposal in proposals:
        seconds = sorted(
            stop.seconds
            for stop in machines.stoppages
            if (stop.line, stop.kind) == (proposal.line, proposal.kind) and stop.origin is Origin.GAP
        )
        kept = [length for length in seconds if length >= proposal.usable_seconds]
        assert len(kept) >= 0.8 * len(seconds)
        assert 0 <= proposal.reliability <= 1


def test_the_history_of_the_bottling_line_gives_lengths_without_times_of_day(bottling: StoppageLog) -> None:
    proposals = {proposal.kind: proposal for proposal in propose(bottling.stoppages, CHICAGO, days=bottling.days)}
    maintenance = proposals[StoppageKind.MAINTENANCE]
    assert maintenance.typical_times == ()
    assert maintenance.usable_seconds >= 10 * 60
