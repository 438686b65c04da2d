"""Transactions: the only way to the database. `Tx` writes, `Read` cannot; nobody commits inside a feature.

Each transaction begins with one statement that fences it to one organization (row-level security) and, for a
request, answers who the caller is. Statements that need their own transaction go through `Database.write`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Depends, Request
from sqlalchemy import Executable, Row, TextClause, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from app.core import audit
from app.core.access import Caller, Grant, Policy, Role, policy_of
from app.core.clock import Clock
from app.core.credentials import Credential
from app.core.errors import Unauthenticated
from app.core.quick import QuickConnections
from app.core.settings import Settings

ORGANIZATIONS = text("select organization_ids()")
FENCE = text("select set_config('app.organization_id', :organization_id, true)")
REQUEST = (
    "begin_request(cast(:organization_id as uuid), cast(:kind as text), cast(:subject as uuid), "
    "cast(:session as uuid), cast(:secret as bytea), cast(:now as timestamptz))"
)
BEGIN = text(f"select known, worker_id, grants, scopes, null as found from {REQUEST}")  # noqa: S608  # a constant
# The same, and a line of the audit trail in the same statement: `:line` is what `audit.line_of` answered.
RECORDED = REQUEST.replace("begin_request(", "begin_recorded(")[:-1] + ", cast(:line as jsonb))"
BEGIN_RECORDED = text(f"select known, worker_id, grants, scopes, null as found from {RECORDED}")  # noqa: S608  # a constant


def begin_with(expression: str) -> TextClause:
    """A first statement for `Opening.begin`: who asks, and the value of an SQL expression computed inside the fence.

    In the expression `b.worker_id` is the caller. Call a function that looks for itself: only statements of its own are
    fenced. The request's line of the audit trail is written as well.
    """
    return text(
        "select b.known, b.worker_id, b.grants, b.scopes, "  # noqa: S608  # a constant of a store
        f"case when b.known then {expression} end as found from {RECORDED} b"
    )


class ReadTransaction:
    """A read-only transaction of one organization. `now` is the instant the request began, from the injected clock."""

    def __init__(self, connection: AsyncConnection, caller: Caller, now: datetime) -> None:
        self.connection = connection
        self.caller = caller
        self.now = now

    @property
    def organization_id(self) -> UUID:
        """The organization this transaction is fenced to."""
        return self.caller.organization_id

    async def rows(self, statement: Executable, **values: Any) -> Sequence[Row[Any]]:
        """Every row; `organization_id` is always among the bound values."""
        result = await self.connection.execute(statement, {"organization_id": self.organization_id, **values})
        return result.all()

    async def row(self, statement: Executable, **values: Any) -> Row[Any] | None:
        """The first row or None."""
        result = await self.connection.execute(statement, {"organization_id": self.organization_id, **values})
        return result.first()

    async def scalar(self, statement: Executable, **values: Any) -> Any:
        """The first column of the first row or None."""
        found = await self.row(statement, **values)
        return None if found is None else found[0]


class WriteTransaction(ReadTransaction):
    """A transaction that may write. It commits when the use case returns and undoes everything when one raises."""

    keep_answer: Callable[[Any], Awaitable[None]] | None = None

    async def run(self, statement: Executable, **values: Any) -> int:
        """Execute one statement; answers how many rows it touched."""
        result = await self.connection.execute(statement, {"organization_id": self.organization_id, **values})
        return int(getattr(result, "rowcount", 0))

    async def run_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute one statement for many rows in one round trip; nothing happens for an empty list."""
        if rows:
            await self.connection.execute(statement, [{"organization_id": self.organization_id, **row} for row in rows])


