"""What a changed roster makes of claims that were settled before: which stretches are taken back, credited, or shown.

Pure: it compares what stands with what the rule says now. What people decided is never touched.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.core.intervals import Interval, intersect, subtract, union
from app.paytime.caps import Caps
from app.paytime.domain import Claim, Entry, ReasonCode, Segment, Settlement, Shortfall
from app.paytime.domain.rules import DEFAULT
from app.paytime.lines import Line, Places, credit_line, exception_line, opposite_line
from app.paytime.settled import settled
from app.paytime.store.review import Waiting
from app.roster.domain import Shift

WHY = "The roster was changed"
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A stretch that counts, and the line that holds it."""

    entry: Entry
    interval: Interval


@dataclass(frozen=True, slots=True)
class Before:
    """All that is known about a worker's claims: what stands, what waits, and time that people decided about."""

    claims: Sequence[Claim]
    standing: Sequence[Standing]
    waiting: Sequence[Waiting]
    decided: Mapping[UUID, Sequence[Interval]]
    taken: Sequence[Interval]


@dataclass(frozen=True, slots=True)
class Change:
    """Lines to append, exceptions that are over, and new ones by claim."""

    lines: list[Line]
    over: list[UUID]
    exceptions: list[tuple[Claim, Line]]


def movable(before: Before) -> list[Standing]:
    """What stands by the rule alone, piece by piece."""
    sources = {claim.source_id for claim in before.claims}
    return [
        Standing(one.entry, piece)
        for one in before.standing
        if one.entry.source_id in sources
        for piece in subtract((one.interval,), before.decided.get(one.entry.source_id, ()))
    ]


def reclassified(before: Before, shifts: Sequence[Shift], places: Places, caps: Caps) -> Change:
    """What has to be appended so that the ledger says what the rule says now; nothing where it does already."""
    stands = movable(before)
    fixed = subtract(before.taken, (one.interval for one in stands))
    wanted = _wanted(before, shifts, fixed, places, caps)
    change = Change([], [], [])
    for claim in before.claims:
        own = [one for one in stands if one.entry.source_id == claim.source_id]
        _credits(claim, own, wanted[claim.source_id].segments, places, change)
        shown = [one for one in before.waiting if one.source_id == claim.source_id]
        _exceptions(claim, shown, wanted[claim.source_id].shortfalls, places, change)
    return change


def _wanted(
    before: Before, shifts: Sequence[Shift], fixed: Iterable[Interval], places: Places, caps: Caps
) -> dict[UUID, Settlement]:
    """How each claim settles now, without the stretches people decided about."""
    parts = [
        replace(claim, starts_at=piece.start, ends_at=piece.end)
        for claim in before.claims
        if claim.interval is not None
        for piece in subtract((claim.interval,), before.decided.get(claim.source_id, ()))
    ]
    found: dict[UUID, Settlement] = {claim.source_id: Settlement((), ()) for claim in before.claims}
    workers = {claim.worker_id: list(fixed) for claim in before.claims}
    for part, made in zip(parts, settled(parts, shifts, workers, places, caps), strict=True):
        old = found[part.source_id]
        found[part.source_id] = Settlement(old.segments + made.segments, old.shortfalls + made.shortfalls)
    return found


def _credits(claim: Claim, own: Sequence[Standing], segments: Sequence[Segment], places: Places, change: Change) -> None:
    stood: dict[Key, list[Interval]] = defaultdict(list)
    for one in own:
        stood[_entry_key(one.entry)].append(one.interval)
    new: dict[Key, list[Segment]] = defaultdict(list)
    for segment in segments:
        new[_segment_key(claim, segment, places)].append(segment)
    kept = {key: intersect(stood[key], (segment.interval for segment in new[key])) for key in [*stood]}
    back = [
        opposite_line(
            one.entry, piece, places.policies.get(one.entry.site_id, DEFAULT), code=ReasonCode.ROSTER_CHANGED, reason=WHY
        )
        for one in own
        for piece in subtract((one.interval,), kept[_entry_key(one.entry)])
    ]
    change.lines.extend(back)
    for key, found in new.items():
        for segment in found:
            for piece in subtract((segment.interval,), kept.get(key, ())):
                change.lines.append(_in_place_of(back, replace_interval(segment, piece), claim, places))


def replace_interval(segment: Segment, piece: Interval) -> Segment:
    """The same segment for a part of its time."""
    return Segment(piece, segment.shift, segment.classification)


def _in_place_of(back: Sequence[Line], segment: Segment, claim: Claim, places: Places) -> Line:
    """A credit, linked to the line whose time it takes if there is one."""
    old = next((one.reverses_id for one in back if Interval(one.starts_at, one.ends_at).overlaps(segment.interval)), None)
    return credit_line(claim, segment, places, code=ReasonCode.ROSTER_CHANGED, reason=WHY, replaces_id=old)


def _exceptions(claim: Claim, shown: Sequence[Waiting], shortfalls: Sequence[Shortfall], places: Places, change: Change) -> None:
    new: dict[Key, list[Shortfall]] = defaultdict(list)
    for one in shortfalls:
        new[_shortfall_key(claim, one, places)].append(one)
    kept: dict[Key, list[Interval]] = defaultdict(list)
    for waiting in shown:
        key = (waiting.reason, waiting.paid, *waiting.place)
        if not subtract((waiting.interval,), union(one.interval for one in new.get(key, ()))):
            kept[key].append(waiting.interval)
        else:
            change.over.append(waiting.id)
    for key, found in new.items():
        for one in found:
            for piece in subtract((one.interval,), kept[key]):
                made = Shortfall(piece, one.reason, one.shift, one.paid)
                change.exceptions.append((claim, exception_line(claim, made, places, reviewed=True)))


def _entry_key(entry: Entry) -> Key:
    rate = (entry.rate_minor, entry.rate_currency)
    return (entry.classification, rate, entry.shift_id, entry.site_id, entry.work_center_id, entry.business_date)


def _place(claim: Claim, shift: Shift | None, interval: Interval, places: Places) -> Key:
    day = places.business_date(claim.worker_id, shift, interval.start)
    return (shift.id if shift else None, places.site(claim.worker_id, shift), shift.work_center_id if shift else None, day)


def _segment_key(claim: Claim, segment: Segment, places: Places) -> Key:
    paid = segment.shift.rate if segment.shift else None
    rate = (paid.minor, paid.currency) if paid else (None, None)
    return (segment.classification, rate, *_place(claim, segment.shift, segment.interval, places))


def _shortfall_key(claim: Claim, one: Shortfall, places: Places) -> Key:
    return (one.reason, one.paid, *_place(claim, one.shift, one.interval, places))
