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


async def sign_in(plant: Plant, login: str = "0001", secret: str = PIN, **more: Any) -> httpx.Response:
    """One attempt to sign in; `worker` has the number 0001."""
    body = {"organization": slug(plant), "login": login, "secret": secret, **more}
    return await plant.http.post("/v1/auth/sign-in", json=body)


async def refresh(plant: Plant, token: str) -> httpx.Response:
    """One exchange of a refresh token."""
    return await plant.http.post("/v1/auth/refresh", json={"refresh_token": token})


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    """Headers of a signed-in person."""
    return {"Authorization": f"Bearer {tokens['access_token']}"}


async def who_is(plant: Plant, tokens: dict[str, Any]) -> int:
    """The status of a read with an access token: 200 while the session lives."""
    answer = await plant.http.get("/v1/me/sessions", headers=bearer(tokens))
    return answer.status_code
