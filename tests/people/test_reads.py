"""Who works where."""

import pytest

from app.core.errors import NotFound
from app.core.ids import new_id
from app.people import service as people
from tests.builders import Plant


async def test_a_worker_stands_where_the_crew_stands(plant: Plant) -> None:
    async with plant.runtime.database.read(plant.organization_id) as tx:
        found = await people.worker(tx, plant.people["worker"])
        at_line = await people.active_workers(tx, places=[plant.line_id])
    assert found.crew_ids == (plant.crew_id,)
    assert {plant.line_id, plant.site_id, plant.area_id} <= set(found.nodes)
    assert {w.id for w in at_line} == {plant.people["worker"], plant.people["colleague"]}


async def test_an_unknown_worker_is_not_found(plant: Plant) -> None:
    async with plant.runtime.database.read(plant.organization_id) as tx:
        with pytest.raises(NotFound):
            await people.worker(tx, new_id())
