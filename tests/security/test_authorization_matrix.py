"""Every operation of the API document, by every caller, about things here, elsewhere and nowhere.

The expectation comes from the policy each route declares, so a new route is walked from the moment it exists.
"""

import httpx
import pytest
from fastapi import FastAPI

from app.core.runtime import Runtime
from tests.builders import PEOPLE
from tests.security.bodies import Operation
from tests.security.world import OWNERS, PLACES, REACH, Caller, World, build_world

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
async def world(app: FastAPI, runtime: Runtime, http: httpx.AsyncClient) -> World:
    """Built once: the walks that change nothing come first, the one that does comes last."""
    return await build_world(app, runtime, http)


def answer_of(response: httpx.Response) -> tuple[int, str]:
    """What a caller can tell answers apart by: the status and the problem's code."""
    problem = response.headers.get("content-type", "").startswith("application/problem+json")
    return response.status_code, response.json()["code"] if problem else ""


def guarded(world: World) -> list[Operation]:
    """Operations that need a caller."""
    return [operation for operation in world.operations if not operation.policy.get("public")]


def about_things(world: World) -> list[Operation]:
    """Operations that name an id we have a foreign thing for, in the path, the query or the body."""
    known = set(world.foreign_ids())
    named = {name.removesuffix("s") for name in known}
    return [
        operation
        for operation in guarded(world)
        if set(operation.path_names) & known or {name.removesuffix("s") for name in operation.named_ids()} & named
    ]


async def everybody(world: World) -> list[Caller]:
    """A person of each role with a session of their own, and the integrations."""
    return [*[await world.person(world.home, who) for who in PEOPLE], *world.keys]


async def test_every_operation_declares_who_may_call_it(world: World) -> None:
    assert len(world.operations) >= 12
    undeclared = [operation.id for operation in world.operations if not operation.policy]
    assert undeclared == []


async def test_only_signing_in_is_open_to_anybody(world: World) -> None:
    public = {operation.path for operation in world.operations if operation.policy.get("public")}
    assert {path for path in public if path.startswith("/v1/")} == {"/v1/auth/sign-in", "/v1/auth/refresh"}


async def test_nobody_gets_anything_without_a_living_credential(world: World) -> None:
    wrong = []
    for operation in guarded(world):
        for caller in (None, *world.dead):
            answer = await world.send(operation, caller, world.ids("own"))
            if answer.status_code != 401 or answer.headers["www-authenticate"] != "Bearer":
                wrong.append((operation.id, caller.name if caller else "anonymous", answer_of(answer)))
    assert wrong == []


async def test_a_caller_without_the_role_is_refused_whatever_they_ask_about(world: World) -> None:
    wrong, refused = [], 0
    callers = await everybody(world)
    for operation in guarded(world):
        for caller in callers:
            if not caller.permitted(operation.policy):
                for ids in (world.ids("own"), world.foreign_ids(), world.absent_ids()):
                    answer = answer_of(await world.send(operation, caller, ids))
                    refused += 1
                    if answer != (403, "forbidden"):
                        wrong.append((operation.id, caller.name, answer))
    assert wrong == []
    assert refused >= 300


async def test_another_organizations_things_are_like_things_that_never_were(world: World) -> None:
    """In every position of a request, for every caller who may ask, and the other way round for the other's admin."""
    wrong, compared = [], 0
    for operation in about_things(world):
        for who in ("admin", "supervisor", "worker", "payroll", "author", "learning_manager"):
            if (await world.person(world.home, who)).permitted(operation.policy):
                wrong += await differences(world, operation, who, foreign=False)
                compared += 1
        wrong += await differences(world, operation, "admin", foreign=True)
        for caller in world.keys[:1]:
            if caller.permitted(operation.policy):
                seen = [answer_of(await world.send(operation, caller, ids)) for ids in (world.foreign_ids(), world.absent_ids())]
                if seen[0] != seen[1]:
                    wrong.append((operation.id, caller.name, str(seen)))
    assert wrong == []
    assert compared >= 20


async def differences(world: World, operation: Operation, who: str, *, foreign: bool) -> list[tuple[str, str, str]]:
    """Where an id of the other organization is answered otherwise than an absent one."""
    plant = world.foreign if foreign else world.home
    theirs = world.ids("own") if foreign else world.foreign_ids()
    ours = world.foreign_ids() if foreign else world.ids("own")
    found = []
    path = set(operation.path_names)
    tried = {"everywhere": (theirs, world.absent_ids())}
    if path and operation.named_ids():
        mine = {name: ours[name] for name in path if name in ours}
        tried["body"] = ({**theirs, **mine}, {**world.absent_ids(), **mine})
    for where, (strange, absent) in tried.items():
        caller = await world.person(plant, who)
        if not caller.permitted(operation.policy):
            continue
        seen = [answer_of(await world.send(operation, await world.person(plant, who), ids)) for ids in (strange, absent)]
        if seen[0] != seen[1] or seen[0][0] >= 500:
            found.append((operation.id, f"{who} {where}{' abroad' if foreign else ''}", str(seen)))
    return found


