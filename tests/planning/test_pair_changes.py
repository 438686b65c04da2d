"""The change named for a session without an hour, when made, gives it one while everything that was chosen before it stays."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from app.planning.domain.check import check
from app.planning.domain.greedy import solve
from app.planning.domain.pair_values import Coached, Pair, UnplacedPair
from app.planning.domain.pairs import Paired, busy_of, place_pairs
from app.planning.domain.plan import ChangeKind, Step
from app.planning.domain.problem import PlanWindow, Problem
from tests.planning.changing import stepped
from tests.planning.plants import HurtfulPlant, at
from tests.planning.test_pairs import hour, plant, wish


def changed(given: Problem, paired: Paired, missing: UnplacedPair) -> Problem:
    """The plant with the chosen sessions published, the change made, and only the missing session to plan."""
    assert missing.change is not None
    days = [(pair, _day(given, pair)) for pair in paired.pairs]
    found = replace(
        given,
        pairs=tuple(one for one in given.pairs if one.id == missing.request_id),
        busy=(*given.busy, *busy_of(paired.pairs)),
        coached=(*given.coached, *(Coached(pair.trainer_id, day) for pair, day in days)),
    )
    for step in missing.change.steps:
        found = _stepped(found, step)
    return found


def _day(given: Problem, pair: Pair) -> date:
    center = next(window.work_center_id for window in given.windows if window.id == pair.window_id)
    shifts = next(one.shifts for one in given.workers if one.id == pair.trainee_id)
    there = (one for one in shifts if one.starts_at <= pair.starts_at < one.ends_at and one.work_center_id in (None, center))
    return next(there).business_date


def _stepped(given: Problem, step: Step) -> Problem:
    request = given.pairs[0]
    if step.kind is ChangeKind.ONE_MORE_SESSION:
        assert given.trainer_weekly_sessions is not None
        return replace(given, trainer_weekly_sessions=given.trainer_weekly_sessions + step.amount)
    if step.kind is ChangeKind.QUALIFIED_TRAINER:
        assert request.skill is not None
        people = (
            replace(one, skills=one.skills | {request.skill}) if one.id == step.subject_id else one for one in given.workers
        )
        return replace(given, workers=tuple(people))
    if step.kind is ChangeKind.LATER_DUE_DATE:
        assert request.due_at is not None
        return replace(given, pairs=(replace(request, due_at=request.due_at + timedelta(seconds=step.amount)),))
    if step.kind is ChangeKind.NEW_WINDOW:
        assert step.starts_at is not None
        there = [one for one in given.windows if one.work_center_id == step.subject_id]
        opened = PlanWindow(
            id="new",
            work_center_id=step.subject_id,
            starts_at=step.starts_at,
            ends_at=step.starts_at + timedelta(seconds=step.amount),
            usable_seconds=step.amount,
            kind="shadowing",
            minimum_staying=max(one.minimum_staying for one in there),
        )
        return replace(given, windows=(*given.windows, opened))
    return stepped(given, step)


def placed_by_their_change(given: Problem, kinds: Counter[ChangeKind]) -> int:
    """Every change is made, and gives its session an hour that the checker accepts."""
    paired, count = place_pairs(given), 0
    for missing in paired.unplaced:
        if missing.change is None:
            continue
        made = changed(given, paired, missing)
        again = place_pairs(made)
        assert [pair.request_id for pair in again.pairs] == [missing.request_id], missing
        plan = replace(solve(again.problem), pairs=again.pairs)
        assert check(made, plan) == []
        kinds.update(step.kind for step in missing.change.steps)
        count += 1
    return count


def test_the_change_gives_the_session_an_hour_in_plants_made_to_hurt() -> None:
    kinds: Counter[ChangeKind] = Counter()
    found = sum(placed_by_their_change(HurtfulPlant(Random(seed)).build_with_pairs(), kinds) for seed in range(150))
    assert found > 90
    assert kinds.keys() >= {ChangeKind.NEW_WINDOW, ChangeKind.QUALIFIED_TRAINER, ChangeKind.ONE_MORE_SESSION}


def the_change(given: Problem) -> tuple[list[ChangeKind], str]:
    (missing,) = place_pairs(given).unplaced
    assert missing.change is not None
    assert placed_by_their_change(given, Counter()) == 1
    return [step.kind for step in missing.change.steps], missing.change.sentence


def test_a_window_without_a_place_needs_one_more_learner() -> None:
    given = plant([hour("h1", 8, max_learners=0)], wish())
    assert the_change(given)[0] == [ChangeKind.ONE_MORE_LEARNER]


def test_without_a_window_one_is_opened_where_both_are_free() -> None:
    given = plant([hour("h1", 8, minutes=10)], wish())
    kinds, sentence = the_change(given)
    assert kinds == [ChangeKind.NEW_WINDOW]
    assert "shadowing" in sentence
    assert "gives it an hour" in sentence


def test_without_a_trainer_somebody_is_qualified() -> None:
    given = plant([hour("h1", 8)], wish(skill="nobody has it"))
    kinds, sentence = the_change(given)
    assert kinds == [ChangeKind.QUALIFIED_TRAINER]
    assert "qualified for nobody has it" in sentence


def test_whoever_has_given_all_sessions_of_the_week_gives_one_more() -> None:
    given = replace(plant([hour("h1", 8)], wish()), trainer_weekly_sessions=0)
    assert the_change(given)[0] == [ChangeKind.ONE_MORE_SESSION]


def test_after_its_date_a_later_one_helps() -> None:
    given = plant([hour("h1", 8)], wish(due_at=at(6, 30)))
    kinds, _ = the_change(given)
    assert kinds[-1] in (ChangeKind.LATER_DUE_DATE, ChangeKind.NEW_WINDOW)
    assert ChangeKind.LATER_DUE_DATE in kinds


def test_nobody_there_has_no_simple_change() -> None:
    given = plant([hour("h1", 8)], wish(trainee="nobody"))
    (missing,) = place_pairs(given).unplaced
    assert missing.change is None
