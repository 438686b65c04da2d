"""Who is there: the spans of crews for handovers, and the number of people on shift during a window."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from app.core.intervals import Interval
from app.downtime.domain.patterns import Window
from app.roster.domain import Shift


def crew_shifts(shifts: Sequence[Shift]) -> list[Shift]:
    """The shifts that hand over, without what an absence left of a single worker's shift.

    Somebody who leaves at ten and somebody who comes at ten are no change of shift while their crew works on: a span of
    one worker alone that lies inside a span of at least two is left out.
    """
    heads: dict[UUID, Counter[Interval]] = defaultdict(Counter)
    for shift in shifts:
        heads[shift.work_center_id][shift.interval] += 1
    crews = {center: [span for span, people in spans.items() if people > 1] for center, spans in heads.items()}
    return [shift for shift in shifts if not _remainder(shift, heads[shift.work_center_id], crews[shift.work_center_id])]


def _remainder(shift: Shift, heads: Counter[Interval], crews: Iterable[Interval]) -> bool:
    span = shift.interval
    return heads[span] == 1 and any(crew.covers(span) and crew != span for crew in crews)


def present(window: Window, shifts: Iterable[Shift]) -> int:
    """How many people of the work center are on shift, and not in a break, during the whole window."""
    there = {
        shift.worker_id
        for shift in shifts
        if shift.work_center_id == window.work_center_id
        and shift.interval.covers(window.interval)
        and not any(pause.interval.overlaps(window.interval) for pause in shift.breaks)
    }
    return len(there)
