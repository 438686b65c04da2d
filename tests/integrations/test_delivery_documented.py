"""The receiver shown in the documentation takes our messages as it stands there."""

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from app.core.clock import ManualClock
from tests.builders import Plant
from tests.integrations.builders import announce, deliver, happen, make_endpoint, stored

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "webhooks.md"


class Shown:
    """The documented program, listening on a free port in a thread of its own."""

    def __init__(self, inbox: Path) -> None:
        self.inbox, self.secret = inbox, ""
        self.server = HTTPServer(("127.0.0.1", 0), type("Unset", (), {}))  # type: ignore[arg-type]
        self.thread = Thread(target=self.run, daemon=True)

    def run(self) -> None:
        # SQLite wants the connection used where it was made.
        (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.S)
        names: dict[str, Any] = {"__name__": "shown"}
        exec(compile(code, str(DOCUMENT), "exec"), names)
        names["Receiver"].log_message = lambda *_: None
        self.server.RequestHandlerClass = names["Receiver"]
        try:
            self.server.serve_forever(poll_interval=0.01)
        finally:
            names["inbox"].close()

    def kept(self) -> list[Any]:
        connection = sqlite3.connect(self.inbox)
        try:
            return connection.execute("select id, body from message").fetchall()
        finally:
            connection.close()


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    monkeypatch.setenv("INBOX", str(tmp_path / "inbox.db"))
    program = Shown(tmp_path / "inbox.db")
    yield program
    if program.thread.is_alive():
        program.server.shutdown()
        program.thread.join()
    program.server.server_close()


@pytest.mark.parametrize("whose", ["right", "wrong"])
async def test_the_documented_receiver_keeps_what_verifies_once(
    plant: Plant, clock: ManualClock, shown: Shown, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    clock.at = datetime.now(UTC)
    url = f"http://127.0.0.1:{shown.server.server_address[1]}/"
    endpoint, other = await make_endpoint(plant, url), await make_endpoint(plant, url, "endpoint.*")
    monkeypatch.setenv("WEBHOOK_SECRET", (endpoint if whose == "right" else other)["secret"])
    shown.thread.start()
    await announce(plant, await happen(plant, 2))
    await deliver(plant, endpoint)
    (first, _) = await stored(plant)
    if whose == "right":
        await plant.post("admin", f"/v1/webhook-messages/{first.id}/replays")
        await deliver(plant, endpoint)
        assert {m.status for m in await stored(plant)} == {"delivered"}
        assert {(row[0], row[1]) for row in await asyncio.to_thread(shown.kept)} == {
            (str(m.id), bytes(m.body)) for m in await stored(plant)
        }
    else:
        assert {m.status for m in await stored(plant)} == {"waiting"}
        log = (await plant.get("admin", "/v1/webhook-deliveries")).json()["items"]
        assert {one["http_status"] for one in log} == {401}
        assert await asyncio.to_thread(shown.kept) == []
