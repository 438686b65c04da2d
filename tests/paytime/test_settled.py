"""Settling many claims at once answers exactly what the rule answers one by one."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.ids import new_id
from app.core.intervals import Interval, union
from app.paytime.caps import Caps
from app.paytime.domain import Claim, PayKind
from app.paytime.domain.rules import Outside, PayPolicy
from app.paytime.domain.settling import settle_all
from app.paytime.lines import Places
from app.paytime.settled import settled
from app.roster.domain import Break, BreakKind, Shift
from tests.paytime.builders import a_shift, at

WORKERS, SITE = (new_id(), new_id()), new_id()
STRICT = Places(dict.fromkeys(WORKERS, SITE), {SITE: "Europe/Berlin"}, {SITE: PayPolicy(outside=Outside.BLOCK)})
KINDS = st.sampled_from(list(BreakKind))
# Tenths of a minute, so that edges fall between whole seconds too when a fraction is added.
MOMENTS = st.integers(-300, 5200).map(lambda tenths: tenths / 10)
FRACTION = timedelta(milliseconds=500)


@st.composite
def rosters(draw: st.DrawFn) -> list[Shift]:
    found = []
    for worker in WORKERS:
        for _ in range(draw(st.integers(0, 3))):
            start, length = draw(st.integers(0, 400)), draw(st.integers(1, 240))
            inside = draw(st.integers(0, length - 1))
            end = draw(st.integers(inside + 1, length))
            pause = Break(at(start + inside), at(start + end), draw(KINDS), paid=draw(st.booleans()))
            shift = a_shift(start, start + length, pause, worker_id=worker, site_id=SITE)
            if draw(st.booleans()):
                shift = Shift(
                    shift.id, worker, shift.site_id, shift.work_center_id, None, shift.business_date,
                    shift.starts_at - FRACTION, shift.ends_at + FRACTION, shift.breaks,
                )  # fmt: skip
            found.append(shift)
    return found


@st.composite
def asked(draw: st.DrawFn) -> list[Claim]:
    found = []
    for _ in range(draw(st.integers(1, 12))):
        start = draw(MOMENTS)
        end = at(start) + timedelta(seconds=draw(st.integers(0, 900)))
        found.append(Claim(draw(st.sampled_from(WORKERS)), at(start), end, PayKind.MODULE, new_id()))
    return found


@settings(max_examples=300, deadline=None)
@given(asked(), rosters(), st.lists(st.tuples(st.integers(0, 480), st.integers(1, 20)), max_size=5))
def test_many_claims_settle_as_one_by_one(claims: list[Claim], shifts: list[Shift], past: list[tuple[int, int]]) -> None:
    before = {WORKERS[0]: union(Interval(at(start), at(start + length)) for start, length in past)}
    assert settled(claims, shifts, before, STRICT, Caps(STRICT)) == settle_all(claims, shifts, before)


def test_a_claim_in_a_shift_that_two_rosters_share_is_paid_by_the_earlier_one() -> None:
    early, late = a_shift(0, 100, worker_id=WORKERS[0], site_id=SITE), a_shift(50, 200, worker_id=WORKERS[0], site_id=SITE)
    claim = Claim(WORKERS[0], at(60), at(63), PayKind.MODULE, new_id())
    (found,) = settled([claim], [late, early], {}, STRICT, Caps(STRICT))
    assert found.segments[0].shift == early


def test_a_second_claim_of_the_same_minutes_earns_nothing() -> None:
    claims = [Claim(WORKERS[0], at(5), at(8), PayKind.MODULE, new_id()) for _ in range(2)]
    first, second = settled(claims, [a_shift(worker_id=WORKERS[0], site_id=SITE)], {}, STRICT, Caps(STRICT))
    assert first.segments
    assert not second.segments
