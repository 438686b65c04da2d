"""What goes wrong in the database is told without the values it went wrong with: they may name people."""

import traceback

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.ids import new_id
from tests.builders import Plant


async def test_a_failed_statement_is_told_without_its_values(plant: Plant) -> None:
    name = f"Canary {new_id()}"
    with pytest.raises(DBAPIError) as failed:
        async with plant.write() as tx:
            await tx.scalar(text("select 1 / cast(:zero as int), cast(:name as text)"), zero=0, name=name)
    told = "".join(traceback.format_exception(failed.value))
    assert "division by zero" in told
    assert name not in told
