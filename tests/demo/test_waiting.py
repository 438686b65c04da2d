"""The demo waits for what takes long, says what failed, and chooses people who are at work."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from app.demo import week
from app.demo.client import Api
from app.demo.command import chosen_pair
from app.demo.processes import DemoFailed

NOW = datetime(2026, 11, 30, 13, 0, 0, tzinfo=UTC)


class Planner(ThreadingHTTPServer):
    """A server whose plan is `solving` for a number of readings and then has another status."""

    def __init__(self, readings: int, end: str) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.readings, self.end = readings, end

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answering(BaseHTTPRequestHandler):
    server: Planner

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.answer({"id": "one", "status": "solving"})

    def do_GET(self) -> None:
        self.server.readings -= 1
        self.answer({"id": "one", "status": "solving" if self.server.readings > 0 else self.server.end, "failure": "it broke"})

    def answer(self, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def planner(request: pytest.FixtureRequest) -> Iterator[Planner]:
    with Planner(*request.param) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("planner", [(4, "proposed")], indirect=True)
def test_a_plan_that_takes_its_time_is_waited_for(planner: Planner) -> None:
    assert week.make_plan(Api(planner.base), "site", 7)["status"] == "proposed"


@pytest.mark.parametrize("planner", [(2, "failed")], indirect=True)
def test_a_plan_that_failed_is_told_with_its_reason(planner: Planner) -> None:
    with pytest.raises(DemoFailed, match="failed: it broke"):
        week.make_plan(Api(planner.base), "site", 7)


@pytest.mark.parametrize("planner", [(1_000_000, "proposed")], indirect=True)
def test_nobody_waits_for_ever(planner: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(week, "PATIENCE_SECONDS", 0.5)
    with pytest.raises(DemoFailed, match="a plan ended as solving"):
        week.make_plan(Api(planner.base), "site", 7)


def shift(number: str, starts: str, ends: str, status: str = "planned") -> dict[str, Any]:
    return {"number": number, "starts_at": f"2026-11-30T{starts}:00Z", "ends_at": f"2026-11-30T{ends}:00Z", "status": status}


def test_at_a_handover_those_who_come_take_part() -> None:
    going = [shift("1001", "05:00", "13:00"), shift("1002", "05:00", "13:00")]
    coming = [shift("1008", "13:00", "21:00"), shift("1007", "13:00", "21:00"), shift("1009", "13:00", "21:00", "cancelled")]
    assert chosen_pair([*going, *coming], NOW) == ("1007", "1008")


def test_nobody_takes_part_before_their_shift_begins() -> None:
    going = [shift("1001", "05:00", "13:01"), shift("1002", "05:00", "13:01")]
    coming = [shift("1007", "13:01", "21:00"), shift("1008", "13:01", "21:00")]
    assert chosen_pair([*going, *coming], NOW) == ("1001", "1002")
    assert chosen_pair(coming, NOW) is None
