"""Steps 6 to 8: learning now, offline results, a checklist, the pay statement, and help between colleagues."""

import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from app.core.intervals import Interval
from app.demo import history
from app.demo.build import LIBRARY
from app.tour.cast import Cast, fresh_id
from app.tour.free_time import entries, free_slots
from app.tour.report import Report

PIECE_SECONDS = 400
SHORT_SECONDS = 240
ASSIST_MINUTES = 6


@dataclass(slots=True)
class Learned:
    """What the tour did for the worker: credited seconds by source id, and the export before it began."""

    paid: dict[str, int] = field(default_factory=dict)
    before: int = 0
    exported_before: int = 0
    days: dict[str, str] = field(default_factory=dict)

    @property
    def seconds(self) -> int:
        """Everything credited in the tour."""
        return sum(self.paid.values())


def begin(cast: Cast) -> Learned:
    """Note the worker's statement and the payroll file as they stand before the tour."""
    now = datetime.now(UTC)
    days = {"from": (now - timedelta(days=8)).date().isoformat(), "to": (now + timedelta(days=1)).date().isoformat()}
    return Learned(
        before=sum(entry["seconds"] for entry in entries(cast.worker, days)),
        exported_before=exported(cast, days),
        days=days,
    )


def exported(cast: Cast, days: dict[str, str]) -> int:
    """Seconds of the tour's worker in the payroll file."""
    text = cast.payroll.call("GET", "/v1/pay-exports", params=days).text
    lines = [line.split(",") for line in text.splitlines()[1:]]
    return sum(int(line[4]) for line in lines if line[0].strip('"') == cast.worker_number)


def now_and_online(cast: Cast, report: Report, learned: Learned) -> None:
    """6. What fits now, and one module on the phone: start, answer, finish."""
    fits = cast.worker.get("/v1/me/now", minutes=5)
    best = next((item for item in fits["items"] if item["fits"]), None)
    # Before and in a break there is less time than the worker says: then nothing may be offered.
    report.true("something fits when there are four minutes", best or fits["seconds_at_hand"] < SHORT_SECONDS)
    told = best["sentence"] if best and fits["may_learn"] else fits["sentence"]
    report.step("worker", f"6 asks what fits into five minutes: {told}")
    attempt_id = fresh_id()
    started = cast.worker.post("/v1/attempts", {"id": attempt_id, "kind": "module", "key": "asking-for-help"})
    report.equal("nothing is reviewed before the end", started["review"], [])
    time.sleep(2.1)
    cards = [card["id"] for card in started["module"]["cards"]]
    answers = {
        card["question"]["item"]: [card["question"]["choices"][0]["id"]]
        for card in started["module"]["cards"]
        if card["question"]
    }
    done = cast.worker.post(f"/v1/attempts/{attempt_id}/finish", {"outcome": "completed", "cards": cards, "answers": answers})
    report.equal("the attempt is completed", done["status"], "completed")
    report.true("the answers are explained now", not answers or done["review"])
    learned.paid[attempt_id] = done["paid_seconds"]
    report.step("worker", f"6 finishes a module on the phone in {done['seconds']} s, {done['paid_seconds']} s of it paid")


def offline(cast: Cast, report: Report, learned: Learned) -> None:
    """6. Three pieces done without a signal, uploaded twice: the second time changes nothing."""
    library = history.Library.read(cast.worker, LIBRARY)
    chance = random.Random(1)
    slots = free_slots(cast.worker, datetime.now(UTC), PIECE_SECONDS)[:3]
    report.equal("free paid time found in the last days", len(slots), 3)
    items: list[dict[str, Any]] = []
    for slot, key in zip(slots[:2], ("five-s", "spill-response"), strict=False):
        items.append(history.module_result(library, key, slot, chance, "en"))
    if len(slots) > 2:
        items.append(history.quiz_result(library, "teamwork-quiz", slots[2], chance, "en"))
    first = cast.worker.post("/v1/attempt-batches", {"items": items})["items"]
    again = cast.worker.post("/v1/attempt-batches", {"items": items})["items"]
    report.equal("verdicts of the upload", [v["verdict"] for v in first], ["created"] * len(items))
    report.equal("verdicts of the same upload again", [v["verdict"] for v in again], ["exists"] * len(items))
    report.equal("paid seconds of both uploads", [v["paid_seconds"] for v in again], [v["paid_seconds"] for v in first])
    report.equal("offline seconds are all paid", [v["paid_seconds"] for v in first], [v["seconds"] for v in first])
    learned.paid |= {v["id"]: v["paid_seconds"] for v in first}
    total = sum(v["paid_seconds"] for v in first)
    report.step("worker", f"6 uploads {len(items)} results made offline, twice: {total} s paid once")


