"""What a plan is worth: integer hundredths of a point. The formulas stand in `docs/planner.md`."""

from collections import defaultdict
from collections.abc import Iterable

from app.planning.domain.index import Index, Reach
from app.planning.domain.policy import Emphasis
from app.planning.domain.problem import PlanItem, PlanWindow, Problem, Purpose
from app.planning.domain.segments import epoch
from app.planning.engine.state import price

# Worth of an item before anything is taken off, and what one point of its own value (0 to 100) adds.
MANDATORY_WITH_DATE, MANDATORY, MANDATORY_STEP = 8000, 4000, 20
WORTH = {
    Purpose.PROTECTED: (3000, 20),
    Purpose.REVIEW: (2000, 20),
    Purpose.SKILL_GAP: (1000, 20),
    Purpose.OPTIONAL: (200, 4),
}
HIGHEST_VALUE = 100
# Parts in a thousand lost from the beginning of the horizon to its end, by a review from its release to its date,
# and in a window that never holds.
LATE, LATE_REVIEW, SHAKY = 100, 300, 200
# What one more interruption of a worker costs.
INTERRUPTION = 20
# The price of moving what is published: lowest a day or more ahead, highest now.
KEEP, KEEP_NEAR, NEAR = 200, 800, 86_400


def base(item: PlanItem, emphasis: Emphasis) -> int:
    """Worth of an item by its kind: mandatory before a date, then reviews, then skill gaps, then the rest."""
    value = min(item.value, HIGHEST_VALUE)
    if item.mandatory:
        return (MANDATORY if item.due_at is None else MANDATORY_WITH_DATE) + MANDATORY_STEP * value
    worth, step = WORTH[item.purpose]
    percent = {Purpose.REVIEW: emphasis.reviews, Purpose.SKILL_GAP: emphasis.skill_gaps, Purpose.OPTIONAL: emphasis.optional}
    return (worth + step * value) * percent.get(item.purpose, 100) // 100


class Weights:
    """The worth of items in windows of one problem; what belongs to one item or one window is worked out once."""

    def __init__(self, problem: Problem) -> None:
        self.start, self.end = epoch(problem.starts_at), epoch(problem.ends_at)
        self.emphasis = problem.emphasis
        self.kept = {(kept.item_id, kept.window_id) for kept in problem.kept}
        self._windows: dict[str, tuple[int, int]] = {}
        self._items: dict[str, tuple[int, int, int]] = {}

    def value(self, item: PlanItem, window: PlanWindow) -> int:
        """Worth of an item in a window: earlier before later, reliable before shaky, published before new."""
        there = self.of_window(window)
        worth = worn(self.of_item(item), there)
        if self.kept and (item.id, window.id) in self.kept:
            keep = KEEP + KEEP_NEAR * max(0, NEAR - max(0, there[0] - self.start)) // NEAR
            worth += keep * self.emphasis.stability // 100
        return worth

    def of_window(self, window: PlanWindow) -> tuple[int, int]:
        """When it starts, and what lateness and shakiness leave of an item's worth, in millionths."""
        known = self._windows.get(window.id)
        if known is not None:
            return known
        at = epoch(window.starts_at)
        late = LATE * max(0, at - self.start) // (self.end - self.start)
        shaky = SHAKY * (100 - window.reliability_percent) // 100
        found = self._windows[window.id] = (at, (1000 - late) * (1000 - shaky))
        return found

    def of_item(self, item: PlanItem) -> tuple[int, int, int]:
        """Its worth, and for a review from when on and over how long it loses worth; otherwise 0."""
        known = self._items.get(item.id)
        if known is not None:
            return known
        since = span = 0
        if item.purpose == Purpose.REVIEW and item.due_at is not None:
            since = self.start if item.release_at is None else epoch(item.release_at)
            span = max(1, epoch(item.due_at) - since)
        found = self._items[item.id] = (base(item, self.emphasis), since, span)
        return found


def worn(item: tuple[int, int, int], window: tuple[int, int]) -> int:
    """What a window leaves of an item's worth: `of_item` and `of_window` of `Weights`."""
    (worth, since, span), (at, share) = item, window
    worth = worth * share // 1_000_000
    if span:
        return worth * (1000 - LATE_REVIEW * min(span, max(0, at - since)) // span) // 1000
    return worth


def objective(
    index: Index, placed: Iterable[tuple[int, Reach]], held: Iterable[tuple[int, int]], used: dict[tuple[int, int, int], int]
) -> int:
    """Worth of placed items, less interruptions beside the places `held` already, less what is missing to weekly targets.

    `used` are the seconds given by worker and ISO week before the plan.
    """
    problem, weights = index.problem, Weights(index.problem)
    total, given = 0, defaultdict(int, used)
    places = set()
    for item, reach in placed:
        total += weights.value(problem.items[item], problem.windows[reach.window])
        places.add((reach.worker, reach.window))
        given[reach.week] += problem.items[item].seconds
    total -= INTERRUPTION * len(places - set(held))
    return total - sum(price(target - given[week]) for week, target in targets(index).items())


def targets(index: Index) -> dict[tuple[int, int, int], int]:
    """Seconds that each worker should get in each ISO week in which a window is within reach."""
    return {
        reach.week: worker.weekly_target_seconds
        for worker, reaches in zip(index.problem.workers, index.reach, strict=True)
        for reach in reaches
        if worker.weekly_target_seconds
    }
