"""Signatures as Standard Webhooks 1.0 wants them, judged by its own library and known answers."""

import base64
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app.integrations import signing
from app.integrations.signing import (
    SecretRefused,
    SignatureRefused,
    new_secret,
    secret_bytes,
    signature_headers,
    verify,
)

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "data" / "webhook-vectors" / "vectors.json"
ALPHABET = 'abc \u00e9\u00df\u5b66\U0001f600"\\\n\t{}[]0123456789.,:'


@pytest.fixture
def vectors() -> dict[str, Any]:
    if not VECTORS.exists():
        pytest.skip("the real inputs in ../shared/data are absent")
    found: dict[str, Any] = json.loads(VECTORS.read_text())
    return found


def payloads(count: int) -> Iterator[tuple[str, bytes, str]]:
    """Message id, body and secret of `count` different deliveries, the same in every run."""
    chance = random.Random(20260302)
    for number in range(count):
        text = "".join(chance.choices(ALPHABET, k=chance.randrange(0, 300)))
        body = json.dumps({"type": "endpoint.test", "data": text, "n": number}, ensure_ascii=chance.random() < 0.5)
        size = chance.randrange(24, 65)
        yield f"msg_{number}", body.encode(), "whsec_" + base64.b64encode(chance.randbytes(size)).decode()


def accepted(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """The judgment of the independent library, whose clock is the machine's."""
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):
        return False
    return True


def mutated(headers: dict[str, str], body: bytes, chance: random.Random) -> tuple[dict[str, str], bytes]:
    """The same delivery with one thing changed in its body, id, time or signature."""
    kind = chance.randrange(5)
    changed = dict(headers)
    if kind == 0:
        at = chance.randrange(len(body))
        return changed, body[:at] + bytes([(body[at] + 1) % 128]) + body[at + 1 :]
    if kind == 1:
        return changed, body + b" "
    if kind == 2:
        changed["webhook-id"] += "x"
    elif kind == 3:
        changed["webhook-timestamp"] = str(int(changed["webhook-timestamp"]) - chance.choice((1, -1, 60)))
    else:
        raw = bytearray(base64.b64decode(changed["webhook-signature"].removeprefix("v1,")))
        raw[chance.randrange(32)] ^= 1 << chance.randrange(8)
        changed["webhook-signature"] = "v1," + base64.b64encode(raw).decode()
    return changed, body


def test_two_thousand_payloads_verify_and_their_mutations_do_not() -> None:
    now = datetime.now(UTC)
    chance = random.Random(7)
    for message_id, body, secret in payloads(2_000):
        headers = signature_headers(message_id, now, body, [secret])
        assert accepted(headers, body, secret)
        assert verify(headers, body, [secret], now) == message_id
        altered, other_body = mutated(headers, body, chance)
        assert not accepted(altered, other_body, secret)
        with pytest.raises(SignatureRefused):
            verify(altered, other_body, [secret], now)


def test_a_signature_of_one_endpoint_is_worthless_at_another() -> None:
    now = datetime.now(UTC)
    secrets = [new_secret() for _ in range(20)]
    for mine in secrets:
        headers = signature_headers("msg_1", now, b"{}", [mine])
        assert [accepted(headers, b"{}", other) for other in secrets] == [other == mine for other in secrets]


def test_during_a_rotation_both_the_old_and_the_new_secret_verify() -> None:
    now = datetime.now(UTC)
    new, old, older = new_secret(), new_secret(), new_secret()
    headers = signature_headers("msg_1", now, b"{}", [new, old])
    assert len(headers["webhook-signature"].split(" ")) == 2
    assert [accepted(headers, b"{}", secret) for secret in (new, old, older)] == [True, True, False]
    assert verify(signature_headers("msg_1", now, b"{}", [old]), b"{}", [new, old], now) == "msg_1"


def test_each_attempt_keeps_the_id_and_signs_its_own_time() -> None:
    secret, first = new_secret(), datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    one = signature_headers("msg_1", first, b"{}", [secret])
    two = signature_headers("msg_1", first + timedelta(seconds=5), b"{}", [secret])
    assert one["webhook-id"] == two["webhook-id"]
    assert int(two["webhook-timestamp"]) - int(one["webhook-timestamp"]) == 5
    assert one["webhook-signature"] != two["webhook-signature"]


def test_the_zone_of_the_clock_does_not_change_the_signature() -> None:
    secret, moment = new_secret(), datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    local = moment.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert signature_headers("m", moment, b"x", [secret]) == signature_headers("m", local, b"x", [secret])


def test_an_asymmetric_key_adds_a_signature_that_its_public_key_verifies() -> None:
    private = Ed25519PrivateKey.generate()
    seed = private.private_bytes_raw()
    now, secret = datetime.now(UTC), new_secret()
    for raw in (seed, seed + private.public_key().public_bytes_raw()):
        key = "whsk_" + base64.b64encode(raw).decode()
        headers = signature_headers("msg_1", now, b"{}", [secret, key])
        version, _, signature = headers["webhook-signature"].split(" ")[1].partition(",")
        assert version == "v1a"
        signed = f"msg_1.{headers['webhook-timestamp']}.".encode() + b"{}"
        private.public_key().verify(base64.b64decode(signature), signed)
        assert accepted(headers, b"{}", secret)


