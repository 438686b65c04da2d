"""The engine: every hard rule kept, one plan however it is run, never worse than the greedy plan, never above the bound."""

from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from random import Random

import pytest

from app.planning.domain.check import check
from app.planning.domain.floor import Floor
from app.planning.domain.greedy import Draft, draft
from app.planning.domain.plan import Plan
from app.planning.domain.problem import BusyBlock, Kept, Pin, Problem, Purpose
from app.planning.engine import layout as at_field
from app.planning.engine.anneal import anneal
from app.planning.engine.bound import PatternLp, Proof, upper_bound
from app.planning.engine.flatten import Flat
from app.planning.engine.parts import parts_of, worth
from app.planning.engine.patterns import most_told, patterns
from app.planning.engine.slots import Parts
from app.planning.engine.solve import Answer, Budget, solve
from app.planning.engine.state import add, fits, price, remove
from benchmarks.planner.instances import contention, plant
from tests.planning.plants import DAY, HurtfulPlant, at, item, problem, shift, window, worker

QUICK = Budget(iterations=200, compile=False)
needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="the optional extra `planner` (numba) is not installed")
needs_highs = pytest.mark.skipif(find_spec("highspy") is None, reason="the optional extra `planner` (highspy) is not installed")


def untold(stage: int, best: int) -> None:
    assert stage >= 0
    assert best > -(1 << 60)


def hurtful(seed: int) -> Problem:
    return HurtfulPlant(Random(seed)).build()


def times(plan: Plan) -> dict[str, str]:
    return {block.item_id: block.window_id for block in plan.blocks}


def planned(what: Problem, budget: Budget = QUICK) -> Answer:
    found = solve(what, 0, budget)
    assert check(what, found.plan) == []
    return found


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_no_random_plant_makes_it_break_a_hard_rule_or_fall_behind_the_greedy_plan(first: int) -> None:
    for seed in range(first, first + 50):
        what = hurtful(seed)
        found = solve(what, seed, QUICK)
        assert check(what, found.plan) == [], seed
        assert found.objective >= found.start, seed


def test_a_contended_plant_is_planned_better_than_greedily_and_by_the_rules() -> None:
    what = plant(24, 1)
    found = planned(what, Budget(iterations=600, compile=False))
    assert found.objective > found.start * 1.02


def test_the_same_problem_and_seed_give_the_same_plan_however_it_is_listed() -> None:
    for seed in range(40):
        what = hurtful(seed)
        turned = replace(
            what, workers=what.workers[::-1], windows=what.windows[::-1], items=what.items[::-1], busy=what.busy[::-1]
        )
        assert solve(what, seed, QUICK) == solve(what, seed, QUICK) == solve(turned, seed, QUICK)


@needs_numba
def test_compiled_and_interpreted_give_the_same_memory_cell_by_cell() -> None:
    for seed in range(25):
        found = draft(plant(12, seed) if seed < 4 else hurtful(seed))
        parts = parts_of(found)
        flats = [Flat(parts, set(), seed) for _ in range(2)]
        for flat in flats:
            flat.put(found.floor)
        fast = anneal(flats[1].memory, 300, use_compiled=True, told=untold)
        assert anneal(flats[0].memory, 300, use_compiled=False, told=untold) == list(fast)


def opened(what: Problem, seed: int = 0) -> tuple[Draft, Parts, Flat]:
    found = draft(what, seed)
    parts = parts_of(found)
    flat = Flat(parts, {one for one in found.pinned if found.floor.place_of[one] is not None}, seed)
    return found, parts, flat


def test_the_running_score_is_the_objective_of_the_plan_it_stands_for() -> None:
    for seed in range(60):
        found, _, flat = opened(hurtful(seed))
        flat.put(found.floor)
        score = anneal(flat.memory, 100, use_compiled=False, told=untold)[at_field.BEST_SCORE]
        floor = Floor(found.floor.index)
        for start, placed, reach in flat.best(flat.memory):
            floor.place(placed, reach, start)
        assert worth(floor) == score == flat.memory[at_field.BEST_SCORE], seed


def test_what_a_move_books_it_gives_back() -> None:
    for seed in range(40):
        _, _, flat = opened(hurtful(seed))
        m = flat.memory
        m[at_field.LOG_COUNT] = m[at_field.DIRTY_COUNT] = 0
        before = list(m)
        for address in flat.items.values():
            for pair in range(m[address + at_field.PAIRS], m[address + at_field.PAIRS_END], at_field.PAIR_SIZE):
                if fits(m, pair):
                    add(m, pair)
                    remove(m, address)
        work = {at_field.LOG_COUNT, at_field.DIRTY_COUNT}
        changed = [n for n in range(m[at_field.LOG]) if m[n] != before[n] and n not in work]
        moved = {a + f for a in flat.items.values() for f in (at_field.NEXT, at_field.IS_DIRTY)}
        assert set(changed) <= moved


