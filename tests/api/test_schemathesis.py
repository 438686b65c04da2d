"""Schemathesis with all its checks over the whole API document, over HTTP, as three kinds of callers.

A plain run takes every writing operation through its examples and each boundary the document draws. The larger one, with
random requests and chains of calls, runs when asked for: `make test-long`.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel import insert

from app.catalog.domain import content_hash
from app.core.access import Role
from app.core.clock import ManualClock
from app.core.ids import new_id
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.people.models import NodeKind, RoleGrantRow
from tests.api.seeds import MENDS, Seeds, seeds
from tests.api.served import served
from tests.api.walker import Route, Walk, walk
from tests.learning.builders import CHECKLIST, MODULE, QUIZ
from tests.security import things
from tests.security.bodies import Operation
from tests.security.world import Caller, World, build_world
from tests.servers import Postgres, sync_engine

# Calls that end a sign-in, a key or a worker; the next request must not be refused for what an earlier one asked.
ENDING = {"sign_out", "revoke_my_session", "change_my_credential", "set_worker_credential", "deactivate_worker"}
ENDING |= {"revoke_integration_key", "delete_role_grant"}
MENDING = (
    "update session set revoked_at = null where organization_id = :organization_id and revoked_at is not null",
    "update worker set status = 'active' where organization_id = :organization_id and status <> 'active'",
    "update api_key set revoked_at = null where organization_id = :organization_id and revoked_at is not null",
)


@dataclass(frozen=True, slots=True)
class Stage:
    """The served application, a world of things in its database, and how to put back what calls end."""

    world: World
    url: str
    document: dict[str, Any]
    mend: Callable[[str], None]
    seeds: Seeds

    async def walk(self, caller: Caller, operations: list[Operation], phases: list[str], examples: int = 1) -> Walk:
        """Schemathesis as one caller."""
        ids: dict[str, Any] = {
            **self.world.ids("own"),
            # Nothing listens there, but it is an address that may be tried.
            "url": "http://127.0.0.1:9/hooks",
            "checklists.key": CHECKLIST.id, "checklists.hash": content_hash(CHECKLIST), "checklist-runs.key": CHECKLIST.id,
            "quizzes.key": QUIZ.id, "quizzes.hash": content_hash(QUIZ), "modules.key": MODULE.id,
            **self.seeds,
        }  # fmt: skip
        names = [operation.id for operation in operations]
        seen = walk(Route(self.document, self.url, caller.headers, ids, names, phases, examples, self.mend))
        assert seen.errors == []
        async with httpx.AsyncClient(base_url=self.url) as client:
            alive = await client.get("/v1/event-types" if not caller.roles else "/v1/me", headers=caller.headers)
        assert alive.status_code == 200, "the caller was locked out, so the walk saw refusals only"
        return seen


@pytest.fixture(scope="module")
async def stage(
    app: FastAPI, runtime: Runtime, http: httpx.AsyncClient, settings: Settings, clock: ManualClock, database: Postgres
) -> AsyncIterator[Stage]:
    """Built once for this file."""
    assert things.__name__, "the builders of things are registered by importing them"
    world = await build_world(app, runtime, http)
    await let_do_everything(world, "admin")
    found, kept = await seeds(world)
    engine = sync_engine(database.owner, isolation_level="AUTOCOMMIT")

    def mend(operation: str) -> None:
        statements = (*(MENDING if operation in ENDING else ()), *MENDS.get(operation, ()))
        if statements:
            with engine.connect() as connection:
                for statement in statements:
                    connection.execute(text(statement), {"organization_id": world.home.organization_id, **kept})

    with served(settings, clock) as (_, url):
        yield Stage(world, url, app.openapi(), mend, found)
    engine.dispose()


async def let_do_everything(world: World, who: str) -> None:
    """Grant every role on the whole organization, so that no operation ends at "your role does not allow this"."""
    home = world.home
    async with home.write() as tx:
        for role in set(Role) - {Role.WORKER, Role.ADMIN}:
            row = {
                "worker_id": home.people[who],
                "role": role,
                "node_kind": NodeKind.ORGANIZATION,
                "node_id": home.organization_id,
            }
            await tx.run(insert(RoleGrantRow).values(
                organization_id=home.organization_id, id=new_id(), **row, allow=True, granted_by=home.people[who],
                created_at=tx.now))  # fmt: skip


def by_role(world: World) -> list[Operation]:
    return [operation for operation in world.operations if operation.policy["roles"] or operation.policy["public"]]


def about_oneself(world: World) -> list[Operation]:
    return [operation for operation in world.operations if operation.policy["own"]]


def by_key(world: World) -> list[Operation]:
    return [operation for operation in world.operations if operation.policy["scope"]]


def told(seen: Walk) -> str:
    """The failures, to be read in the report."""
    return "\n\n".join(f"{operation}: {title}\n{what}" for (operation, title), what in seen.failures.items())


def reading(operation: Operation) -> bool:
    return operation.method == "GET"


def judge(seen: Walk, walked: list[Operation], *, each: int) -> None:
    """Nothing found, so many requests for each operation, and most did what they asked for."""
    assert seen.failures == {}, told(seen)
    assert seen.requests > each * len(walked)
    assert len(seen.never_answered()) <= len(walked) / 3, f"nothing behind validation was reached: {seen.never_answered()}"


@pytest.mark.parametrize("half", [0, 1])
async def test_an_administrator_writes_as_documented(stage: Stage, half: int) -> None:
    walked = [operation for operation in by_role(stage.world) if not reading(operation)][half::2]
    seen = await stage.walk(await stage.world.person(stage.world.home, "admin"), walked, ["examples", "coverage"])
    judge(seen, walked, each=30)


async def test_an_administrator_reads_as_documented(stage: Stage) -> None:
    """Lists share their parameters: every third one meets all their boundaries, the others a few random requests."""
    walked = [operation for operation in by_role(stage.world) if reading(operation)]
    caller = await stage.world.person(stage.world.home, "admin")
    judge(await stage.walk(caller, walked[::3], ["coverage"]), walked[::3], each=10)
    others = [operation for operation in walked if operation not in walked[::3]]
    judge(await stage.walk(caller, others, ["fuzzing"], examples=3), others, each=2)


async def test_a_worker_finds_their_own_as_documented(stage: Stage) -> None:
    walked = about_oneself(stage.world)
    alone = [operation for operation in walked if not operation.policy["roles"]]
    caller = await stage.world.person(stage.world.home, "worker")
    judge(await stage.walk(caller, alone, ["examples", "coverage"]), alone, each=20)
    shared = [operation for operation in walked if operation not in alone]
    judge(await stage.walk(caller, shared, ["fuzzing"], examples=3), shared, each=2)


async def test_an_integration_finds_the_api_as_documented(stage: Stage) -> None:
    walked = by_key(stage.world)
    judge(await stage.walk(stage.world.keys[0], walked, ["examples", "fuzzing"]), walked, each=1)


@pytest.mark.long
@pytest.mark.parametrize("who", ["admin", "worker", "integration"])
async def test_random_requests_and_chains_of_calls_find_nothing(stage: Stage, who: str) -> None:
    world = stage.world
    caller = world.keys[0] if who == "integration" else await world.person(world.home, who)
    walked = {"admin": by_role, "worker": about_oneself, "integration": by_key}[who](world)
    seen = await stage.walk(caller, walked, ["examples", "coverage", "fuzzing", "stateful"], examples=25)
    assert seen.failures == {}, told(seen)
    assert seen.requests > 50 * len(walked)
