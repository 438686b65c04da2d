"""Import kinds of the downtime map: a line's own log, the batches it ran, and the meaning of its reason codes."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.db import WriteTransaction
from app.core.imports import Column, ImportRow, RowVerdict, import_kind
from app.downtime.policies import DOWNTIME_WRITE
from app.downtime.service import keep_batches, keep_log, keep_reasons
from app.downtime.service.log_options import LOG_OPTIONS, PLACE_OPTIONS

STOPPAGE_COLUMNS = {
    "external_id": "The stop's id in the log, if it has one; the same id again changes the stop.",
    "work_center": "Code of the work center; instead of it, the options `work_center` or `lines`.",
    "machine": "The machine that stood.",
    "starts_at": "Events: when the stop began, with or without a date.",
    "ends_at": "Events: when it ended; or `duration`.",
    "duration": "Events: how long it lasted.",
    "date": "Events: the date of the start, where the log keeps it apart.",
    "end_date": "Events: the date of the end, where the log keeps it apart.",
    "reason": "Events: the reason, as a text or a code.",
    "planned": "Events: whether it was planned.",
    "batch": "Factors: the batch; every column nobody maps is a factor, and its cells are lengths.",
    "sampled_at": "Samples: when the state was read.",
    "product": "Samples: the product that ran; a change of it is a changeover.",
    "state": "Samples: the machine's state.",
}


@import_kind("stoppages", policy=DOWNTIME_WRITE, columns=STOPPAGE_COLUMNS, options=LOG_OPTIONS, other_columns=True, whole=True)
async def import_stoppages(
    tx: WriteTransaction, rows: Sequence[ImportRow], source: str, options: Mapping[str, Any]
) -> list[RowVerdict]:
    """A line's own log of stops, as events, as minutes per batch and factor, or as samples of a machine's state."""
    return await keep_log(tx, rows, source, options, STOPPAGE_COLUMNS)


@import_kind(
    "production-batches",
    policy=DOWNTIME_WRITE,
    columns={
        "batch": Column("The batch; the log of factors of the same source names it too.", required=True),
        "work_center": "Code of the work center; instead of it, the option `work_center`.",
        "date": "The date of the batch.",
        "starts_at": Column("When it began.", required=True),
        "ends_at": Column("When it ended; not after its start means the next day.", required=True),
    },
    options=PLACE_OPTIONS,
    whole=True,
)
async def import_batches(
    tx: WriteTransaction, rows: Sequence[ImportRow], source: str, options: Mapping[str, Any]
) -> list[RowVerdict]:
    """When the batches of a line ran; send them before the stoppages of the same source."""
    return await keep_batches(tx, rows, source, options)


@import_kind(
    "stoppage-reasons",
    policy=DOWNTIME_WRITE,
    columns={
        "code": Column("The reason code or factor.", required=True),
        "meaning": Column("What it means, in the words of the line.", required=True),
    },
)
async def import_reasons(
    tx: WriteTransaction, rows: Sequence[ImportRow], source: str, _options: Mapping[str, Any]
) -> list[RowVerdict]:
    """What the reason codes of a log mean; send them before the stoppages of the same source."""
    return await keep_reasons(tx, rows, source)
