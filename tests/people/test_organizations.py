"""Opening an organization, and the rules of people as plain functions."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.access import Caller, Grant, Role
from app.core.errors import Conflict
from app.core.ids import new_id
from app.core.runtime import Runtime
from app.people import service as people
from app.people.domain import Membership, Node, may_grant
from app.people.imports.reading import crew_moves

SITE = people.NewSite("BER", "Berlin", "Europe/Berlin")
ADMIN = people.NewAdmin("1", "Ada Berg", ("de", "en"))


async def test_an_organization_opens_with_a_site_and_an_admin_who_holds_every_role(runtime: Runtime) -> None:
    slug = f"berg-{new_id().hex[-12:]}"
    made = await people.create_organization(runtime, slug=slug, name="Berg", site=SITE, admin=ADMIN)
    async with runtime.database.read(made.organization_id) as tx:
        found, sites = await people.worker(tx, made.admin_id), await people.sites(tx)
        grants: Any = await tx.rows(people_grants())
    assert (found.display_name, found.languages, sites[made.site_id].time_zone) == ("Ada Berg", ("de", "en"), "Europe/Berlin")
    assert {row.role for row in grants} == {role.value for role in Role} - {"worker"}
    assert {row.node_id for row in grants} == {made.organization_id}


async def test_a_slug_is_taken_once(runtime: Runtime) -> None:
    slug = f"berg-{new_id().hex[-12:]}"
    await people.create_organization(runtime, slug=slug, name="Berg", site=SITE, admin=ADMIN)
    with pytest.raises(Conflict, match="slug"):
        await people.create_organization(runtime, slug=slug, name="Tal", site=SITE, admin=ADMIN)


def people_grants() -> Any:
    from sqlalchemy import text

    return text("select role, node_id from role_grant where organization_id = :organization_id")


ORGANIZATION, REGION, LINE, OTHER = (UUID(int=number) for number in range(1, 5))
NODES = {
    ORGANIZATION: Node(ORGANIZATION, "organization", ORGANIZATION, (ORGANIZATION,)),
    REGION: Node(REGION, "site", REGION, (REGION,)),
    LINE: Node(LINE, "work_center", REGION, (LINE, REGION)),
    OTHER: Node(OTHER, "site", OTHER, (OTHER,)),
}
GRANTS = st.lists(
    st.builds(Grant, st.sampled_from([Role.ADMIN, Role.PAYROLL]), st.sampled_from(list(NODES)), st.booleans()), max_size=6
)


@given(grants=GRANTS, node=st.sampled_from(list(NODES)))
def test_whatever_is_granted_was_held_on_every_place_it_reaches(grants: list[Grant], node: UUID) -> None:
    caller = Caller(ORGANIZATION, UUID(int=9), "person", UUID(int=9), grants=tuple(grants))
    denied = [NODES[g.node_id] for g in grants if g.role is Role.PAYROLL and not g.allow]
    if not may_grant(caller, Role.PAYROLL, NODES[node], denied):
        return
    beneath = [place for place in NODES.values() if node in (*place.path, ORGANIZATION)]
    assert all(caller.holds({Role.PAYROLL}, place.path) for place in beneath)


DAYS = st.dates(date(2026, 3, 1), date(2026, 4, 30))
WORKER, CREWS = UUID(int=20), [UUID(int=number) for number in (21, 22, 23)]


@given(st.lists(st.tuples(st.sampled_from(CREWS), DAYS), max_size=4), DAYS)
def test_a_crew_move_ends_what_runs_and_never_before_it_began(held: list[tuple[UUID, date]], today: date) -> None:
    current = [Membership(new_id(), WORKER, crew, start, None) for crew, start in held]
    made, ends = crew_moves(current, CREWS[0], today, WORKER, new_id())
    if any(m.crew_id == CREWS[0] for m in current):
        assert (made, ends) == (None, {})
        return
    assert made is not None
    assert (made.crew_id, made.valid_from) == (CREWS[0], today)
    for membership in current:
        assert (membership.id in ends) == (membership.valid_from <= today)
        assert ends.get(membership.id, today) >= membership.valid_from or membership.valid_from > today
