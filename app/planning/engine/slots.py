"""A problem cut into what the kernel moves: free stretches of workers' time, places, shared resources, items and pairs."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from app.planning.domain.floor import Floor
from app.planning.domain.index import Index, Reach
from app.planning.domain.problem import PlanItem, PlanWindow
from app.planning.domain.segments import UNLIMITED
from app.planning.engine.weights import Weights, worn

PlaceKey = tuple[int, int]


@dataclass(slots=True)
class Slot:
    """A stretch of one worker's time in one window in which nothing is fixed before planning."""

    reach: Reach
    opens: int
    closes: int
    place: PlaceKey


class Pair(NamedTuple):
    """One item in one slot, from its release until its due date; the kernel lets seconds depend on the slot."""

    item: int
    slot: int
    value: int
    since: int
    until: int
    seconds: int


@dataclass(slots=True)
class Limit:
    """A shared resource: how many of these places may be taken, or may have a tablet, together."""

    left: int
    places: list[PlaceKey]


@dataclass(slots=True)
class Parts:
    """Everything the kernel and the bound work on; items and workers are positions in the index."""

    index: Index
    slots: list[Slot] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    rank: dict[int, int] = field(default_factory=dict)
    before: dict[int, list[int]] = field(default_factory=dict)
    held: set[PlaceKey] = field(default_factory=set)
    tablet_held: set[PlaceKey] = field(default_factory=set)
    seats: list[Limit] = field(default_factory=list)
    tablets: list[Limit] = field(default_factory=list)
    clashes: dict[PlaceKey, list[PlaceKey]] = field(default_factory=dict)
    places: list[PlaceKey] = field(default_factory=list)
    used: Floor | None = None
    # Pinned items that have their place in every plan that is compared.
    fixed: set[int] = field(default_factory=set)


def cut(index: Index, only: dict[int, set[int]]) -> Parts:
    """Cut a problem up; `only` names the windows of items that are pinned."""
    empty = Floor(index)
    parts = Parts(index, used=empty)
    parts.before = _order(index)
    parts.rank = _ranks(index, parts.before)
    weights = Weights(index.problem)
    for worker in range(len(index.reach)):
        items = [item for item in index.items_of[worker] if item in parts.before]
        if items:
            _cut_worker(parts, empty, weights, items, only)
    _without_unreachable(parts)
    _find_limits(parts, empty)
    _without_unreachable(parts)
    _find_clashes(parts)
    return parts


def _order(index: Index) -> dict[int, list[int]]:
    """All that each item waits for, directly or not; items that wait for ever are left out."""
    found: dict[int, list[int]] = {}
    waiting = [i for i in range(len(index.seconds)) if not index.missing[i] and index.speaks(i)]
    grown = True
    while grown:
        grown = False
        for item in waiting:
            if item not in found and all(earlier in found for earlier in index.before[item]):
                every = set(index.before[item]).union(*(found[earlier] for earlier in index.before[item]))
                found[item] = sorted(every, key=lambda at: (len(found[at]), at))
                grown = True
    return found


def _ranks(index: Index, before: dict[int, list[int]]) -> dict[int, int]:
    """The order of items within a slot: what waits for more comes later, then by release and due date."""
    ordered = sorted(before, key=lambda at: (len(before[at]), index.release[at], index.due[at], at))
    return {item: at for at, item in enumerate(ordered)}


def _cut_worker(parts: Parts, empty: Floor, weights: Weights, items: list[int], only: dict[int, set[int]]) -> None:
    index, worker = parts.index, parts.index.worker_of[items[0]]
    offers = [_offer(index, item, weights) for item in items]
    # Whoever goes to fifteen windows meets two or three kinds of them.
    suited: dict[tuple[str, str], list[Offer]] = {}
    for reach in index.reach[worker]:
        clash = any(s < reach.ends and reach.starts < e and w != reach.window for s, e, w in empty.holds[worker])
        window = index.problem.windows[reach.window]
        kind = (window.work_center_id, window.kind)
        if kind not in suited:
            suited[kind] = [offer for offer in offers if index.allowed(offer.item, reach)]
        allowed = [o for o in suited[kind] if o.item not in only or reach.window in only[o.item]] if only else suited[kind]
        taken = sorted([*empty.busy[worker], *index.blackouts[window.work_center_id]])
        for opens, closes in () if clash else _free(reach.opens, reach.closes, taken):
            slot = len(parts.slots)
            found = _pairs(weights, slot, window, (opens, closes), allowed)
            if found:
                parts.slots.append(Slot(reach, opens, closes, (worker, reach.window)))
                parts.pairs += found


