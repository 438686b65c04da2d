"""Row-level security: the database itself refuses to show another organization's rows."""

from sqlalchemy import text

from tests.builders import Plant, build_plant

EVERY_WORKER = text("select organization_id from worker")


async def test_a_query_without_any_filter_sees_one_organization_only(plant: Plant) -> None:
    other = await build_plant(plant.runtime, plant.http)
    async with plant.runtime.database.read(plant.organization_id) as tx:
        seen = {row[0] for row in await tx.rows(EVERY_WORKER)}
    assert seen == {plant.organization_id}
    assert other.organization_id != plant.organization_id
