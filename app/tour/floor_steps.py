"""The live floor: a changeover comes early, an offer is accepted, production calls back."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.demo.client import Api
from app.tour.cast import Cast, fresh_id
from app.tour.report import Report

MODULE = "five-s"


def floor(cast: Cast, report: Report) -> None:
    """A line stops now: who may leave is asked, one accepts, and is called back."""
    cover = cast.supervisor.get("/v1/coverage", work_center_id=cast.line_id)
    single = sum(one["single_point"] is not None for one in cover["skills"])
    report.step(
        "supervisor",
        f"9 sees who may leave line 1 now: {cover['may_leave_together']} of {cover['items'][0]['present']} together, "
        f"{single} skills hang on one person",
    )
    due = datetime.now(UTC) + timedelta(hours=6)
    people = [cast.worker_id, cast.colleague_id]
    body = {
        "id": fresh_id(),
        "kind": "module",
        "key": MODULE,
        "mandatory": True,
        "due_at": due,
        "priority": 99,
        "workers": people,
    }
    cast.supervisor.post("/v1/assignments", body)
    stop = {"work_center_id": cast.line_id, "kind": "changeover", "minutes": 15, "max_learners": 3}
    window = cast.supervisor.post(f"/v1/windows/{fresh_id()}/opening", stop)
    asked = {one["worker_id"] for one in window["offers"]}
    report.true("no more are asked than may leave", len(asked) <= max(0, cover["may_leave_together"]))
    report.step("supervisor", f"9 opens a changeover that came early: {len(asked)} people are offered what fits")
    learner = next(
        (api for api, who in ((cast.worker, cast.worker_id), (cast.colleague, cast.colleague_id)) if who in asked), None
    )
    called = accepted(learner, report) if learner else False
    closed = cast.supervisor.post(f"/v1/windows/{window['id']}/closing", {"work_center_id": cast.line_id})
    report.equal("why the window is over", closed["ended_by"], "production")
    again = cast.supervisor.post(f"/v1/windows/{window['id']}/closing", {"work_center_id": cast.line_id})
    report.equal("closing it again changes nothing", again["closed_at"], closed["closed_at"])
    report.equal("offers that still stand", [one for one in closed["offers"] if one["status"] == "offered"], [])
    told(learner if called else None, closed, report)


def accepted(api: Api, report: Report) -> bool:
    """One of those who were asked accepts, twice, and learns."""
    (offer,) = api.get("/v1/me/offers")["items"]
    taken = api.post(f"/v1/learning-offers/{offer['id']}/acceptance", None)
    again = api.post(f"/v1/learning-offers/{offer['id']}/acceptance", None)
    report.equal("accepting twice begins one block", again["block_id"], taken["block_id"])
    now = api.get("/v1/me/now")
    report.true("learning may begin", now["may_learn"])
    report.step(
        "worker", f"9 accepts '{offer['title']['en']}', {offer['seconds']} s, on a place that is theirs until the window ends"
    )
    return True


def told(api: Api | None, closed: dict[str, Any], report: Report) -> None:
    """Whoever learned is called back, and the rest has another time."""
    if api is None:
        report.step("supervisor", "9 calls back: nobody was learning")
        return
    now = api.get("/v1/me/now")
    report.true("the window is over on the phone", now["window"] is None or now["window"]["id"] != closed["id"])
    moved, dropped = len(closed["replan"]["moved"]), len(closed["replan"]["cancelled"])
    report.step("supervisor", f"9 calls back: learning pauses; {moved} blocks placed again, {dropped} wait for the next plan")
