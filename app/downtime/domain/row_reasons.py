"""Why a row of a log was refused or flagged, in words that say what to mend."""

from collections.abc import Iterable

from app.downtime.domain.stoppages import Remark, RowReason

SENTENCES = {
    RowReason.REPEATED_HEADER: "the header once more",
    RowReason.MISSING_MACHINE: "names no machine",
    RowReason.MISSING_TIME: "has no start, or neither an end nor a length",
    RowReason.MISSING_BATCH: "names no batch",
    RowReason.UNREADABLE_DATE: "has a date that cannot be read",
    RowReason.UNREADABLE_TIME: "has a time that cannot be read",
    RowReason.UNREADABLE_DURATION: "has a length that cannot be read",
    RowReason.AMBIGUOUS_DATE: "day and month could change places: set the option date_order",
    RowReason.AMBIGUOUS_CLOCK: "the time may mean morning or afternoon: set the option clock; it opens no window",
    RowReason.END_BEFORE_START: "ends before it starts",
    RowReason.ZERO_LENGTH: "ends as it starts",
    RowReason.TOO_LONG: "is longer than a stop may be",
    RowReason.EXACT_DUPLICATE: "repeats another row",
    RowReason.BYTE_ORDER_MARK: "contained a byte order mark, which was taken out",
    RowReason.NO_BREAK_SPACE: "contained odd spaces, which were made plain",
    RowReason.CROSSES_MIDNIGHT: "ends on the next day",
    RowReason.LENGTH_DISAGREES: "start, end and length disagree: start and end were taken",
    RowReason.DATE_OF_END: "its batch's date seems to be that of its end: it opens no window",
    RowReason.ORPHAN_BATCH: "its batch is not known: only its length was kept",
    RowReason.REPEATED_BATCH: "its batch has another row with other values",
    RowReason.LONGER_THAN_BATCH: "its stops are longer than its batch",
}


def sentence(remarks: Iterable[Remark]) -> str:
    """Every reason of one row with its code, refusals first."""
    ordered = sorted(set(remarks), key=lambda remark: (not remark.refused, remark.reason))
    return "; ".join(f"{remark.reason.value}: {SENTENCES[remark.reason]}" for remark in ordered)
