"""What single operations need to find so that a request which follows the document can do what it asks for.

Keys are `operation:name`; a value that can be called is asked anew for each request. What an operation ends or uses up
is a spare of its own, so that the operations after it still find theirs.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import cycle
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.catalog import service as catalog
from app.catalog.domain import content_hash
from app.core.ids import new_id
from tests.builders import Plant
from tests.identity.builders import OTHER_PIN, PIN, give_secret, sign_in, slug
from tests.integrations.builders import announce, happen, make_endpoint, stored
from tests.learning.builders import CHECKLIST, MODULE, NEXT, PACK, QUIZ, School
from tests.paytime.builders import add_shift
from tests.planning.builders import Line
from tests.security.world import World, build

Seeds = dict[str, Any]
# Each ends what it is called for.
ENDS = {
    "discard_plan": "plan_id", "cancel_plan": "plan_id", "delete_blackout": "blackout_id", "retire_window_pattern": "pattern_id",
    "cancel_window": "window_id", "delete_webhook_endpoint": "endpoint_id", "cancel_assignment": "assignment_id",
    "delete_absence": "absence_id", "finish_attempt": "attempt_id", "finish_checklist_run": "run_id",
}  # fmt: skip
SPARE = replace(
    PACK,
    id="spare-pack",
    modules=(replace(NEXT, id="spare-module", prerequisites=()),),
    quizzes=(replace(QUIZ, id="spare-quiz"),),
    checklists=(replace(CHECKLIST, id="spare-list"),),
)
HISTORY = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-18T00:00:00Z"}
# What a changed secret and failed guesses leave behind.
KEEP = text("select hash from credential where organization_id = :organization_id and worker_id = :id")
MENDS = {
    "change_my_credential": (
        "update credential set hash = :hash where organization_id = :organization_id and worker_id = :worker",
        "delete from sign_in_throttle where organization_id = :organization_id",
    ),
    "sign_in": ("delete from sign_in_throttle where organization_id = :organization_id",),
}


async def seeds(world: World) -> tuple[Seeds, dict[str, Any]]:
    """The ids and values by operation, and what mending a changed secret needs."""
    home = world.home
    found: Seeds = {f"{operation}:{name}": await build(world, home, name, "own") for operation, name in ENDS.items()}
    for part in (content, secrets, assists, roster, proposals, plans, messages):
        found |= await part(home)
    async with home.write() as tx:
        kept = await tx.scalar(KEEP, id=home.people["worker"])
    return found, {"worker": home.people["worker"], "hash": kept}


async def content(home: Plant) -> Seeds:
    """Content nobody needs may be retired; a version is asked for by the kind it has."""
    async with home.write() as tx:
        await catalog.load_pack(tx, SPARE)
    retired = {"retire_module:key": "spare-module", "retire_quiz:key": "spare-quiz", "retire_checklist:key": "spare-list"}
    return retired | {"get_content:kind": "module", "get_content:hash": content_hash(MODULE)}


async def secrets(home: Plant) -> Seeds:
    """People who have a PIN, and a sign-in whose token may be exchanged as often as asked within the minute."""
    await give_secret(home, "worker")
    await give_secret(home, "payroll")
    held = await sign_in(home, "0008")
    signing = {"sign_in:organization": slug(home), "sign_in:login": "0008", "sign_in:secret": PIN}
    changing = {"change_my_credential:current": PIN, "change_my_credential:new": OTHER_PIN}
    return {**signing, **changing, "refresh_session:refresh_token": held.json()["refresh_token"]}


async def assists(home: Plant) -> Seeds:
    """What the colleague logged, for the worker to answer; and a quarter of an hour that is still free."""
    found: Seeds = {"log_peer_assist:started_at": "2026-03-18T06:00:00Z"}
    for minute, operation in ((0, "confirm_peer_assist"), (20, "decline_peer_assist")):
        body = {
            "id": str(new_id()), "role": "helper", "colleague_id": str(home.people["worker"]), "skill": "smed.changeover",
            "work_center_id": str(home.line_id), "started_at": f"2026-03-18T07:{minute:02}:00Z", "minutes": 10,
        }  # fmt: skip
        answer = await home.post("colleague", "/v1/peer-assists", body)
        assert answer.status_code == 201, answer.text
        found[f"{operation}:assist_id"] = body["id"]
    return found


async def roster(home: Plant) -> Seeds:
    """Shift types for a rotation, days without shifts, and people without a crew or a shift."""
    for code, starts, ends in (("E", "06:00", "14:00"), ("L", "14:00", "22:00"), ("N", "22:00", "06:00")):
        body = {"site_id": str(home.site_id), "code": code, "name": code, "starts": starts, "ends": ends, "breaks": []}
        answer = await home.post("admin", "/v1/shift-types", body)
        assert answer.status_code == 201, answer.text
    days = {"build_shifts:anchor": "2026-06-01", "build_shifts:first": "2026-06-01", "build_shifts:last": "2026-06-14"}
    free = {
        "create_membership:worker_id": turns(home, "payroll", "author"),
        "create_shift:worker_id": turns(home, "payroll", "author"),
    }
    return days | free | {"build_shifts:rotation": "EEEEE--LLLLL--NNNNN--"}


def turns(home: Plant, *names: str) -> Callable[[], UUID]:
    """One person after the other."""
    round_and_round = cycle([home.people[name] for name in names])
    return lambda: next(round_and_round)


async def proposals(home: Plant) -> Seeds:
    """Two weeks of a line's log with a changeover every morning."""
    rows = [{"starts_at": f"2026-03-{day:02} 10:05", "duration": "12", "reason": "Changeover"} for day in range(2, 17)]
    order = {"kind": "stoppages", "source": "mes", "rows": rows, "options": {"site": "BER", "work_center": "L1"}}
    answer = await home.post("admin", "/v1/imports", order)
    assert (answer.status_code, answer.json()["refused"]) == (201, 0), answer.text
    asked = {f"accept_pattern_proposal:{name}": at for name, at in HISTORY.items()}
    return asked | {"accept_pattern_proposal:kind": "changeover", "accept_pattern_proposal:work_center_id": home.line_id}


async def plans(home: Plant) -> Seeds:
    """A published block to edit, and proposals to publish."""
    line = Line(home, School(home))
    # The worker of the plant is absent, so somebody else has to stay while the colleague learns.
    async with home.write() as tx:
        await add_shift(tx, home, "supervisor")
    await line.window()
    await line.assign(key=MODULE.id, workers=[str(home.people["colleague"])])
    proposed = await line.propose()
    assert (await line.publish(proposed)).status_code == 201
    (block, *_) = await line.blocks(proposed["id"])
    waiting = cycle([(await line.propose())["id"] for _ in range(2)])
    return {"edit_block:block_id": block["id"], "get_block:block_id": block["id"], "publish_plan:plan_id": lambda: next(waiting)}


async def messages(home: Plant) -> Seeds:
    """A message on its way to a receiver, where nothing listens."""
    await make_endpoint(home, "http://127.0.0.1:9/hooks", "worker.created")
    await announce(home, await happen(home))
    return {"replay_webhook_message:message_id": (await stored(home))[-1].id}
