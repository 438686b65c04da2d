"""Keyset pages: `?limit=&cursor=` in, `{"items": [...], "next_cursor": ...}` out."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
from fastapi import Depends, Query
from pydantic import BaseModel

from app.core.errors import BadRequest

T = TypeVar("T")
LARGEST = 200
START = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Page:
    """What part of a list is asked for: rows after the id `after`, at most `limit`."""

    limit: int
    after: UUID = START


class Listing(BaseModel, Generic[T]):
    """One page of a list; `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None


def encode_cursor(values: Sequence[Any]) -> str:
    """An opaque cursor of the last row's sort key."""
    return base64.urlsafe_b64encode(orjson.dumps([str(value) for value in values])).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[str]:
    """The sort key inside a cursor. Raises BadRequest when we did not make it."""
    try:
        values = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise BadRequest("The cursor is not one of ours.", code="malformed_cursor") from error
    if not isinstance(values, list) or len(values) != length or not all(isinstance(v, str) for v in values):
        raise BadRequest("The cursor is not one of ours.", code="malformed_cursor")
    return values


async def page(
    limit: Annotated[int, Query(ge=1, le=LARGEST, description="How many items at most.")] = 50,
    cursor: Annotated[str | None, Query(max_length=400, description="`next_cursor` of the page before.")] = None,
) -> Page:
    """The page a request asks for, ordered by id."""
    if cursor is None:
        return Page(limit)
    try:
        return Page(limit, UUID(decode_cursor(cursor, 1)[0]))
    except ValueError as error:
        raise BadRequest("The cursor is not one of ours.", code="malformed_cursor") from error


Paged = Annotated[Page, Depends(page)]


def listing(rows: Sequence[Any], asked: Page, shape: Callable[[Any], T], key: str = "id") -> Listing[T]:
    """Shape rows fetched with `limit + 1` into a page."""
    shown = rows[: asked.limit]
    more = len(rows) > asked.limit
    return Listing(items=[shape(row) for row in shown], next_cursor=encode_cursor([getattr(shown[-1], key)]) if more else None)
