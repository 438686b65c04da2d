"""What the ledger promises: a broken block is made up, a correction is disputed, a period is closed, the chain verifies."""

import hashlib
import random
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.demo.client import Api
from app.tour.cast import Cast, fresh_id
from app.tour.free_time import entries, stretch
from app.tour.learn_steps import Learned
from app.tour.report import Report

# So long a block is promised here; plants promise half an hour.
BLOCK_SECONDS = 4
WEEKS_BACK = 2
TRIES = 8


def pay(cast: Cast, report: Report, learned: Learned) -> None:
    """11 to 14, in order; none of it changes what was learned in the tour."""
    protected(cast, report)
    disputed(cast, report, learned)
    closed(cast, report)
    evidence(cast, report)


def protected(cast: Cast, report: Report) -> None:
    """11. Promised time is broken for production, with its reason, and made up."""
    shift = next(iter(coming_shifts(cast)), None)
    report.true("the worker has a shift within a week", shift)
    if shift is None:
        return
    first = promised(cast, shift)
    broken = cast.supervisor.post(
        f"/v1/protected-blocks/{first['id']}/breaks", {"reason": "production_need", "note": "A rush order"}
    )
    report.equal("the block is broken on record", broken["state"], "broken")
    other = promised(cast, shift, makes_up_id=first["id"])
    session = {"id": fresh_id(), "kind": "protected_block", "seconds": BLOCK_SECONDS, "block_id": other["id"]}
    began = cast.worker.http.post("/v1/me/learning-sessions", json=session)
    if began.status_code == 409:
        report.equal("nothing is learned in a break", began.json()["code"], "in_break")
        report.step("worker", "11 is in a break, where no session begins: the block is made up after it")
        return
    report.equal("the session begins", began.status_code, 201)
    time.sleep(BLOCK_SECONDS + 1.2)
    cast.worker.post(f"/v1/me/learning-sessions/{session['id']}/end", {})
    made_up = cast.worker.get(f"/v1/protected-blocks/{first['id']}")
    report.equal("the broken block is made up", made_up["state"], "made_up")
    reasons = [fact["reason"] for fact in made_up["facts"] if fact["fact"] == "broken"]
    report.equal("why it was broken stays on record", reasons, ["production_need"])
    report.step("supervisor", "11 breaks a protected block for a rush order, with the reason; another one makes it up")


def coming_shifts(cast: Cast) -> list[dict[str, Any]]:
    """The worker's shifts of the coming week that have not begun."""
    now = datetime.now(UTC)
    found = cast.worker.get("/v1/me/shifts", **{"from": now.isoformat(), "to": (now + timedelta(days=7)).isoformat()})["items"]
    return [shift for shift in found if datetime.fromisoformat(shift["starts_at"]) > now]


def promised(cast: Cast, shift: dict[str, Any], **more: str) -> dict[str, Any]:
    """A protected block somewhere in the shift, outside its breaks and beside other blocks."""
    begins, pauses = datetime.fromisoformat(shift["starts_at"]), [stretch(pause) for pause in shift["breaks"]]
    answer = None
    for _ in range(TRIES):
        start = begins + timedelta(seconds=random.randrange(60, 6 * 3600))  # no secret
        if any(pause.contains(start) or pause.contains(start + timedelta(seconds=BLOCK_SECONDS)) for pause in pauses):
            continue
        end = start + timedelta(seconds=BLOCK_SECONDS)
        body = {"id": fresh_id(), "worker_id": cast.worker_id, "starts_at": start.isoformat(), "ends_at": end.isoformat(), **more}
        answer = cast.supervisor.http.post("/v1/protected-blocks", json=body)
        if answer.status_code == 201:
            break
    if answer is None:
        raise RuntimeError("the shift has no time outside its breaks")
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    return made


def disputed(cast: Cast, report: Report, learned: Learned) -> None:
    """12. Payroll takes a line back, the worker objects, somebody else answers, the seconds come back."""
    before = net(cast, learned)
    line = next(e for e in entries(cast.worker, learned.days) if e["source_id"] in learned.paid and e["entry_type"] == "credit")
    own = {"reason": "Mine"}
    cast.worker.call("POST", f"/v1/pay-entries/{line['id']}/reversals", expect=403, json=own)
    back = cast.payroll.post(f"/v1/pay-entries/{line['id']}/reversals", {"reason": "The badge of somebody else"})
    report.equal("the line is taken back to the second", net(cast, learned), before - line["seconds"])
    shown = next(e for e in entries(cast.worker, learned.days) if e["id"] == back["id"])
    report.equal("the worker sees why", shown["reason"], "The badge of somebody else")
    opened = cast.worker.post("/v1/me/pay-disputes", {"id": fresh_id(), "entry_id": back["id"], "note": "It was my own badge"})
    said = {"outcome": "granted", "note": "The camera of the gate agrees"}
    cast.payroll.call("POST", f"/v1/pay-disputes/{opened['id']}/answers", expect=403, json=said)
    settled = cast.admin.post(f"/v1/pay-disputes/{opened['id']}/answers", said)
    report.equal("the dispute is settled", settled["state"], "settled")
    report.equal("the seconds are given back", net(cast, learned), before)
    report.step("payroll", f"12 takes {line['seconds']} s back with a reason; answering the dispute about it is refused")
    report.step("admin", "12 grants the worker's dispute: the seconds come back by a line of their own")


