"""Access tokens nobody must accept, each by what is wrong with it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jose import jwt

from app.core.settings import DEVELOPMENT_SECRET
from app.core.tokens import key_id

NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
KEY = DEVELOPMENT_SECRET.encode()
# Fixed ids keep the names of the cases the same in every test process.
ORGANIZATION, WORKER, SESSION, TOKEN, OTHER = (UUID(f"019d0000-0000-7000-8000-00000000000{n}") for n in range(5))


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def good_header() -> dict[str, Any]:
    return {"alg": "HS256", "typ": "at+jwt", "kid": key_id(KEY)}


def good_claims() -> dict[str, Any]:
    at = int(NOW.timestamp())
    return {
        "iss": "interlude",
        "aud": "interlude-api",
        "iat": at,
        "exp": at + 900,
        "sub": str(WORKER),
        "tid": str(ORGANIZATION),
        "sid": str(SESSION),
        "jti": str(TOKEN),
    }


def signed(header: Any, claims: Any, key: bytes = KEY, digest: Any = hashlib.sha256) -> str:
    """A token signed by hand; texts are taken as they are, so that JSON no encoder would write can be sent."""
    parts = [part if isinstance(part, str) else json.dumps(part) for part in (header, claims)]
    body = ".".join(b64(part.encode("utf-8", "surrogatepass")) for part in parts)
    return f"{body}.{b64(hmac.new(key, body.encode(), digest).digest())}"


def public_keys() -> list[bytes]:
    """Spellings of public keys that confused libraries have taken for HMAC secrets."""
    made: list[bytes] = []
    for private in (rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())):
        public = private.public_key()
        info = serialization.PublicFormat.SubjectPublicKeyInfo
        made.append(public.public_bytes(serialization.Encoding.PEM, info))
        made.append(public.public_bytes(serialization.Encoding.DER, info))
        made.append(public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH))
    made.append(json.dumps({"kty": "oct", "k": b64(KEY)}).encode())
    return made


def wrong_headers() -> Iterator[tuple[str, Any]]:
    good = good_header()
    algorithms: list[Any] = [
        "none",
        "None",
        "NONE",
        "nOnE",
        "",
        " ",
        "HS256 ",
        "hs256",
        "Hs256",
        "HS384",
        "HS512",
        "RS256",
        "RS512",
        "ES256",
        "PS256",
        "EdDSA",
        "A128GCMKW",
        "dir",
        None,
        True,
        1,
        256,
        [],
        ["HS256"],
        ["none", "HS256"],
        {"alg": "HS256"},
        "HS256\x00",
    ]
    for value in algorithms:
        yield f"alg {value!r}", {**good, "alg": value}
    for name, value in (("Alg", "HS256"), ("ALG", "none"), ("alg ", "HS256")):
        yield f"extra {name}", {**good, name: value}
    kids: list[Any] = [
        "",
        "current",
        "previous",
        "../../etc/passwd",
        "/dev/null",
        "../../../../dev/null",
        "x' or '1'='1",
        "0",
        "a" * 2000,
        "\x00",
        key_id(KEY).upper(),
        key_id(KEY) + " ",
        key_id(b"o" * 40),
        "http://127.0.0.1/key",
        "file:///dev/null",
        None,
        0,
        [],
        {},
        [key_id(KEY)],
        True,
    ]
    for value in kids:
        yield f"kid {value!r}"[:40], {**good, "kid": value}
    for value in ["JWT", "jwt", "at+JWT", "AT+JWT", "application/at+jwt", "", None, "refresh+jwt", "dpop+jwt", 1, ["at+jwt"]]:
        yield f"typ {value!r}", {**good, "typ": value}
    jwk = {"kty": "oct", "k": b64(b"attacker" * 5)}
    extras: dict[str, list[Any]] = {
        "crit": [["exp"], ["b64"], [], "exp", None],
        "b64": [False, True, None],
        "jku": ["https://attacker.example/jwks", "", None],
        "x5u": ["https://attacker.example/cert", ""],
        "jwk": [jwk, {}, None],
        "x5c": [["MIIB"], []],
        "x5t": ["abc"],
        "zip": ["DEF", "GZIP"],
        "cty": ["JWT", "application/json"],
        "enc": ["A256GCM"],
        "p2c": [2**31],
        "epk": [{}],
        "nonce": ["1"],
        "iss": ["interlude"],
        "url": ["x"],
    }
    for name, values in extras.items():
        for value in values:
            yield f"{name} {value!r}"[:40], {**good, name: value}
    for name in good:
        yield f"no {name}", {key: value for key, value in good.items() if key != name}
    for raw in (
        "",
        "{}",
        "[]",
        "null",
        "1",
        '"a"',
        "[" * 900 + "]" * 900,
        '{"a":' * 700 + "1" + "}" * 700,
        "{",
        "\ufeff{}",
        "NaN",
        json.dumps(good_header())[:-1] + ', "alg": "none"}',
        json.dumps(good_header())[:-1] + ', "alg": "HS256"}',
        '{"alg":"HS256","typ":"at+jwt","kid":"\\ud800"}',
        '{"alg":"HS256","typ":"at+jwt","kid":1e999}',
    ):
        yield f"raw {raw[:30]!r}", raw


def wrong_claims() -> Iterator[tuple[str, Any]]:
    """Claims that are missing, of another type, out of range, or spelled in a way only some parsers understand."""
    good = good_claims()
    for name in good:
        yield f"no {name}", {key: value for key, value in good.items() if key != name}
        for value in (None, "", 0, 1.5, True, [], {}, [good[name]], {"x": good[name]}, "a" * 600):
            yield f"{name} {value!r}"[:40], {**good, name: value}
    for name, values in wrong_values().items():
        for value in values:
            yield f"{name} {value!r}", {**good, name: value}
    for name in ("sub", "tid", "sid", "jti"):
        text = good[name]
        for value in (
            text[:-1] + "A",
            text.replace("-", ""),
            "{" + text + "}",
            f"urn:uuid:{text}",
            text + " ",
            text[:-1],
            "../" + text,
        ):
            yield f"{name} {value!r}", {**good, name: value}
        for value in ("' or true --", "\x00" * 36, "00000000-0000-0000-0000-00000000000g"):
            yield f"{name} {value!r}", {**good, name: value}
    for raw in raw_claims():
        yield f"raw {raw[-30:]!r}", raw


def wrong_values() -> dict[str, list[Any]]:
    """Values one claim must not have, and claims that must not be there."""
    at = int(NOW.timestamp())
    return {
        "exp": [10**12, 10**18, 10**30, 253_402_300_800, -1, 0, at, at - 1, float(at + 900), str(at + 900), 1e300],
        "iat": [at + 61, at + 10**6, at + 900, -5, 0, float(at), str(at), 10**20],
        "aud": [
            "interlude-api ",
            "Interlude-API",
            "interlude",
            "*",
            ["interlude-api"],
            ["interlude-api", "x"],
            {"interlude-api": 1},
        ],
        "iss": ["interlude ", "Interlude", "https://interlude", "interlude-api", ["interlude"], ["interlude", "x"]],
        "nbf": [at + 900, at],
        "admin": [True],
        "scopes": [["*"]],
        "role": ["admin"],
        "at_hash": ["x"],
        "__proto__": [{}],
    }


def raw_claims() -> list[str]:
    """Texts in the place of claims: no object, names twice, numbers no parser agrees about."""
    at = int(NOW.timestamp())
    text = json.dumps(good_claims())
    broken = ["", "null", "[]", '"x"', "[" * 1000 + "]" * 1000, text[:-1], text + "x", "\ufeff" + text]
    twice = [f', "sub": "{OTHER}"', f', "exp": {at + 10**6}', f', "tid": "{OTHER}"', ', "aud": "interlude-api"']
    numbers = ["NaN", "Infinity", "1" * 400, "1e999"]
    return broken + [text[:-1] + name + "}" for name in twice] + [text.replace(str(at + 900), number) for number in numbers]


def wrong_tokens() -> dict[str, str]:
    """Every hostile token by what is wrong with it."""
    good = signed(good_header(), good_claims())
    head, body, tail = good.split(".")
    found = {f"header: {name}": signed(header, good_claims()) for name, header in wrong_headers()}
    found |= {f"claims: {name}": signed(good_header(), claims) for name, claims in wrong_claims()}
    found |= {
        f"key {n}": signed(good_header(), good_claims(), key) for n, key in enumerate([*public_keys(), b"", b"\x00", b"secret"])
    }
    found |= {f"digest {d}": signed(good_header(), good_claims(), KEY, d) for d in ("sha1", "sha384", "sha512", "md5")}
    for alg in ("RS256", "ES256"):
        private: Any = rsa.generate_private_key(65537, 2048) if alg == "RS256" else ec.generate_private_key(ec.SECP256R1())
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        found[f"really {alg}"] = jwt.encode(good_claims(), pem, algorithm=alg, headers={"typ": "at+jwt", "kid": key_id(KEY)})
    unsigned = f"{b64(json.dumps({**good_header(), 'alg': 'none'}).encode())}.{body}."
    shapes = [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        head,
        f"{head}.{body}",
        f"{head}.{body}.",
        f".{body}.{tail}",
        f"{head}..{tail}",
        f"{good}.",
        f".{good}",
        f"{good}.{tail}",
        f"{head}.{body}.{tail}.{tail}.{tail}",
        unsigned,
        f"{head}.{body}.{tail[:-1]}",
        f"{head}.{body}.{tail}A",
        f"{head}.{body}.{tail}=",
        f"{head}=.{body}.{tail}",
        f"{head}.{body}==.{tail}",
        f"{head}.{body}!.{tail}",
        f"{head}.{body}.!{tail}",
        f"{head}.{body}.{tail[:9]}+{tail[9:]}",
        f"{head}.{body}.{tail[:5]}%{tail[5:]}",
        f"{head}.{body}.{tail[::-1]}",
        f"{body}.{head}.{tail}",
        f"{head}.{head}.{tail}",
        f"{head} .{body}.{tail}",
        f"{head}.{body}.{'A' * len(tail)}",
        f"{head}.{body}.{b64(b'')}x",
        good + "A" * 5000,
        "A" * 4000,
        f"{head}.{'A' * 4000}.{tail}",
        "Bearer " + good,
    ]
    found |= {f"shape {n}": token for n, token in enumerate(shapes)}
    # The last character of a signature carries two unused bits: a careless decoder takes four spellings of it.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    place = alphabet.index(tail[-1])
    for n in range(1, 4):
        found[f"spare bits {n}"] = f"{head}.{body}.{tail[:-1]}{alphabet[place // 4 * 4 + (place + n) % 4]}"
    for n in range(0, len(good), 13):
        other = "A" if good[n] != "A" else "B"
        found[f"character {n}"] = good[:n] + other + good[n + 1 :]
    return found
