"""A dump of the database holds no usable secret, and a sealed one opens only where it belongs."""

import base64
import os
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.sealing import (
    MasterKeyRefused,
    MasterKeys,
    SealBroken,
    master_keys,
    reseal,
    seal,
    sealed_under,
    unseal,
)
from app.integrations.signing import new_secret

ORGANIZATION, OTHER_ORGANIZATION = UUID(int=1), UUID(int=2)
ENDPOINT, OTHER_ENDPOINT = UUID(int=11), UUID(int=12)


def entry(name: str) -> str:
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


KEYS = master_keys([entry("2026-03")])


@given(st.text(max_size=200).filter(lambda text: text.isascii()), st.uuids(), st.uuids())
def test_what_was_sealed_opens_for_the_same_endpoint(secret: str, organization: UUID, endpoint: UUID) -> None:
    assert unseal(KEYS, seal(KEYS, secret, organization, endpoint), organization, endpoint) == secret


def test_a_sealed_secret_shows_nothing_and_is_never_the_same_twice() -> None:
    secret = new_secret()
    sealed = {seal(KEYS, secret, ORGANIZATION, ENDPOINT) for _ in range(200)}
    assert len(sealed) == 200
    raw = base64.b64decode(secret.removeprefix("whsec_"))
    for one in sealed:
        assert raw not in one
        assert secret.encode() not in one
        assert b"whsec_" not in one


@pytest.mark.parametrize(
    ("organization", "endpoint"),
    [(ORGANIZATION, OTHER_ENDPOINT), (OTHER_ORGANIZATION, ENDPOINT), (ENDPOINT, ORGANIZATION)],
)
def test_a_sealed_secret_moved_to_another_endpoint_does_not_open(organization: UUID, endpoint: UUID) -> None:
    sealed = seal(KEYS, new_secret(), ORGANIZATION, ENDPOINT)
    with pytest.raises(SealBroken):
        unseal(KEYS, sealed, organization, endpoint)


def test_swapping_the_secrets_of_two_endpoints_opens_neither() -> None:
    one = seal(KEYS, new_secret(), ORGANIZATION, ENDPOINT)
    other = seal(KEYS, new_secret(), ORGANIZATION, OTHER_ENDPOINT)
    for sealed, endpoint in ((other, ENDPOINT), (one, OTHER_ENDPOINT)):
        with pytest.raises(SealBroken):
            unseal(KEYS, sealed, ORGANIZATION, endpoint)


def test_every_changed_or_missing_byte_is_noticed() -> None:
    sealed = seal(KEYS, new_secret(), ORGANIZATION, ENDPOINT)
    for at in range(len(sealed)):
        for altered in (sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], sealed[:at]):
            with pytest.raises(SealBroken):
                unseal(KEYS, altered, ORGANIZATION, ENDPOINT)


@given(st.binary(max_size=120))
def test_bytes_of_another_form_are_refused(noise: bytes) -> None:
    with pytest.raises(SealBroken):
        unseal(KEYS, noise, ORGANIZATION, ENDPOINT)


def test_a_master_key_is_rotated_while_both_are_at_hand() -> None:
    old, new = entry("2025"), entry("2026")
    secret = new_secret()
    sealed = seal(master_keys([old]), secret, ORGANIZATION, ENDPOINT)
    both = master_keys([new, old])
    assert unseal(both, sealed, ORGANIZATION, ENDPOINT) == secret
    again = reseal(both, sealed, ORGANIZATION, ENDPOINT)
    assert again is not None
    assert (sealed_under(sealed), sealed_under(again)) == ("2025", "2026")
    assert reseal(both, again, ORGANIZATION, ENDPOINT) is None
    only_new = master_keys([new])
    assert unseal(only_new, again, ORGANIZATION, ENDPOINT) == secret
    with pytest.raises(SealBroken):
        unseal(only_new, sealed, ORGANIZATION, ENDPOINT)


def test_another_key_under_the_same_name_does_not_open() -> None:
    sealed = seal(KEYS, new_secret(), ORGANIZATION, ENDPOINT)
    with pytest.raises(SealBroken):
        unseal(master_keys([entry("2026-03")]), sealed, ORGANIZATION, ENDPOINT)


def test_the_name_of_the_key_is_part_of_the_seal() -> None:
    key = os.urandom(32)
    keys = MasterKeys(active="a", keys={"a": key, "b": key})
    sealed = seal(keys, new_secret(), ORGANIZATION, ENDPOINT)
    renamed = sealed.replace(b"\x01\x01a", b"\x01\x01b", 1)
    assert sealed_under(renamed) == "b"
    with pytest.raises(SealBroken):
        unseal(keys, renamed, ORGANIZATION, ENDPOINT)


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [""],
        ["a"],
        ["a:"],
        ["a:!!"],
        ["a:" + "QUJD" * 5],
        [":" + "QUJD" * 8],
        ["a b:" + "A" * 43 + "="],
        ["x" * 33 + ":" + "A" * 43 + "="],
    ],
)
def test_unusable_master_keys_are_refused_without_being_repeated(entries: list[str]) -> None:
    with pytest.raises(MasterKeyRefused) as refused:
        master_keys(entries)
    assert "QUJD" not in str(refused.value)


def test_a_name_used_twice_is_refused() -> None:
    with pytest.raises(MasterKeyRefused):
        master_keys([entry("a"), entry("a")])


def test_printing_the_keys_shows_only_the_active_name() -> None:
    keys = MasterKeys(active="k", keys={"k": b"canary-canary-canary-canary-cana"})
    assert "canary" not in repr(keys)
    assert "canary" not in f"{keys}"
