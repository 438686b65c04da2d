"""A line's own log over `/v1/imports`: every row gets its verdict, repeating changes nothing."""

from typing import Any

import pytest

from app.core.imports.jobs import import_run
from tests.builders import Plant
from tests.downtime.plants import add_shift, iso

EVENTS = [
    {"starts_at": "2026-03-02 10:00", "ends_at": "2026-03-02 10:12", "machine": "M1", "reason": "Batch change"},
    {"starts_at": "2026-03-02 13:00", "ends_at": "2026-03-02 13:05", "machine": "M1", "reason": "Jam"},
    {"starts_at": "2026-03-02 13:02", "ends_at": "2026-03-02 13:09", "machine": "M2", "reason": "Jam"},
]
BATCHES = [
    {"batch": "B1", "date": "2026-03-02", "starts_at": "08:00", "ends_at": "10:00"},
    {"batch": "B2", "date": "2026-03-02", "starts_at": "22:30", "ends_at": "00:30"},
]
FACTORS = [
    {"Lot": "B1", "1": "20", "2": "", "Remark": "x"},
    {"Lot": "Lot", "1": "1.0", "2": "2.0", "Remark": "Remark"},
    {"Lot": "B2", "1": "", "2": "7.0", "Remark": ""},
    {"Lot": "B9", "1": "5", "2": "10", "Remark": ""},
]


async def send(
    plant: Plant, rows: list[dict[str, Any]], kind: str = "stoppages", who: str = "supervisor", **more: Any
) -> dict[str, Any]:
    """Import rows about line 1; the answer with the verdict and the reason's code of each row."""
    options = {"work_center": "L1", "site": "BER"} if kind != "stoppage-reasons" else {}
    order = {"kind": kind, "source": "mes", "rows": rows, "options": options | more.pop("options", {}), **more}
    answer = await plant.post(who, "/v1/imports", order)
    assert answer.status_code in (201, 202), answer.text
    return await report(plant, answer.json()["id"], who)


async def report(plant: Plant, run_id: str, who: str = "supervisor") -> dict[str, Any]:
    await import_run(plant.runtime, str(plant.organization_id), run_id)
    run: dict[str, Any] = (await plant.get(who, f"/v1/imports/{run_id}")).json()
    rows = (await plant.get(who, f"/v1/imports/{run_id}/rows?limit=200")).json()["items"]
    return run | {
        "verdicts": {row["row_number"]: row["verdict"] for row in rows},
        "reasons": {row["row_number"]: row["reason"].split(":")[0] for row in rows if row["reason"]},
    }


async def stored(plant: Plant, start: str = "01 00:00", end: str = "31 00:00") -> list[dict[str, Any]]:
    path = f"/v1/stoppages?work_center_id={plant.line_id}&from={iso(start)}&to={iso(end)}&limit=200"
    items: list[dict[str, Any]] = (await plant.get("supervisor", path)).json()["items"]
    return sorted(items, key=lambda item: (str(item["starts_at"]), item["machine"], item["seconds"]))


async def test_events_become_stoppages_in_the_sites_own_time(plant: Plant) -> None:
    first = await send(plant, EVENTS)
    assert set(first["verdicts"].values()) == {"created"}
    change, jam, other = await stored(plant)
    assert (change["starts_at"], change["seconds"], change["kind"], change["planned"]) == (
        iso("02 09:00"),
        720,
        "changeover",
        True,
    )
    assert (jam["kind"], jam["size"], other["machine"]) == ("breakdown", "medium", "M2")


async def test_a_log_sent_again_changes_nothing_and_one_that_grew_adds(plant: Plant) -> None:
    await send(plant, EVENTS)
    before = await stored(plant)
    assert set((await send(plant, EVENTS))["verdicts"].values()) == {"unchanged"}
    assert await stored(plant) == before
    longer = [EVENTS[0] | {"ends_at": "2026-03-02 10:15"}, *EVENTS[1:], EVENTS[0] | {"machine": "M3"}]
    assert list((await send(plant, longer))["verdicts"].values()) == ["updated", "unchanged", "unchanged", "created"]
    assert len(await stored(plant)) == 4


async def test_a_rehearsal_judges_the_same_and_keeps_nothing(plant: Plant) -> None:
    rehearsed = await send(plant, EVENTS, dry_run=True)
    assert await stored(plant) == []
    assert rehearsed["verdicts"] == (await send(plant, EVENTS))["verdicts"]


async def test_the_logs_own_ids_hold_a_stop_together(plant: Plant) -> None:
    rows = [row | {"external_id": f"E{number}"} for number, row in enumerate(EVENTS)]
    await send(plant, rows)
    corrected = [rows[0] | {"starts_at": "2026-03-02 09:58"}, *rows[1:]]
    assert list((await send(plant, corrected))["verdicts"].values()) == ["updated", "unchanged", "unchanged"]
    assert len(await stored(plant)) == 3


