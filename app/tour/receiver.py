"""A webhook receiver on loopback that verifies every signature with the reference library."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from standardwebhooks import Webhook, WebhookVerificationError

LARGEST = 64_000


@dataclass(slots=True)
class Receiver:
    """Listens until the block ends. `accepted` holds verified payloads by webhook-id, `forged` counts refused ones."""

    accepted: dict[str, dict[str, Any]] = field(default_factory=dict)
    forged: int = 0
    secret: str = ""
    server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.server_address[1]}/hooks"

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Verify one delivery; answers the status to send."""
        try:
            payload = Webhook(self.secret).verify(body, headers)
        except (WebhookVerificationError, ValueError):
            self.forged += 1
            return 400
        self.accepted[headers["webhook-id"]] = payload if isinstance(payload, dict) else json.loads(body)
        return 204

    def types(self) -> set[str]:
        """The event types received so far."""
        return {payload["type"] for payload in list(self.accepted.values())}

    def wait_for(self, wanted: set[str], seconds: float) -> set[str]:
        """Wait until every wanted type has arrived; answers those that have not."""
        deadline = time.monotonic() + seconds
        while wanted - self.types() and time.monotonic() < deadline:
            time.sleep(0.1)
        return wanted - self.types()

    def settled(self, sources: set[str], seconds: float) -> list[dict[str, Any]]:
        """Every `pplt.session.recorded` payload, once each of the named sources has arrived or time is up."""
        deadline = time.monotonic() + seconds
        while True:
            found = [p for p in list(self.accepted.values()) if p["type"] == "pplt.session.recorded"]
            if sources <= {p["data"]["source_id"] for p in found} or time.monotonic() > deadline:
                return found
            time.sleep(0.1)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = min(int(self.headers.get("content-length", 0)), LARGEST)
            status = receiver.take({k.lower(): v for k, v in self.headers.items()}, self.rfile.read(length))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the terminal for the tour."""

    return Handler
