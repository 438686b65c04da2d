"""A small published library, shifts and uploads for tests of learning."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from app.catalog import service as catalog
from app.catalog.domain import (
    Card,
    CardKind,
    Checklist,
    ChecklistItem,
    Choice,
    Item,
    ItemType,
    Localized,
    Module,
    Pack,
    PackOrigin,
    PhotoRule,
    Question,
    Quiz,
    content_hash,
    draw,
)
from app.core.ids import new_id
from tests.builders import Plant
from tests.paytime.builders import add_shift

NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
SECRET = "secret rationale"


def text(english: str) -> Localized[str]:
    return Localized.of({"en": english, "es": f"{english} (es)"})


def item(name: str, right: str = "right") -> Item:
    choices = tuple(Choice(choice, text(f"{name} {choice}")) for choice in ("wrong", "right", "other"))
    return Item(name, ItemType.SINGLE, 2, text(f"Question {name}?"), choices, (right,), text(f"{SECRET} {name}"))


COMMON: dict[str, Any] = {"default_language": "en", "skills": (), "tags": (), "sources": ()}
MODULE = Module(
    id="stop-the-line",
    seconds=180,
    title=text("Stop the line"),
    summary=text("When to pull the cord."),
    objectives=Localized.of({"en": ("Know when",)}),
    prerequisites=(),
    needs_tablet=False,
    cards=(
        Card("why", CardKind.TEXT, text("Why"), text("Because.")),
        Card("check", CardKind.QUESTION, question=Question("stop-quiz", item("first-step"))),
    ),
    **COMMON,
)
NEXT = Module(
    id="next-step",
    seconds=120,
    title=text("Next step"),
    summary=text("What comes after."),
    objectives=Localized.of({"en": ("Know what",)}),
    prerequisites=("stop-the-line",),
    needs_tablet=False,
    cards=(Card("what", CardKind.TEXT, text("What"), text("This.")),),
    **COMMON,
)
QUIZ = Quiz(
    id="stop-quiz",
    seconds=120,
    title=text("Stopping"),
    draw=3,
    pass_percent=60,
    items=tuple(item(name) for name in ("one", "two", "three", "four", "five")),
    **COMMON,
)
CHECKLIST = Checklist(
    id="truck-check",
    seconds=150,
    title=text("Truck check"),
    items=(
        ChecklistItem("tires", text("Tires"), required=True, photo=PhotoRule.NONE),
        ChecklistItem("forks", text("Forks"), required=True, photo=PhotoRule.REQUIRED),
        ChecklistItem("horn", text("Horn"), required=False, photo=PhotoRule.OPTIONAL),
    ),
    **COMMON,
)
PACK = Pack(
    id="test-pack",
    version="1.0.0",
    title=text("Test pack"),
    license="CC0",
    origin=PackOrigin.CUSTOM,
    default_language="en",
    languages=("en", "es"),
    skills=(),
    modules=(MODULE, NEXT),
    quizzes=(QUIZ,),
    checklists=(CHECKLIST,),
)
HASHES = {version.id: content_hash(version) for version in PACK.published}


@dataclass(slots=True)
class School:
    """A plant whose worker and colleague are on an early shift, with the small library published."""

    plant: Plant

    async def assign(self, who: str = "supervisor", **body: Any) -> httpx.Response:
        """Assign, by default the module to the crew."""
        given = {"id": str(new_id()), "kind": "module", "key": "stop-the-line", **body}
        if not {"workers", "crews", "job_roles"} & set(given):
            given["crews"] = [str(self.plant.crew_id)]
        return await self.plant.post(who, "/v1/assignments", given)

    async def upload(self, who: str, *items: dict[str, Any], **extra: Any) -> list[dict[str, Any]]:
        """Upload a batch and answer its verdicts."""
        answer = await self.plant.post(who, "/v1/attempt-batches", {"items": list(items), **extra})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        assert len(found) == len(items)
        return found

    async def mine(self, who: str = "worker") -> list[dict[str, Any]]:
        """The assignments somebody reads about themself."""
        answer = await self.plant.get(who, "/v1/me/assignments")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def count(self, statement: str, **values: Any) -> Any:
        """One value straight from the database."""
        from sqlalchemy import text as sql

        async with self.plant.write() as tx:
            return await tx.scalar(sql(statement), **values)

    async def paid(self, who: str = "worker") -> int:
        """Seconds in the ledger of one worker."""
        found = await self.count(
            "select coalesce(sum(seconds), 0) from pay_entry where worker_id = :worker", worker=self.plant.people[who]
        )
        return int(found)


async def open_school(plant: Plant) -> School:
    """Publish the library and put worker and colleague on shift from 06:00 to 14:00 UTC."""
    async with plant.write() as tx:
        await catalog.load_pack(tx, PACK)
        await add_shift(tx, plant, "worker")
        await add_shift(tx, plant, "colleague")
    return School(plant)


def instant(minutes: float) -> str:
    """An instant so many minutes before now (negative) or after it."""
    return (NOW + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def module_result(start: float = -10, minutes: float = 3, **changes: Any) -> dict[str, Any]:
    """An offline module, seen to the end."""
    return {
        "id": str(new_id()),
        "kind": "module",
        "key": "stop-the-line",
        "hash": HASHES["stop-the-line"],
        "started_at": instant(start),
        "finished_at": instant(start + minutes),
        "cards": ["why", "check"],
        "answers": {"first-step": ["right"]},
        **changes,
    }


def drawn(attempt_id: str) -> list[str]:
    """The items of the quiz that an attempt with this id is asked."""
    return [entry.item for entry in draw(QUIZ, str(UUID(attempt_id)))]


def quiz_result(start: float = -20, minutes: float = 2, right: int = 3, **changes: Any) -> dict[str, Any]:
    """An offline quiz with so many right answers of three."""
    attempt_id = changes.pop("id", str(new_id()))
    asked = drawn(attempt_id)
    answers = {name: ["right" if place < right else "wrong"] for place, name in enumerate(asked)}
    return {
        "id": attempt_id,
        "kind": "quiz",
        "key": "stop-quiz",
        "hash": HASHES["stop-quiz"],
        "started_at": instant(start),
        "finished_at": instant(start + minutes),
        "answers": answers,
        **changes,
    }


FOUND = {"tires": {"state": "done"}, "forks": {"state": "done", "photo": "media-0001"}}


def run_result(start: float = -30, minutes: float = 2, **changes: Any) -> dict[str, Any]:
    """An offline checklist run, complete."""
    return {
        "id": str(new_id()),
        "kind": "checklist",
        "key": "truck-check",
        "hash": HASHES["truck-check"],
        "started_at": instant(start),
        "finished_at": instant(start + minutes),
        "items": FOUND,
        **changes,
    }
