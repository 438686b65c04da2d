"""The demo's past: what some people learned on their shifts of the last days, uploaded the way their phones would."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from app.catalog.domain.drawing import draw
from app.catalog.domain.values import Item, Module, Quiz
from app.catalog.pack.load import load_pack
from app.core.ids import new_id
from app.demo.client import Api
from app.demo.processes import DemoFailed

SEED = 20_260_102
RIGHT = 0.85
# Into the shift, clear of its breaks at 2:00-2:15 and 4:00-4:30.
MOMENTS = (timedelta(minutes=35), timedelta(minutes=95), timedelta(minutes=160), timedelta(minutes=215), timedelta(minutes=300))


@dataclass(frozen=True, slots=True)
class Library:
    """Modules and quizzes of a pack with the hashes they were published under."""

    modules: dict[str, Module]
    quizzes: dict[str, Quiz]
    hashes: dict[tuple[str, str], str]

    @classmethod
    def read(cls, api: Api, folder: Path) -> "Library":
        """The pack's content, and the hashes the API serves it under."""
        pack = load_pack(folder)
        hashes = {
            (kind, item["key"]): item["hash"]
            for kind, path in (("module", "/v1/modules"), ("quiz", "/v1/quizzes"), ("checklist", "/v1/checklists"))
            for item in api.items(path)
        }
        return cls({m.id: m for m in pack.modules}, {q.id: q for q in pack.quizzes}, hashes)


def answer(item: Item, chance: random.Random) -> list[str]:
    """What a person who mostly knows it would choose."""
    if chance.random() < RIGHT:
        return list(item.key)
    choices = list(item.choice_ids)
    chance.shuffle(choices)
    return choices if item.type == "order" else choices[:1]


def module_result(library: Library, key: str, start: datetime, chance: random.Random, language: str) -> dict[str, Any]:
    """A finished module as a phone keeps it while offline."""
    module = library.modules[key]
    seconds = round(module.seconds * chance.uniform(0.8, 1.15))
    questions = [card.question.item for card in module.cards if card.question is not None]
    return {
        "id": str(new_id()),
        "kind": "module",
        "key": key,
        "hash": library.hashes["module", key],
        "language": language,
        "started_at": start.isoformat(),
        "finished_at": (start + timedelta(seconds=seconds)).isoformat(),
        "outcome": "completed",
        "cards": [card.id for card in module.cards],
        "answers": {item.id: answer(item, chance) for item in questions},
    }


def quiz_result(library: Library, key: str, start: datetime, chance: random.Random, language: str) -> dict[str, Any]:
    """A finished quiz as a phone keeps it while offline; which items it shows follows from the attempt's own id."""
    quiz, attempt_id = library.quizzes[key], str(new_id())
    seconds = round(quiz.seconds * chance.uniform(0.6, 1.0))
    items = {item.id: item for item in quiz.items}
    return {
        "id": attempt_id,
        "kind": "quiz",
        "key": key,
        "hash": library.hashes["quiz", key],
        "language": language,
        "started_at": start.isoformat(),
        "finished_at": (start + timedelta(seconds=seconds)).isoformat(),
        "outcome": "completed",
        "answers": {drawn.item: answer(items[drawn.item], chance) for drawn in draw(quiz, attempt_id)},
    }


def results(library: Library, shifts: Sequence[dict[str, Any]], chance: random.Random, language: str) -> Iterator[dict[str, Any]]:
    """One to three pieces on each of a person's past shifts, each piece once."""
    wanted = [("module", key) for key in library.modules if not library.modules[key].prerequisites]
    wanted += [("quiz", key) for key in library.quizzes]
    chance.shuffle(wanted)
    for shift in shifts:
        begin = datetime.fromisoformat(shift["starts_at"])
        for moment in sorted(chance.sample(MOMENTS, chance.choice((1, 2, 2, 3)))):
            if not wanted:
                return
            kind, key = wanted.pop()
            make = module_result if kind == "module" else quiz_result
            yield make(library, key, begin + moment, chance, language)


def past_shifts(api: Api, now: datetime, days: int) -> list[dict[str, Any]]:
    """The caller's shifts that are over, oldest first."""
    found = api.get("/v1/me/shifts", **{"from": (now - timedelta(days=days)).isoformat(), "to": now.isoformat()})["items"]
    return [shift for shift in found if datetime.fromisoformat(shift["ends_at"]) <= now]


def learn_as(api: Api, library: Library, now: datetime, chance: random.Random, language: str) -> tuple[int, int]:
    """Upload one person's past; answers how many pieces were stored and how many seconds were credited."""
    batch = list(results(library, past_shifts(api, now, 8), chance, language))
    if not batch:
        return 0, 0
    verdicts = api.post("/v1/attempt-batches", {"items": batch})["items"]
    refused = [v for v in verdicts if v["verdict"] != "created"]
    if refused:
        raise DemoFailed(f"the demo's own results were refused: {refused[:2]}")
    return len(verdicts), sum(v["paid_seconds"] or 0 for v in verdicts)


def assist(helper: Api, helped: Api, helped_id: str, shift: dict[str, Any], skill: str) -> None:
    """One person helped another on a shared shift, and the other one says so."""
    start = datetime.fromisoformat(shift["starts_at"]) + timedelta(minutes=390)
    body = {
        "id": str(new_id()),
        "role": "helper",
        "colleague_id": helped_id,
        "skill": skill,
        "work_center_id": shift["work_center_id"],
        "started_at": start.isoformat(),
        "minutes": 8,
    }
    made = helper.post("/v1/peer-assists", body)
    helped.post(f"/v1/peer-assists/{made['id']}/confirmation")
