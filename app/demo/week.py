"""The demo's coming week: where the lines have minutes, what should be learned, and the plan that brings both together."""

import csv
import io
import json
import random
import time
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from app.core.ids import new_id
from app.demo.build import Built
from app.demo.client import Api
from app.demo.processes import VAR, DemoFailed

SEED = 20_260_103
CHANGEOVERS = (("06:00", 240, 12), ("08:00", 240, 12))
MANDATORY = ("lockout-tagout-basics", "spill-response", "hand-hygiene", "manual-handling", "what-not-to-paste")
# A machine with much else to do takes many times as long; whoever waits sees that it goes on, and can stop it.
PATIENCE_SECONDS = 600.0


def build_windows(api: Api, built: Built) -> int:
    """Handovers on every line, changeovers on the bottling lines, lulls where goods come and go. Answers how many patterns."""
    for code, line_id in built.lines.items():
        handover = {"type": "handover", "outgoing_minutes": 10, "incoming_minutes": 10}
        pattern(api, line_id, "handover", handover, learners=2, staying=1)
        if code.startswith("L"):
            for first, every, minutes in CHANGEOVERS[: 1 + (code == "L1")]:
                anchor = {"type": "every", "minutes": every, "first": first}
                pattern(api, line_id, "changeover", anchor, minutes=minutes, learners=2, reliability=90)
        else:
            anchor = {"type": "every", "minutes": 120, "first": "01:15"}
            pattern(api, line_id, "lull", anchor, minutes=9, learners=2, reliability=80)
    return len(api.items("/v1/window-patterns"))


def pattern(
    api: Api,
    line_id: str,
    kind: str,
    anchor: dict[str, Any],
    *,
    minutes: int = 0,
    learners: int = 1,
    staying: int | None = None,
    reliability: int = 100,
) -> None:
    """One window pattern, with a minute to get set up and half a minute to return."""
    body = {
        "work_center_id": line_id,
        "kind": kind,
        "anchor": anchor,
        "minutes": minutes,
        "setup_seconds": 60,
        "return_seconds": 30,
        "max_learners": learners,
        "minimum_staying": staying,
        "reliability_percent": reliability,
    }
    api.post("/v1/window-patterns", body)


def line_log(today: date) -> str:
    """Four weeks of bottling line 2's own stoppage log: format changes in the morning, jams, cleaning; a few bad rows."""
    chance = random.Random(SEED)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(["Begin", "End", "Machine", "Reason"])
    for back in range(28, 0, -1):
        day = datetime.combine(today - timedelta(days=back), datetime.min.time())
        for hour, reason, low, high in (
            (9, "Format change", 11, 19),
            (13, "Cleaning CIP", 14, 22),
            (18, "Format change", 11, 19),
        ):
            start = day + timedelta(hours=hour, minutes=chance.randint(5, 25), seconds=chance.randint(0, 59))
            end = start + timedelta(seconds=chance.randint(low * 60, high * 60))
            writer.writerow([f"{start:%Y-%m-%d %H:%M:%S}", f"{end:%Y-%m-%d %H:%M:%S}", "Filler", reason])
        for _ in range(chance.randint(2, 5)):
            start = day + timedelta(seconds=chance.randint(0, 86_399))
            end = start + timedelta(seconds=chance.randint(60, 420))
            writer.writerow([f"{start:%Y-%m-%d %H:%M:%S}", f"{end:%Y-%m-%d %H:%M:%S}", "Labeler", "Jam"])
    writer.writerow([f"{today:%Y-%m-%d} 00:10:00", f"{today:%Y-%m-%d} 00:05:00", "Filler", "Jam"])
    return out.getvalue()


def import_log(api: Api, site: str, line: str, today: date) -> dict[str, Any]:
    """Send the line's log through the import; answers the import's counts."""
    mapping = {"starts_at": "Begin", "ends_at": "End", "machine": "Machine", "reason": "Reason"}
    options = {"mode": "events", "work_center": line, "site": site}
    query = {"kind": "stoppages", "source": f"{line}-log", "mapping": json.dumps(mapping), "options": json.dumps(options)}
    headers = {"content-type": "text/csv"}
    done: dict[str, Any] = api.call("POST", "/v1/imports", params=query, content=line_log(today).encode(), headers=headers).json()
    return finished_import(api, done)


def finished_import(api: Api, done: dict[str, Any]) -> dict[str, Any]:
    """Wait until an import has been worked off. Raises DemoFailed when it failed."""
    done = wait_while(("waiting", "running"), api, f"/v1/imports/{done['id']}", done)
    if done["status"] != "finished":
        raise DemoFailed(f"an import ended as {done['status']}: {done}")
    return done


def wait_while(statuses: Collection[str], api: Api, path: str, found: dict[str, Any]) -> dict[str, Any]:
    """Read a resource until its status is another one, or patience is at an end; answers the last reading."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while found["status"] in statuses and time.monotonic() < deadline:
        time.sleep(0.4)
        found = api.get(path)
    return found


def assign(api: Api, built: Built, now: datetime) -> int:
    """Safety and AI basics for everybody within two weeks, the rest for whom it helps. Answers how many assignments."""
    crews = list(built.crews.values())
    modules = [item["key"] for item in api.items("/v1/modules")]
    quizzes = [item["key"] for item in api.items("/v1/quizzes")]
    checklists = [item["key"] for item in api.items("/v1/checklists")]
    wanted: list[dict[str, Any]] = [
        {"kind": "module", "key": key, "mandatory": key in MANDATORY, "crews": crews} for key in modules
    ]
    wanted += [{"kind": "quiz", "key": key, "mandatory": False, "crews": crews} for key in quizzes]
    dock = [crew_id for code, crew_id in built.crews.items() if code.startswith("DK")]
    for key in checklists:
        forklift = "forklift" in key
        wanted.append({"kind": "checklist", "key": key, "mandatory": forklift, "crews": dock if forklift else crews})
    for place, body in enumerate(wanted):
        due = now + timedelta(days=10 + place % 4)
        from_now = {"due_at": due, "priority": 80} if body["mandatory"] else {"priority": 30 + place % 30}
        api.post("/v1/assignments", {"id": new_id(), **body, **from_now})
    return len(wanted)


def make_plan(api: Api, site_id: str, days: int) -> dict[str, Any]:
    """Ask for a plan and wait for it; answers the solved plan. Raises DemoFailed when there is none."""
    asked = api.post("/v1/plans", {"site_id": site_id, "days": days})
    plan = wait_while(("solving",), api, f"/v1/plans/{asked['id']}", asked)
    if plan["status"] != "proposed":
        why = plan.get("failure") or f"not solved after {PATIENCE_SECONDS:.0f} s"
        raise DemoFailed(f"a plan ended as {plan['status']}: {why}. See {VAR / 'worker.log'}")
    return plan


def publish(api: Api, plan: dict[str, Any]) -> dict[str, Any]:
    """Publish a proposed plan; answers what changed."""
    tag = {"If-Match": f'"v{plan["version"]}"'}
    found: dict[str, Any] = api.post(f"/v1/plans/{plan['id']}/publication", None, **tag)
    return found
