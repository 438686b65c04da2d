"""A line with a morning shift, windows, a small library and assignments, for tests of planning over HTTP.

Worker, colleague and third stand at line 1 from 06:00 to 14:00 UTC; the clock stands at 09:00; one of them must stay.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text as sql

from app.core.ids import new_id
from app.downtime.domain.changes import OwnWindow
from app.downtime.domain.patterns import WindowKind
from app.downtime.service.single import WindowPlace, add_window
from app.planning import service
from tests.builders import Plant
from tests.learning.builders import NOW, School, open_school
from tests.paytime.builders import add_shift

Plan = dict[str, Any]


def instant(minutes: float) -> str:
    """An instant so many minutes from now, as it is sent."""
    return (NOW + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def tag(version: int) -> dict[str, str]:
    """The header of an edit."""
    return {"If-Match": f'"v{version}"'}


@dataclass(slots=True)
class Line:
    """The plant, and what supervisors do with it over HTTP."""

    plant: Plant
    school: School

    async def window(self, start: float = 60, minutes: float = 10, **changes: Any) -> UUID:
        """Add a window so many minutes from now, by default two places at line 1."""
        window_id = new_id()
        given = {"setup_seconds": 0, "return_seconds": 0, "minimum_staying": 0, **changes}
        center, places = given.pop("center", self.plant.line_id), given.pop("max_learners", 2)
        kind = given.pop("kind", WindowKind.CHANGEOVER)
        starts = NOW + timedelta(minutes=start)
        async with self.plant.write() as tx:
            await add_window(
                tx,
                window_id,
                WindowPlace(center, starts),
                starts + timedelta(minutes=minutes),
                OwnWindow(kind, **given),
                max_learners=places,
                center_minimum=False,
            )
        return window_id

    async def assign(self, **body: Any) -> str:
        """Assign, by default the module to the crew of worker and colleague; answers the assignment's id."""
        answer = await self.school.assign(**body)
        assert answer.status_code == 201, answer.text
        found: str = answer.json()["id"]
        return found

    async def ask(self, who: str = "supervisor", **body: Any) -> httpx.Response:
        """Ask for a plan of line 1, by default for a day from now."""
        given = {"work_center_id": str(self.plant.line_id), "days": 1, **body}
        return await self.plant.post(who, "/v1/plans", {name: value for name, value in given.items() if value is not None})

    async def solve(self, plan_id: str) -> Plan:
        """Do what the worker process does with a plan, and read it."""
        await service.solve_plan(self.plant.runtime, self.plant.organization_id, UUID(plan_id))
        return await self.read(plan_id)

    async def read(self, plan_id: str) -> Plan:
        """The plan as the supervisor reads it."""
        answer = await self.plant.get("supervisor", f"/v1/plans/{plan_id}")
        assert answer.status_code == 200, answer.text
        found: Plan = answer.json()
        assert answer.headers["etag"] == f'"v{found["version"]}"'
        return found

    async def propose(self, **body: Any) -> Plan:
        """Ask for a plan and solve it."""
        asked = await self.ask(**body)
        assert asked.status_code == 202, asked.text
        assert asked.json()["status"] == "solving"
        found = await self.solve(asked.json()["id"])
        assert found["status"] == "proposed", found
        return found

    async def publish(self, plan: Plan, who: str = "supervisor") -> httpx.Response:
        """Publish a plan at the version that was read."""
        return await self.plant.post(who, f"/v1/plans/{plan['id']}/publication", headers=tag(plan["version"]))

    async def published(self, **body: Any) -> Plan:
        """Ask, solve and publish; answers what publishing changed."""
        answer = await self.publish(await self.propose(**body))
        assert answer.status_code == 201, answer.text
        found: Plan = answer.json()
        return found

    async def blocks(self, plan_id: str) -> list[Plan]:
        """The blocks of a plan."""
        answer = await self.plant.get("supervisor", f"/v1/plans/{plan_id}/blocks")
        assert answer.status_code == 200, answer.text
        found: list[Plan] = answer.json()["items"]
        return found

    async def mine(self, who: str = "worker") -> list[Plan]:
        """The published blocks somebody sees for the coming day."""
        answer = await self.plant.get(who, "/v1/me/blocks", params={"from": instant(-600), "to": instant(1440)})
        assert answer.status_code == 200, answer.text
        found: list[Plan] = answer.json()["items"]
        return found

    async def run(self, statement: str, **values: Any) -> int:
        """Change something straight in the database."""
        async with self.plant.write() as tx:
            changed: int = await tx.run(sql(statement), **values)
            return changed

    async def value(self, statement: str, **values: Any) -> Any:
        """One value straight from the database."""
        async with self.plant.write() as tx:
            return await tx.scalar(sql(statement), **values)

    async def events(self, prefix: str) -> list[tuple[str, UUID]]:
        """Type and subject of the events whose type begins so, in order."""
        async with self.plant.write() as tx:
            rows = await tx.rows(
                sql("select type, subject_id from event where organization_id = :organization_id and type like :p order by id"),
                p=f"{prefix}%",
            )
        return [(row.type, row.subject_id) for row in rows]


async def open_line(plant: Plant) -> Line:
    """Publish the library and put three people on the morning shift."""
    school = await open_school(plant)
    async with plant.write() as tx:
        await add_shift(tx, plant, "third")
    return Line(plant, school)


def starts(block: Plan) -> datetime:
    """When a block starts."""
    return datetime.fromisoformat(block["starts_at"])
