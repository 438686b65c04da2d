"""One line's day as a supervisor reads it: windows in order of time, who learns what, who stays, and what found no place."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

Facts = Mapping[str, Any]
# More changes than this are a list nobody acts on.
CHANGES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Day:
    """Everything that is shown: a plan, one of its work centers and one local day, with the names of people and content."""

    plan: Facts
    line: Facts
    day: date
    zone: ZoneInfo
    windows: Sequence[Facts]
    blocks: Sequence[Facts]
    names: Mapping[str, str]
    titles: Mapping[str, str]

    def clock(self, instant: str) -> str:
        """The time of day on the line's own clock."""
        return f"{datetime.fromisoformat(instant).astimezone(self.zone):%H:%M}"

    def on_day(self, instant: str) -> bool:
        """Whether an instant lies on the local day."""
        return datetime.fromisoformat(instant).astimezone(self.zone).date() == self.day


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From local midnight to the next: 23 or 25 hours when the clocks change."""
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    after = day + timedelta(days=1)
    return start, datetime(after.year, after.month, after.day, tzinfo=zone)


def show(console: Console, shown: Day) -> None:
    """Print the day."""
    console.print(heading(shown))
    console.print(board(shown))
    for line in rest(shown):
        console.print(line)


def heading(shown: Day) -> Text:
    """What is shown, how much of the plan found a place, and how far it can be from the best there is."""
    plan = shown.plan
    asked = plan["placed"] + plan["unplaced"]
    gap = "not proven" if plan["gap"] is None else f"at most {100 * plan['gap']:.2f} % from the best plan there is"
    text = Text.assemble((f"{shown.line['name']}", "bold"), f", {shown.day:%A %d %B %Y}")
    text.append(f"\nplan {plan['status']}, {plan['placed']} of {asked} items placed, {gap}", style="dim")
    return text


def board(shown: Day) -> Table:
    """A row for each window of the day, with a line for each learner."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for title, justify in (("when", "left"), ("window", "left"), ("places", "right"), ("stay", "right")):
        table.add_column(title, justify=justify, no_wrap=True)  # type: ignore[arg-type]  # rich types its words narrowly
    table.add_column("who learns what")
    here = [window for window in shown.windows if not window["cancelled"] and shown.on_day(window["starts_at"])]
    for window in sorted(here, key=lambda one: (one["starts_at"], one["id"])):
        blocks = sorted((b for b in shown.blocks if b["window_id"] == window["id"]), key=lambda b: (b["starts_at"], b["id"]))
        # Whoever shows a trainee something works on.
        learners = {block["worker_id"] for block in blocks if block["kind"] != "coaching"}
        stay, least = window["present"] - len(learners), window["minimum_staying"]
        when = f"{shown.clock(window['starts_at'])}-{shown.clock(window['ends_at'])}"
        kind, places = window["kind"].replace("_", " "), f"{len(learners)}/{window['places']}"
        staying = Text(f"{stay} (min {least})", "red" if learners and stay < least else "")
        table.add_row(when, kind, places, staying, Group(*learning(shown, blocks)) if blocks else idle(window))
    if not here:
        table.add_row("", "no windows", "", "", "")
    return table


def idle(window: Facts) -> Text:
    """Why nobody learns: everybody is needed, or nobody was planned."""
    return Text("nobody" if window["places"] else "everybody is needed, or on a break", style="dim")


def learning(shown: Day, blocks: Sequence[Facts]) -> Iterator[Text]:
    """A line for each learner with what they learn in order, pinned blocks marked."""
    for worker in dict.fromkeys(block["worker_id"] for block in blocks):
        mine = [block for block in blocks if block["worker_id"] == worker]
        items = " · ".join(f"{what(shown, one)}{', pinned' if one['pinned'] else ''}" for one in mine)
        text = Text(f"{shown.clock(mine[0]['starts_at'])} ", style="dim")
        text.append(shown.names.get(worker, worker[-6:]), style="bold")
        text.append(f"  {items}")
        yield text


def what(shown: Day, block: Facts) -> str:
    """An item by its title, with its minutes."""
    minutes, seconds = divmod(block["seconds"], 60)
    length = f"{minutes} min" if not seconds else f"{minutes}:{seconds:02} min"
    title = shown.titles.get(block["key"], block["key"])
    named = {"protected_block": "Protected time", "shadowing": f"learns {block['key']}", "coaching": f"shows {block['key']}"}
    return f"{named.get(block['kind'], title)} {length}"


def rest(shown: Day) -> Iterator[Text]:
    """What found no place in the whole plan, by reason, and the changes that would place most of it."""
    reasons: Counter[str] = Counter(shown.plan["reasons"])
    if reasons:
        told = ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in reasons.most_common())
        yield Text.assemble(("\nwithout a place in this plan: ", "bold"), told)
    changes = shown.plan["changes"][:CHANGES_SHOWN]
    if changes:
        yield Text("what would place most of it:", style="bold")
    for change in changes:
        yield Text(f"  {change['sentence']}")