def test_new_secrets_have_32_random_bytes_and_never_repeat() -> None:
    made = {new_secret() for _ in range(1_000)}
    assert len(made) == 1_000
    assert {len(secret_bytes(secret)) for secret in made} == {32}
    assert all(secret.startswith("whsec_") for secret in made)


@pytest.mark.parametrize("size", [0, 1, 16, 23, 65, 100])
def test_a_secret_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(SecretRefused):
        secret_bytes("whsec_" + base64.b64encode(b"k" * size).decode())


@pytest.mark.parametrize("secret", ["whsec_!!!", "whsec_\u00e9", "not base64", "whsk_" + base64.b64encode(b"k" * 31).decode()])
def test_a_secret_that_is_not_base64_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(SecretRefused) as refused:
        signature_headers("msg_1", datetime.now(UTC), b"{}", [secret])
    assert secret not in str(refused.value)


@pytest.mark.parametrize("message_id", ["", "a.b", "a b", "a\r\nx: y", "\u00e9", "a" * 129])
def test_an_id_that_would_blur_the_signed_bytes_is_refused(message_id: str) -> None:
    with pytest.raises(ValueError, match="message id"):
        signature_headers(message_id, datetime.now(UTC), b"{}", [new_secret()])


def test_a_naive_time_and_a_missing_key_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        signature_headers("m", datetime(2026, 3, 2), b"{}", [new_secret()])  # noqa: DTZ001
    with pytest.raises(SecretRefused):
        signature_headers("m", datetime.now(UTC), b"{}", [])


@pytest.mark.parametrize(("seconds", "fits"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_inbound_messages_are_taken_within_five_minutes(seconds: int, fits: bool) -> None:
    secret, now = new_secret(), datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    headers = signature_headers("m", now + timedelta(seconds=seconds), b"{}", [secret])
    if fits:
        assert verify(headers, b"{}", [secret], now) == "m"
    else:
        with pytest.raises(SignatureRefused):
            verify(headers, b"{}", [secret], now)


names = st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "Webhook-Signature", "x"])


@given(st.dictionaries(names, st.text(max_size=40)), st.binary(max_size=40))
def test_no_header_can_break_the_verifier(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(SignatureRefused):
        verify(headers, body, [new_secret()], datetime(2026, 3, 2, tzinfo=UTC))


@pytest.mark.external
def test_known_answers_of_the_standard_are_reproduced(vectors: dict[str, Any]) -> None:
    for answer in vectors["known_answers"]:
        key = answer["key"] if answer["scheme"].startswith("v1 ") else signing.ASYMMETRIC_PREFIX + answer["key"]
        moment = datetime.fromtimestamp(answer["timestamp"], UTC)
        headers = signature_headers(answer["id"], moment, answer["payload"].encode(), [key])
        assert headers["webhook-signature"] == answer["signature"]
        assert headers["webhook-timestamp"] == str(answer["timestamp"])


@pytest.mark.external
def test_what_the_standard_must_reject_is_rejected(vectors: dict[str, Any]) -> None:
    known = vectors["known_answers"][0]
    body, secret = known["payload"].encode(), known["key"]
    moment = datetime.fromtimestamp(known["timestamp"], UTC)
    good = signature_headers(known["id"], moment, body, [secret])
    bad: dict[str, dict[str, str]] = {f"missing {name}": {**good, name: ""} for name in good}
    bad["webhook-timestamp 'hello'"] = {**good, "webhook-timestamp": "hello"}
    bad["signature 'v1,dawfeoifkpqwoekfpqoekf'"] = {**good, "webhook-signature": "v1,dawfeoifkpqwoekfpqoekf"}
    bad["signature cut to 8 characters"] = {**good, "webhook-signature": good["webhook-signature"][:8]}
    bad["signature 'v1,'"] = {**good, "webhook-signature": "v1,"}
    bad["timestamp older than 5 min"] = signature_headers("m", moment - timedelta(seconds=301), body, [secret])
    bad["timestamp more than 5 min ahead"] = signature_headers("m", moment + timedelta(seconds=301), body, [secret])
    assert {*bad, "empty secret"} == set(vectors["must_reject"])
    for headers in bad.values():
        with pytest.raises(SignatureRefused):
            verify(headers, body, [secret], moment)
    with pytest.raises(SecretRefused):
        verify(good, body, [""], moment)


@pytest.mark.external
def test_what_the_standard_must_accept_is_accepted(vectors: dict[str, Any]) -> None:
    known = vectors["known_answers"][0]
    body, secret = known["payload"].encode(), known["key"]
    moment = datetime.fromtimestamp(known["timestamp"], UTC)
    several = vectors["must_accept"][0].partition("'")[2].rstrip("'").replace("<valid>", known["signature"])
    headers = {**signature_headers(known["id"], moment, body, [secret]), "webhook-signature": several}
    for written in (secret, secret.removeprefix(signing.SYMMETRIC_PREFIX)):
        assert verify(headers, body, [written], moment) == known["id"]
