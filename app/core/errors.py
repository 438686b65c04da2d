"""Expected failures as values: raised anywhere, shaped once as RFC 9457 problems in `core.http.problems`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of the input: a JSON pointer, what is wrong and how to mend it, and a stable code."""

    pointer: str
    detail: str
    code: str = "invalid"


class AppError(Exception):
    """A refusal the caller can act on. Subclasses state what happened; `code` never changes once published."""

    status = 400
    code = "bad_request"
    title = "The request cannot be carried out"

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        errors: tuple[FieldError, ...] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.code = code or type(self).code
        self.errors = errors
        self.headers = headers or {}


class BadRequest(AppError):
    """The request itself is not readable."""


class Unauthenticated(AppError):
    """Nobody we know is asking."""

    status, code, title = 401, "unauthenticated", "Sign in first"

    def __init__(self, detail: str = "", *, code: str | None = None) -> None:
        super().__init__(detail, code=code, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(AppError):
    """The caller is known but holds no role that may do this."""

    status, code, title = 403, "forbidden", "Your role does not allow this"


class NotFound(AppError):
    """There is no such thing, or it is outside what the caller may see: both answer alike."""

    status, code, title = 404, "not_found", "There is no such thing here"


class Conflict(AppError):
    """The request contradicts what is stored."""

    status, code, title = 409, "conflict", "This contradicts what is stored"


class Stale(AppError):
    """The thing changed since the caller read it."""

    status, code, title = 412, "stale", "It changed since you read it: read it again, then repeat your edit"


class TooLarge(AppError):
    """The body or a part of it is over its limit."""

    status, code, title = 413, "too_large", "The request is too large"


class TooSlow(AppError):
    """The body did not arrive in time; the connection ends, because the rest of it may still come."""

    status, code, title = 408, "too_slow", "The request took too long to arrive"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"Connection": "close"})


class Invalid(AppError):
    """The payload is well-formed but its content is not acceptable; `errors` names each field and the fix."""

    status, code, title = 422, "invalid", "Some fields need correction"

    @classmethod
    def field(cls, pointer: str, detail: str, code: str = "invalid") -> "Invalid":
        """A refusal about exactly one field."""
        return cls(detail, errors=(FieldError(pointer, detail, code),))


class PreconditionRequired(AppError):
    """An edit came without saying which version it edits."""

    status, code, title = 428, "if_match_required", "Send the ETag you read as If-Match"


class TooMany(AppError):
    """The caller asks too often; the answer says when to come back."""

    status, code, title = 429, "too_many_requests", "Too many requests"

    def __init__(self, detail: str = "", *, retry_after: int, code: str | None = None) -> None:
        super().__init__(detail, code=code, headers={"Retry-After": str(max(1, retry_after))})


class Unavailable(AppError):
    """A part we depend on does not answer just now."""

    status, code, title = 503, "unavailable", "Not available just now, try again"

    def __init__(self, detail: str = "", *, retry_after: int = 2, code: str | None = None) -> None:
        super().__init__(detail, code=code, headers={"Retry-After": str(retry_after)})
