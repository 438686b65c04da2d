"""The rules of "what now" without a database: time at hand, places, and the order of offers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.intervals import Interval
from app.planning.domain.now import (
    Blocked,
    Hold,
    OpenWindow,
    OwnBlock,
    SeenShift,
    Source,
    Standing,
    Wanted,
    Why,
    at_hand,
    rank,
)
from app.planning.domain.phrases import HOLDS, REASONS, hold_sentence, spoken, why_sentence

NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
Spans = tuple[tuple[float, float], ...]
ONE, TWO = "one", "two"


def minutes(count: float) -> datetime:
    return NOW + timedelta(minutes=count)


def window(start: float, end: float, taken: int = 0, number: int = 7, **changes: int) -> OpenWindow:
    given = {"max_learners": 2, "minimum_staying": 0, **changes}
    return OpenWindow(str(number), "lull", minutes(start), minutes(end), minutes(start), minutes(end), taken=taken, **given)


def block(start: float, end: float, key: str = "a", window_id: str = TWO) -> OwnBlock:
    return OwnBlock(ONE, ONE, window_id, minutes(start), minutes(end), ONE, "module", key, "h", 180, "scheduled")


def standing(
    *windows: OpenWindow, blocks: tuple[OwnBlock, ...] = (), free: tuple[tuple[float, float], ...] = ((-60, 60),)
) -> Standing:
    shift = SeenShift(ONE, ONE, "2026-03-18", minutes(-60), minutes(60), ())
    learnable = tuple(Interval(minutes(a), minutes(b)) for a, b in free)
    return Standing(NOW, shift, learnable, windows, blocks, present=5, learning=0)


def wanted(key: str = "a", **changes: Any) -> Wanted:
    values: dict[str, Any] = {
        "assignment_id": ONE, "kind": "module", "key": key, "hash": "h", "seconds": 180, "mandatory": False, "due_at": None,
        "priority": 50, "started": False, "waits": False, "needs_tablet": False, "language": "en", "title": key.upper(),
    }  # fmt: skip
    return Wanted(**(values | changes))


def test_the_window_leaves_what_is_left_of_it_before_the_break() -> None:
    assert at_hand(standing(window(-2, 8)), None).seconds == 480
    assert at_hand(standing(window(-2, 8), free=((-60, 3),)), None).seconds == 180


def test_before_a_window_opens_its_setup_is_not_time_at_hand() -> None:
    setting_up = OpenWindow(ONE, "lull", minutes(-1), minutes(10), minutes(2), minutes(9), 2, 0, 0)
    hand = at_hand(standing(setting_up), None)
    assert (hand.seconds, hand.source, hand.hold) == (420, Source.WINDOW, None)


def test_a_window_that_is_only_returning_is_over() -> None:
    returning = OpenWindow(ONE, "lull", minutes(-9), minutes(2), minutes(-9), minutes(-1), 2, 0, 0)
    hand = at_hand(standing(returning, window(20, 25, number=8)), None)
    assert (hand.hold, hand.source, hand.seconds) == (Hold.NO_WINDOW, Source.NEXT_WINDOW, 300)


def test_a_full_window_has_room_for_whoever_holds_a_place_in_it() -> None:
    full = window(-2, 8, taken=2)
    assert at_hand(standing(full), None).hold is Hold.NO_PLACE
    assert at_hand(standing(full._replace(held=True), blocks=(block(4, 7, window_id=full.id),)), None).hold is None
    assert at_hand(standing(full), 300).hold is Hold.NO_PLACE


def test_whoever_was_done_early_keeps_the_place_until_the_window_ends() -> None:
    assert at_hand(standing(window(-2, 8, taken=2)._replace(held=True)), None).hold is None


def test_of_two_windows_that_run_the_one_with_the_own_place_counts() -> None:
    theirs, mine = window(-5, 20, taken=2), window(-2, 8, number=8, taken=2)._replace(held=True)
    hand = at_hand(standing(theirs, mine), None)
    assert (hand.hold, hand.seconds) == (None, 480)


def test_the_minimum_holds_with_exactly_enough_people() -> None:
    assert at_hand(standing(window(-2, 8, minimum_staying=4)), None).hold is None
    assert at_hand(standing(window(-2, 8, minimum_staying=5)), None).hold is Hold.COVERAGE_MINIMUM


def test_offers_stand_in_the_promised_order() -> None:
    here = standing(window(-2, 8), blocks=(block(-1, 2, "scheduled"),))
    items = [
        wanted("optional", priority=100),
        wanted("later", mandatory=True, due_at=minutes(60 * 24 * 30)),
        wanted("soon", mandatory=True, due_at=minutes(60 * 24 * 3)),
        wanted("started", started=True),
        wanted("scheduled"),
        wanted("today", mandatory=True, due_at=minutes(60)),
        wanted("overdue", mandatory=True, due_at=minutes(-60)),
        wanted("long", mandatory=True, due_at=minutes(-60), seconds=3600),
    ]
    offers, _ = rank(items, here, at_hand(here, None), tablet=False)
    assert [o.item.key for o in offers] == ["overdue", "today", "scheduled", "started", "soon", "later", "optional", "long"]
    assert offers[0].why == (Why.MANDATORY, Why.OVERDUE, Why.FITS)
    assert offers[2].why == (Why.SCHEDULED_NOW, Why.FITS)


@pytest.mark.parametrize(
    ("change", "tablet", "reason"),
    [
        ({"waits": True}, True, Blocked.PREREQUISITE),
        ({"language": None}, True, Blocked.LANGUAGE),
        ({"needs_tablet": True}, False, Blocked.TABLET),
        ({"needs_tablet": True}, True, None),
    ],
)
def test_closed_items_are_counted(change: dict[str, Any], tablet: bool, reason: Blocked | None) -> None:
    here = standing(window(-2, 8))
    offers, blocked = rank([wanted(**change)], here, at_hand(here, None), tablet=tablet)
    assert (len(offers), dict(blocked)) == ((0, {reason: 1}) if reason else (1, {}))


ITEMS = st.lists(
    st.builds(
        wanted,
        st.sampled_from("abcdefgh"),
        seconds=st.integers(1, 900),
        mandatory=st.booleans(),
        due_at=st.none() | st.integers(-9999, 99999).map(minutes),
        priority=st.integers(0, 100),
        started=st.booleans(),
        waits=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda item: item.key,
)


@given(ITEMS, st.randoms())
def test_the_order_in_which_items_come_does_not_matter_and_none_is_lost(items: list[Wanted], random: object) -> None:
    here = standing(window(-2, 8))
    hand = at_hand(here, None)
    offers, blocked = rank(items, here, hand, tablet=False)
    assert len(offers) + sum(blocked.values()) == len(items)
    shuffled = sorted(items, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert rank(shuffled, here, hand, tablet=False) == (offers, blocked)
    fits = [offer.fits for offer in offers]
    assert fits == sorted(fits, reverse=True)
    assert all(offer.fits == (offer.item.seconds <= hand.seconds) for offer in offers)


@given(st.integers(-30, 30), st.integers(1, 60), st.none() | st.integers(1, 7200))
def test_time_at_hand_never_leaves_learnable_time(start: int, length: int, asked: int | None) -> None:
    here = standing(window(start, start + length), free=((-60, -20), (-10, 12), (20, 60)))
    hand = at_hand(here, asked)
    assert 0 <= hand.seconds <= 40 * 60
    if hand.hold is None:
        assert hand.until is not None
        assert hand.seconds <= 12 * 60
        assert hand.until <= minutes(12)


def test_every_reason_has_words_in_every_language() -> None:
    assert all(set(words) == set(Why) for words in REASONS.values())
    assert all(set(words) == {None, *Hold} for words in HOLDS.values())


def test_sentences_name_the_strongest_reasons() -> None:
    assert why_sentence("A", (Why.MANDATORY, Why.OVERDUE, Why.STARTED, Why.TOO_LONG), "en") == (
        "A: it is overdue and it is longer than the time you have."
    )
    assert why_sentence("A", (Why.MANDATORY, Why.FITS), "en") == "A: it is mandatory and it fits the time you have."
    assert why_sentence("A", (Why.FITS,), "es") == "A: cabe en el tiempo que tienes."
    assert hold_sentence(None, "en") == "You can learn now."
    assert [spoken(one) for one in (["pl", "es-MX"], ["fr"], [])] == ["es", "en", "en"]
