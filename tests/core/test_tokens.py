"""Hostile access tokens: more than three hundred, signed with our own key wherever that makes them more dangerous."""

from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jose import jwt

from app.core.errors import Unauthenticated
from app.core.tokens import ALGORITHM, LEEWAY_SECONDS, Claims, Tokens, key_id
from tests.builders import Plant
from tests.core.hostile_tokens import KEY, NOW, ORGANIZATION, SESSION, WORKER, good_claims, good_header, signed, wrong_tokens

WRONG = wrong_tokens()


@pytest.fixture
def tokens() -> Tokens:
    return Tokens({"current": KEY}, lambda: NOW)


def test_there_are_enough_hostile_tokens() -> None:
    assert len(WRONG) >= 300
    assert len(set(WRONG.values())) >= 300


def test_the_token_they_are_made_from_is_good(tokens: Tokens) -> None:
    assert tokens.read(signed(good_header(), good_claims())) == Claims(ORGANIZATION, WORKER, SESSION, int(NOW.timestamp()) + 900)


@pytest.mark.parametrize("name", WRONG)
def test_a_hostile_token_is_refused(tokens: Tokens, name: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.read(WRONG[name])


async def test_every_hostile_token_is_a_401_over_http(plant: Plant) -> None:
    found = {}
    for name, token in WRONG.items():
        header = b"Bearer " + token.encode("utf-8", "replace")
        answer = await plant.http.get("/v1/me/sessions", headers=httpx.Headers([(b"authorization", header)]))
        found[name] = (answer.status_code, answer.headers["content-type"], answer.headers.get("www-authenticate"))
    assert set(found.values()) == {(401, "application/problem+json", "Bearer")}


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "bearer", "Token x", "Bearer\tx", "\xff\xfe", "Digest a=b"]
)
async def test_another_scheme_is_a_401(plant: Plant, header: str) -> None:
    raw = [(b"authorization", header.encode("latin-1"))]
    assert (await plant.http.get("/v1/me/sessions", headers=httpx.Headers(raw))).status_code == 401


@given(st.text(max_size=200))
def test_no_text_is_a_token(text: str) -> None:
    with pytest.raises(Unauthenticated):
        Tokens({"current": KEY}, lambda: NOW).read(text)


def test_what_we_issue_we_read_until_it_ends() -> None:
    now = NOW
    ring = Tokens({"current": KEY}, lambda: now)
    token = ring.issue(ORGANIZATION, WORKER, SESSION, issued_at=NOW, seconds=900)
    for seconds in (0, 899, 900 + LEEWAY_SECONDS - 1):
        now = NOW + timedelta(seconds=seconds)
        assert ring.read(token).subject == WORKER
    now = NOW + timedelta(seconds=900 + LEEWAY_SECONDS)
    with pytest.raises(Unauthenticated) as refused:
        ring.read(token)
    assert refused.value.code == "token_expired"
    with pytest.raises(Unauthenticated):
        Tokens({"current": KEY}, lambda: now).read(token)


def test_a_token_outlives_the_rotation_of_its_key() -> None:
    old, new = b"o" * 32, b"n" * 32
    token = Tokens({"current": old}, lambda: NOW).issue(ORGANIZATION, WORKER, SESSION, issued_at=NOW, seconds=900)
    assert Tokens({"current": new, "previous": old}, lambda: NOW).read(token).session_id == SESSION
    with pytest.raises(Unauthenticated):
        Tokens({"current": new}, lambda: NOW).read(token)


def test_new_tokens_use_the_newest_key() -> None:
    ring = Tokens({"current": b"n" * 32, "previous": b"o" * 32}, lambda: NOW)
    token = ring.issue(ORGANIZATION, WORKER, SESSION, issued_at=NOW, seconds=900)
    assert jwt.get_unverified_header(token) == {"alg": ALGORITHM, "typ": "at+jwt", "kid": key_id(b"n" * 32)}


@pytest.mark.parametrize("keys", [{}, {"current": b"short"}, {"current": b"k" * 31}, {"current": b"k" * 32, "previous": b""}])
def test_short_keys_are_refused_at_start(keys: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Tokens(keys, lambda: NOW)


def test_no_two_tokens_are_alike(tokens: Tokens) -> None:
    made = {tokens.issue(ORGANIZATION, WORKER, SESSION, issued_at=NOW, seconds=900) for _ in range(50)}
    assert len(made) == 50


def test_memory_of_verified_tokens_stays_small(tokens: Tokens) -> None:
    for _ in range(2100):
        tokens.read(tokens.issue(ORGANIZATION, WORKER, SESSION, issued_at=NOW, seconds=900))
    assert len(tokens._verified) <= 2048
