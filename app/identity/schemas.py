"""Shapes of sign-in requests and answers."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from app.core.schemas import Code, Flag, Input, Instant, Name, Output, Whole
from app.identity.domain import LONGEST_KEY_DAYS, LONGEST_SECRET, Scope

Secret = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_SECRET, strip_whitespace=False)]
ClientName = Annotated[str, StringConstraints(max_length=100)]
RefreshText = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=False)]


def example(values: dict[str, JsonValue]) -> ConfigDict:
    """Settings of an input that shows one example."""
    return ConfigDict(extra="forbid", str_strip_whitespace=True, json_schema_extra={"examples": [values]})


class SignIn(Input):
    """Who signs in, and with what."""

    model_config = example({"organization": "acme", "login": "0001", "secret": "482915", "client": "phone"})

    organization: Code = Field(description="Short name of the organization.")
    login: Name = Field(description="The worker's number, or the name if nobody else has it.")
    secret: Secret = Field(description="PIN (6 to 8 digits) or password.")
    client: ClientName = Field("", description="What the person sees in the list of sign-ins, such as `phone`.")


class Refresh(Input):
    """A refresh token to exchange."""

    model_config = example({"refresh_token": "ilr_..."})

    refresh_token: RefreshText


class SignOut(Input):
    """Which sign-ins end."""

    model_config = example({"everywhere": False})

    everywhere: Flag = Field(False, description="End every sign-in of this person, not only this one.")


class TokensOut(Output):
    """What a signed-in person holds."""

    access_token: str
    token_type: str
    expires_in: int = Field(description="Seconds the access token is valid.")
    refresh_token: str = Field(description="Exchange it for the next pair; each works once.")
    session_id: UUID
    worker_id: UUID
    must_change: bool = Field(description="The secret is temporary: choose another with `PUT /v1/me/credential`.")


class SessionOut(Output):
    """One sign-in of a person."""

    id: UUID
    client: str
    created_at: Instant
    expires_at: Instant
    current: bool = Field(description="Whether this request came with it.")

    @classmethod
    def of(cls, row: Any, current: UUID | None) -> "SessionOut":
        """A stored session as shown to the person whose request came with the session `current`."""
        return cls(id=row.id, client=row.client, created_at=row.created_at, expires_at=row.expires_at, current=row.id == current)


class TemporaryCredential(Input):
    """A temporary secret that the worker must replace."""

    model_config = example({"secret": "482915"})

    secret: Secret


class OwnCredential(Input):
    """A change of one's own secret."""

    model_config = example({"current": "482915", "new": "730164"})

    current: Secret
    new: Secret


class KeyCreate(Input):
    """A new key of an integration."""

    model_config = example({"name": "Learning platform", "scopes": ["people:read", "events:read"], "days": 90})

    name: Name
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope))
    days: Annotated[Whole, Field(ge=1, le=LONGEST_KEY_DAYS)] = Field(90, description="Days until it expires.")


class KeyOut(Output):
    """A key of an integration, without its secret."""

    id: UUID
    name: str
    scopes: list[str]
    created_by: UUID
    created_at: Instant
    expires_at: Instant
    revoked_at: Instant | None
    last_used_at: Instant | None = Field(description="To the minute; null when never used.")


class KeyIssued(KeyOut):
    """A new key: the only answer that holds it."""

    key: str | None = Field(description="Shown once; null when the request was repeated.")