def _free(opens: int, closes: int, taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found = []
    for starts, ends in taken:
        if ends > opens and starts < closes:
            if starts > opens:
                found.append((opens, starts))
            opens = max(opens, ends)
    return [*found, (opens, closes)] if opens < closes else found


class Offer(NamedTuple):
    """An item with what is asked of every slot, read once; what it is worth is told by `Weights.of_item`."""

    item: int
    value: PlanItem
    seconds: int
    since: int
    due: int
    worth: tuple[int, int, int]


def _offer(index: Index, item: int, weights: Weights) -> Offer:
    value, since = index.problem.items[item], max(index.release[item], index.published_until[item])
    return Offer(item, value, index.seconds[item], since, index.due[item], weights.of_item(value))


def _pairs(weights: Weights, slot: int, window: PlanWindow, span: tuple[int, int], offers: list[Offer]) -> list[Pair]:
    found = []
    (opens, closes), known, kept = span, weights.of_window(window), weights.kept
    for item, value, seconds, earliest, due, worth in offers:
        since = max(opens, earliest)
        until = min(closes, due)
        if until - since >= seconds:
            there = weights.value(value, window) if kept else worn(worth, known)
            found.append(Pair(item, slot, there, since, until, seconds))
    return found


def _without_unreachable(parts: Parts) -> None:
    """Leave out items that fit nowhere with all that waits for them, and places nobody wants."""
    grown = True
    while grown:
        there = {pair.item for pair in parts.pairs}
        parts.before = {item: e for item, e in parts.before.items() if item in there and there.issuperset(e)}
        kept = [pair for pair in parts.pairs if pair.item in parts.before]
        grown = len(kept) < len(parts.pairs)
        parts.pairs = kept
    parts.places = sorted({parts.slots[pair.slot].place for pair in parts.pairs})


def _find_limits(parts: Parts, empty: Floor) -> None:
    """Seats and tablets, each set of places once with its tightest limit, and only where it can bind."""
    problem, segments = parts.index.problem, parts.index.segments
    places = parts.places
    parts.held = {place for place in places if place[0] in empty.holders[place[1]]}
    parts.tablet_held = {place for place in places if place[0] in empty.tablets[place[1]]}
    by_window: dict[int, list[PlaceKey]] = defaultdict(list)
    leaving: dict[int, list[PlaceKey]] = defaultdict(list)
    reach_of = {slot.place: slot.reach for slot in parts.slots}
    for place in places:
        by_window[place[1]].append(place)
        for at in reach_of[place].leaves:
            leaving[at].append(place)
    seats, tablets = [], []
    for window, there in by_window.items():
        value = problem.windows[window]
        seats.append((value.max_learners - len(empty.holders[window]), there))
        if value.tablets is not None:
            tablets.append((value.tablets - len(empty.tablets[window]), there))
    for at, windows in enumerate(segments.windows):
        there = [place for window in windows for place in by_window.get(window, [])]
        seats.append((segments.learner_limit[at] - empty.learners[at], there))
        if segments.tablet_limit[at] < UNLIMITED:
            tablets.append((segments.tablet_limit[at] - empty.tablets_out[at], there))
    for at, there in leaving.items():
        seats.append((len(segments.present[at]) - empty.away[at] - segments.minimum[at], there))
        for n, (_, people, minimum) in enumerate(parts.index.skill_rules.get(at, ())):
            qualified = [place for place in there if place[0] in people]
            seats.append((len(people) - empty.away_skilled[at, n] - minimum, qualified))
    closed = _tightest(parts.seats, seats, parts.held)
    parts.pairs = [pair for pair in parts.pairs if parts.slots[pair.slot].place not in closed]
    bare = _tightest(parts.tablets, tablets, parts.tablet_held)
    needs = problem.items
    parts.pairs = [p for p in parts.pairs if not needs[p.item].needs_tablet or parts.slots[p.slot].place not in bare]


def _tightest(limits: list[Limit], found: list[tuple[int, list[PlaceKey]]], held: set[PlaceKey]) -> set[PlaceKey]:
    """Keep the limits that can bind; answers the places that are closed altogether."""
    least: dict[tuple[PlaceKey, ...], int] = {}
    for left, there in found:
        places = tuple(sorted(set(there) - held))
        least[places] = min(least.get(places, left), left)
    closed = {place for places, left in least.items() if left <= 0 for place in places}
    again: dict[tuple[PlaceKey, ...], int] = {}
    for places, left in least.items():
        rest = tuple(place for place in places if place not in closed)
        again[rest] = min(again.get(rest, left), left)
    limits += [Limit(left, list(places)) for places, left in sorted(again.items()) if places and left < len(places)]
    return closed


def _find_clashes(parts: Parts) -> None:
    """Places of one worker whose windows share time: only one of them can be held."""
    spans = parts.index.window_span
    by_worker: dict[int, list[int]] = defaultdict(list)
    for worker, window in parts.places:
        by_worker[worker].append(window)
    for worker, windows in by_worker.items():
        windows.sort(key=lambda window: spans[window])
        for at, one in enumerate(windows):
            for other in windows[at + 1 :]:
                if spans[other][0] < spans[one][1]:
                    parts.clashes.setdefault((worker, one), []).append((worker, other))
                    parts.clashes.setdefault((worker, other), []).append((worker, one))
