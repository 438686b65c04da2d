"""Plans of real lines and real rosters: windows from stoppage logs, shifts from published rosters, all checked and proved."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.planning.engine.bound import highs_installed
from app.planning.service.holding import named_pins, violations
from app.planning.service.inputs import gather
from app.planning.store import blocks as block_store
from app.planning.store import plans as plan_store
from tests.builders import Plant
from tests.downtime.test_stoppage_import_real_logs import SAMPLE_MAPPING, SAMPLES, upload
from tests.paytime.builders import add_worker
from tests.planning.builders import Line, open_line
from tests.planning.rosters import Row, first_competition, second_competition

pytestmark = pytest.mark.external
Step = Callable[[Plant, Path], Any]
LEARNING = (("module", "stop-the-line"), ("module", "next-step"), ("quiz", "stop-quiz"), ("checklist", "truck-check"))
START, END = "2026-03-22T23:00:00Z", "2026-04-19T22:00:00Z"


async def bottling(plant: Plant, data: Path) -> tuple[str, str]:
    """A log of factors: it says how long, not when."""
    folder, line = data / "stoppages-bottling", {"site": "BER", "work_center": "L1"}
    await upload(plant, folder / "downtime-factors.csv", "stoppage-reasons", mapping={"code": "Factor", "meaning": "Description"})
    columns = {"batch": "Batch", "date": "Date", "starts_at": "Start Time", "ends_at": "End Time"}
    await upload(plant, folder / "line-productivity.csv", "production-batches", options=line, mapping=columns)
    await upload(plant, folder / "line-downtime.csv", "stoppages", options={**line, "mode": "factors"})
    return "2024-08-01T00:00:00Z", "2024-10-01T00:00:00Z"


async def machines(plant: Plant, data: Path) -> tuple[str, str]:
    """Samples of three machines: gaps are stops."""
    log = data / "machine-states" / "company_A_labelled_subset.csv"
    await upload(plant, log, "stoppages", options=SAMPLES, mapping=SAMPLE_MAPPING)
    return "2022-08-01T00:00:00Z", "2023-07-01T00:00:00Z"


async def map_windows(plant: Plant, start: str, end: str) -> int:
    """Accept every proposal there is enough history for; where the log cannot say when, every three hours."""
    path = f"/v1/work-centers/{plant.line_id}/pattern-proposals"
    found = 0
    for proposal in (await plant.get("admin", f"{path}?from={start}&to={end}")).json()["items"]:
        if proposal["too_little"] is None:
            body: dict[str, Any] = {"kind": proposal["kind"], "from": start, "to": end, "max_learners": 2, "minimum_staying": 1}
            if not proposal["typical_times"]:
                body["anchor"] = {"type": "every", "minutes": 180, "first": f"00:{10 * found:02}"}
            accepted = await plant.post("admin", path, body)
            assert accepted.status_code == 201, accepted.text
            found += 1
    return found


def rows_of(folder: Path) -> list[Row]:
    """Everybody on every roster of a folder; people of two files are two people."""
    files = sorted(path for path in folder.iterdir() if path.is_dir() or path.suffix == ".xml")
    return [
        row | {"worker": f"{row['worker']}-{number}", "external_id": f"{number}-{row['external_id']}"}
        for number, path in enumerate(files)
        for row in (second_competition(path) if path.is_dir() else first_competition(path))
    ]


async def staff(line: Line, rows: list[Row]) -> None:
    """Employ everybody on a roster, import it, and give everybody something to learn."""
    plant = line.plant
    names = sorted({row["worker"] for row in rows})
    async with plant.write() as tx:
        for name in names:
            await add_worker(tx, plant, name)
    for first in range(0, len(rows), 400):
        sent = {"kind": "shifts", "source": "roster", "rows": rows[first : first + 400]}
        made = await plant.post("admin", "/v1/imports", sent)
        assert made.status_code == 201, made.text
        told = (await plant.get("admin", f"/v1/imports/{made.json()['id']}/rows?limit=3&verdict=refused")).json()["items"]
        assert told == []
        assert (made.json()["refused"], made.json()["created"]) == (0, len(sent["rows"])), made.json()
    workers = [str(plant.people[name]) for name in names]
    for number, (kind, key) in enumerate(LEARNING * 3):
        due = {"due_at": "2026-04-10T12:00:00Z", "mandatory": True} if number < 2 else {}
        answer = await line.school.assign(kind=kind, key=key, workers=workers, **due)
        assert answer.status_code == 201, answer.text


async def broken(line: Line, plan: dict[str, Any]) -> list[Any]:
    """What the independent checker has against the stored blocks of a plan."""
    async with line.plant.write() as tx:
        row = await plan_store.one(tx, UUID(plan["id"]))
        assert row is not None
        inputs = await gather(tx, row, datetime.fromisoformat(row.inputs["starts_at"]))
        blocks = await block_store.of_plan(tx, row.id, proposed=True)
        return violations(inputs, blocks, named_pins(row, {f"{one.assignment_id}/{one.worker_id}" for one in blocks}))


@pytest.mark.parametrize("log", [bottling, machines])
@pytest.mark.parametrize("roster", ["rosters-inrc2", "rosters-inrc2010"])
async def test_real_stoppages_and_real_rosters_make_a_plan_that_is_checked_and_proved(
    plant: Plant, shared_data: Path, log: Step, roster: str
) -> None:
    line = await open_line(plant)
    assert await map_windows(plant, *await log(plant, shared_data)) > 0
    await staff(line, rows_of(shared_data / roster))
    plan = await line.propose(**{"from": START, "to": END, "days": None})
    assert await broken(line, plan) == []
    assert plan["placed"] > 0
    assert all(one["sentence"] for one in plan["unplaced_items"])
    told = {name: plan[name] for name in ("placed", "unplaced", "objective", "bound", "gap")}
    print(log.__name__, roster, told, [center["lowest_after"] for center in plan["coverage"]])
    if highs_installed():
        assert 0 <= plan["gap"] <= 0.03
    assert datetime.fromisoformat(plan["starts_at"]) == datetime(2026, 3, 22, 23, tzinfo=UTC)
