"""The checker's rules about places: who is away, at every moment at which anything changes.

Between two such moments nothing changes, so asking at each of them asks about every second.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import combinations

from app.planning.domain.plan import Plan
from app.planning.domain.problem import Id, PlanWindow, Presence, Problem
from app.planning.domain.violation import Rule, Violation

# A worker and a window: one place, held from the window's start to its end.
Place = tuple[Id, PlanWindow]


def floor_violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Learners, people staying and tablets, by window and jointly at each moment of each work center."""
    windows = {window.id: window for window in problem.windows}
    needs = {item.id for item in problem.items if item.needs_tablet}
    published = {(b.worker_id, b.window_id) for b in problem.busy if b.window_id in windows}
    with_tablet = {(b.worker_id, b.window_id) for b in problem.busy if b.window_id in windows and b.needs_tablet}
    wanted = {(block.worker_id, block.window_id) for block in plan.blocks}
    # The trainee of a pair leaves the floor like any learner; the trainer stays on it.
    wanted |= {(pair.trainee_id, pair.window_id) for pair in plan.pairs if pair.window_id in windows}
    wanted_tablet = {(block.worker_id, block.window_id) for block in plan.blocks if block.item_id in needs}
    old = [(worker, windows[window]) for worker, window in sorted(published) if window is not None]
    new = [(worker, windows[window]) for worker, window in sorted(wanted - published)]
    old_tablets = [(worker, windows[window]) for worker, window in sorted(with_tablet) if window is not None]
    new_tablets = [(worker, windows[window]) for worker, window in sorted(wanted_tablet - with_tablet)]
    yield from _two_places(old, new)
    yield from _coaching(problem, new)
    yield from _by_window(problem, old, new, old_tablets, new_tablets)
    for center in sorted({window.work_center_id for window in problem.windows}):
        yield from _by_moment(_Center(problem, center), old, new, old_tablets, new_tablets)


def _coaching(problem: Problem, new: list[Place]) -> Iterator[Violation]:
    for busy in problem.busy:
        for worker, window in new if busy.coaching else ():
            if worker == busy.worker_id and window.starts_at < busy.ends_at and busy.starts_at < window.ends_at:
                yield Violation(Rule.TWO_PLACES, window.id, f"Worker {worker} shows a trainee something then.")


def _two_places(old: list[Place], new: list[Place]) -> Iterator[Violation]:
    held: dict[Id, list[tuple[PlanWindow, bool]]] = defaultdict(list)
    for worker, window in old:
        held[worker].append((window, False))
    for worker, window in new:
        held[worker].append((window, True))
    for worker, places in held.items():
        for (one, one_new), (other, other_new) in combinations(places, 2):
            if (one_new or other_new) and one.starts_at < other.ends_at and other.starts_at < one.ends_at:
                yield Violation(Rule.TWO_PLACES, one.id, f"Worker {worker} also holds a place in window {other.id}.")


def _by_window(
    problem: Problem, old: list[Place], new: list[Place], old_tablets: list[Place], new_tablets: list[Place]
) -> Iterator[Violation]:
    held, added = (Counter(window.id for _, window in places) for places in ([*old, *new], new))
    tablets, handed = (Counter(w.id for _, w in places) for places in ([*old_tablets, *new_tablets], new_tablets))
    for window in problem.windows:
        if added[window.id] and held[window.id] > window.max_learners:
            yield Violation(Rule.TOO_MANY_LEARNERS, window.id, "More learners than the window allows.")
        if handed[window.id] and window.tablets is not None and tablets[window.id] > window.tablets:
            yield Violation(Rule.NO_TABLET, window.id, "More tablets in use than the window has.")


class _Center:
    """One work center's windows and people."""

    def __init__(self, problem: Problem, center: Id) -> None:
        self.id = center
        self.windows = [window for window in problem.windows if window.work_center_id == center]
        self.presence: list[Presence] = [span for span in problem.presence if span.work_center_id == center]
        self.needed = {one.skill: one.minimum for one in problem.skill_minimums if one.work_center_id == center}
        self.skills = {worker.id: worker.skills for worker in problem.workers} if self.needed else {}

    def moments(self, everyone: list[Place]) -> list[datetime]:
        """Every instant at which a window, a presence or a place starts inside a window of this work center."""
        marks = {moment for window in self.windows for moment in (window.starts_at, window.ends_at)}
        marks |= {moment for span in self.presence for moment in (span.starts_at, span.ends_at)}
        marks |= {moment for _, window in everyone for moment in (window.starts_at, window.ends_at)}
        return sorted(moment for moment in marks if self.open_at(moment))

    def open_at(self, moment: datetime) -> list[PlanWindow]:
        return [window for window in self.windows if window.starts_at <= moment < window.ends_at]

    def present_at(self, moment: datetime) -> set[Id]:
        return {span.worker_id for span in self.presence if span.starts_at <= moment < span.ends_at}


def _holding(places: list[Place], moment: datetime, center: Id | None = None) -> set[Id]:
    """Workers with a place at a moment, at one work center or anywhere."""
    return {
        worker
        for worker, window in places
        if window.starts_at <= moment < window.ends_at and center in (None, window.work_center_id)
    }


def _by_moment(
    center: _Center, old: list[Place], new: list[Place], old_tablets: list[Place], new_tablets: list[Place]
) -> Iterator[Violation]:
    people = {span.worker_id for span in center.presence}
    # Whoever is neither on this floor nor learning here cannot change anything here.
    old = [place for place in old if place[0] in people or place[1].work_center_id == center.id]
    new = [place for place in new if place[0] in people or place[1].work_center_id == center.id]
    for moment in center.moments([*old, *new]):
        open_now = center.open_at(moment)
        added, here = _holding(new, moment, center.id), _holding([*old, *new], moment, center.id)
        if added and len(here) > max(window.max_learners for window in open_now):
            yield Violation(Rule.TOO_MANY_LEARNERS, center.id, f"{len(here)} learners together at {moment}.")
        present, away = center.present_at(moment), _holding([*old, *new], moment)
        minimum = max(window.minimum_staying for window in open_now)
        if present & _holding(new, moment) and len(present - away) < minimum:
            yield Violation(Rule.BELOW_MINIMUM, center.id, f"Only {len(present - away)} of {minimum} stay at {moment}.")
        yield from _too_few_qualified(center, present & _holding(new, moment), present - away, moment)
        limits = [window.tablets for window in open_now]
        tablets = _holding([*old_tablets, *new_tablets], moment, center.id)
        known = [limit for limit in limits if limit is not None]
        if _holding(new_tablets, moment, center.id) and len(known) == len(limits) and len(tablets) > max(known):
            yield Violation(Rule.NO_TABLET, center.id, f"{len(tablets)} tablets together at {moment}.")


def _too_few_qualified(center: _Center, newly: set[Id], staying: set[Id], moment: datetime) -> Iterator[Violation]:
    """A skill is asked about where the plan takes somebody away who has it."""
    for skill, minimum in center.needed.items():
        left = {worker for worker in staying if skill in center.skills.get(worker, ())}
        if any(skill in center.skills.get(worker, ()) for worker in newly) and len(left) < minimum:
            yield Violation(Rule.TOO_FEW_QUALIFIED, center.id, f"Only {len(left)} of {minimum} with {skill} stay at {moment}.")
