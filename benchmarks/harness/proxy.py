"""TCP proxies that cut connections at the worst moment: before an answer has come back, or around a COMMIT."""

import asyncio
import random
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

CHUNK = 65_536
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class Proxy(ABC):
    """Listens on loopback and ends both sides of a connection as soon as one direction is done."""

    chance: random.Random
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
    def port(self) -> int:
        """Where it listens."""
        assert self.server is not None
        return int(self.server.sockets[0].getsockname()[1])

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answers, requests = await self.upstream()
        except OSError:
            writer.transport.abort()
            return
        ways = {asyncio.create_task(self.there(reader, requests)), asyncio.create_task(self.back(answers, writer))}
        self.tasks |= ways
        with suppress(asyncio.CancelledError):
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        self.tasks -= ways
        for way in ways:
            way.cancel()
        for end in (writer, requests):
            end.transport.abort()

    @abstractmethod
    async def upstream(self) -> Streams:
        """A connection to what is behind the proxy."""

    async def there(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass requests on."""
        await copy(reader, writer)

    async def back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass answers back."""
        await copy(reader, writer)


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on until the sender ends."""
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()


@dataclass(slots=True)
class AnswerCutter(Proxy):
    """Before an API: cuts every connection at a random moment, at the first byte of the answer, or within it."""

    behind: int = 0

    async def upstream(self) -> Streams:
        """The API process."""
        return await asyncio.open_connection("127.0.0.1", self.behind)

    async def there(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass the request on; the client closing its side is no reason to stop, only the cut is."""
        await copy(reader, writer)
        await asyncio.sleep(1)

    async def back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Let everything go before the whole answer is through."""
        self.cuts += 1
        how = self.chance.random()
        if how < 0.4:
            await asyncio.sleep(self.chance.uniform(0, 0.03))
            return
        answer = await reader.read(CHUNK)
        if how < 0.7:
            writer.write(answer[: self.chance.randrange(len(answer) or 1)])
            with suppress(OSError):
                await writer.drain()


@dataclass(slots=True)
class CommitCutter(Proxy):
    """Before PostgreSQL: cuts some connections at a COMMIT, which has either arrived (its answer is lost) or has not."""

    socket: Path = Path()
    share: float = 0.3
    arrived: int = 0
    deaf: set[asyncio.StreamReader] = field(default_factory=set)
    pairs: dict[asyncio.StreamWriter, asyncio.StreamReader] = field(default_factory=dict)

    async def upstream(self) -> Streams:
        """The server's own socket."""
        reader, writer = await asyncio.open_unix_connection(str(self.socket))
        self.pairs[writer] = reader
        return reader, writer

    async def there(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Watch for commits on the way to the server."""
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if b"COMMIT" in data and self.chance.random() < self.share:
                    self.cuts += 1
                    if self.chance.random() < 0.6:
                        self.arrived += 1
                        await self._commit(data, writer)
                    return
                writer.write(data)
                await writer.drain()

    async def _commit(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        """Let the server have it, and end the connection only from our side: what it answers reaches nobody."""
        self.deaf.add(self.pairs[writer])
        writer.write(data)
        await writer.drain()
        await asyncio.sleep(0.05)

    async def back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass the server's answers back, except to a commit that is being cut."""
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if reader in self.deaf:
                    return
                writer.write(data)
                await writer.drain()