async def test_each_row_says_what_is_wrong_with_it(plant: Plant) -> None:
    times = {"starts_at": "2026-03-02 10:00", "ends_at": "2026-03-02 10:12"}
    rows = [
        times | {"machine": "M1"},
        times | {"machine": ""},
        times | {"machine": "M1"},
        times | {"machine": "M2", "ends_at": "2026-03-02 10:00"},
        times | {"machine": "M3", "ends_at": "2026-03-02 09:00"},
        times | {"machine": "M4", "starts_at": "soon"},
        times | {"machine": "M5", "work_center": "L9"},
        times | {"machine": "M6\u00a0"},
        {"starts_at": "Starts_at", "ends_at": "ends_at", "machine": "MACHINE"},
        {"starts_at": "1970-01-01 10:00", "ends_at": "1970-01-01 10:10", "machine": "M7"},
        times | {"machine": "M" * 121},
    ]
    found = await send(plant, rows)
    assert found["verdicts"] == {
        1: "created", 2: "refused", 3: "refused", 4: "refused", 5: "refused", 6: "refused", 7: "refused", 8: "flagged",
        9: "refused", 10: "refused", 11: "refused",
    }  # fmt: skip
    assert found["reasons"] == {
        2: "missing_machine", 3: "exact_duplicate", 4: "zero_length", 5: "end_before_start", 6: "unreadable_time",
        7: "work_center", 8: "no_break_space", 9: "repeated_header", 10: "unreadable_date", 11: "machine",
    }  # fmt: skip
    assert {stop["machine"] for stop in await stored(plant)} == {"M1", "M6"}
    again = await send(plant, rows)
    assert (again["verdicts"][8], again["reasons"][8]) == ("unchanged", "no_break_space")


async def test_an_hour_at_which_nobody_works_is_doubted(plant: Plant) -> None:
    await add_shift(plant, "worker", "02 10:00")
    rows = [{"starts_at": "2026-03-02 01:04", "ends_at": "2026-03-02 01:10", "machine": "M1"}]
    found = await send(plant, rows)
    assert (found["verdicts"], found["reasons"]) == ({1: "flagged"}, {1: "ambiguous_clock"})
    assert [stop["doubtful"] for stop in await stored(plant)] == [True]


async def test_machines_find_their_lines(plant: Plant) -> None:
    rows = [EVENTS[0], EVENTS[0] | {"machine": "7.0"}, EVENTS[0] | {"machine": "M8", "work_center": "L2"}]
    await send(plant, rows, options={"lines": "7=L2"})
    assert [stop["machine"] for stop in await stored(plant)] == ["M1"]
    path = f"/v1/stoppages?work_center_id={plant.second_line_id}&from={iso('01 00:00')}&to={iso('31 00:00')}"
    items = (await plant.get("line_supervisor", path)).json()["items"]
    assert {stop["machine"] for stop in items} == {"7", "M8"}


async def test_a_line_supervisor_brings_in_their_own_line_only(plant: Plant) -> None:
    rows = [EVENTS[0] | {"work_center": "L2"}, EVENTS[1] | {"work_center": "L1"}]
    order = {"kind": "stoppages", "source": "mes", "rows": rows}
    answer = await plant.post("line_supervisor", "/v1/imports", order)
    found = await report(plant, answer.json()["id"], "line_supervisor")
    assert found["verdicts"] == {1: "created", 2: "refused"}
    refused = await plant.post("line_supervisor", "/v1/imports", order | {"options": {"work_center": "L1"}})
    assert refused.json()["errors"][0]["pointer"] == "#/options/work_center"


async def test_samples_give_stops_where_they_are_missing(plant: Plant) -> None:
    minutes = [0, 5, 10, 25, 30]
    rows = [
        {"sampled_at": f"2026-03-02 10:{at:02}:00+00:00", "machine": "M1", "state": "3.0", "product": "A" if at < 20 else "B"}
        for at in minutes
    ]
    found = await send(plant, rows, options={"mode": "samples"})
    assert list(found["verdicts"].values()) == ["unchanged", "unchanged", "unchanged", "created", "unchanged"]
    (stop,) = await stored(plant)
    assert (stop["starts_at"], stop["seconds"], stop["kind"], stop["origin"]) == (iso("02 10:15"), 600, "changeover", "gap")


async def test_states_in_which_the_machine_stands_are_stops(plant: Plant) -> None:
    rows = [{"sampled_at": f"2026-03-02 10:{at:02}", "state": "0" if at in (5, 10) else "1"} for at in (0, 5, 10, 15)]
    await send(plant, rows, options={"mode": "samples", "stopped_states": "0;9"})
    assert [(stop["origin"], stop["seconds"]) for stop in await stored(plant)] == [("state", 600)]


