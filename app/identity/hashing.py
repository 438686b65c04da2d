"""Hashing of passwords and PINs: Argon2id over a keyed digest, in two threads at most, with a short queue.

All million six-digit PINs fall to a plain Argon2id in ten core-hours, so the pepper outside the database is part of
the hash: a dump alone recovers nothing. Two threads keep the event loop responsive at shift change.
"""

import asyncio
import base64
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.core.errors import TooMany
from app.core.runtime import Runtime
from app.identity.domain import normal

MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
THREADS = 2
LONGEST_QUEUE = 50
NAME = "identity.hasher"
# A hash of random bytes nobody kept: an unknown name costs as much as a known one.
DUMMY: Final = "$argon2id$v=19$m=19456,t=2,p=1$//er9TegLzNy/3Em7BU9hg$qbWyhEQkob4ZG2/RJ/IFCfrzEpXwwVfehkzD5gAUb+4"
ARGON2 = PasswordHash((Argon2Hasher(memory_cost=MEMORY_KIB, time_cost=PASSES, parallelism=LANES),))


class Hasher:
    """Hashes and verifies for one process."""

    def __init__(self, pepper: bytes, longest_queue: int = LONGEST_QUEUE) -> None:
        self._pepper = pepper
        self._threads = asyncio.Semaphore(THREADS)
        self._longest = longest_queue + THREADS
        self._inside = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place in the queue, taken before anything is counted. Raises TooMany when it is full."""
        if self._inside >= self._longest:
            raise TooMany("Too many people sign in at this moment.", retry_after=2, code="busy")
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def hash(self, worker_id: UUID, secret: str) -> str:
        """The stored form of a worker's secret."""
        async with self._threads:
            return await asyncio.to_thread(ARGON2.hash, self._peppered(worker_id, secret))

    async def verify(self, worker_id: UUID, secret: str, stored: str | None) -> bool:
        """Whether the secret is the stored one; None takes just as long and is never right."""
        async with self._threads:
            same = await asyncio.to_thread(ARGON2.verify, self._peppered(worker_id, secret), stored or DUMMY)
        return same and stored is not None

    def _peppered(self, worker_id: UUID, secret: str) -> str:
        # The worker's id keeps a hash from being moved to another worker's row.
        digest = hmac.digest(self._pepper, b"secret" + worker_id.bytes + normal(secret).encode(), "sha512")
        return base64.b64encode(digest).decode()


def hasher(runtime: Runtime) -> Hasher:
    """The process's one hasher."""
    found = runtime.memory.get(NAME)
    if not isinstance(found, Hasher):
        found = runtime.memory[NAME] = Hasher(runtime.settings.pepper.get_secret_value().encode())
    return found