def engine_url(url: str) -> str:
    """The URL with the asyncpg driver named, since SQLAlchemy 2.1 would read `postgresql://` as psycopg."""
    return make_url(url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


class Database:
    """A pool of connections of the application role, and the transactions opened on it."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.clock = clock
        self.engine: AsyncEngine = create_async_engine(
            engine_url(settings.database_url),
            pool_size=settings.pool_size,
            max_overflow=0,
            pool_timeout=10,
            pool_pre_ping=False,
            # Errors are logged with their traceback, and bound values name people.
            hide_parameters=True,
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
            connect_args={
                "server_settings": {"statement_timeout": str(settings.statement_timeout_ms), "timezone": "UTC"},
                "timeout": 5,
            },
        )
        self.reading = self.engine.execution_options(postgresql_readonly=True)
        self.quick = QuickConnections(settings, max(2, settings.pool_size // 2))

    async def close(self) -> None:
        """Close every connection."""
        await self.quick.close()
        await self.engine.dispose()

    @asynccontextmanager
    async def write(self, organization_id: UUID, caller: Caller | None = None) -> AsyncIterator[WriteTransaction]:
        """A writing transaction for jobs and tools, acting as the system unless a caller is named."""
        async with self.engine.begin() as connection:
            await connection.execute(FENCE, {"organization_id": str(organization_id)})
            yield WriteTransaction(connection, caller or system_caller(organization_id), self.clock.now())

    @asynccontextmanager
    async def read(self, organization_id: UUID, caller: Caller | None = None) -> AsyncIterator[ReadTransaction]:
        """A read-only transaction for jobs and tools."""
        async with self.reading.begin() as connection:
            await connection.execute(FENCE, {"organization_id": str(organization_id)})
            yield ReadTransaction(connection, caller or system_caller(organization_id), self.clock.now())

    @asynccontextmanager
    async def unfenced(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees no organization at all: health checks and the `security definer` look-ups."""
        async with self.reading.begin() as connection:
            yield connection

    async def organizations(self) -> list[UUID]:
        """Every organization's id, for periodic work over all of them."""
        async with self.unfenced() as connection:
            return [row[0] for row in (await connection.execute(ORGANIZATIONS)).all()]


@dataclass(frozen=True, slots=True)
class OneTrip:
    """One request that asks the database exactly once: a single statement, in a transaction of its own, on the bare driver.

    For the few hottest reads only. Who asks is decided by the same function, and refused in the same way, as in every
    other transaction; there is nothing to commit because nothing may be written.
    """

    database: "Database"
    credential: Credential
    policy: Policy
    now: datetime

    @property
    def organization_id(self) -> UUID:
        """The organization the statement is fenced to."""
        return self.credential.organization_id

    async def ask(self, expression: str, *values: Any) -> tuple[Caller, Any]:
        """The caller and the JSON value of an SQL expression, computed inside the fence.

        In it `$1` is the organization, `$6` the instant, `b.worker_id` the caller, and `$7` on are `values`; it must be
        a constant. Raises Unauthenticated or Forbidden.
        """
        shown = self.credential
        found = await self.database.quick.row(
            f"select b.known, b.worker_id, b.grants::text, b.scopes, case when b.known then ({expression})::text end "  # noqa: S608  # a constant, as the docstring demands
            "from begin_request($1, $2, $3, $4, $5, $6) b",
            shown.organization_id, shown.kind, shown.subject, shown.session_id, shown.secret_hash, self.now, *values,
        )  # fmt: skip
        known, worker_id, grants, scopes, value = found
        caller = caller_of(shown, known, worker_id, orjson.loads(grants or "[]"), scopes)
        self.policy.must_permit(caller)
        return caller, orjson.loads(value or "null")


def system_caller(organization_id: UUID) -> Caller:
    """The service itself: background jobs and the command line."""
    return Caller(organization_id, UUID(int=0), "system")


async def begin_as(connection: AsyncConnection, credential: Credential, now: datetime) -> Caller:
    """Fence the transaction and learn who asks, in one round trip. Raises Unauthenticated for unknown callers."""
    caller, _ = await _begun(connection, credential, now, BEGIN, {})
    return caller


async def _begun(
    connection: AsyncConnection, credential: Credential, now: datetime, statement: TextClause, values: Mapping[str, Any]
) -> tuple[Caller, Any]:
    result = await connection.execute(
        statement,
        {
            "organization_id": credential.organization_id,
            "kind": credential.kind,
            "subject": credential.subject,
            "session": credential.session_id,
            "secret": credential.secret_hash,
            "now": now,
            **values,
        },
    )
    known, worker_id, grants, scopes, found = result.one()
    return caller_of(credential, known, worker_id, grants, scopes), found


def caller_of(credential: Credential, known: bool, worker_id: UUID | None, grants: Any, scopes: Sequence[str] | None) -> Caller:
    """The caller that `begin_request` found. Raises Unauthenticated for unknown ones."""
    if not known:
        raise Unauthenticated("This sign-in or key is no longer valid.", code="credential_revoked")
    return Caller(
        organization_id=credential.organization_id,
        id=credential.subject,
        kind=credential.kind,
        worker_id=worker_id,
        session_id=credential.session_id,
        grants=tuple(Grant(Role(g["role"]), UUID(g["node_id"]), g["allow"]) for g in grants or ()),
        scopes=frozenset(scopes or ()),
    )


def _shown(request: Request) -> tuple[Policy, Credential]:
    """The policy of the route that is asked, and what its caller shows."""
    policy = policy_of(request.scope.get("endpoint"))
    if policy is None:
        raise RuntimeError(f"{request.url.path} declares no policy")
    credential: Credential | None = request.scope.get("credential")
    if credential is None:
        raise Unauthenticated
    return policy, credential


async def one_trip(request: Request) -> OneTrip:
    """Prepare a request that asks the database once; no connection is taken yet."""
    policy, credential = _shown(request)
    database: Database = request.app.state.runtime.database
    return OneTrip(database, credential, policy, database.clock.now())


async def _line(request: Request, credential: Credential, access: audit.Access) -> str:
    """The request's line of the audit trail; of bodies only JSON is looked at, which the framework has read already."""
    json_sent = "json" in request.headers.get("content-type", "")
    body = await request.body() if json_sent and access is audit.Access.WRITE else b""
    key = request.app.state.runtime.settings.pepper.get_secret_value().encode()
    return audit.line_of(request, body, access=access, caller=credential, key=key)


@asynccontextmanager
async def _opened(
    request: Request, engine: AsyncEngine, kind: type[Any], access: audit.Access | None = None
) -> AsyncIterator[Any]:
    """A transaction for the caller of this request. Left by an exception, it is undone before the answer leaves."""
    policy, credential = _shown(request)
    database: Database = request.app.state.runtime.database
    now = database.clock.now()
    line = {"line": await _line(request, credential, access)} if access else {}
    async with engine.begin() as connection:
        caller, _ = await _begun(connection, credential, now, BEGIN_RECORDED if access else BEGIN, line)
        request.scope["caller"] = caller
        policy.must_permit(caller)
        yield kind(connection, caller, now)


@dataclass(slots=True)
class Opening:
    """A writing transaction before its first statement, so that this one may also fetch what the use case needs.

    For the few hottest writes only; otherwise it is the transaction that `Tx` opens.
    """

    request: Request
    connection: AsyncConnection
    policy: Policy
    credential: Credential
    now: datetime
    tx: WriteTransaction | None = None

    @property
    def keep_answer(self) -> Callable[[Any], Awaitable[None]] | None:
        """How the answer is kept for an Idempotency-Key, once the transaction is open."""
        return self.tx.keep_answer if self.tx else None

    async def begin(self, statement: TextClause = BEGIN_RECORDED, **values: Any) -> tuple[WriteTransaction, Any]:
        """The open transaction, and what `begin_with`'s expression found. Raises Unauthenticated or Forbidden."""
        from app.core.http.idempotency import remember  # noqa: PLC0415  # it stores through this module

        values["line"] = await _line(self.request, self.credential, audit.Access.WRITE)
        caller, found = await _begun(self.connection, self.credential, self.now, statement, values)
        self.request.scope["caller"] = caller
        self.policy.must_permit(caller)
        self.tx = WriteTransaction(self.connection, caller, self.now)
        await remember(self.request, self.tx)
        return self.tx, found


async def opening(request: Request) -> AsyncIterator[Opening]:
    """A transaction that the use case begins itself, for the caller of this request."""
    policy, credential = _shown(request)
    database: Database = request.app.state.runtime.database
    async with database.engine.begin() as connection:
        yield Opening(request, connection, policy, credential, database.clock.now())


async def read_transaction(request: Request) -> AsyncIterator[ReadTransaction]:
    """Open a read-only transaction for the caller of this request."""
    async with _opened(request, request.app.state.runtime.database.reading, ReadTransaction) as opened:
        yield opened


async def write_transaction(request: Request) -> AsyncIterator[WriteTransaction]:
    """Open a writing transaction for the caller of this request, remembering its answer for an Idempotency-Key."""
    from app.core.http.idempotency import remember  # noqa: PLC0415  # it stores through this module

    async with _opened(request, request.app.state.runtime.database.engine, WriteTransaction, audit.Access.WRITE) as opened:
        await remember(request, opened)
        yield opened


async def watched_transaction(request: Request) -> AsyncIterator[ReadTransaction]:
    """Open a transaction for reading somebody else's pay data: that it was read stands in the audit trail."""
    async with _opened(request, request.app.state.runtime.database.engine, ReadTransaction, audit.Access.READ) as opened:
        yield opened


# Function scope commits before the answer leaves; with FastAPI's default a failed commit would answer 200.
Read = Annotated[ReadTransaction, Depends(read_transaction, scope="function")]
Watched = Annotated[ReadTransaction, Depends(watched_transaction, scope="function")]
Tx = Annotated[WriteTransaction, Depends(write_transaction, scope="function")]
Once = Annotated[OneTrip, Depends(one_trip, scope="function")]
Opens = Annotated[Opening, Depends(opening, scope="function")]