async def test_what_lies_outside_a_supervisors_places_is_not_there(world: World) -> None:
    """A supervisor of another site or line gets, about a thing that stands elsewhere, the answer about no thing at all."""
    wrong, compared = [], 0
    for operation in guarded(world):
        names = [name for name in operation.path_names if name in world.placed or name == "worker_id"]
        if not names or "worker" in operation.policy["roles"] or operation.policy["roles"] == []:
            continue
        for who in ("line_supervisor", "other_supervisor", "supervisor"):
            for place in PLACES:
                outside = place not in (REACH[who] or set())
                if not outside or not all(place in world.things.get(name, {place: None}) for name in names):
                    continue
                caller = await world.person(world.home, who)
                if caller.permitted(operation.policy):
                    ids = world.ids(place)
                    absent = {**ids, **{name: value for name, value in world.absent_ids().items() if name in names}}
                    seen = [answer_of(await world.send(operation, caller, chosen)) for chosen in (ids, absent)]
                    compared += 1
                    if seen[0] != seen[1]:
                        wrong.append((operation.id, who, place, str(seen)))
    assert wrong == []
    assert compared >= 5


async def test_what_belongs_to_one_person_is_not_there_for_another(world: World) -> None:
    """Routes about oneself: the same crew's colleague, a supervisor and an admin find nothing of the worker's."""
    wrong, compared = [], 0
    for operation in guarded(world):
        names = [name for name in operation.path_names if name in world.things]
        if not names or operation.policy["roles"] or not operation.policy["own"]:
            continue
        for who in ("colleague", "third", "stranger", "supervisor", "admin"):
            caller = await world.person(world.home, who)
            ids = world.ids("own")
            absent = {**ids, **{name: value for name, value in world.absent_ids().items() if name in names}}
            seen = [answer_of(await world.send(operation, caller, chosen)) for chosen in (ids, absent)]
            compared += 1
            if seen[0] != seen[1]:
                wrong.append((operation.id, who, str(seen)))
    assert wrong == []
    assert compared >= 5


async def test_a_method_that_is_not_declared_does_not_exist(world: World) -> None:
    declared: dict[str, set[str]] = {}
    for operation in world.operations:
        declared.setdefault(operation.path, set()).add(operation.method)
    wrong = []
    caller = await world.person(world.home, "admin")
    for operation in world.operations:
        url = operation.request(world.ids("own"))["url"]
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"} - declared[operation.path]:
            answer = await world.home.http.request(method, url, headers=caller.headers)
            # A fixed path beside a path with an id may take the method for that id.
            if answer.status_code not in (404, 405, 422) and not beside(operation.path, method, declared):
                wrong.append((method, operation.path, answer.status_code))
    assert wrong == []


def beside(path: str, method: str, declared: dict[str, set[str]]) -> bool:
    """Whether another declared path also matches this one and takes the method."""
    parts = path.split("/")
    return any(
        method in methods and len(other.split("/")) == len(parts) and other != path
        and all(a == b or "{" in a + b for a, b in zip(other.split("/"), parts, strict=True))
        for other, methods in declared.items()
    )  # fmt: skip


async def test_nobody_who_may_ask_ever_gets_a_failure(world: World) -> None:
    """Last, because these requests do what they ask for: every permitted caller about every place."""
    wrong, done = [], 0
    for operation in world.operations:
        for who in PEOPLE:
            for place in PLACES:
                caller = await world.person(world.home, who)
                if caller.permitted(operation.policy):
                    answer = await world.send(operation, caller, world.ids(place))
                    done += answer.is_success
                    refused = answer.status_code == 401 and not operation.policy.get("public")
                    if answer.status_code >= 500 or refused:
                        wrong.append((operation.id, who, place, answer_of(answer)))
        for caller in world.keys:
            answer = await world.send(operation, caller, world.ids("own"))
            if answer.status_code >= 500:
                wrong.append((operation.id, caller.name, "own", answer_of(answer)))
    assert wrong == []
    assert done >= 50


async def test_the_walk_reaches_most_kinds_of_things(world: World) -> None:
    kinds = {name for operation in world.operations for name in operation.path_names}
    made = set(world.things) | set(world.ids("own"))
    assert len(kinds & made) >= len(kinds) / 2, f"no things for {sorted(kinds - made)}"
    assert set(OWNERS) == set(PLACES)
