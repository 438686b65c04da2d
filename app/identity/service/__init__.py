"""Use cases of identity, by topic."""

from app.identity.service.credentials import change_own_credential, set_credential, set_temporary_credential
from app.identity.service.keys import create_key, keys, revoke_key, start, write_down_key_use
from app.identity.service.sessions import (
    Tokens,
    forget,
    issue_session,
    refresh,
    revoke_session,
    sessions,
    sign_out,
)
from app.identity.service.sign_in import sign_in

__all__ = [
    "Tokens",
    "change_own_credential",
    "create_key",
    "forget",
    "issue_session",
    "keys",
    "refresh",
    "revoke_key",
    "revoke_session",
    "sessions",
    "set_credential",
    "set_temporary_credential",
    "sign_in",
    "sign_out",
    "start",
    "write_down_key_use",
]
