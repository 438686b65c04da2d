"""The policy registry: a route that declares nobody is found, refused and never served."""

from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from hypothesis import given
from hypothesis import strategies as st

from app.core.access import PUBLIC, Caller, Grant, Policy, Role, allow, policy_of
from app.core.db import Read
from app.core.errors import Forbidden, NotFound
from app.core.http import problems
from app.core.ids import new_id
from app.core.openapi import api_routes, undeclared
from app.core.runtime import Runtime
from app.identity.domain import Scope
from tests.builders import Plant

OPEN = Policy("test.open", frozenset({Role.ADMIN}), own=True)


def with_routes() -> FastAPI:
    """An application with one declared, one public and two forgotten routes, one of them two routers deep."""
    made, inner, outer = FastAPI(), APIRouter(prefix="/inner"), APIRouter(prefix="/v1")

    @outer.get("/declared")
    @allow(OPEN)
    async def declared(tx: Read) -> dict[str, str]:
        return {"who": tx.caller.kind}

    @outer.get("/public")
    @allow(PUBLIC)
    async def public() -> dict[str, str]:
        return {}

    @outer.get("/forgotten")
    async def forgotten(tx: Read) -> dict[str, str]:
        return {"who": tx.caller.kind}

    @inner.delete("/deep")
    async def deep() -> None: ...

    outer.include_router(inner)
    made.include_router(outer)
    return made


def test_a_route_without_a_policy_is_found_however_deep() -> None:
    assert sorted(line.rsplit("/", 1)[1] for line in undeclared(with_routes())) == ["deep", "forgotten"]


def test_the_application_has_none(app: FastAPI) -> None:
    assert undeclared(app) == []
    assert len(api_routes(app)) >= 12


async def test_a_forgotten_route_serves_nobody(plant: Plant, runtime: Runtime) -> None:
    made = with_routes()
    made.state.runtime = runtime
    problems.install(made)

    async def with_credential(scope: Any, receive: Any, send: Any) -> None:
        from app.core.credentials import read_credential

        if scope["type"] == "http":
            header = plant.headers["admin"]["Authorization"]
            scope["credential"] = read_credential(header, runtime.tokens)
        await made(scope, receive, send)

    transport = httpx.ASGITransport(app=with_credential, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/v1/declared")).json() == {"who": "person"}
        answer = await client.get("/v1/forgotten")
    assert answer.status_code == 500
    assert "who" not in answer.json()


def test_policies_of_one_name_say_one_thing(app: FastAPI) -> None:
    said: dict[str, Policy] = {}
    for route in api_routes(app):
        policy = policy_of(route.endpoint)
        assert policy is not None
        assert said.setdefault(policy.name, policy) == policy, f"{policy.name} means two things"


def test_every_scope_a_route_asks_for_can_be_given(app: FastAPI) -> None:
    asked = {policy.scope for route in api_routes(app) if (policy := policy_of(route.endpoint)) and policy.scope}
    assert asked <= {scope.value for scope in Scope}


def test_no_key_reaches_sign_ins_secrets_roles_or_keys(app: FastAPI) -> None:
    personal = ("auth", "credential", "sessions", "integration-keys", "role-grants")
    for route in api_routes(app):
        policy = policy_of(route.endpoint)
        # Hours beside a trainer are called sessions too, and may be planned by a key.
        if policy and any(part in route.path.replace("shadow-sessions", "") for part in personal):
            assert not policy.scope, route.path


def caller(*grants: Grant, organization_id: Any = None) -> Caller:
    return Caller(organization_id or new_id(), new_id(), "person", worker_id=new_id(), grants=grants)


def test_deny_wins_over_every_allowance_that_reaches_the_thing() -> None:
    organization, site, line = new_id(), new_id(), new_id()
    asks = caller(
        Grant(Role.SUPERVISOR, organization), Grant(Role.SUPERVISOR, line), Grant(Role.SUPERVISOR, site, allow=False),
        organization_id=organization,
    )  # fmt: skip
    policy = Policy("x", frozenset({Role.SUPERVISOR}))
    assert not policy.reaches(asks, (line, site))
    assert policy.reaches(asks, (new_id(),))
    with pytest.raises(NotFound):
        policy.must_reach(asks, (line, site))


def test_a_denied_role_leaves_other_roles_alone() -> None:
    site = new_id()
    asks = caller(Grant(Role.SUPERVISOR, site, allow=False), Grant(Role.ADMIN, site))
    assert Policy("x", frozenset({Role.SUPERVISOR, Role.ADMIN})).reaches(asks, (site,))
    assert not Policy("x", frozenset({Role.SUPERVISOR})).reaches(asks, (site,))


def test_own_reaches_oneself_and_nobody_else() -> None:
    asks = caller()
    assert Policy("x", own=True).reaches(asks, (), asks.worker_id)
    assert not Policy("x", own=True).reaches(asks, (), new_id())
    assert not Policy("x", own=True).reaches(asks, (), None)


def test_an_integration_needs_the_very_scope() -> None:
    policy = Policy("x", frozenset(Role), own=True, scope="people:read")
    for scopes, permitted in (({"people:read"}, True), ({"people:write"}, False), ({"people"}, False), (set(), False)):
        key = Caller(new_id(), new_id(), "integration", scopes=frozenset(scopes))
        assert policy.permits(key) is permitted
    with pytest.raises(Forbidden, match="people:read"):
        policy.must_permit(Caller(new_id(), new_id(), "integration"))


def test_a_policy_that_names_nobody_permits_nobody() -> None:
    assert not Policy("x").permits(caller(*[Grant(role, new_id()) for role in Role]))
    assert not Policy("x").permits(Caller(new_id(), new_id(), "integration", scopes=frozenset({"", "x"})))
    assert Policy("x").describe() == "nobody"


NODES = [new_id() for _ in range(5)]
GRANTS = st.builds(Grant, st.sampled_from(list(Role)), st.sampled_from(NODES), st.booleans())


@given(st.lists(GRANTS, max_size=8), st.sets(st.sampled_from(list(Role)), min_size=1), st.sets(st.sampled_from(NODES)))
def test_adding_a_denial_never_widens_and_adding_an_allowance_never_narrows(
    grants: list[Grant], roles: set[Role], nodes: set[Any]
) -> None:
    policy = Policy("x", frozenset(roles))
    organization = new_id()
    before = policy.reaches(caller(*grants, organization_id=organization), nodes)
    for role in roles:
        for node in nodes:
            denied = caller(*grants, Grant(role, node, allow=False), organization_id=organization)
            allowed = caller(*grants, Grant(role, node), organization_id=organization)
            assert policy.reaches(denied, nodes) <= before <= policy.reaches(allowed, nodes)


@given(st.lists(GRANTS, max_size=8), st.sets(st.sampled_from(list(Role)), min_size=1), st.sets(st.sampled_from(NODES)))
def test_nobody_reaches_what_no_grant_of_theirs_stands_on(grants: list[Grant], roles: set[Role], nodes: set[Any]) -> None:
    elsewhere = [grant for grant in grants if grant.node_id not in nodes]
    assert not Policy("x", frozenset(roles)).reaches(caller(*elsewhere), nodes)
