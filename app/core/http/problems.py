"""Every error as an RFC 9457 problem, shaped in one place; the input is never echoed back."""

from collections.abc import Callable
from typing import Any

import asyncpg
import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from app.core.errors import AppError, Conflict, FieldError, Invalid, Unavailable
from app.core.http.addresses import methods_at

log = structlog.get_logger()
MEDIA_TYPE = "application/problem+json"
TITLES = {
    404: "There is no such address",
    405: "This address does not take that method",
    400: "Unreadable request",
    415: "This media type is not taken here",
}
CODES = {400: "malformed_request", 404: "no_route", 405: "method_not_allowed", 415: "unsupported_media_type"}
MOVED_ON = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)


class ProblemError(BaseModel):
    """One fault of the input."""

    pointer: str
    detail: str
    code: str


class Problem(BaseModel):
    """RFC 9457 problem details, with a stable `code` and the `request_id` to quote to support."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[ProblemError]
    request_id: str


def problem(request: Request, error: AppError) -> Response:
    """The response for one refusal."""
    body = {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": request.url.path[:200],
        "code": error.code,
        "errors": [{"pointer": e.pointer, "detail": e.detail, "code": e.code} for e in error.errors],
        "request_id": request.scope.get("request_id", ""),
    }
    return Response(orjson.dumps(body), error.status, dict(error.headers), MEDIA_TYPE)


def _pointer(location: tuple[Any, ...]) -> str:
    parts = [str(part) for part in location]
    head = parts[0] if parts else ""
    tail = "/".join(part.replace("~", "~0").replace("/", "~1")[:64] for part in parts[1:])
    return f"#/{tail}" if head == "body" else f"{head}:{tail}"


def from_validation(error: RequestValidationError) -> AppError:
    """Field errors of a request in our shape; only the rule is told, never the value."""
    found = []
    for item in error.errors():
        if item["type"] == "json_invalid":
            return AppError("The body is not valid JSON.", code="malformed_json")
        told = item["msg"].removeprefix("Value error, ")
        found.append(FieldError(_pointer(tuple(item["loc"])), told[:300], item["type"][:64]))
    return Invalid("Correct the named fields and send it again.", errors=tuple(found[:50]))


Meaning = tuple[tuple[type[BaseException], ...], Callable[[], AppError]]
LOST = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError, asyncpg.CannotConnectNowError)
CAUSES: tuple[Meaning, ...] = (
    ((asyncpg.QueryCanceledError,), lambda: Unavailable("The database took too long.", code="too_slow", retry_after=5)),
    (MOVED_ON, lambda: Unavailable("Others changed the same things at once.", code="try_again", retry_after=1)),
    (
        (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError),
        lambda: Invalid("A text contains a character that cannot be stored.", code="invalid_character"),
    ),
    ((asyncpg.DiskFullError,), lambda: Unavailable("The database has no space left.", code="disk_full", retry_after=30)),
    (
        (*LOST, OSError, TimeoutError, PoolTimeout),
        lambda: Unavailable("The database does not answer.", code="database_unavailable"),
    ),
)


def from_cause(cause: BaseException | None) -> AppError | None:
    """What a driver's or the network's error means to a caller; None for our own mistakes."""
    return next((make() for kinds, make in CAUSES if isinstance(cause, kinds)), None)


def from_database(error: DBAPIError) -> AppError | None:
    """What a database error means to a caller; None for our own mistakes."""
    cause = getattr(error.orig, "__cause__", None)
    if isinstance(error, IntegrityError):
        name = getattr(cause, "constraint_name", "") or ""
        return Conflict("This contradicts what is stored.", errors=(FieldError("", name, "constraint"),))
    found = from_cause(cause)
    if found is None and (isinstance(error, InterfaceError) or error.connection_invalidated):
        return Unavailable("The database does not answer.", code="database_unavailable")
    return found


async def _app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)
    return problem(request, error)


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if _of_another_kind(request, error):
        refused = AppError("Send the body as application/json.", code=CODES[415])
        refused.status, refused.title = 415, TITLES[415]
        return problem(request, refused)
    return problem(request, from_validation(error))


def _of_another_kind(request: Request, error: RequestValidationError) -> bool:
    """Whether a body came that was not called JSON: FastAPI then looks for fields in its bytes."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    return bool(error.body) and not is_json and any(item["loc"] == ("body",) for item in error.errors())


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    shaped = AppError(TITLES.get(error.status_code, str(error.detail)[:200]), code=CODES.get(error.status_code, "http_error"))
    shaped.status = error.status_code
    shaped.headers = dict(error.headers or {})
    if error.status_code == 405:
        shaped.headers["Allow"] = ", ".join(methods_at(request.app, request.url.path)) or shaped.headers.get("Allow", "")
    return problem(request, shaped)


async def _unexpected(request: Request, error: Exception) -> Response:
    known = from_database(error) if isinstance(error, DBAPIError) else from_cause(error)
    if known is not None:
        return problem(request, known)
    log.error("unexpected_error", path=request.scope.get("path", "")[:200], error=type(error).__name__, exc_info=error)
    failed = AppError("Something went wrong on our side. Quote the request_id to support.", code="internal_error")
    failed.status, failed.title = 500, "Our mistake"
    return problem(request, failed)


def install(app: FastAPI) -> None:
    """Shape every kind of failure of `app`."""
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    for kind in (DBAPIError, PoolTimeout, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        app.add_exception_handler(kind, _unexpected)
    app.add_exception_handler(Exception, _unexpected)


def documented(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Error responses for the API document."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    found: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        found[code] = {"description": MEANINGS[code], "content": content}
        if code in HEADERS:
            name, meaning = HEADERS[code]
            found[code]["headers"] = {name: {"description": meaning, "required": True, "schema": {"type": "string"}}}
    return found


MEANINGS = {
    400: "The request is not readable",
    401: "Nobody we know is asking",
    403: "The caller's role does not allow this",
    404: "There is no such thing within the caller's reach",
    405: "This address does not take that method",
    408: "The body came too slowly",
    409: "It contradicts what is stored",
    412: "It changed since it was read",
    413: "The body is too large",
    415: "The body has a media type this route does not take",
    422: "Some fields need correction",
    428: "An If-Match header is required",
    429: "Too many requests",
    500: "Our mistake",
    503: "Not available just now",
}
HEADERS = {
    401: ("WWW-Authenticate", "How to identify yourself"),
    429: ("Retry-After", "Seconds after which to ask again"),
    503: ("Retry-After", "Seconds after which to ask again"),
}
