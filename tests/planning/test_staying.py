"""Who must stay: heads and qualified people, alone and together, against plain counting."""

from itertools import combinations
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.domain.staying import HEADCOUNT, Floor, all_keep

ANA, BEN, EVA, KIM = (UUID(int=number) for number in range(1, 5))
NONE: frozenset[str] = frozenset()


def floor(people: dict[UUID, set[str]], minimum: int = 1, away: set[UUID] | None = None, **skills: int) -> Floor:
    return Floor({who: frozenset(has) for who, has in people.items()}, frozenset(away or ()), minimum, skills)


def test_the_last_above_the_headcount_may_leave_and_then_nobody() -> None:
    two = floor({ANA: set(), BEN: set()})
    assert (two.headroom, two.keeps(ANA), two.together()) == (1, (), 1)
    assert two.without(ANA).keeps(BEN) == (HEADCOUNT,)


def test_the_only_qualified_person_must_stay_and_is_a_single_point() -> None:
    line = floor({ANA: {"forklift"}, BEN: set(), EVA: set()}, forklift=1)
    assert line.keeps(ANA) == ("forklift",)
    assert line.keeps(BEN) == ()
    assert line.single_points() == [("forklift", ANA)]
    assert line.released([ANA, BEN, EVA], 9) == [BEN, EVA]


def test_a_qualified_person_who_learns_does_not_cover_but_is_no_single_point() -> None:
    line = floor({ANA: {"forklift"}, BEN: {"forklift"}, EVA: set()}, away={ANA}, forklift=1)
    assert line.keeps(BEN) == ("forklift",)
    assert (line.skill_headroom("forklift"), line.single_points()) == (0, [])


def test_what_is_short_is_named_and_keeps_whoever_could_make_it_worse() -> None:
    line = floor({ANA: {"forklift"}, BEN: set()}, 3, forklift=2)
    assert line.short() == (HEADCOUNT, "forklift")
    assert (line.keeps(ANA), line.keeps(BEN)) == ((HEADCOUNT, "forklift"), (HEADCOUNT,))
    assert line.together() == 0


def test_over_several_moments_the_tightest_decides_and_time_off_does_not_count() -> None:
    early, late = floor({ANA: set(), BEN: set()}), floor({BEN: set()})
    assert all_keep([early, late], ANA) == ()
    assert all_keep([early, late], BEN) == (HEADCOUNT,)


people = st.dictionaries(
    st.integers(1, 6).map(lambda number: UUID(int=number)), st.sets(st.sampled_from("xyz")), min_size=1, max_size=6
)


@settings(max_examples=300, deadline=None)
@given(people, st.sets(st.integers(1, 6).map(lambda n: UUID(int=n))), st.integers(0, 4), st.integers(0, 3), st.integers(0, 3))
def test_whoever_is_released_never_takes_anything_below_its_minimum(
    there: dict[UUID, set[str]], away: set[UUID], minimum: int, x: int, y: int
) -> None:
    line = floor(there, minimum, away & there.keys(), x=x, y=y)

    def holds(gone: set[UUID]) -> bool:
        staying = [has for who, has in there.items() if who not in away and who not in gone]
        return len(staying) >= minimum and all(
            sum(s in has for has in staying) >= least or not any(s in there[who] for who in gone)
            for s, least in (("x", x), ("y", y))
        )

    found = line.released(sorted(there), len(there))
    assert not found or holds(set(found))
    best = max(n for n in range(len(there) + 1) for gone in combinations(line.staying, n) if not gone or holds(set(gone)))
    assert line.together() <= best
    assert (line.together() == 0) == (best == 0)
    assert all((line.keeps(who) == ()) == holds({who}) for who in line.staying)
