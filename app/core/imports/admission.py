"""Who may send a large file, decided before any of it is read."""

from starlette.types import Scope

from app.core.credentials import Credential
from app.core.db import Database, begin_as
from app.core.errors import Unauthenticated
from app.core.imports.service import IMPORTS_WRITE


async def admit(scope: Scope) -> None:
    """Raise Unauthenticated or Forbidden unless the caller may import something; the import itself asks again."""
    credential: Credential | None = scope.get("credential")
    if credential is None:
        raise Unauthenticated
    database: Database = scope["app"].state.runtime.database
    async with database.reading.begin() as connection:
        IMPORTS_WRITE.must_permit(await begin_as(connection, credential, database.clock.now()))
