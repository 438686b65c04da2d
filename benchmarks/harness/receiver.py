"""A webhook receiver that is not always well: it verifies signatures, and now and then refuses or hangs up."""

import asyncio
import json
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from standardwebhooks import Webhook, WebhookVerificationError

REFUSES, HANGS_UP = 0.04, 0.04


@dataclass(slots=True)
class Receiver:
    """Listens on loopback. `taken` holds the webhook-ids of each event that was answered 204."""

    chance: random.Random
    secret: str = ""
    taken: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    deliveries: Counter[str] = field(default_factory=Counter)
    forged: int = 0
    server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self.server is not None
        self.server.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/hooks"

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            headers = {
                k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in head.split("\r\n")[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            status = self._take(headers, body)
            if status:
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    def _take(self, headers: dict[str, str], body: bytes) -> int:
        """The status to answer; 0 hangs up."""
        try:
            found: Any = Webhook(self.secret).verify(body, headers)
        except (WebhookVerificationError, ValueError):
            self.forged += 1
            return 400
        payload = found if isinstance(found, dict) else json.loads(body)
        self.deliveries[headers["webhook-id"]] += 1
        event_id = payload["data"]["event_id"]
        mood = self.chance.random()
        if mood < REFUSES:
            return 500
        self.taken[event_id].add(headers["webhook-id"])
        return 0 if mood < REFUSES + HANGS_UP else 204
