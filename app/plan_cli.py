"""`interlude plan`: look at a plan from the command line, over the API like any other client."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console

from app.demo.client import Api, Refused
from app.plan_view import Day, bounds, show
from app.tour.cast import demo
from app.tour.command import demo_is_up

SHOWABLE = ("published", "proposed")


def run(console: Console, line: str, day: str, plan_id: str, url: str, token: str) -> bool:
    """Print one line's day; false when there is none to print."""
    try:
        with _api(url, token) as api:
            show(console, read(api, line, day, plan_id))
    except (Refused, LookupError) as error:
        console.print(f"[bold red]No plan to show:[/] {error}", highlight=False)
        return False
    return True


def _api(url: str, token: str) -> Api:
    if url:
        return Api(url, token)
    if not demo_is_up():
        raise LookupError("the demo is not running; start it with `make demo`, or name an API with --url")
    report = demo()
    return Api(report["base_url"], report["roles"]["supervisor"]["token"])


def read(api: Api, line: str, day: str, plan_id: str) -> Day:
    """Everything the view needs. Raises LookupError when there is no such line or plan."""
    centers = [one for one in api.items("/v1/work-centers") if line in (one["id"], one["code"])]
    if not centers:
        raise LookupError(f"no work center {line} within reach")
    center = centers[0]
    zone = ZoneInfo(api.get(f"/v1/sites/{center['site_id']}")["time_zone"])
    wanted = date.fromisoformat(day) if day else datetime.now(UTC).astimezone(zone).date()
    start, end = bounds(wanted, zone)
    found = api.get(f"/v1/plans/{plan_id or newest(api, center['id'], start, end)}")
    span = {"from": start.isoformat(), "to": end.isoformat()}
    live = ("proposed", "scheduled", "started", "done")
    blocks = [b for b in api.items(f"/v1/plans/{found['id']}/blocks") if b["work_center_id"] == center["id"]]
    return Day(
        plan=found,
        line=center,
        day=wanted,
        zone=zone,
        windows=api.items("/v1/windows", work_center_id=center["id"], **span),
        blocks=[block for block in blocks if block["status"] in live],
        names={one["id"]: one["display_name"] for one in api.items("/v1/workers")},
        titles=titles(api),
    )


def newest(api: Api, center_id: str, start: datetime, end: datetime) -> str:
    """The newest plan for a work center that holds part of a day, published before proposed."""
    for status in SHOWABLE:
        for one in reversed(api.items("/v1/plans")):
            here = center_id in one["work_center_ids"] and one["status"] == status
            if here and datetime.fromisoformat(one["starts_at"]) < end and datetime.fromisoformat(one["ends_at"]) > start:
                found: str = one["id"]
                return found
    raise LookupError("no plan holds this line and day; name one with --plan or another day with --day")


def titles(api: Api) -> dict[str, str]:
    """What content is called, by key."""
    kinds: tuple[str, ...] = ("modules", "quizzes", "checklists")
    listed: list[Any] = [one for kind in kinds for one in api.items(f"/v1/{kind}")]
    return {one["key"]: one["title"].get("en") or next(iter(one["title"].values())) for one in listed}
