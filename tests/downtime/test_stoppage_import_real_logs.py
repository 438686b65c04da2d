"""Logs of real lines through `/v1/imports` as files, rehearsed and real, twice; then proposed, accepted, expanded."""

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.core.imports.jobs import import_run
from tests.builders import Plant

pytestmark = pytest.mark.external
FACTORS = {"site": "CHI", "work_center": "L1", "mode": "factors"}
SAMPLES = {"site": "BER", "work_center": "L1", "mode": "samples", "sample_minutes": 5}
SAMPLE_MAPPING = {"sampled_at": "ts", "machine": "asset", "product": "product", "state": "status"}


async def upload(plant: Plant, path: Path, kind: str, **query: Any) -> dict[str, Any]:
    """Send a file as it is; the finished import with every row that has a reason."""
    content = path.read_bytes()  # noqa: ASYNC240  # a small file of a test
    dry_run = query.pop("dry_run", False)
    sent = {name: orjson.dumps(value).decode() for name, value in query.items()}
    params = {"kind": kind, "source": path.parent.name, "dry_run": dry_run, **sent}
    answer = await plant.call(
        "admin", "POST", "/v1/imports", params=params, content=content, headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code in (201, 202), answer.text
    run_id = answer.json()["id"]
    await import_run(plant.runtime, str(plant.organization_id), run_id)
    run: dict[str, Any] = (await plant.get("admin", f"/v1/imports/{run_id}")).json()
    rows: list[dict[str, Any]] = []
    for verdict in ("flagged", "refused"):
        found = await plant.get("admin", f"/v1/imports/{run_id}/rows?limit=200&verdict={verdict}")
        rows += found.json()["items"]
    return run | {"odd": Counter((row["verdict"], row["reason"].split(":")[0]) for row in rows)}


def counts(run: dict[str, Any]) -> tuple[int, ...]:
    return tuple(run[name] for name in ("created", "updated", "unchanged", "flagged", "refused"))


async def stoppages(plant: Plant, line: Any, start: str, end: str) -> list[dict[str, Any]]:
    path, cursor, items = f"/v1/stoppages?work_center_id={line}&from={start}&to={end}&limit=200", "", []
    while True:
        page = (await plant.get("admin", path + cursor)).json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = f"&cursor={page['next_cursor']}"


async def test_the_bottling_line_goes_from_its_files_to_windows(plant: Plant, shared_data: Path) -> None:
    folder = shared_data / "stoppages-bottling"
    batches = {"options": {"site": "CHI", "work_center": "L1"}, "mapping": {
        "batch": "Batch", "date": "Date", "starts_at": "Start Time", "ends_at": "End Time"}}  # fmt: skip
    reasons = {"mapping": {"code": "Factor", "meaning": "Description"}}
    assert counts(await upload(plant, folder / "downtime-factors.csv", "stoppage-reasons", **reasons)) == (12, 0, 0, 0, 0)
    assert counts(await upload(plant, folder / "line-productivity.csv", "production-batches", **batches)) == (30, 0, 0, 1, 0)
    assert counts(await upload(plant, folder / "line-productivity.csv", "production-batches", **batches)) == (0, 0, 31, 0, 0)

    log = folder / "line-downtime.csv"
    rehearsed = await upload(plant, log, "stoppages", options=FACTORS, dry_run=True)
    assert await stoppages(plant, plant.other_line_id, "2024-08-01T00:00:00Z", "2024-10-01T00:00:00Z") == []
    done = await upload(plant, log, "stoppages", options=FACTORS)
    assert counts(done) == counts(rehearsed) == (27, 0, 3, 8, 1)
    assert done["odd"] == {("refused", "repeated_header"): 1, ("flagged", "orphan_batch"): 7, ("flagged", "date_of_end"): 1}
    again = await upload(plant, log, "stoppages", options=FACTORS)
    assert counts(again) == (0, 0, 38, 0, 1)

    stored = await stoppages(plant, plant.other_line_id, "2024-08-01T00:00:00Z", "2024-10-01T00:00:00Z")
    assert sum(stop["seconds"] for stop in stored) == 1388 * 60
    assert Counter(stop["kind"] for stop in stored)["changeover"] == 5
    await accept_and_expand(plant, plant.other_line_id, "2024-08-01T00:00:00Z", "2024-10-01T00:00:00Z", "maintenance")


async def test_three_machines_go_from_their_samples_to_windows(plant: Plant, shared_data: Path) -> None:
    log = shared_data / "machine-states" / "company_A_labelled_subset.csv"
    sent = {"options": SAMPLES, "mapping": SAMPLE_MAPPING}
    rehearsed = await upload(plant, log, "stoppages", dry_run=True, **sent)
    done = await upload(plant, log, "stoppages", **sent)
    assert counts(done) == counts(rehearsed)
    assert (done["status"], done["row_count"], done["refused"]) == ("finished", 14_492, 0)
    assert counts(await upload(plant, log, "stoppages", **sent)) == (0, 0, 14_492, 0, 0)

    stored = await stoppages(plant, plant.line_id, "2022-08-01T00:00:00Z", "2023-07-01T00:00:00Z")
    assert Counter(stop["machine"] for stop in stored if stop["origin"] == "gap") == {"0": 93, "1": 74, "2": 74}
    assert Counter(stop["machine"] for stop in stored if stop["kind"] == "changeover") == {"0": 2, "1": 3, "2": 53}
    await accept_and_expand(plant, plant.line_id, "2022-08-01T00:00:00Z", "2023-07-01T00:00:00Z", "other")


async def accept_and_expand(plant: Plant, line: Any, start: str, end: str, kind: str) -> None:
    """The history proposes, the supervisor says when if it cannot, and windows come back every day."""
    path = f"/v1/work-centers/{line}/pattern-proposals"
    listed = (await plant.get("admin", f"{path}?from={start}&to={end}")).json()
    assert listed["counted_over"] == "days"
    proposal = next(item for item in listed["items"] if item["kind"] == kind)
    assert proposal["too_little"] is None
    body: dict[str, Any] = {"kind": kind, "from": start, "to": end, "max_learners": 2}
    if not proposal["typical_times"]:
        assert (await plant.post("admin", path, body)).json()["code"] == "too_little_history"
        body["anchor"] = {"type": "every", "minutes": 720, "first": "09:00"}
    accepted = await plant.post("admin", path, body)
    assert accepted.status_code == 201, accepted.text
    patterns = accepted.json()["items"]
    assert {pattern["minutes"] for pattern in patterns} == {proposal["length_seconds"] // 60}
    assert (await plant.post("admin", path, body)).json() == accepted.json()
    asked = f"/v1/windows?work_center_id={line}&from=2026-03-18T00:00:00Z&to=2026-03-20T00:00:00Z&limit=200"
    windows = (await plant.get("admin", asked)).json()["items"]
    assert {window["pattern_id"] for window in windows} == {pattern["id"] for pattern in patterns}
    assert {window["usable_seconds"] for window in windows} == {proposal["length_seconds"] // 60 * 60}
