"""Step 5, the life of a plan: watched while it is solved, compared with what is published, published and taken back."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from app.demo import week
from app.demo.client import Api, Refused
from app.tour.cast import Cast
from app.tour.report import Report

# Taking a publication back is refused once learning has started, so this plan begins a little later than now.
AHEAD = timedelta(minutes=20)


def gap_compare_and_undo(cast: Cast, report: Report) -> None:
    """Three lines: the proven gap, the differences, and everything as it was before."""
    asked = cast.supervisor.post("/v1/plans", {"site_id": cast.site_id, "from": datetime.now(UTC) + AHEAD, "days": 6})
    seen = watch(cast.supervisor, asked["id"])
    plan = cast.supervisor.get(f"/v1/plans/{asked['id']}")
    report.equal("the end of the stream", (seen[-1]["status"], seen[-1]["placed"]), ("proposed", plan["placed"]))
    proven = plan["gap"] is not None
    report.true("the bound is not below the plan", not proven or plan["bound"] >= plan["objective"])
    told = f"at most {100 * plan['gap']:.2f} % from the best plan there is" if proven else "no bound proven (extra not installed)"
    report.step("supervisor", f"5 watches a plan being solved, {len(seen)} events: {told}")
    found = cast.supervisor.get(f"/v1/plans/{plan['id']}/comparison")
    counts = tuple(len(found[name]) for name in ("moved", "new", "dropped"))
    report.true("every difference has a reason", all(one["sentence"] for name in ("moved", "dropped") for one in found[name]))
    why = next((one["sentence"] for name in ("moved", "dropped") for one in found[name]), "nothing that was published moves")
    report.step("supervisor", f"5 compares: {counts[0]} moved, {counts[1]} new, {counts[2]} dropped. {why}")
    publish_and_take_back(cast, report, plan, counts)


def publish_and_take_back(cast: Cast, report: Report, plan: dict[str, Any], counts: tuple[int, ...]) -> None:
    """Publishing changes what the comparison told, and taking it back restores every block of the worker."""
    ahead = datetime.now(UTC) + AHEAD / 2
    before = blocks_of(cast, ahead)
    changed = week.publish(cast.supervisor, plan)
    report.equal("what was compared is what changed", (changed["moved"], changed["scheduled"], changed["cancelled"]), counts)
    tag = {"If-Match": f'"v{changed["plan"]["version"]}"'}
    back = cast.supervisor.call("DELETE", f"/v1/plans/{plan['id']}/publication", headers=tag).json()
    was = changed["moved"] + changed["cancelled"]
    report.equal("blocks restored or told as not restored", back["restored"] + back["not_restored"], was)
    if back["not_restored"] == 0:
        report.equal("the worker's blocks after taking back", blocks_of(cast, ahead), before)
    # What was learned since may have used up a day's cap, which earlier tours do: such a block breaks a rule by now.
    kept = f"{back['restored']} as they were" + (f", {back['not_restored']} no longer possible" if back["not_restored"] else "")
    report.step("supervisor", f"5 publishes and takes it back: {back['cancelled']} blocks gone, {kept}")


def blocks_of(cast: Cast, since: datetime) -> list[tuple[str, str, str]]:
    """The worker's own blocks from an instant on."""
    asked = {"from": since.isoformat(), "to": (since + timedelta(days=8)).isoformat()}
    return [(b["id"], b["starts_at"], b["status"]) for b in cast.worker.get("/v1/me/blocks", **asked)["items"]]


def watch(api: Api, plan_id: str) -> list[dict[str, Any]]:
    """The events of a plan's stream until it is done; a stream that ends before is asked for again, as a browser would."""
    seen: list[dict[str, Any]] = []
    deadline = time.monotonic() + week.PATIENCE_SECONDS
    while (not seen or seen[-1]["phase"] != "done") and time.monotonic() < deadline:
        with api.http.stream("GET", f"/v1/plans/{plan_id}/progress") as answer:
            if not answer.is_success:
                raise Refused(f"the progress of plan {plan_id} answered {answer.status_code}")
            lines = [line for line in answer.iter_lines() if line.startswith("data: ")]
        seen += [json.loads(line.removeprefix("data: ")) for line in lines]
    return seen
