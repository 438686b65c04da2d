"""Who takes part in the tour: each signs in the way their own client would."""

import json
from dataclasses import dataclass
from typing import Any

from app.core.ids import new_id
from app.demo.client import Api, sign_in
from app.demo.processes import VAR


@dataclass(slots=True)
class Cast:
    """The API as each of the people and systems of the tour."""

    supervisor: Api
    worker: Api
    colleague: Api
    payroll: Api
    admin: Api
    integration: Api
    worker_id: str
    worker_number: str
    colleague_id: str
    site_id: str
    line_id: str
    logged_line_id: str


def demo() -> dict[str, Any]:
    """What `make demo` wrote down."""
    found: dict[str, Any] = json.loads((VAR / "demo.json").read_text())
    return found


def gather(report: dict[str, Any]) -> Cast:
    """Sign everybody in with number and PIN; the learning platform shows its key."""
    base, roles = report["base_url"], report["roles"]
    people = {
        role: sign_in(base, given["organization"], given["login"], given["secret"])
        for role in ("supervisor", "worker", "colleague", "payroll", "admin")
        for given in [roles[role]["sign_in"]]
    }
    return Cast(
        **people,
        integration=Api(base, roles["integration"]["token"]),
        worker_id=roles["worker"]["worker_id"],
        worker_number=roles["worker"]["sign_in"]["login"],
        colleague_id=roles["colleague"]["worker_id"],
        site_id=report["sites"]["HAM"],
        line_id=report["work_centers"]["L1"],
        logged_line_id=report["work_centers"]["L2"],
    )


def fresh_id() -> str:
    """An id made by the client, so that a lost answer can be asked for again."""
    return str(new_id())
