"""A TCP proxy that passes requests on and cuts the connection before the answer has come back."""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

CHUNK = 65_536


@dataclass(slots=True)
class Proxy:
    """Listens on loopback. While `cutting`, each request is passed on whole and its connection is cut:

    after the first byte of the answer (the effect is committed), after a part of the answer, or at a random moment.
    """

    port: int
    chance: random.Random
    cutting: bool = True
    cuts: int = 0
    server: asyncio.Server | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self.server is not None
        self.server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    @property
    def base(self) -> str:
        """Where it listens."""
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.transport.abort()
            return
        back = self._cut(upstream_reader, writer) if self.cutting else _pass(upstream_reader, writer)
        there = asyncio.create_task(_pass(reader, upstream_writer))
        here = asyncio.create_task(back)
        self.tasks |= {there, here}
        await asyncio.wait({there, here}, return_when=asyncio.FIRST_COMPLETED)
        if here.done() or not self.cutting:
            there.cancel()
        self.tasks -= {there, here}
        for end in (writer, upstream_writer):
            end.transport.abort()

    async def _cut(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Wait for a random moment in the life of the answer, then let everything go."""
        self.cuts += 1
        how = self.chance.random()
        if how < 0.4:
            await asyncio.sleep(self.chance.uniform(0, 0.06))
            return
        answer = await reader.read(CHUNK)
        if how < 0.7:
            writer.write(answer[: self.chance.randrange(len(answer) or 1)])
            with suppress(OSError):
                await writer.drain()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
