"""Why a plan differs from what is published: the rule that closes an item's former place, or what is better about the new one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.planning.domain.floor import Floor
from app.planning.domain.index import Index, Reach
from app.planning.domain.plan import Block, Reason
from app.planning.domain.problem import Id, Problem
from app.planning.domain.rules import broken_rules, reachable
from app.planning.domain.segments import epoch
from app.planning.domain.sentences import holders_of, sentence


class Better(StrEnum):
    """Why an item moved, or is new, although no rule closes its former place."""

    WINDOW_GONE = "window_gone"
    EARLIER = "earlier"
    TOGETHER = "together"
    OTHERS = "others"
    NEW = "new"
    NO_LONGER_OPEN = "no_longer_open"
    BY_HAND = "by_hand"


SENTENCES = {
    Better.WINDOW_GONE: "Its window is no longer there.",
    Better.EARLIER: "It can be learned earlier.",
    Better.TOGETHER: "It is learned together with something else, so its worker is called away once less.",
    Better.OTHERS: "Its former place serves the plan as a whole better without it.",
    Better.NEW: "It had no published block.",
    Better.NO_LONGER_OPEN: "It was learned, or is no longer assigned.",
    Better.BY_HAND: "It was taken out by hand.",
}


@dataclass(frozen=True, slots=True)
class Cause:
    """The reason of one difference, as a stable word and a sentence."""

    reason: str
    sentence: str


def cause(better: Better) -> Cause:
    """A difference that no rule explains."""
    return Cause(better.value, SENTENCES[better])


class Comparison:
    """A plan's blocks on a floor, asked about what was published before."""

    def __init__(self, problem: Problem, blocks: Iterable[Block]) -> None:
        self.index = Index(problem)
        self.floor = Floor(self.index)
        for block in sorted(blocks, key=lambda one: (one.starts_at, one.item_id)):
            reach = self._reach(block)
            if reach is not None:
                self.floor.place(self.index.item_at[block.item_id], reach, epoch(block.starts_at))

    def _reach(self, block: Block) -> Reach | None:
        window = self.index.window_at.get(block.window_id)
        if window is None or block.item_id not in self.index.item_at:
            return None
        start, end = epoch(block.starts_at), epoch(block.ends_at)
        found = self.index.reach[self.index.worker_at[block.worker_id]]
        return next((r for r in found if r.window == window and r.opens <= start and end <= r.closes), None)

    def moved(self, item_id: Id, window_id: Id, before: datetime, after: datetime) -> Cause:
        """Why an item is no longer in its former window."""
        window = self.index.window_at.get(window_id)
        if window is None:
            return cause(Better.WINDOW_GONE)
        item = self.index.item_at[item_id]
        place, start = self.floor.place_of[item], self.floor.start[item]
        if place is not None:
            self.floor.remove(item)
        found = self._closed(item, window)
        if place is not None:
            self.floor.place(item, place, start)
        return found or self._better(item, place, before, after)

    def _closed(self, item: int, window: int) -> Cause | None:
        """The rule that closes the former window beside the rest of the plan."""
        reaches = reachable(self.index, item, window)
        if not reaches:
            return self._told(item, Reason.NO_WINDOW_LONG_ENOUGH, [])
        closed = [broken_rules(self.floor, item, reach) for reach in reaches]
        if any(not rules for rules in closed):
            return None
        return self._told(item, closed[0][0], reaches)

    def _told(self, item: int, reason: Reason, here: list[Reach]) -> Cause:
        held = reason in (Reason.NO_SEAT_LEFT, Reason.COVERAGE_MINIMUM) and here
        holders = holders_of(self.floor, here[0]) if held else ()
        return Cause(reason.value, sentence(self.floor, item, reason, holders, here))

    def _better(self, item: int, place: Reach | None, before: datetime, after: datetime) -> Cause:
        if place is not None:
            others = self.index.items_of[place.worker]
            if any(other != item and self.floor.place_of[other] == place for other in others):
                return cause(Better.TOGETHER)
        return cause(Better.EARLIER if after < before else Better.OTHERS)

    def dropped(self, item_id: Id, unplaced: dict[Id, Cause]) -> Cause:
        """Why an item that was published has no block any more."""
        if item_id not in self.index.item_at:
            return cause(Better.NO_LONGER_OPEN)
        return unplaced.get(item_id) or cause(Better.BY_HAND)
