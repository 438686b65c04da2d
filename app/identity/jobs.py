"""Periodic work of identity."""

from typing import Any

from app.core.jobs import task
from app.core.runtime import Runtime
from app.identity import service


@task("identity.forget", every="17 3 * * *")
async def forget_ended_sessions(runtime: Runtime, **_: Any) -> None:
    """Remove old failures, tokens of ended sessions and long ended sessions, once a night."""
    await service.forget(runtime)
