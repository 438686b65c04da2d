"""Which PINs and passwords are taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identity.domain import SecretKind, is_trivial, login_name, secret_kind, weakness

KNOWN = ("104837", "Ada Lovelace")
TRIVIAL = [
    "000000", "111111", "99999999", "121212", "123123", "12341234", "123456", "012345", "890123", "987654", "321098",
    "13579135", "246802", "112233", "147258", "19900412", "04121990", "12041990", "010203", "311299", "991231",
    "290200", "159753", "00000001", "11111112", "696969",
]  # fmt: skip


@pytest.mark.parametrize("pin", TRIVIAL)
def test_a_pin_others_would_try_first_is_refused(pin: str) -> None:
    assert is_trivial(pin)
    assert weakness(pin, ()) is not None


@pytest.mark.parametrize("pin", ["482915", "730164", "5948271", "80463917", "594027"])
def test_an_ordinary_pin_is_taken(pin: str) -> None:
    assert weakness(pin, KNOWN) is None


def test_the_workers_own_number_is_no_pin() -> None:
    assert weakness("104837", KNOWN) is not None
    assert weakness("104837", ("A-104837",)) is not None


@pytest.mark.parametrize("secret", ["", "1", "12345", "48291", "short", "nine char", "482 915", "x" * 129])
def test_too_short_or_too_long_is_refused(secret: str) -> None:
    assert weakness(secret, ()) is not None


@pytest.mark.parametrize("secret", ["Password1234", "PASSWORT-2026", "my qwerty keys", "Ada Lovelace!", "is 104837 me?"])
def test_a_password_with_a_word_others_would_try_is_refused(secret: str) -> None:
    assert weakness(secret, KNOWN) is not None


@pytest.mark.parametrize("secret", ["aaaaaaaaaaaa", "abababababab", "1212121212"])
def test_a_password_of_few_characters_is_refused(secret: str) -> None:
    assert weakness(secret, ()) is not None


@pytest.mark.parametrize("secret", ["forklift-Harbour-7", "lámpara verde 12", "чайник на плите", "9 pallets of soap"])
def test_a_phrase_is_taken(secret: str) -> None:
    assert weakness(secret, KNOWN) is None


def test_digits_of_another_script_are_the_same_pin() -> None:
    wide = "\uff14\uff18\uff12\uff19\uff11\uff15"
    assert secret_kind(wide) is SecretKind.PIN
    assert weakness(wide, ()) is None


@pytest.mark.parametrize(
    ("secret", "kind"), [("482915", "pin"), ("48291", "password"), ("482915000", "password"), ("48291x", "password")]
)
def test_six_to_eight_digits_are_a_pin(secret: str, kind: str) -> None:
    assert secret_kind(secret) == kind


@given(st.text(alphabet="0123456789", min_size=6, max_size=8))
def test_most_pins_stay_possible_and_no_rule_fails(pin: str) -> None:
    assert is_trivial(pin) in (True, False)


def test_four_fifths_of_all_pins_stay_possible() -> None:
    every = [f"{n:06d}" for n in range(0, 1_000_000, 37)]
    assert sum(not is_trivial(pin) for pin in every) / len(every) > 0.8


@given(st.text(max_size=40))
def test_a_login_is_the_same_name_after_being_folded_again(login: str) -> None:
    once = login_name(login)
    assert login_name(once) == once
