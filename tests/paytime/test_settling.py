"""The rule of the ledger: which seconds of a claim are paid."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.ids import new_id
from app.core.intervals import Interval, covered, overlapping_pairs, total_seconds
from app.paytime.domain import Claim, PayKind, Reason, Settlement
from app.paytime.domain.settling import seconds_by_reason, settle, settle_all
from app.roster.domain import Break, BreakKind, Shift, paid_intervals
from tests.paytime.builders import a_shift, at, claim, pause

WORKER = new_id()


def credited(settlement: Settlement) -> int:
    return total_seconds(segment.interval for segment in settlement.segments)


def missing(settlement: Settlement) -> dict[Reason, int]:
    return dict(seconds_by_reason(settlement.shortfalls))


def test_learning_inside_the_shift_is_credited_to_the_second() -> None:
    shift = a_shift()
    asked = Claim(WORKER, at(10), at(10) + timedelta(seconds=173), PayKind.MODULE, new_id())
    settled = settle(asked, [shift], [])
    assert (credited(settled), settled.segments[0].shift, settled.shortfalls) == (173, shift, ())


def test_what_lies_outside_the_shift_is_kept_as_off_shift() -> None:
    settled = settle(claim(WORKER, -5, 10), [a_shift()], [])
    assert (credited(settled), missing(settled)) == (600, {Reason.OFF_SHIFT: 300})
    assert settled.shortfalls[0].shift is None


def test_without_any_shift_nothing_is_credited_and_everything_kept() -> None:
    assert missing(settle(claim(WORKER, 0, 3), [], [])) == {Reason.OFF_SHIFT: 180}


def test_a_meal_break_is_never_credited_even_when_the_plant_pays_it() -> None:
    lunch = pause(60, 90, paid=True)
    settled = settle(claim(WORKER, 55, 100), [a_shift(0, 480, lunch)], [])
    assert [s.interval for s in settled.segments] == [Interval(at(55), at(60)), Interval(at(90), at(100))]
    assert missing(settled) == {Reason.MEAL_BREAK: 1800}


def test_an_unpaid_rest_break_is_kept_with_its_own_reason() -> None:
    settled = settle(claim(WORKER, 55, 80), [a_shift(0, 480, pause(60, 70, BreakKind.REST))], [])
    assert (credited(settled), missing(settled)) == (900, {Reason.REST_BREAK: 600})


def test_a_paid_rest_break_is_paid_shift_time() -> None:
    settled = settle(claim(WORKER, 55, 80), [a_shift(0, 480, pause(60, 70, BreakKind.REST, paid=True))], [])
    assert (credited(settled), settled.shortfalls) == (1500, ())


def test_what_counts_already_is_not_credited_again() -> None:
    settled = settle(claim(WORKER, 0, 10), [a_shift()], [Interval(at(2), at(5))])
    assert (credited(settled), missing(settled)) == (420, {Reason.ALREADY_CREDITED: 180})


def test_two_adjoining_shifts_pay_one_claim_in_two_segments() -> None:
    first, second = a_shift(0, 60), a_shift(60, 120)
    settled = settle(claim(WORKER, 50, 70), [second, first], [])
    assert [(s.shift.id, s.interval.seconds) for s in settled.segments] == [(first.id, 600), (second.id, 600)]


def test_overlapping_shifts_pay_a_second_once() -> None:
    settled = settle(claim(WORKER, 0, 100), [a_shift(0, 60), a_shift(30, 100)], [])
    assert (credited(settled), settled.shortfalls) == (6000, ())


def test_the_first_of_two_overlapping_claims_in_one_upload_wins() -> None:
    shift = a_shift(worker_id=WORKER)
    first, second = settle_all([claim(WORKER, 0, 10), claim(WORKER, 5, 15)], [shift], {})
    assert (credited(first), credited(second), missing(second)) == (600, 300, {Reason.ALREADY_CREDITED: 300})


def test_colleagues_may_learn_at_the_same_time() -> None:
    other = new_id()
    shifts = [a_shift(worker_id=WORKER), a_shift(worker_id=other)]
    settled = settle_all([claim(WORKER, 0, 10), claim(other, 0, 10)], shifts, {})
    assert [credited(s) for s in settled] == [600, 600]


def test_a_claim_shorter_than_a_second_claims_nothing() -> None:
    asked = Claim(WORKER, at(1), at(1) + timedelta(milliseconds=900), PayKind.QUIZ, new_id())
    assert asked.seconds == 0
    assert settle(asked, [a_shift()], []) == Settlement((), ())


def test_neighboring_claims_lose_and_gain_nothing_by_fractions() -> None:
    cuts = [at(0) + timedelta(milliseconds=m) for m in (250, 61_900, 120_100, 180_999)]
    claims = [Claim(WORKER, a, b, PayKind.MODULE, new_id()) for a, b in pairwise(cuts)]
    assert sum(c.seconds for c in claims) == 180


def test_a_begun_second_of_a_shift_is_not_credited() -> None:
    early = timedelta(milliseconds=500)
    shift = Shift(new_id(), WORKER, new_id(), new_id(), None, at(0).date(), at(0) + early, at(1) - early)
    settled = settle(claim(WORKER, 0, 1), [shift], [])
    assert (credited(settled), missing(settled)) == (58, {Reason.OFF_SHIFT: 2})


def test_a_claim_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="end before"):
        claim(WORKER, 10, 5)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Claim(WORKER, at(0).replace(tzinfo=None), at(1), PayKind.MODULE, new_id())


SECOND = st.integers(-600, 30_000)


@st.composite
def spans(draw: st.DrawFn) -> Interval:
    start = draw(SECOND)
    return Interval(at(start / 60), at((start + draw(st.integers(1, 4_000))) / 60))


@st.composite
def rosters(draw: st.DrawFn) -> list[Shift]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        span = draw(spans())
        pauses = []
        for _ in range(draw(st.integers(0, 2))):
            part = draw(spans()).intersection(span)
            if part:
                pauses.append(Break(part.start, part.end, draw(st.sampled_from(BreakKind)), draw(st.booleans())))
        found.append(Shift(new_id(), WORKER, new_id(), new_id(), None, span.start.date(), span.start, span.end, tuple(pauses)))
    return found


@given(st.lists(spans(), min_size=1, max_size=6), rosters(), st.lists(spans(), max_size=3))
@settings(max_examples=300, deadline=None)
def test_every_claimed_second_is_credited_once_inside_paid_time_or_kept_with_a_reason(
    asked: list[Interval], shifts: list[Shift], before: list[Interval]
) -> None:
    claims = [Claim(WORKER, i.start, i.end, PayKind.MODULE, new_id()) for i in asked]
    settled = settle_all(claims, shifts, {WORKER: before})
    paid = [interval for shift in shifts for interval in paid_intervals(shift)]
    segments = [segment.interval for settlement in settled for segment in settlement.segments]
    assert not overlapping_pairs(segments)
    assert all(covered(segment, paid) for segment in segments)
    assert not any(segment.overlaps(taken) for segment in segments for taken in before)
    for one, settlement in zip(claims, settled, strict=True):
        pieces = [s.interval for s in settlement.segments] + [s.interval for s in settlement.shortfalls]
        assert not overlapping_pairs(pieces)
        assert total_seconds(pieces) == one.seconds == credited(settlement) + sum(missing(settlement).values())
        assert one.interval is not None
        assert all(one.interval.covers(piece) for piece in pieces)
