"""People who can sign in."""

from typing import Any

import httpx

from app.identity import service as identity
from tests.builders import Plant

PIN = "482915"
OTHER_PIN = "730164"
WRONG_PIN = "594027"
PASSWORD = "forklift-Harbour-7"


async def give_secret(plant: Plant, who: str = "worker", secret: str = PIN, *, must_change: bool = False) -> None:
    """Let a person of the plant sign in with a secret."""
    async with plant.write() as tx:
        await identity.set_credential(tx, plant.people[who], secret, runtime=plant.runtime, must_change=must_change)


def slug(plant: Plant) -> str:
    """The short name the plant's builder gave its organization."""
    return f"org-{plant.organization_id.hex[-12:]}"


async def sign_in(
    plant: Plant, login: str = "0001", secret: str = PIN, *, address: str = "127.0.0.1", **more: Any
) -> httpx.Response:
    """One attempt to sign in from an address; `worker` has the number 0001."""
    body = {"organization": slug(plant), "login": login, "secret": secret, **more}
    app = plant.http._transport.app  # type: ignore[attr-defined]  # the same application, seen from elsewhere
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(address, 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.post("/v1/auth/sign-in", json=body)


async def refresh(plant: Plant, token: str, agent: str = "phone/1.0") -> httpx.Response:
    """One exchange of a refresh token by a client that calls itself so."""
    return await plant.http.post("/v1/auth/refresh", json={"refresh_token": token}, headers={"user-agent": agent})


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    """Headers of a signed-in person."""
    return {"Authorization": f"Bearer {tokens['access_token']}"}


async def who_is(plant: Plant, tokens: dict[str, Any]) -> int:
    """The status of a read with an access token: 200 while the session lives."""
    answer = await plant.http.get("/v1/me/sessions", headers=bearer(tokens))
    return answer.status_code
