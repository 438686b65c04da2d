"""Connections for requests that ask the database exactly once: the bare driver, no session, nothing to commit.

SQLAlchemy's pool runs each hand-over in a greenlet, which costs a tenth of such a request. Here a free connection is
taken from a list and put back; whatever goes wrong on one ends it, so no connection in an unknown state is reused.
"""

import asyncio
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from app.core.settings import Settings

CONNECT_SECONDS = 5
# The last one is what the driver says when the server's farewell comes before its answer.
LOST = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.AdminShutdownError, OSError, asyncpg.InternalClientError)


class QuickConnections:
    """At most `most` connections, opened when needed and kept; whoever finds none free waits in turn."""

    def __init__(self, settings: Settings, most: int) -> None:
        self._url = make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._timeout = settings.statement_timeout_ms
        self._room = asyncio.Semaphore(most)
        self._free: list[asyncpg.Connection] = []

    async def row(self, statement: str, *values: Any) -> asyncpg.Record:
        """The first row of a reading statement in a transaction of its own; it must be one that always answers a row.

        A kept connection may have died unnoticed: then another one is asked, in the end a fresh one.
        """
        async with self._room:
            while self._free:
                try:
                    return await self._asked(self._free.pop(), statement, values)
                except LOST:
                    continue
            return await self._asked(await self._opened(), statement, values)

    async def _asked(self, connection: asyncpg.Connection, statement: str, values: tuple[Any, ...]) -> asyncpg.Record:
        try:
            found = await connection.fetchrow(statement, *values)
        except BaseException:
            connection.terminate()
            raise
        self._free.append(connection)
        return found

    async def close(self) -> None:
        """Close every free connection."""
        while self._free:
            await self._free.pop().close()

    async def _opened(self) -> asyncpg.Connection:
        return await asyncpg.connect(
            self._url,
            timeout=CONNECT_SECONDS,
            # The server ends a slow statement first; this is for a server that says nothing any more.
            command_timeout=self._timeout / 1000 + CONNECT_SECONDS,
            server_settings={"statement_timeout": str(self._timeout), "timezone": "UTC", "application_name": "interlude-quick"},
        )
