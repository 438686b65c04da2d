"""Every setting of the service in one frozen object; unsafe combinations refuse to start."""

import base64
from functools import cached_property
from typing import Literal, Self

from pydantic import AliasChoices, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEVELOPMENT_SECRET = "development-only-secret-do-not-use-in-production"  # noqa: S105  # refused in production


class Settings(BaseSettings):
    """Read from the environment (prefix `INTERLUDE_`; `DATABASE_URL`, `REDIS_URL` also without it) or given as arguments."""

    model_config = SettingsConfigDict(env_prefix="INTERLUDE_", frozen=True, extra="ignore", populate_by_name=True)

    environment: Literal["production", "development", "test"] = Field(
        "production", description="`production` refuses default secrets and unsafe database settings."
    )
    database_url: str = Field(
        validation_alias=AliasChoices("INTERLUDE_DATABASE_URL", "DATABASE_URL", "database_url"),
        description="PostgreSQL URL of the application role, which owns nothing and cannot bypass row-level security.",
    )
    migration_database_url: str = Field(
        "", description="PostgreSQL URL of the owner, used by `interlude migrate` only; empty means `database_url`."
    )
    redis_url: str = Field(
        "",
        validation_alias=AliasChoices("INTERLUDE_REDIS_URL", "REDIS_URL", "redis_url"),
        description="Redis or Valkey for shared rate limits; empty means in-process limits.",
    )
    token_secret: SecretStr = Field(SecretStr(DEVELOPMENT_SECRET), description="HMAC key of access tokens, at least 32 bytes.")
    previous_token_secret: SecretStr = Field(
        SecretStr(""), description="The key before the last rotation; tokens signed with it are still accepted."
    )
    pepper: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        description="HMAC key applied to passwords and PINs before hashing; never stored in the database.",
    )
    sealing_keys: SecretStr = Field(
        SecretStr(""), description="Master keys for secrets at rest, `id:base64,id:base64`, newest first, 32 bytes each."
    )
    access_token_seconds: int = Field(900, ge=60, le=900, description="Life of an access token in seconds.")
    refresh_token_days: int = Field(30, ge=1, le=90, description="Absolute life of a sign-in on a phone in days.")
    pool_size: int = Field(6, ge=1, le=50, description="Database connections a process; half as many more serve reads.")
    statement_timeout_ms: int = Field(5000, ge=100, description="Longest a statement may run, in milliseconds.")
    stream_seconds: int = Field(300, ge=0, le=3600, description="Longest a stream of progress stays open, in seconds.")
    host: str = Field("127.0.0.1", description="Address the API listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the API listens on.")
    public_url: str = Field("http://127.0.0.1:8000", description="How clients reach this API.")
    content_path: str = Field("content", description="Folder of content packs loaded by `interlude content load`.")
    webhooks_allow_loopback: bool = Field(
        False, description="Let webhooks reach http://127.0.0.1 for demos and tests; refused in production."
    )
    ledger_heads_file: str = Field(
        "", description="File to which each day's head of every ledger is appended; empty means events only."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Lowest level logged.")

    @model_validator(mode="after")
    def refuse_unsafe(self) -> Self:
        """Production never starts with default or short secrets, or with webhooks that may reach this machine."""
        if self.environment != "production":
            return self
        for name in ("token_secret", "pepper"):
            value = getattr(self, name).get_secret_value()
            if value == DEVELOPMENT_SECRET or len(value.encode()) < 32:
                raise ValueError(f"{name} must be set to a secret of at least 32 bytes in production")
        if not self.sealing_keys.get_secret_value():
            raise ValueError("sealing_keys must be set in production")
        if self.webhooks_allow_loopback:
            raise ValueError("webhooks_allow_loopback must stay off in production")
        return self

    @cached_property
    def master_keys(self) -> dict[str, bytes]:
        """Master keys by id, newest first; development falls back to a fixed key. Raises ValueError on a malformed key."""
        text = self.sealing_keys.get_secret_value()
        if not text:
            return {"dev": DEVELOPMENT_SECRET.encode()[:32]}
        pairs = (part.split(":", 1) for part in text.split(","))
        keys = {name.strip(): base64.b64decode(value) for name, value in pairs}
        if any(len(key) != 32 for key in keys.values()):
            raise ValueError("each sealing key must be 32 bytes")
        return keys

    @property
    def owner_url(self) -> str:
        """The URL migrations run with."""
        return self.migration_database_url or self.database_url
