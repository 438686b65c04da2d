"""Identifiers: UUID version 7, made by whoever creates the thing, so that retries are free."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh time-ordered UUIDv7 as a standard library UUID."""
    return uuid7()
