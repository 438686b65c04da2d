"""Giving people something to learn, and taking it back."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import orjson

from app.catalog import service as catalog
from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Stale
from app.core.events import publish
from app.learning.domain.values import ASSIGN, ASSIGNMENTS_READ, Assignment, Target, TargetKind
from app.learning.events import AssignmentCreated
from app.learning.store import assignments as store
from app.people import service as people


async def assign(
    tx: WriteTransaction,
    assignment_id: UUID,
    *,
    content: tuple[str, str],
    mandatory: bool,
    due_at: datetime | None,
    priority: int,
    workers: Sequence[UUID],
    crews: Sequence[UUID],
    job_roles: Sequence[str],
) -> Assignment:
    """Make an assignment for people in the caller's reach. The same id and content again answers the first one."""
    if content not in await catalog.published(tx):
        raise Invalid.field("#/key", "nothing is published under this kind and key", "unknown_content")
    targets = (
        *await _workers(tx, sorted(set(workers))),
        *await _crews(tx, sorted(set(crews))),
        *_job_roles(tx, sorted(set(job_roles))),
    )
    kind, key = content
    made = Assignment(assignment_id, kind, key, mandatory, due_at, priority, tx.caller.id, tx.now, targets=targets)
    print_ = _fingerprint(made)
    if not await store.add(tx, made, print_):
        return await _first(tx, assignment_id, print_)
    await publish(tx, AssignmentCreated(subject_id=assignment_id, kind=kind, key=key, mandatory=mandatory, due_at=due_at))
    return made


async def assignment(tx: ReadTransaction, assignment_id: UUID) -> Assignment:
    """An assignment that names somebody in the caller's reach. Raises NotFound."""
    found = await store.one(tx, assignment_id)
    if found is None:
        raise NotFound
    nodes = [node for target in found[0].targets for node in target.nodes]
    ASSIGNMENTS_READ.must_reach(tx.caller, nodes)
    return found[0]


async def assignments(tx: ReadTransaction, after: UUID, limit: int) -> list[Assignment]:
    """Assignments that name somebody in the caller's reach, by id."""
    whole = tx.caller.kind == "integration"
    nodes = None if whole else tx.caller.nodes(ASSIGNMENTS_READ.roles)
    return await store.page(tx, nodes, after, limit)


async def cancel(tx: WriteTransaction, assignment_id: UUID, version: int) -> None:
    """Stop asking for it. Whoever started may still finish. Raises Forbidden if it also names people out of reach."""
    found = await assignment(tx, assignment_id)
    if not all(ASSIGN.reaches(tx.caller, target.nodes) for target in found.targets):
        raise Forbidden("This assignment also names people outside your reach.", code="outside_reach")
    if found.version != version:
        raise Stale
    if found.cancelled_at is None and not await store.cancel(tx, assignment_id, version):
        raise Stale


async def _first(tx: ReadTransaction, assignment_id: UUID, print_: str) -> Assignment:
    found = await store.one(tx, assignment_id)
    if found is None or found[1] != print_:
        raise Conflict("This id names another assignment: make a new one.", code="assignment_id_taken")
    return found[0]


async def _workers(tx: ReadTransaction, ids: Sequence[UUID]) -> list[Target]:
    if not ids:
        return []
    known = await people.workers(tx, ids)
    _refuse_unknown("workers", [i for i in ids if i not in known or not ASSIGN.reaches(tx.caller, known[i].nodes)])
    return [Target(TargetKind.WORKER, str(i), known[i].nodes) for i in ids]


async def _crews(tx: ReadTransaction, ids: Sequence[UUID]) -> list[Target]:
    if not ids:
        return []
    known = await store.crew_nodes(tx, ids)
    _refuse_unknown("crews", [i for i in ids if i not in known or not ASSIGN.reaches(tx.caller, known[i])])
    return [Target(TargetKind.CREW, str(i), known[i]) for i in ids]


def _job_roles(tx: ReadTransaction, names: Sequence[str]) -> list[Target]:
    # A job role may stand at any site, so it belongs to those who are responsible for all of them.
    if names and not ASSIGN.reaches(tx.caller, (tx.organization_id,)):
        raise Forbidden("Only who is responsible for the whole organization assigns to job roles.", code="outside_reach")
    return [Target(TargetKind.JOB_ROLE, name, (tx.organization_id,)) for name in names]


def _refuse_unknown(field: str, missing: Sequence[UUID]) -> None:
    """Unknown and out of reach answer alike, so that nobody can probe for people elsewhere."""
    if missing:
        raise Invalid(
            f"{len(missing)} of the {field} are unknown or outside your reach.",
            errors=(FieldError(f"#/{field}", "names somebody unknown or outside your reach", "unknown_target"),),
        )


def _fingerprint(made: Assignment) -> str:
    targets = [(target.kind, target.ref) for target in made.targets]
    content = [made.kind, made.key, made.mandatory, made.due_at, made.priority, targets]
    return hashlib.sha256(orjson.dumps(content)).hexdigest()
