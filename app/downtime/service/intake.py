"""A line's own log comes in: its stoppages are stored, each row gets its verdict, and repeating changes nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from app.core.db import WriteTransaction
from app.core.imports import ImportRow, RowVerdict, Verdict
from app.core.intervals import local_day
from app.downtime.domain.row_reasons import sentence
from app.downtime.domain.stoppages import Origin, Remark, RowReason, Stoppage, StoppageLog, clean, name_of
from app.downtime.service.log_options import read_options
from app.downtime.service.log_places import log_places
from app.downtime.service.log_reading import Reading, place_rows, read_log
from app.downtime.store import stoppages as store

STOPPAGES = UUID("5c9f7a10-93c4-5d0e-8f0b-6f3f1a7f2e44")
EARLIEST, LATEST = datetime(2000, 1, 2, tzinfo=UTC), datetime(2099, 12, 30, tzinfo=UTC)
LONGEST_REASON = 500


@dataclass(slots=True)
class Kept:
    """What storing a log did: the ids of each row (counted as the reader counts), those it may have had, the changed."""

    ids: dict[int, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    former: dict[int, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    changed: dict[UUID, bool] = field(default_factory=dict)
    remarks: dict[int, list[Remark]] = field(default_factory=lambda: defaultdict(list))


async def keep_log(
    tx: WriteTransaction, rows: Sequence[ImportRow], source: str, given: Mapping[str, Any], columns: Iterable[str]
) -> list[RowVerdict]:
    """Read a whole log and store its stoppages; one verdict a row. Raises Invalid when the options do not fit it.

    A row that says nothing new is unchanged, with what is odd about it as its reason. `columns` are the kind's own.
    """
    options = read_options(given)
    reading = Reading(source, options, await log_places(tx, options), frozenset(columns))
    place_rows(reading, rows)
    log = await read_log(tx, reading)
    kept = Kept()
    for remark in log.remarks:
        kept.remarks[remark.row].append(remark)
    await _store(tx, reading, log, kept)
    verdicts = [RowVerdict(number, Verdict.REFUSED, why) for number, why in reading.refusals.items()]
    return verdicts + [_verdict(row.number, place, kept) for place, row in enumerate(reading.rows, start=1)]


async def _store(tx: WriteTransaction, reading: Reading, log: StoppageLog, kept: Kept) -> None:
    sound = list(_within_reason(log, kept))
    names = Counter[str]()
    records = [_record(tx, reading, log, stoppage, _key(reading, stoppage, names), kept) for stoppage in sound]
    kept.changed |= await store.keep(tx, reading.source, records)
    gone = await store.forget(tx, list(_taken_back(tx, reading, names, kept)))
    kept.changed |= dict.fromkeys(gone, False)
    for line, days in log.days.items():
        await store.add_days(tx, UUID(line), [day for day in days if EARLIEST.date() <= day <= LATEST.date()])


def _within_reason(log: StoppageLog, kept: Kept) -> Iterator[Stoppage]:
    """The stoppages of our century; a row about another one has its date misread."""
    for stoppage in log.stoppages:
        if stoppage.interval and not EARLIEST <= stoppage.interval.start <= stoppage.interval.end <= LATEST:
            kept.remarks[stoppage.row].append(Remark(stoppage.row, RowReason.UNREADABLE_DATE, refused=True))
        else:
            yield stoppage


def _key(reading: Reading, stoppage: Stoppage, names: Counter[str]) -> str:
    """What a stoppage is called in its log: by its own id, its batch, or its machine and start; numbered if several."""
    cells = reading.cells[stoppage.row - 1]
    own = clean(cells.get("external_id", ""))
    if own and stoppage.origin is Origin.EVENT:
        name = f"id/{own}"
    elif stoppage.origin is Origin.FACTOR:
        name = _batch_name(cells)
    else:
        start = stoppage.starts_at.isoformat() if stoppage.starts_at else ""
        name = f"{stoppage.origin}/{reading.places.machines[stoppage.machine][1]}/{start}"
    names[name] += 1
    return f"{name}/{names[name]}"


def _batch_name(cells: Mapping[str, str]) -> str:
    return f"factor/{name_of(clean(cells.get('batch', '')))}"


def _stoppage_id(tx: WriteTransaction, reading: Reading, center_id: UUID, key: str) -> UUID:
    return uuid5(STOPPAGES, f"{tx.organization_id}/{reading.source}/{center_id}/{key}")


def _record(tx: WriteTransaction, reading: Reading, log: StoppageLog, stoppage: Stoppage, key: str, kept: Kept) -> dict[str, Any]:
    center_id, machine = reading.places.machines[stoppage.machine]
    stoppage_id = _stoppage_id(tx, reading, center_id, key)
    kept.ids[stoppage.row].append(stoppage_id)
    return {
        "id": stoppage_id,
        "external_id": key,
        "work_center_id": center_id,
        "machine": machine,
        "kind": stoppage.kind,
        "planned": stoppage.planned,
        "reason": stoppage.reason,
        "seconds": stoppage.seconds,
        "origin": stoppage.origin,
        "starts_at": stoppage.starts_at,
        "ends_at": stoppage.ends_at,
        "observed_at": stoppage.starts_at or _last_day(tx, reading, log, stoppage.line),
        "exact": stoppage.exact,
        "doubtful": stoppage.doubtful,
    }


def _last_day(tx: WriteTransaction, reading: Reading, log: StoppageLog, line: str) -> datetime:
    days = log.days.get(line)
    last = local_day(max(days), reading.places.zone) if days else None
    return last.start if last else tx.now


def _taken_back(tx: WriteTransaction, reading: Reading, names: Counter[str], kept: Kept) -> Iterator[UUID]:
    """Ids that the batches of this log may have had before and no longer have, noted with their rows."""
    for place, cells in enumerate(reading.cells, start=1):
        name = _batch_name(cells)
        found = reading.places.machines.get(clean(cells["machine"]))
        if not cells.get("batch") or found is None or any(remark.refused for remark in kept.remarks[place]):
            continue
        for number in range(names[name] + 1, len(reading.factors) + 1):
            stoppage_id = _stoppage_id(tx, reading, found[0], f"{name}/{number}")
            kept.former[place].append(stoppage_id)
            yield stoppage_id


def _verdict(number: int, place: int, kept: Kept) -> RowVerdict:
    remarks = kept.remarks[place]
    ids = kept.ids[place]
    why = sentence(remarks)[:LONGEST_REASON]
    if any(remark.refused for remark in remarks):
        return RowVerdict(number, Verdict.REFUSED, why)
    outcomes = {kept.changed.get(stoppage_id) for stoppage_id in (*ids, *kept.former[place])}
    verdict = Verdict.CREATED if True in outcomes else Verdict.UPDATED if False in outcomes else Verdict.UNCHANGED
    if remarks and (verdict is not Verdict.UNCHANGED or not ids):
        verdict = Verdict.FLAGGED
    return RowVerdict(number, verdict, why, ids[0] if ids else None)
