"""Lines of the audit trail before they are written."""

import hashlib
import hmac
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from fastapi import Request
from sqlalchemy import text

from app.core.ids import new_id

if TYPE_CHECKING:
    from app.core.credentials import Credential
    from app.core.db import WriteTransaction

# The same columns as the function `begin_recorded` of the migration fills.
RECORD = text(
    "insert into audit_entry (organization_id, id, at, access, action, actor_kind, actor_id, session_id, subject_id, site_id, "
    "target, reason, address, request_id) values (:organization_id, :id, :now, :access, :action, :actor_kind, :actor_id, "
    ":session_id, cast(:subject_id as uuid), cast(:site_id as uuid), :target, :reason, :address, :request_id)"
)
LONGEST_REASON, LONGEST_TARGET = 500, 300
# Reasons stand in small bodies; looking for one in an upload would cost more than it is worth.
LARGEST_SEARCHED = 16_384


class Access(StrEnum):
    """What kind of deed a line tells of."""

    WRITE = "write"
    READ = "read"
    SIGN_IN = "sign_in"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from."""

    address: str | None = None
    request_id: str | None = None


ORIGIN: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039  # frozen


def line_of(request: Request, body: bytes, *, access: Access, caller: "Credential", key: bytes) -> str:
    """The line of a request, as `begin_recorded` takes it.

    The body's digest is keyed, because a body may hold a PIN that could be guessed from a plain one.
    """
    about, origin = _about(request), ORIGIN.get()
    line = {
        "id": str(new_id()),
        "access": access,
        "action": request.scope["endpoint"].__name__,
        "session_id": caller.session_id and str(caller.session_id),
        "subject_id": about.get("worker_id"),
        "site_id": about.get("site_id"),
        "target": request.url.path[:LONGEST_TARGET],
        "reason": reason_in(body),
        "digest": hmac.new(key, body, hashlib.sha256).hexdigest() if body else None,
        "address": origin.address,
        "request_id": origin.request_id,
    }
    return orjson.dumps(line).decode()


def reason_in(body: bytes) -> str | None:
    """The reason a JSON body gives, if it gives one."""
    if len(body) > LARGEST_SEARCHED or not (b'"reason"' in body or b'"note"' in body):
        return None
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    why = (given.get("reason") or given.get("note")) if isinstance(given, dict) else None
    return why.replace("\x00", "")[:LONGEST_REASON] if isinstance(why, str) else None


def _about(request: Request) -> dict[str, str]:
    """Whose data and which site the address names. Anything that is no id is somebody else's to refuse."""
    given = {**request.query_params, **request.path_params}
    found = {}
    for name in ("worker_id", "site_id"):
        try:
            found[name] = str(UUID(str(given[name])))
        except (KeyError, ValueError):
            continue
    return found


async def record(
    tx: "WriteTransaction",
    action: str,
    *,
    access: Access = Access.WRITE,
    actor_id: UUID | None = None,
    subject_id: UUID | None = None,
    site_id: UUID | None = None,
    target: str = "",
    reason: str | None = None,
) -> None:
    """Write one line in this transaction; the actor is its caller unless a person who just signed in is named."""
    origin, caller = ORIGIN.get(), tx.caller
    values: dict[str, Any] = {"access": access.value, "action": action, "subject_id": subject_id, "site_id": site_id}
    await tx.run(
        RECORD,
        **values,
        id=new_id(),
        now=tx.now,
        actor_kind="person" if actor_id else caller.kind,
        actor_id=actor_id or caller.id,
        session_id=caller.session_id,
        target=target[:LONGEST_TARGET],
        reason=reason,
        address=origin.address,
        request_id=origin.request_id,
    )
