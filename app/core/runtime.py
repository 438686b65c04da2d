"""What a running process holds: settings, clock, database, tokens and counters, made once and passed along."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from sqlalchemy import text

from app.core.clock import Clock, SystemClock
from app.core.db import Database
from app.core.settings import Settings
from app.core.tokens import Tokens

DURABILITY = text("select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit')")


class UnsafeDatabase(RuntimeError):
    """The database may lose acknowledged writes, so production refuses to start."""


@dataclass(slots=True)
class Runtime:
    """The parts every request and job shares in one process."""

    settings: Settings
    clock: Clock
    database: Database
    tokens: Tokens
    counters: Storage
    # Feature-owned process memory (such as the published catalog), keyed by feature name.
    memory: dict[str, Any] = field(default_factory=dict)
    # What features have running beside this process, ended with it.
    closers: list[Callable[[], None]] = field(default_factory=list)

    @classmethod
    def build(cls, settings: Settings, clock: Clock | None = None) -> Self:
        """Make the parts; nothing is connected yet."""
        clock = clock or SystemClock()
        keys = {"current": settings.token_secret.get_secret_value().encode()}
        if previous := settings.previous_token_secret.get_secret_value():
            keys["previous"] = previous.encode()
        counters: Storage = (
            RedisStorage(f"async+{settings.redis_url}", implementation="redispy") if settings.redis_url else MemoryStorage()
        )
        return cls(settings, clock, Database(settings, clock), Tokens(keys, clock.now), counters)

    async def start(self) -> None:
        """Refuse a database that could lose acknowledged writes. Raises UnsafeDatabase in production."""
        if self.settings.environment != "production":
            return
        async with self.database.unfenced() as connection:
            found = (await connection.execute(DURABILITY)).all()
        off = [name for name, setting in found if setting == "off"]
        if off:
            raise UnsafeDatabase(f"PostgreSQL runs with {', '.join(off)} off: acknowledged paid seconds could be lost")

    async def stop(self) -> None:
        """End what runs beside this process and close connections."""
        while self.closers:
            self.closers.pop()()
        await self.database.close()
        client = getattr(getattr(self.counters, "bridge", None), "storage", None)
        if client is not None:
            await client.aclose()
