"""What is refused before anything is parsed."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import AppError
from app.core.http.limits import BODY_BYTES, DEPTH, check_json, depth_of
from tests.builders import Plant

SIGN_IN = "/v1/auth/sign-in"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1), "too_deep"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "too_deep"),
        (b"{", "malformed_json"),
        (b'{"a": NaN}', "malformed_json"),
        (b'{"a": 1e400}', "malformed_json"),
        (b'{"a": "\\ud800"}', "malformed_json"),
        (b'\xef\xbb\xbf{"a": 1}', "malformed_json"),
        ('{"a": 1}'.encode("utf-16"), "malformed_json"),
        (b'{"a": "\\u0000"}', "invalid_character"),
        (b"[" + b"9" * 5000 + b"]", "malformed_json"),
    ],
)
def test_json_that_parsers_disagree_about_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(AppError) as refused:
        check_json(body)
    assert refused.value.code == code


@pytest.mark.parametrize("body", [b'{"a": "\\\\u0000"}', b'["[[[[[["]', b"[" * DEPTH + b"]" * DEPTH, b'{"a": 1e300}'])
def test_honest_json_passes(body: bytes) -> None:
    check_json(body)
    assert depth_of(orjson.loads(body)) <= DEPTH


@given(st.integers(0, 80), st.text())
def test_depth_counts_brackets_outside_strings_only(level: int, noise: str) -> None:
    import json

    inner = json.dumps(noise + "[{" * 40).encode()
    assert depth_of(orjson.loads(b"[" * level + inner + b"]" * level)) == level


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 33 + b'"' + b'\\"' * 400_000,
        b"[" * 33 + b'"' + b"\\" * 900_000,
        b"[" * 900_000,
        b"[" * 450_000 + b"]" * 450_000,
        b"[" + b"[]," * 300_000 + b"[]]",
        b"[" * 33 + b'""' * 450_000,
        b"[" + (b"9" * 399 + b",") * 2_400 + b"1]",
    ],
    ids=["open string of escapes", "backslashes", "open brackets", "deep", "wide", "many strings", "long numbers"],
)
def test_a_hostile_body_is_judged_in_linear_time(body: bytes) -> None:
    began = time.process_time()
    with suppress(AppError):
        check_json(body)
    assert time.process_time() - began < 0.8


async def test_a_body_that_drips_ends_in_408(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.http.limits.PATIENCE_SECONDS", 0.2)

    async def dripping() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b" "
            await asyncio.sleep(0.05)

    answer = await http.post(SIGN_IN, content=dripping(), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (408, "too_slow")
    assert answer.headers["connection"] == "close"


async def test_a_body_over_the_limit_is_a_413_problem(http: httpx.AsyncClient) -> None:
    answer = await http.post(SIGN_IN, content=b"x" * (BODY_BYTES + 1), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_chunked_body_over_the_limit_is_a_413_problem(http: httpx.AsyncClient) -> None:
    async def chunks() -> object:
        for _ in range(20):
            yield b"x" * 100_000

    answer = await http.post(SIGN_IN, content=chunks(), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


class Flood:
    """A body of many megabytes that notes how much of it was asked for."""

    def __init__(self, megabytes: int) -> None:
        self.megabytes, self.sent = megabytes, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.megabytes):
            self.sent += 1
            yield b"x" * 1_000_000


@pytest.mark.parametrize("told_length", [True, False])
async def test_a_large_import_is_read_only_from_somebody_who_may_import(
    plant: Plant, http: httpx.AsyncClient, told_length: bool
) -> None:
    spoiled = plant.headers["integration"]["Authorization"][:-10] + "AAAAAAAAAA"
    asked = [({}, 401), ({"authorization": spoiled}, 401), (plant.headers["worker"], 403), (plant.headers["admin"], 422)]
    for headers, status in asked:
        flood = Flood(19)
        kind = {"content-type": "text/csv", **({"content-length": "19000000"} if told_length else {}), **headers}
        answer = await http.post("/v1/imports?kind=workers&source=hr", content=flood, headers=kind)
        assert answer.status_code == status, answer.text
        assert flood.sent == (19 if status == 422 else 0)


async def test_only_the_import_itself_may_be_large(plant: Plant) -> None:
    body = b"x" * (BODY_BYTES + 1)
    for method, path in (("POST", "/v1/imports/x"), ("PUT", "/v1/imports"), ("POST", "/v1/imports-more")):
        answer = await plant.call("admin", method, path, content=body, headers={"content-type": "text/csv"})
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("path", ["/v1/%00", "/v1/%ff%fe", "/v1/workers?q=%00", "/v1/" + "a" * 9000])
async def test_addresses_no_route_can_mean_are_400(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_problem_never_repeats_the_input(http: httpx.AsyncClient) -> None:
    answer = await http.post(SIGN_IN, json={"organization": "x", "canary-7391": "canary-7391-value"})
    assert answer.status_code == 422
    assert "canary-7391-value" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_a_given_request_id_is_kept_and_a_strange_one_is_not(http: httpx.AsyncClient) -> None:
    kept = await http.get("/healthz", headers={"x-request-id": "abcdefgh-1"})
    strange = await http.get("/healthz", headers={"x-request-id": "a b"})
    assert kept.headers["x-request-id"] == "abcdefgh-1"
    assert strange.headers["x-request-id"] != "a b"
