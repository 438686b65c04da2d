"""Addresses of sign-in, sessions, secrets and integration keys."""

from fastapi import APIRouter, Depends, Request

from app.core.access import PUBLIC, allow
from app.core.db import Read, Tx
from app.core.http.problems import documented
from app.core.limits import Limit, client_address, per_address
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id
from app.identity import service
from app.identity.domain import CREDENTIALS_OWN, CREDENTIALS_WRITE, KEYS_READ, KEYS_WRITE, SESSIONS_OWN
from app.identity.schemas import (
    KeyCreate,
    KeyIssued,
    KeyOut,
    OwnCredential,
    Refresh,
    SessionOut,
    SignIn,
    SignOut,
    TemporaryCredential,
    TokensOut,
)
from app.identity.service.keys import keep_without

router = APIRouter(prefix="/v1", tags=["identity"])
# A whole plant may sit behind one address, so these only bound a flood; guesses are bounded per name.
SIGN_IN_RATE = Depends(per_address(Limit("sign-in", 600, 60)))
REFRESH_RATE = Depends(per_address(Limit("refresh", 1200, 60)))


@router.post("/auth/sign-in", summary="Sign in", responses=documented(401, 429), dependencies=[SIGN_IN_RATE])
@allow(PUBLIC)
async def sign_in(request: Request, body: SignIn) -> TokensOut:
    """A person signs in with organization, number or name, and PIN or password."""
    made = await service.sign_in(
        request.app.state.runtime, body.organization, body.login, body.secret, body.client, address=client_address(request)
    )
    return TokensOut.model_validate(made)


@router.post("/auth/refresh", summary="Exchange a refresh token", responses=documented(401, 429), dependencies=[REFRESH_RATE])
@allow(PUBLIC)
async def refresh_session(request: Request, body: Refresh) -> TokensOut:
    """The next pair of tokens. A token that was exchanged before ends the whole sign-in, because two hold it.

    For a minute the same client, by its User-Agent, may ask again for an answer it lost.
    """
    agent = request.headers.get("user-agent", "")
    return TokensOut.model_validate(await service.refresh(request.app.state.runtime, body.refresh_token, agent=agent))


@router.post("/auth/sign-out", status_code=204, summary="Sign out here or everywhere")
@allow(SESSIONS_OWN)
async def sign_out(tx: Tx, body: SignOut) -> None:
    """End this sign-in, or all of this person, at once."""
    await service.sign_out(tx, everywhere=body.everywhere)


@router.get("/me/sessions", summary="Where I am signed in")
@allow(SESSIONS_OWN)
async def list_my_sessions(tx: Read, asked: Paged) -> Listing[SessionOut]:
    """Living sign-ins of the caller."""
    rows = await service.sessions(tx, asked.after, asked.limit)
    return listing(rows, asked, lambda row: SessionOut.of(row, tx.caller.session_id))


@router.delete("/me/sessions/{session_id}", status_code=204, summary="End one of my sign-ins")
@allow(SESSIONS_OWN)
async def revoke_my_session(tx: Tx, session_id: Id) -> None:
    """End one sign-in of the caller, such as that of a lost phone."""
    await service.revoke_session(tx, session_id)


@router.put("/me/credential", status_code=204, summary="Change my PIN or password", responses=documented(429))
@allow(CREDENTIALS_OWN)
async def change_my_credential(request: Request, body: OwnCredential) -> None:
    """Replace the caller's secret; their other sign-ins end."""
    given = request.scope.get("credential")
    await service.change_own_credential(request.app.state.runtime, given, body.current, body.new)


@router.put("/workers/{worker_id}/credential", status_code=204, summary="Set a temporary PIN or password")
@allow(CREDENTIALS_WRITE)
async def set_worker_credential(request: Request, worker_id: Id, body: TemporaryCredential) -> None:
    """Give a worker a secret valid for three days, which they must change. Lifts a lock and ends their sign-ins."""
    given = request.scope.get("credential")
    await service.set_temporary_credential(request.app.state.runtime, given, worker_id, body.secret)


@router.post("/integration-keys", status_code=201, summary="Make a key for an integration")
@allow(KEYS_WRITE)
async def create_integration_key(tx: Tx, body: KeyCreate) -> KeyIssued:
    """A new key, shown once. Two of a name may live at once, so that one can be rotated without a gap."""
    made = await service.create_key(tx, body.name, body.scopes, body.days)
    keep_without(tx, lambda answer: answer.model_copy(update={"key": None}))
    return KeyIssued(**made.stored, key=made.text)


@router.get("/integration-keys", summary="List integration keys")
@allow(KEYS_READ)
async def list_integration_keys(tx: Read, asked: Paged) -> Listing[KeyOut]:
    """Every key without its secret, revoked and expired ones included."""
    return listing(await service.keys(tx, asked.after, asked.limit), asked, KeyOut.model_validate)


@router.delete("/integration-keys/{key_id}", status_code=204, summary="Revoke an integration key")
@allow(KEYS_WRITE)
async def revoke_integration_key(tx: Tx, key_id: Id) -> None:
    """End a key at once; repeating it changes nothing."""
    await service.revoke_key(tx, key_id)
