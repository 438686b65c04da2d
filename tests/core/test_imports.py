"""Imports as one mechanism: files and rows, mapping, dry runs, reports, large ones in the background."""

from typing import Any

from app.core.ids import new_id
from tests.builders import Plant

ROWS = [{"external_id": "e-1", "code": "N1", "name": "Nights 1", "site": "BER"}]


def order(rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """An import of crews."""
    return {"kind": "crews", "source": "hr", "rows": rows, **more}


async def test_an_unknown_kind_is_refused_by_name(plant: Plant) -> None:
    answer = await plant.post("admin", "/v1/imports", order(ROWS, kind="ghosts"))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/kind")


async def test_a_worker_may_not_import(plant: Plant) -> None:
    assert (await plant.post("worker", "/v1/imports", order(ROWS))).status_code == 403


async def test_an_unknown_import_is_not_found(plant: Plant) -> None:
    assert (await plant.get("admin", f"/v1/imports/{new_id()}")).status_code == 404
