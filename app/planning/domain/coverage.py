"""Who stays while others learn: head counts before and after a plan, in five-minute steps inside windows."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from app.planning.domain.index import Index
from app.planning.domain.plan import Plan
from app.planning.domain.problem import Id, Problem

STEP_SECONDS = 300


@dataclass(frozen=True, slots=True)
class CoverageStep:
    """The tightest moment of a step at a work center: the one with the fewest people above the minimum.

    `learning` are people away from this work center because they hold a place anywhere, for the whole window;
    `before` counts published blocks only. present - learning == staying.
    """

    work_center_id: Id
    starts_at: datetime
    ends_at: datetime
    present: int
    minimum: int
    learning_before: int
    staying_before: int
    learning: int
    staying: int


def coverage(problem: Problem, plan: Plan) -> tuple[CoverageStep, ...]:
    """Coverage by work center and time. Steps lie on a UTC grid of five minutes, cut to the windows they meet."""
    index = Index(problem)
    segments = index.segments
    before = _away(index, _published_places(index))
    after = _away(index, _published_places(index) | _planned_places(index, plan))
    steps: dict[tuple[str, int], list[int]] = defaultdict(list)
    for at, starts in enumerate(segments.starts):
        for grid in range(starts - starts % STEP_SECONDS, segments.ends[at], STEP_SECONDS):
            steps[segments.work_centers[at], grid].append(at)
    return tuple(_step(index, grid, steps[center, grid], before, after) for center, grid in sorted(steps))


def _published_places(index: Index) -> set[tuple[int, int]]:
    busy = index.problem.busy
    return {
        (index.worker_at[block.worker_id], index.window_at[block.window_id])
        for block in busy
        if block.window_id in index.window_at and block.worker_id in index.worker_at
    }


def _planned_places(index: Index, plan: Plan) -> set[tuple[int, int]]:
    trainees = {(index.worker_at[pair.trainee_id], index.window_at[pair.window_id]) for pair in plan.pairs}
    return trainees | {(index.worker_at[block.worker_id], index.window_at[block.window_id]) for block in plan.blocks}


def _away(index: Index, places: set[tuple[int, int]]) -> dict[int, set[int]]:
    away: dict[int, set[int]] = defaultdict(set)
    for worker, window in places:
        for at in index.leaves(worker, window):
            away[at].add(worker)
    return away


def _step(index: Index, grid: int, parts: list[int], before: dict[int, set[int]], after: dict[int, set[int]]) -> CoverageStep:
    segments = index.segments
    nobody: set[int] = set()

    def slack(at: int) -> tuple[int, int]:
        return len(segments.present[at]) - len(after.get(at, nobody)) - segments.minimum[at], segments.starts[at]

    tightest = min(parts, key=slack)
    present = len(segments.present[tightest])
    was, now = len(before.get(tightest, nobody)), len(after.get(tightest, nobody))
    return CoverageStep(
        work_center_id=segments.work_centers[tightest],
        starts_at=_instant(max(grid, min(segments.starts[at] for at in parts))),
        ends_at=_instant(min(grid + STEP_SECONDS, max(segments.ends[at] for at in parts))),
        present=present,
        minimum=segments.minimum[tightest],
        learning_before=was,
        staying_before=present - was,
        learning=now,
        staying=present - now,
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
