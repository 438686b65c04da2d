"""A small client of the public API, for the demo and the tour: one method a verb, refusals become errors that explain."""

from typing import Any, Self
from uuid import UUID

import httpx


class Refused(RuntimeError):
    """The API answered something else than was needed."""


class Api:
    """The API as one caller sees it; `token` is an access token or an integration key, empty for nobody."""

    def __init__(self, base: str, token: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.base = base
        self.http = httpx.Client(base_url=base, headers=headers, timeout=60, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def call(self, method: str, path: str, *, expect: int | None = None, **options: Any) -> httpx.Response:
        """One request. Raises Refused unless the answer is a success, or exactly the expected status, or when none comes."""
        try:
            answer = self.http.request(method, path, **options)
        except httpx.TransportError as error:
            raise Refused(f"{method} {path} got no answer: {error or type(error).__name__}") from error
        good = answer.status_code == expect if expect else answer.is_success
        if not good:
            raise Refused(f"{method} {path} answered {answer.status_code}: {answer.text[:600]}")
        return answer

    def get(self, path: str, **params: Any) -> Any:
        """GET; answers the JSON."""
        return self.call("GET", path, params={k: v for k, v in params.items() if v is not None}).json()

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST JSON; answers the JSON, or None for an empty answer."""
        answer = self.call("POST", path, json=plain(body), headers=headers)
        return answer.json() if answer.content else None

    def items(self, path: str, **params: Any) -> list[Any]:
        """Every item of a list, page by page."""
        found: list[Any] = []
        cursor: str | None = None
        while True:
            page = self.get(path, limit=200, cursor=cursor, **params)
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found


def plain(value: Any) -> Any:
    """The body with ids and dates as text."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def sign_in(base: str, organization: str, login: str, secret: str) -> Api:
    """The API as a person who signs in the way their phone does."""
    with Api(base) as nobody:
        who = {"organization": organization, "login": login, "secret": secret, "client": "demo"}
        tokens = nobody.post("/v1/auth/sign-in", who)
    return Api(base, tokens["access_token"])
