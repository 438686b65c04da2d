"""Who may call what: roles on the tree, callers, and the policy every route must declare."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from app.core.errors import Forbidden, NotFound

P = ParamSpec("P")
R = TypeVar("R")


class Role(StrEnum):
    """The roles of people, granted on a node of the tree (organization, site, area, work center, crew)."""

    WORKER = "worker"
    SUPERVISOR = "supervisor"
    EXPERT = "expert"
    AUTHOR = "author"
    LEARNING_MANAGER = "learning_manager"
    PAYROLL = "payroll"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role on one node; a denial on a node outweighs every allowance that reaches it."""

    role: Role
    node_id: UUID
    allow: bool = True


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks: a person with grants, an integration with scopes, or the system itself in a job.

    `worker_id` is the person's own record. Every active person is at least a `worker`.
    """

    organization_id: UUID
    id: UUID
    kind: str
    worker_id: UUID | None = None
    session_id: UUID | None = None
    grants: tuple[Grant, ...] = ()
    scopes: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_system(self) -> bool:
        """True in background jobs and command-line tools."""
        return self.kind == "system"

    def roles(self) -> set[Role]:
        """Roles held anywhere on the tree."""
        held = {grant.role for grant in self.grants if grant.allow}
        return held | {Role.WORKER} if self.worker_id else held

    def holds(self, roles: Iterable[Role], nodes: Iterable[UUID]) -> bool:
        """Whether one of `roles` reaches a thing whose own node and ancestors are `nodes` (deny wins)."""
        reach = set(nodes) | {self.organization_id}
        wanted = set(roles)
        denied = {g.role for g in self.grants if not g.allow and g.node_id in reach}
        return any(g.allow and g.role in wanted - denied and g.node_id in reach for g in self.grants)

    def nodes(self, roles: Iterable[Role]) -> list[UUID] | None:
        """Nodes on which one of `roles` is held; None means the whole organization."""
        wanted = set(roles)
        held = [g.node_id for g in self.grants if g.allow and g.role in wanted]
        return None if self.is_system or self.organization_id in held else held

    def denied_nodes(self, roles: Iterable[Role]) -> list[UUID]:
        """Nodes on which every wanted role the caller holds is denied, for list filters."""
        wanted = set(roles)
        return [g.node_id for g in self.grants if not g.allow and g.role in wanted]


# Held instead of a scope by a person who signed in with a temporary secret; see `begin_request` in the database.
SECRET_CHANGE = "secret_change_required"  # noqa: S105  # a code, not a secret


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may do one thing. `own`: any signed-in person about themself. `scope`: what an integration key needs.

    `public` routes need no caller at all (sign-in, health, documents). `temporary` ones are open to somebody who has
    yet to replace a temporary PIN or password; all others are not.
    """

    name: str
    roles: frozenset[Role] = frozenset()
    own: bool = False
    scope: str = ""
    public: bool = False
    temporary: bool = False

    def permits(self, caller: Caller) -> bool:
        """Whether the caller may use the route at all; which things they reach is decided by `reach`."""
        if caller.is_system or self.public:
            return True
        if caller.kind == "integration":
            return bool(self.scope) and self.scope in caller.scopes
        return (self.own and caller.worker_id is not None) or bool(self.roles & caller.roles())

    def must_permit(self, caller: Caller) -> None:
        """Raise Forbidden when `permits` is false, or when the caller has to choose another secret first."""
        if not self.temporary and caller.worker_id is not None and SECRET_CHANGE in caller.scopes:
            raise Forbidden("Choose another PIN or password first: PUT /v1/me/credential.", code="secret_change_required")
        if not self.permits(caller):
            raise Forbidden(f"This needs {self.describe()}.")

    def reaches(self, caller: Caller, nodes: Iterable[UUID], worker_id: UUID | None = None) -> bool:
        """Whether the caller may do this to a thing standing under `nodes`, or belonging to `worker_id`."""
        if caller.is_system or (caller.kind == "integration" and self.permits(caller)):
            return True
        if self.own and worker_id is not None and caller.worker_id == worker_id:
            return True
        return caller.holds(self.roles, nodes)

    def must_reach(self, caller: Caller, nodes: Iterable[UUID], worker_id: UUID | None = None) -> None:
        """Raise NotFound for a thing outside the caller's reach: its existence is not told."""
        if not self.reaches(caller, nodes, worker_id):
            raise NotFound

    def describe(self) -> str:
        """The declared callers in words, for messages and the API document."""
        parts = [f"the role {role.value}" for role in sorted(self.roles)]
        parts += ["a signed-in person"] if self.own else []
        parts += [f"an integration key with the scope {self.scope}"] if self.scope else []
        return " or ".join(parts) or "nobody"

    def document(self) -> dict[str, Any]:
        """The policy as the `x-policy` extension of the API document."""
        return {
            "name": self.name,
            "roles": sorted(self.roles),
            "own": self.own,
            "scope": self.scope or None,
            "public": self.public,
        }


PUBLIC = Policy("public", public=True)


def policy_of(endpoint: object) -> Policy | None:
    """The policy a route function declared, if any."""
    found = getattr(endpoint, "__policy__", None)
    return found if isinstance(found, Policy) else None


def allow(policy: Policy) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]:
    """Declare who may call a route. Every route has one, directly under the router's decorator.

    On unsafe methods it also keeps the answer for the Idempotency-Key, inside the transaction of the effect.
    """

    def declare(endpoint: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        @wraps(endpoint)
        async def call(*args: P.args, **kwargs: P.kwargs) -> R:
            result = await endpoint(*args, **kwargs)
            keep = getattr(kwargs.get("tx"), "keep_answer", None)
            if keep is not None:
                await keep(result)
            return result

        call.__policy__ = policy  # type: ignore[attr-defined]  # read back by policy_of
        return call

    return declare