def net(cast: Cast, learned: Learned) -> int:
    """Seconds in the worker's account."""
    return sum(entry["seconds"] for entry in entries(cast.worker, learned.days))


def closed(cast: Cast, report: Report) -> None:
    """13. A period that is over is approved as seen, closed and exported; its file stays the same for ever."""
    calendar(cast)
    over = [p for p in cast.payroll.items("/v1/pay-periods", site_id=cast.site_id) if p["last_date"] < today()]
    over.sort(key=lambda period: str(period["first_date"]))
    report.true("a pay period is over", over)
    left = next((p for p in over if p["status"] not in ("closed", "exported")), None)
    period = left or over[-1]
    if left is not None:
        approved(cast, period["id"])
        cast.payroll.post(f"/v1/pay-periods/{period['id']}/closing")
        cast.payroll.call("POST", f"/v1/pay-periods/{period['id']}/closing", expect=409)
    made = cast.payroll.post(f"/v1/pay-periods/{period['id']}/exports", {"format": "csv"})
    path = f"/v1/pay-periods/{period['id']}/exports/csv"
    files = [cast.payroll.call("GET", path).content for _ in range(3)]
    report.equal("the file stays the same", {hashlib.sha256(file).hexdigest() for file in files}, {made["sha256"]})
    held = cast.payroll.get(f"/v1/pay-periods/{period['id']}")
    report.equal("the file sums to the period", sums(files[0]), held["seconds"])
    told = f"{held['first_date']} to {held['last_date']}: {held['seconds']} s"
    if left is not None:
        report.step("payroll", f"13 approves what was seen, closes and exports {told}; closing twice is refused")
    else:
        report.step("payroll", f"13 has no period left to close; the file of {told} is what it was")


def today() -> str:
    """The date in UTC; a period that ended before it is over everywhere the demo stands."""
    return date.isoformat(datetime.now(UTC).date())


def calendar(cast: Cast) -> None:
    """Cut the site's periods into weeks, unless it was done before."""
    path = f"/v1/sites/{cast.site_id}/pay-calendar"
    if cast.payroll.http.get(path).status_code == 404:
        monday = datetime.now(UTC).date() - timedelta(days=datetime.now(UTC).weekday())
        starts = (monday - timedelta(weeks=WEEKS_BACK)).isoformat()
        cast.payroll.call("PUT", path, json={"frequency": "weekly", "starts_on": starts, "workday_starts": "00:00"})


def approved(cast: Cast, period_id: str) -> None:
    """Approve what a look showed; what came in between is looked at again."""
    for _ in range(TRIES):
        seen = cast.payroll.get(f"/v1/pay-periods/{period_id}")
        body = {"content_hash": seen["content_hash"]}
        answer = cast.payroll.http.post(f"/v1/pay-periods/{period_id}/approval", json=body)
        if answer.status_code != 409:
            break
        time.sleep(2)
    answer.raise_for_status()


def sums(file: bytes) -> int:
    """Seconds of a plain payroll file without its checksum."""
    lines = [line.split(",") for line in file.decode().splitlines()[1:-1]]
    return sum(int(line[5]) for line in lines)


def evidence(cast: Cast, report: Report) -> None:
    """14. The chain verifies, the statement prints, and the worker sees who looked."""
    findings, links = verified(cast.payroll)
    report.equal("the ledger's hash chain verifies", findings, [])
    for language in ("en", "es"):
        file = cast.worker.call("GET", f"/v1/me/pay-statement.pdf?language={language}")
        report.equal(f"the statement is a PDF ({language})", file.content[:5], b"%PDF-")
    looks = cast.worker.get("/v1/me/pay-access")["items"]
    report.true("the worker sees that payroll looked", any(look["actor_name"] for look in looks))
    report.step("payroll", f"14 verifies the hash chain: {links} links, nothing changed, removed or inserted")
    report.step("worker", "14 fetches the statement as PDF in English and Spanish, and sees who looked at it")


def verified(api: Api) -> tuple[list[Any], int]:
    """Findings and number of links of a whole verification."""
    findings, links, cursor = list[Any](), 0, None
    while True:
        step = api.get("/v1/ledger/verification", cursor=cursor)
        findings, links, cursor = findings + step["findings"], links + step["links"], step["next_cursor"]
        if cursor is None:
            return findings, links