def exhaustive(flat: Flat) -> int:
    """The best score of all plans of a small instance: every item nowhere or in every pair, what it waits for first."""
    m, best = flat.memory, -(1 << 60)
    order = sorted(flat.items.values(), key=lambda address: m[address + at_field.RANK])

    def go(depth: int) -> None:
        nonlocal best
        m[at_field.LOG_COUNT] = m[at_field.DIRTY_COUNT] = 0
        if depth == len(order):
            best = max(best, m[at_field.SCORE])
            return
        address = order[depth]
        go(depth + 1)
        for pair in range(m[address + at_field.PAIRS], m[address + at_field.PAIRS_END], at_field.PAIR_SIZE):
            if fits(m, pair):
                add(m, pair)
                go(depth + 1)
                m[at_field.LOG_COUNT] = 0
                remove(m, address)

    go(0)
    return best


def small(seed: int) -> Problem:
    """A few items of a few people and windows with every rule in play, with targets and purposes."""
    random = Random(seed)
    what = hurtful(seed)
    items = tuple(replace(one, purpose=random.choice(list(Purpose))) for one in what.items[:9])
    names = {one.id for one in items}
    items = tuple(replace(one, prerequisites=tuple(p for p in one.prerequisites if p in names)) for one in items)
    workers = tuple(replace(one, weekly_target_seconds=random.choice((0, 300, 900))) for one in what.workers)
    kept = tuple(Kept(one.id, random.choice(what.windows).id) for one in items if random.random() < 0.2)
    return replace(what, items=items, workers=workers, pins=(), kept=kept, windows=what.windows[:6])


@cache
def optimum(seed: int) -> int:
    return exhaustive(opened(small(seed))[2])


@needs_highs
@pytest.mark.parametrize("first", range(0, 320, 40))
def test_the_bound_is_never_below_the_optimum_of_small_instances(first: int) -> None:
    for seed in range(first, first + 40):
        what = small(seed)
        assert upper_bound(parts_of(draft(what))) >= optimum(seed), seed


@needs_highs
def test_a_bound_without_patterns_is_weaker_but_still_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    tight = [upper_bound(parts_of(draft(small(seed)))) for seed in range(60)]
    monkeypatch.setattr("app.planning.engine.patterns.MOST_PATTERNS", 0)
    loose = [upper_bound(parts_of(draft(small(seed)))) for seed in range(60)]
    assert all(weak >= strong >= optimum(seed) for seed, (weak, strong) in enumerate(zip(loose, tight, strict=True)))


def test_the_kernel_reaches_the_optimum_of_nearly_all_small_instances() -> None:
    reached = 0
    for seed in range(120):
        found, _, flat = opened(small(seed))
        flat.put(found.floor)
        reached += anneal(flat.memory, 400, use_compiled=False, told=untold)[at_field.BEST_SCORE] == optimum(seed)
    assert reached >= 114


@needs_highs
def test_the_gap_is_told_and_closes() -> None:
    greedy = planned(plant(24, 2), Budget(iterations=0, compile=False, bound=True))
    better = planned(plant(24, 2), Budget(iterations=1200, compile=False, bound=True))
    assert greedy.bound == better.bound
    assert greedy.gap is not None
    assert better.gap is not None
    assert 0 <= better.gap < greedy.gap * 0.7


def test_without_a_bound_there_is_no_gap() -> None:
    assert planned(problem([worker("ana")], [window("v1", at(8))], [item("a")])).gap is None


def test_mandatory_before_a_date_goes_first_then_reviews_then_skill_gaps_then_the_rest() -> None:
    items = [
        item("d", value=100),
        item("c", purpose=Purpose.SKILL_GAP, value=40),
        item("b", purpose=Purpose.REVIEW, value=40),
        item("a", mandatory=True, value=0, due_at=at(14)),
    ]
    for room in range(1, 5):
        windows = [window("v1", at(8), minutes=3 * room)]
        assert set(times(planned(problem([worker("ana")], windows, items)).plan)) == set("abcd"[:room])