def checklist(cast: Cast, report: Report, learned: Learned) -> None:
    """6. A checklist run with a required item missing, then complete."""
    run_id = fresh_id()
    started = cast.worker.post("/v1/checklist-runs", {"id": run_id, "key": "five-s-walk"})
    wanted = started["checklist"]["items"]
    early = cast.worker.call("POST", f"/v1/checklist-runs/{run_id}/finish", expect=422, json={"items": {}})
    report.true("missing required items are named", early.json()["errors"])
    found = {item["id"]: {"state": "done", **({"photo": "media:tour"} if item["photo"] == "required" else {})} for item in wanted}
    time.sleep(1.1)
    done = cast.worker.post(f"/v1/checklist-runs/{run_id}/finish", {"items": found})
    learned.paid[run_id] = done["paid_seconds"]
    report.equal("the run is completed", done["status"], "completed")
    report.step(
        "worker", f"6 walks a checklist of {len(wanted)} items; finishing early named {len(early.json()['errors'])} missing"
    )


def assist(cast: Cast, report: Report, learned: Learned) -> None:
    """8. A colleague's help: logged by one, confirmed by the other, paid to both."""
    now = datetime.now(UTC)
    helped = free_slots(cast.worker, now, ASSIST_MINUTES * 60)
    helping = free_slots(cast.colleague, now, ASSIST_MINUTES * 60)
    length = timedelta(minutes=ASSIST_MINUTES)
    start = shared_start(cast, helped, helping, length)
    report.true("both have free paid time together", start)
    if start is None:
        return
    body = {
        "id": fresh_id(),
        "role": "helper",
        "colleague_id": cast.worker_id,
        "skill": "changeover",
        "work_center_id": cast.line_id,
        "started_at": start,
        "minutes": ASSIST_MINUTES,
        "note": "Showed the quick clamp",
    }
    made = cast.colleague.post("/v1/peer-assists", body)
    alone = {**body, "id": fresh_id(), "colleague_id": cast.colleague_id}
    cast.colleague.call("POST", "/v1/peer-assists", expect=422, json={**alone, "started_at": start.isoformat()})
    confirmed = cast.worker.post(f"/v1/peer-assists/{made['id']}/confirmation")
    report.equal("the assist is confirmed", confirmed["status"], "confirmed")
    learned.paid[made["id"]] = ASSIST_MINUTES * 60
    report.step("colleague", f"8 logs {ASSIST_MINUTES} minutes of help; helping oneself is refused")
    report.step("worker", f"8 confirms: {ASSIST_MINUTES * 60} s of paid learning time for both")


def shared_start(cast: Cast, mine: list[datetime], theirs: list[datetime], length: timedelta) -> datetime | None:
    """The latest stretch that both have free, moved a little for each earlier tour."""
    for start in mine:
        for other in theirs:
            begun = min(start, other)
            if abs(start - other) < length and fits(cast, begun, length):
                return begun
    return None


def fits(cast: Cast, start: datetime, length: timedelta) -> bool:
    """Whether nothing is credited to either in that stretch."""
    wanted = Interval(start, start + length)
    days = {"from": (start - timedelta(days=1)).date().isoformat(), "to": (start + timedelta(days=1)).date().isoformat()}
    taken = [*entries(cast.worker, days), *entries(cast.colleague, days)]
    stretches = (Interval(datetime.fromisoformat(e["starts_at"]), datetime.fromisoformat(e["ends_at"])) for e in taken)
    return not any(wanted.overlaps(one) for one in stretches)


def paid(cast: Cast, report: Report, learned: Learned) -> None:
    """7. The worker's statement and the payroll file grew by exactly what was learned."""
    lines = entries(cast.worker, learned.days)
    by_source: dict[str, int] = {}
    for line in lines:
        by_source[line["source_id"]] = by_source.get(line["source_id"], 0) + line["seconds"]
    for source, seconds in learned.paid.items():
        report.equal(f"ledger seconds of {source}", by_source.get(source, 0), seconds)
    statement = sum(line["seconds"] for line in lines)
    report.equal("growth of the statement", statement - learned.before, learned.seconds)
    report.equal("growth of the payroll file", exported(cast, learned.days) - learned.exported_before, learned.seconds)
    report.equal("statement and payroll file", exported(cast, learned.days), statement)
    totals = cast.payroll.get("/v1/pay-exports/totals", **learned.days)
    report.true("the payroll file has a total", totals["seconds"] >= statement)
    report.true("no second is paid twice", paid_once(lines))
    report.step("worker", f"7 reads the statement: {learned.seconds} s more than before the tour")
    report.step(
        "payroll", f"7 exports the file: {learned.seconds} s more for number {cast.worker_number}; sums agree to the second"
    )


def paid_once(lines: list[dict[str, Any]]) -> bool:
    """Whether every moment counts once or not at all, whatever was taken back and given back over the same time."""
    changes: dict[str, int] = {}
    for line in lines:
        sign = 1 if line["seconds"] > 0 else -1
        changes[line["starts_at"]] = changes.get(line["starts_at"], 0) + sign
        changes[line["ends_at"]] = changes.get(line["ends_at"], 0) - sign
    ordered = [changes[at] for at in sorted(changes, key=datetime.fromisoformat)]
    return all(counted in (0, 1) for counted in accumulate(ordered))