async def test_factors_lean_on_the_batches_and_reasons_of_their_source(plant: Plant) -> None:
    await send(plant, [{"code": "1", "meaning": "Batch change"}, {"code": "2.0", "meaning": "Jam"}], "stoppage-reasons")
    assert set((await send(plant, BATCHES, "production-batches"))["verdicts"].values()) == {"created"}
    more: dict[str, Any] = {"mapping": {"batch": "Lot"}, "options": {"mode": "factors", "ignore": "Remark"}}
    found = await send(plant, FACTORS, **more)
    assert found["verdicts"] == {1: "created", 2: "refused", 3: "created", 4: "flagged"}
    assert found["reasons"] == {2: "repeated_header", 4: "orphan_batch"}
    stops = await stored(plant)
    assert [(stop["starts_at"], stop["reason"], stop["seconds"]) for stop in stops] == [
        (iso("02 07:00"), "Batch change", 1200), (iso("02 21:30"), "Jam", 420), (None, "Batch change", 300), (None, "Jam", 600),
    ]  # fmt: skip
    again = await send(plant, FACTORS, **more)
    assert (again["created"], again["updated"], again["flagged"], again["unchanged"]) == (0, 0, 0, 3)


async def test_minutes_that_a_batch_no_longer_has_are_taken_back(plant: Plant) -> None:
    more: dict[str, Any] = {"options": {"mode": "factors"}}
    await send(plant, [{"batch": "B1", "jam": "5", "clean": "3"}], **more)
    found = await send(plant, [{"batch": "B1", "jam": "5", "clean": ""}], **more)
    assert [stop["seconds"] for stop in await stored(plant)] == [300]
    assert found["reasons"] == {1: "orphan_batch"}


async def test_batches_and_reasons_say_what_is_wrong_with_a_row(plant: Plant) -> None:
    rows = [*BATCHES, BATCHES[0], {"batch": "", "date": "2026-03-02"}, {"batch": "B4", "date": "soon", "starts_at": "1:00"}]
    found = await send(plant, rows, "production-batches")
    assert (list(found["verdicts"].values()), found["reasons"]) == (
        ["refused", "created", "created", "refused", "refused"],
        {1: "repeated_batch", 4: "missing_batch", 5: "unreadable_time"},
    )
    codes = [{"code": "1", "meaning": "Jam"}, {"code": "1.0", "meaning": "Spill"}, {"code": "", "meaning": "x"}]
    said = await send(plant, codes, "stoppage-reasons")
    assert list(said["verdicts"].values()) == ["created", "refused", "refused"]
    changed = await send(plant, [codes[0] | {"meaning": "Jammed"}], "stoppage-reasons")
    assert list(changed["verdicts"].values()) == ["updated"]


@pytest.mark.parametrize(
    ("options", "rows", "pointer"),
    [
        ({"mode": "guess"}, EVENTS, "#/options/mode"),
        ({"time_zone": "Mars/Base"}, EVENTS, "#/options/time_zone"),
        ({"sample_minutes": 0}, EVENTS, "#/options/sample_minutes"),
        ({"lines": "M1"}, EVENTS, "#/options/lines"),
        ({"site": "XXX"}, EVENTS, "#/options/site"),
        ({"work_center": "L9"}, EVENTS, "#/options/work_center"),
        ({"site": "", "work_center": "L1"}, EVENTS, "#/options/site"),
        ({"mode": "samples"}, EVENTS, "#/mapping/sampled_at"),
        ({"mode": "factors"}, EVENTS, "#/mapping/batch"),
        ({"mode": "factors"}, [{"batch": "B1"}], "#/options/mode"),
        ({}, [{"starts_at": "2026-03-02 10:00"}], "#/mapping/ends_at"),
        ({}, [{"ends_at": "2026-03-02 10:00"}], "#/mapping/starts_at"),
    ],
)
async def test_options_that_do_not_fit_the_log_are_named(
    plant: Plant, options: dict[str, Any], rows: list[dict[str, Any]], pointer: str
) -> None:
    order = {"kind": "stoppages", "source": "mes", "rows": rows, "options": {"site": "BER", "work_center": "L1"} | options}
    answer = await plant.post("integration", "/v1/imports", order)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_rows_of_different_chunks_explain_each_other(plant: Plant) -> None:
    """More rows than one chunk of the mechanism: a gap between two chunks is a stop all the same."""
    rows = [
        {"sampled_at": f"2026-03-{2 + at // 1440:02}T{at // 60 % 24:02}:{at % 60:02}:00Z"}
        for at in range(0, 3600, 5)
        if at != 2500
    ]
    found = await send(plant, rows, options={"mode": "samples"})
    assert (found["status"], found["created"], found["unchanged"]) == ("finished", 1, 718)
    again = await send(plant, rows, options={"mode": "samples"}, dry_run=True)
    assert (again["created"], again["unchanged"]) == (0, 719)
