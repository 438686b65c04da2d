"""The checker's rules about shadowing pairs, asked of the plan as it stands, in datetimes; no code shared with the planner."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations

from app.planning.domain.pair_values import Pair, PairRequest
from app.planning.domain.plan import Plan
from app.planning.domain.problem import Id, PaidInterval, PlanWindow, Problem
from app.planning.domain.violation import Rule, Violation


def pair_violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Every rule about pairs that the plan breaks; places are asked about with all the others'."""
    if not problem.pairs and not plan.pairs:
        return
    told = Counter([one.request_id for one in plan.pairs] + [one.request_id for one in plan.unplaced_pairs])
    for request in problem.pairs:
        if told[request.id] != 1:
            yield Violation(Rule.NOT_ACCOUNTED, request.id, f"The plan tells of the pair {told[request.id]} times.")
    requests = {request.id: request for request in problem.pairs}
    windows = {window.id: window for window in problem.windows}
    for pair in plan.pairs:
        if pair.request_id not in requests or pair.window_id not in windows:
            yield Violation(Rule.UNKNOWN, pair.request_id, "The pair names a request or a window that is not there.")
            return
        yield from _alone(problem, pair, requests[pair.request_id], windows[pair.window_id])
        yield from _beside(problem, plan, pair, windows)
    for one, other in combinations(plan.pairs, 2):
        shared = {one.trainer_id, one.trainee_id} & {other.trainer_id, other.trainee_id}
        if shared and one.starts_at < other.ends_at and other.starts_at < one.ends_at:
            yield Violation(Rule.TWO_AT_ONCE, one.request_id, f"Somebody is in pair {other.request_id} at the same time.")
    yield from _sessions(problem, plan, windows)


def _paid(problem: Problem, who: Id, pair: Pair, center: Id) -> PaidInterval | None:
    for worker in problem.workers:
        for shift in worker.shifts if worker.id == who else ():
            if shift.work_center_id in (None, center) and shift.starts_at <= pair.starts_at and pair.ends_at <= shift.ends_at:
                return shift
    return None


def _alone(problem: Problem, pair: Pair, asked: PairRequest, window: PlanWindow) -> Iterator[Violation]:
    skills = {worker.id: worker.skills for worker in problem.workers}
    shifts = [_paid(problem, who, pair, window.work_center_id) for who in (pair.trainer_id, pair.trainee_id)]
    opens = window.starts_at + timedelta(seconds=window.setup_seconds)
    closes = min(window.ends_at - timedelta(seconds=window.return_seconds), opens + timedelta(seconds=window.usable_seconds))
    broken = {
        Rule.UNQUALIFIED_TRAINER: pair.trainer_id == pair.trainee_id
        or pair.trainer_id not in skills
        or asked.trainer_id not in (None, pair.trainer_id)
        or (asked.skill is not None and asked.skill not in skills[pair.trainer_id]),
        Rule.UNKNOWN: pair.trainee_id != asked.trainee_id,
        Rule.WRONG_LENGTH: pair.ends_at - pair.starts_at != timedelta(seconds=asked.seconds),
        Rule.WRONG_WINDOW: window.kind != "shadowing",
        Rule.WRONG_WORK_CENTER: window.work_center_id != asked.work_center_id,
        Rule.OUTSIDE_WINDOW: pair.starts_at < opens or closes < pair.ends_at,
        Rule.OUTSIDE_HORIZON: pair.starts_at < problem.starts_at or problem.ends_at < pair.ends_at,
        Rule.BEFORE_RELEASE: asked.release_at is not None and pair.starts_at < asked.release_at,
        Rule.PAST_DUE: asked.due_at is not None and pair.ends_at > asked.due_at,
        Rule.OUTSIDE_SHIFT: shifts[0] is None or shifts[1] is None or shifts[0].business_date != shifts[1].business_date,
        Rule.BLACKOUT: any(
            dark.work_center_id in (None, window.work_center_id)
            and dark.starts_at < pair.ends_at
            and pair.starts_at < dark.ends_at
            for dark in problem.blackouts
        ),
    }
    for rule, yes in broken.items():
        if yes:
            yield Violation(rule, pair.request_id, f"The pair {pair.request_id} breaks the rule {rule.value}.")


def _beside(problem: Problem, plan: Plan, pair: Pair, windows: dict[Id, PlanWindow]) -> Iterator[Violation]:
    """Both are in nothing else, and the trainer holds no place anywhere meanwhile."""
    both = (pair.trainer_id, pair.trainee_id)
    spans = [(one.worker_id, one.starts_at, one.ends_at) for one in plan.blocks]
    spans += [(one.worker_id, one.starts_at, one.ends_at) for one in problem.busy]
    if any(who in both and since < pair.ends_at and pair.starts_at < until for who, since, until in spans):
        yield Violation(Rule.TWO_AT_ONCE, pair.request_id, "Trainer or trainee is busy then.")
    held = {(one.worker_id, one.window_id) for one in plan.blocks}
    held |= {(one.worker_id, one.window_id or "") for one in problem.busy}
    held |= {(other.trainee_id, other.window_id) for other in plan.pairs}
    for who, name in held:
        place = windows.get(name)
        if who == pair.trainer_id and place and place.starts_at < pair.ends_at and pair.starts_at < place.ends_at:
            yield Violation(Rule.TWO_PLACES, pair.request_id, f"The trainer holds a place in window {place.id}.")


def _sessions(problem: Problem, plan: Plan, windows: dict[Id, PlanWindow]) -> Iterator[Violation]:
    """At most so many sessions a trainer gives in an ISO week of business dates."""
    most = problem.trainer_weekly_sessions
    weeks = Counter((one.trainer_id, one.business_date.isocalendar()[:2]) for one in problem.coached)
    added = set()
    for pair in plan.pairs:
        shift = _paid(problem, pair.trainer_id, pair, windows[pair.window_id].work_center_id)
        if shift is not None:
            weeks[pair.trainer_id, shift.business_date.isocalendar()[:2]] += 1
            added.add((pair.trainer_id, shift.business_date.isocalendar()[:2]))
    for trainer, week in sorted(added):
        if most is not None and weeks[trainer, week] > most:
            yield Violation(Rule.TRAINER_LIMIT, trainer, f"The trainer gives more than {most} sessions in week {week}.")
