"""Every operation of the API document, by every caller, about things here, elsewhere and nowhere.

The expectation comes from the policy each route declares, so a new route is walked from the moment it exists.
"""

from collections import Counter

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.core.runtime import Runtime
from tests.builders import PEOPLE
from tests.security import things
from tests.security.bodies import Operation
from tests.security.world import OWNERS, PLACES, REACH, Caller, World, build_world, roles_of

pytestmark = pytest.mark.slow
assert things.__doc__  # importing it registers the builders
# Things with a second person in them, who sees them too; and things everybody shares.
SHARED = {"assist_id": {"colleague"}}
RECORDED_AS = {"change_my_credential": "set_credential", "set_worker_credential": "set_credential"}
AUDITED = text(
    "select action, count(*) as lines from audit_entry "
    "where organization_id = :organization_id and access <> 'read' group by action"
)
SHARED_BY_ALL = {"key", "hash"}


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
    return [operation for operation in guarded(world) if (set(operation.path_names) | operation.named_ids()) & known]


def may(who: str, operation: Operation) -> bool:
    """What the declared policy says about a person of the plant."""
    return Caller(who, {}, roles_of(who)).permitted(operation.policy)


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
    """In every position of a request, for every role that may ask, and the other way round for the other's admin."""
    wrong, compared = [], 0
    for operation in about_things(world):
        for who in ("admin", "supervisor", "worker", "payroll", "author", "learning_manager"):
            if may(who, operation):
                wrong += await differences(world, operation, who)
                compared += 1
        if may("admin", operation):
            wrong += await differences(world, operation, "admin", abroad=True)
        for caller in world.keys:
            if caller.permitted(operation.policy):
                seen = [answer_of(await world.send(operation, caller, ids)) for ids in (world.foreign_ids(), world.absent_ids())]
                wrong += [(operation.id, caller.name, str(seen))] if seen[0] != seen[1] else []
    assert wrong == []
    assert compared >= 20


async def differences(world: World, operation: Operation, who: str, *, abroad: bool = False) -> list[tuple[str, str, str]]:
    """Where an id of the other organization is answered otherwise than an absent one."""
    theirs = world.ids("own") if abroad else world.foreign_ids()
    ours = world.foreign_ids() if abroad else world.ids("own")
    pairs = {"everywhere": (theirs, world.absent_ids())}
    path = {name: ours[name] for name in operation.path_names if name in ours}
    if path:  # about a thing of one's own, with strange ids in the body
        pairs["body"] = ({**theirs, **path}, {**world.absent_ids(), **path})
    found = []
    for where, (strange, absent) in pairs.items():
        if where == "body" and not operation.named_ids() & set(theirs):
            continue
        seen = [answer_of(await world.ask(operation, who, ids, abroad=abroad)) for ids in (strange, absent)]
        if seen[0] != seen[1] or seen[0][0] >= 500:
            found.append((operation.id, f"{who} {where}{' abroad' if abroad else ''}", str(seen)))
    return found


async def against_absent(world: World, operation: Operation, who: str, place: str, names: list[str]) -> str | None:
    """The two answers about the things of a place and about none, when they differ."""
    ids, absent = world.ids(place), world.absent_ids()
    nothing = {**ids, **{name: absent[name] for name in names}}
    seen = [answer_of(await world.ask(operation, who, chosen)) for chosen in (ids, nothing)]
    return None if seen[0] == seen[1] else str(seen)


async def test_what_lies_outside_a_supervisors_places_is_not_there(world: World) -> None:
    """A supervisor of another site or line gets, about a thing that stands elsewhere, the answer about no thing at all."""
    wrong, compared = [], 0
    for operation in guarded(world):
        names = [name for name in operation.path_names if name in world.placed or name == "worker_id"]
        roles = operation.policy["roles"]
        if not names or not roles or "worker" in roles:
            continue
        for who, reach in REACH.items():
            outside = [place for place in PLACES if reach is not None and place not in reach]
            for place in outside if may(who, operation) else []:
                if set(names) <= set(world.ids(place)):
                    compared += 1
                    if seen := await against_absent(world, operation, who, place, names):
                        wrong.append((operation.id, who, place, seen))
    assert wrong == []
    assert compared >= 5


async def test_what_belongs_to_one_person_is_not_there_for_another(world: World) -> None:
    """Routes about oneself: the same crew's colleague, a supervisor and an admin find nothing of the worker's."""
    wrong, compared = [], 0
    for operation in guarded(world):
        names = [name for name in operation.path_names if name in world.things and name not in SHARED_BY_ALL]
        if not names or operation.policy["roles"] or not operation.policy["own"]:
            continue
        for who in ("colleague", "third", "stranger", "supervisor", "admin"):
            if who in SHARED.get(names[0], set()):
                continue
            compared += 1
            if seen := await against_absent(world, operation, who, "own", names):
                wrong.append((operation.id, who, seen))
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
    wrong, done, deeds = [], 0, Counter[str]()
    before = await audited(world)
    for operation in world.operations:
        tried = [(who, place) for who in PEOPLE for place in PLACES if may(who, operation)]
        for who, place in tried:
            answer = await world.ask(operation, who, world.ids(place))
            done += answer.is_success
            deeds[RECORDED_AS.get(operation.id, operation.id)] += answer.is_success and operation.method != "GET"
            if answer.status_code >= 500 or (answer.status_code == 401 and not operation.policy.get("public")):
                wrong.append((operation.id, who, place, answer_of(answer)))
        for caller in world.keys:
            answer = await world.send(operation, caller, world.ids("own"))
            if answer.status_code >= 500:
                wrong.append((operation.id, caller.name, "own", answer_of(answer)))
    assert wrong == []
    assert done >= 50
    # Every deed left its line in the audit trail, without its feature's effort.
    after = await audited(world)
    silent = {name: (made, after[name] - before[name]) for name, made in deeds.items() if after[name] - before[name] < made}
    assert silent == {}
    assert sum(1 for made in deeds.values() if made) >= 20


async def audited(world: World) -> Counter[str]:
    """Lines of the audit trail by action."""
    async with world.home.write() as tx:
        return Counter({row.action: row.lines for row in await tx.rows(AUDITED)})


async def test_the_walk_reaches_most_kinds_of_things(world: World) -> None:
    kinds = {name for operation in world.operations for name in operation.path_names}
    made = set(world.things) | set(world.ids("own"))
    assert len(kinds & made) >= 0.8 * len(kinds), f"no things for {sorted(kinds - made)}"
    assert set(OWNERS) == set(PLACES)