def test_the_worker_with_most_missing_to_the_target_is_served_first() -> None:
    ana = worker("ana", weekly_target_seconds=1800)
    ben = worker("ben", weekly_target_seconds=1800)
    had = BusyBlock("ana", at(6), at(6, 25), business_date=DAY)
    windows = [window("v1", at(8), minutes=3, max_learners=1)]
    items = [item("a", value=11), item("b", "ben", value=10)]
    assert set(times(planned(problem([ana, ben], windows, items, busy=(had,))).plan)) == {"b"}
    assert set(times(planned(problem([worker("ana"), worker("ben")], windows, items)).plan)) == {"a"}


def test_what_is_missing_costs_more_the_more_is_missing() -> None:
    assert [price(n) for n in (-5, 0, 600, 1200, 1800)] == [0, 0, 600, 2400, 6000]
    assert all(price(n + 1) - price(n) >= price(n) - price(n - 1) for n in range(-10, 2000))


def test_a_reliable_window_is_taken_before_a_shaky_one_and_an_early_one_before_a_late_one() -> None:
    shaky, sure = window("v1", at(8), reliability_percent=50), window("v2", at(9))
    assert times(planned(problem([worker("ana")], [shaky, sure], [item("a", value=90)])).plan) == {"a": "v2"}
    assert times(planned(problem([worker("ana")], [window("v1", at(8)), sure], [item("a", value=90)])).plan) == {"a": "v1"}


def test_items_of_a_worker_are_done_together_rather_than_in_two_interruptions() -> None:
    windows = [window("v1", at(8), minutes=3), window("v2", at(8, 30), minutes=6)]
    found = planned(problem([worker("ana")], windows, [item("a"), item("b")]), Budget(iterations=400, compile=False))
    assert times(found.plan) == {"a": "v2", "b": "v2"}


def test_what_was_published_stays_although_something_earlier_is_free() -> None:
    windows = [window("v1", at(8)), window("v2", at(10))]
    what = problem([worker("ana")], windows, [item("a")])
    assert times(planned(what).plan) == {"a": "v1"}
    assert times(planned(replace(what, kept=(Kept("a", "v2"),))).plan) == {"a": "v2"}


def test_a_chain_moves_colleagues_until_everybody_has_a_place() -> None:
    """Cleo can only learn at 8, Ben at 8 or 9, Ana at any time: each has to make room for the next."""
    windows = [window(f"v{hour}", at(hour), minutes=3, max_learners=1) for hour in (8, 9, 10)]
    people = [worker(who, shifts=(shift(at(6), at(until)),)) for who, until in (("ana", 14), ("ben", 10), ("cleo", 9))]
    items = [item("a", "ana", value=90), item("b", "ben", value=50), item("c", "cleo", value=10)]
    assert times(planned(problem(people, windows, items)).plan) == {"a": "v10", "b": "v9", "c": "v8"}


def test_pins_stay_and_what_they_wait_for_stays_before_them() -> None:
    windows = [window("v1", at(8), minutes=6), window("v2", at(10), minutes=6)]
    items = [item("a", value=0), item("b", value=0, prerequisites=("a",)), item("c", mandatory=True, value=90, due_at=at(9))]
    found = planned(problem([worker("ana")], windows, items, pins=(Pin("b", "v1"),)))
    assert times(found.plan) == {"a": "v1", "b": "v1"}


def test_patterns_are_all_sets_that_fit_or_none_when_there_are_too_many() -> None:
    offers = [(1, 60, 0), (2, 120, 0), (3, 180, 0)]
    assert sorted(patterns(offers, 180) or []) == [(1,), (1, 2), (2,), (3,)]
    assert patterns([(n, 1, 0) for n in range(20)], 20) is None


def test_a_program_has_no_more_patterns_than_can_be_proved() -> None:
    assert most_told([1_500, 2, 0], 1) == 2_000
    full = [1_500] * 100 + [2]
    assert most_told(full, 1) == 600
    assert most_told([500] * 300, 1) == 200
    assert most_told([20] * 4_000, 1) == 0
    assert most_told(full, 250) == 2_000


def test_the_generator_makes_the_same_contended_plant_from_the_same_seed() -> None:
    assert plant(50, 7) == plant(50, 7) != plant(50, 8)
    assert 1.2 < sum(contention(plant(200, seed)) for seed in range(5)) / 5 < 1.5


@needs_highs
def test_nothing_to_plan_has_a_bound_too() -> None:
    empty = solve(problem([], [], []), 0, replace(QUICK, bound=True))
    assert (empty.plan, empty.objective, empty.bound) == (Plan(()), 0, 0)
    assert PatternLp(parts_of(draft(problem([], [], [])))).proof() == Proof(0)
