"""`interlude tour`: the steps against a running demo, or one it starts."""

from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from app.demo import command as demo_command
from app.demo import processes
from app.tour import floor_steps, learn_steps, pay_steps, plan_steps
from app.tour.cast import Cast, demo, gather
from app.tour.learn_steps import Learned
from app.tour.receiver import Receiver
from app.tour.report import Report

# How long the receiver waits at most: a healthy machine needs a second or two, a busy one more.
HOOK_SECONDS = 180.0
EXPECTED = {
    "plan.published",
    "plan.withdrawn",
    "assignment.created",
    "attempt.completed",
    "module.completed",
    "checklist.completed",
    "assist.logged",
    "assist.confirmed",
    "pplt.session.recorded",
    "window.opened",
    "window.closed",
    "protected_block.changed",
    "pplt.session.adjusted",
    "pplt.dispute.moved",
}


def run(port: int, console: Console) -> int:
    """Walk the main job; answers how many differences were found."""
    if not demo_is_up():
        demo_command.run(port, console)
    report = Report(console)
    cast = gather(demo())
    started = datetime.now(UTC)
    with Receiver() as receiver:
        endpoint = listen(cast, receiver)
        try:
            learned = walk(cast, report)
            webhooks(cast, report, receiver, learned)
        finally:
            cast.integration.call("DELETE", f"/v1/webhook-endpoints/{endpoint['id']}", headers={"If-Match": '"v1"'})
    seconds = (datetime.now(UTC) - started).total_seconds()
    finish(report, learned, seconds)
    return len(report.failures)


def demo_is_up() -> bool:
    """Whether a demo of this checkout answers."""
    return (processes.VAR / "demo.json").exists() and processes.is_answering(demo()["base_url"])


def listen(cast: Cast, receiver: Receiver) -> dict[str, Any]:
    """10. The learning platform registers where it wants to be told."""
    body = {"url": receiver.url, "events": ["*"], "description": "Tour"}
    endpoint: dict[str, Any] = cast.integration.post("/v1/webhook-endpoints", body)
    receiver.secret = endpoint["secret"]
    return endpoint


def walk(cast: Cast, report: Report) -> Learned:
    """Steps 1 to 9 and 11 to 14 in order; answers what was credited."""
    plan_steps.people(cast, report)
    plan_steps.roster(cast, report)
    plan_steps.downtime(cast, report)
    plan_steps.catalog(cast, report)
    plan_steps.plan(cast, report)
    learned = learn_steps.begin(cast)
    learn_steps.now_and_online(cast, report, learned)
    learn_steps.offline(cast, report, learned)
    learn_steps.checklist(cast, report, learned)
    learn_steps.assist(cast, report, learned)
    learn_steps.paid(cast, report, learned)
    floor_steps.floor(cast, report)
    pay_steps.pay(cast, report, learned)
    return learned


def webhooks(cast: Cast, report: Report, receiver: Receiver, learned: Learned) -> None:
    """10. Everything that happened arrived, signed, and adds up to the same seconds."""
    missing = receiver.wait_for(EXPECTED, HOOK_SECONDS)
    report.equal("event types that did not arrive", sorted(missing), [])
    report.equal("deliveries with a wrong signature", receiver.forged, 0)
    told = {
        payload["data"]["source_id"]: payload["data"]["seconds"]
        for payload in receiver.settled(set(learned.paid), HOOK_SECONDS)
        if payload["data"]["subject_id"] == cast.worker_id
    }
    report.equal("seconds told by webhook", {k: told.get(k) for k in learned.paid}, learned.paid)
    log = cast.integration.get("/v1/webhook-deliveries", limit=5)["items"]
    report.true("the delivery log shows attempts", log)
    report.step("integration", f"10 received {len(receiver.accepted)} webhooks, every signature verified; paid seconds agree")


def finish(report: Report, learned: Learned, seconds: float) -> None:
    """The last lines: what was learned, paid, exported and told, and every difference."""
    report.console.print()
    if report.failures:
        for failure in report.failures:
            report.console.print(f"[bold red]difference[/]  {failure}", highlight=False)
    told = f"{report.checks} checks, {len(report.failures)} differences, {seconds:.0f} s"
    good = not report.failures
    style = "bold green" if good else "bold red"
    report.console.print(
        f"[{style}]{'learned = paid = exported = told' if good else 'the tour found differences'}[/]: {learned.seconds} s; {told}"
    )
