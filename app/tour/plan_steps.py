"""Steps 1 to 5: people, roster, downtime map, catalog, assignment and plan."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from app.demo import week
from app.tour import plan_life
from app.tour.cast import Cast, fresh_id
from app.tour.free_time import instant
from app.tour.report import Report

KEY_WORDS = ('"key":[', '"rationale":', '"feedback":', '"correct"')


def people(cast: Cast, report: Report) -> None:
    """1. People and place."""
    me = cast.worker.get("/v1/me")
    report.equal("the signed-in worker", me["id"], cast.worker_id)
    row = {"external_id": "tour-1", "number": "7777", "name": "Trial Row", "site": "HAM"}
    rows = [row, {**row, "external_id": "tour-2", "number": "7778", "site": "nowhere"}]
    done = cast.integration.post("/v1/imports", {"kind": "workers", "source": "tour", "rows": rows, "dry_run": True})
    report.equal("rows that would be created", done["created"], 1)
    report.equal("rows that would be refused", done["refused"], 1)
    refused = cast.integration.items(f"/v1/imports/{done['id']}/rows", verdict="refused")[0]
    report.step("worker", f"1 signs in with number {cast.worker_number} and a PIN, no e-mail needed")
    report.step("integration", f"1 tries an import of two workers: one fits, one is refused: {refused['reason']}")


def roster(cast: Cast, report: Report) -> None:
    """2. Roster: a night over a clock change has its real length, and the worker has a shift now."""
    now = datetime.now(UTC)
    change = datetime(now.year + 1, 3, 31, tzinfo=UTC)
    sunday = change - timedelta(days=(change.weekday() + 1) % 7)
    night = next(t for t in cast.supervisor.get("/v1/shift-types", site_id=cast.site_id) if t["code"] == "N")
    body = {
        "id": fresh_id(),
        "worker_id": cast.worker_id,
        "work_center_id": cast.line_id,
        "shift_type_id": night["id"],
        "business_date": (sunday - timedelta(days=1)).date(),
    }
    made = cast.supervisor.post("/v1/shifts", body)
    report.equal("the night of the spring clock change in seconds", made["seconds"], 7 * 3600)
    tag = {"If-Match": f'"v{made["version"]}"'}
    cast.supervisor.call("PATCH", f"/v1/shifts/{made['id']}", json={"status": "cancelled"}, headers=tag)
    report.step(
        "supervisor", f"2 plans the night of {made['business_date']}: {made['seconds'] // 3600} real hours; then takes it back"
    )


def downtime(cast: Cast, report: Report) -> None:
    """3. Downtime map: windows of the next day, and what the line's own log proposes."""
    now = datetime.now(UTC)
    window = {"from": now.isoformat(), "to": (now + timedelta(days=1)).isoformat()}
    found = cast.supervisor.items("/v1/windows", work_center_id=cast.line_id, **window)
    report.true("line 1 has windows tomorrow", found)
    kinds = Counter(one["kind"] for one in found)
    past = {"from": (now - timedelta(days=30)).isoformat(), "to": now.isoformat()}
    proposed = cast.supervisor.get(f"/v1/work-centers/{cast.logged_line_id}/pattern-proposals", **past)["items"]
    usable = [one for one in proposed if one["too_little"] is None]
    report.true("the log of line 2 proposes a pattern", usable)
    best = max(usable, key=lambda one: one["usable_seconds"])
    told = ", ".join(f"{count} {kind}s" for kind, count in kinds.items())
    report.step("supervisor", f"3 sees {len(found)} windows on line 1 in the next 24 hours: {told}")
    report.step(
        "supervisor",
        f"3 reads from line 2's log: {best['window_kind']} with {best['usable_seconds']} usable seconds, "
        f"{best['reliability_percent']} % reliable, {best['stoppages']} stops counted",
    )


def catalog(cast: Cast, report: Report) -> None:
    """4. Catalog: a module in Spanish; the key never leaves the server."""
    modules = cast.worker.items("/v1/modules")
    spanish = cast.worker.get("/v1/modules/hand-hygiene", language="es")
    report.equal("the language asked for", (spanish["language"], spanish["fallback"]), ("es", False))
    german = cast.worker.get("/v1/modules/hand-hygiene", language="de")
    report.true("a missing language falls back and says so", german["fallback"])
    quizzes = cast.worker.items("/v1/quizzes")
    for item in modules + quizzes:
        path = "modules" if item["kind"] == "module" else "quizzes"
        text = cast.worker.call("GET", f"/v1/{path}/{item['key']}").text.replace(" ", "")
        report.true(f"{item['key']} is served without its key", not any(word in text for word in KEY_WORDS))
    report.step("worker", f"4 finds {len(modules)} modules and {len(quizzes)} quizzes; reads '{spanish['title']}'")


def plan(cast: Cast, report: Report) -> dict[str, Any]:
    """5. Assignment and plan; answers the published plan."""
    due = datetime.now(UTC) + timedelta(days=5)
    body = {
        "id": fresh_id(),
        "kind": "module",
        "key": "near-miss-reporting",
        "mandatory": True,
        "due_at": due,
        "priority": 90,
        "workers": [cast.worker_id, cast.colleague_id],
    }
    cast.supervisor.post("/v1/assignments", body)
    plan_life.gap_compare_and_undo(cast, report)
    proposed = week.make_plan(cast.supervisor, cast.site_id, 7)
    blocks = cast.supervisor.items(f"/v1/plans/{proposed['id']}/blocks")
    report.equal("blocks of the plan", len(blocks), proposed["placed"])
    report.true("every unplaced item has a reason", all(item["sentence"] for item in proposed["unplaced_items"]))
    short = [s for center in proposed["coverage"] for s in center["steps"] if s["staying"] < s["minimum"] <= s["present"]]
    report.equal("moments below the minimum headcount", len(short), 0)
    changed = week.publish(cast.supervisor, proposed)
    now = datetime.now(UTC)
    asked = {"from": now.isoformat(), "to": (now + timedelta(days=8)).isoformat()}
    mine = cast.worker.get("/v1/me/blocks", **asked)["items"]
    seen = [b for b in mine if instant(b["starts_at"]) > now]
    report.true("the worker sees blocks", seen)
    report.step(
        "supervisor",
        f"5 plans a week: {proposed['placed']} items into windows, {proposed['unplaced']} not placed, each with its reason; "
        f"publishes: {changed['scheduled']} new, {changed['moved']} moved, {changed['unchanged']} as they were",
    )
    if proposed["unplaced_items"]:
        report.step("supervisor", f"5 reads why: {proposed['unplaced_items'][0]['sentence']}")
    report.step("worker", f"5 sees {len(seen)} blocks ahead, the next at {seen[0]['starts_at']}" if seen else "5 sees no block")
    return proposed
