"""Clients that upload results, retry with the same ids as phones do, and write down what was acknowledged before going on."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.harness.plant import Learner

TIMEOUT = httpx.Timeout(15, connect=3)
ATTEMPTS = 60
PAUSE = 0.15


@dataclass(slots=True)
class Tally:
    """What clients met: answers by kind, broken promises in words, how many results were acknowledged, and how many of
    them had taken effect before their answer was lost.
    """

    answers: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    acknowledged: int = 0
    existed: int = 0

    def note(self, answer: httpx.Response | Exception) -> None:
        """Count one answer; anything but success, 503 with Retry-After or a lost connection is a fault."""
        if isinstance(answer, Exception):
            self.answers["connection lost"] += 1
            return
        code = "" if answer.is_success else f" {answer.json().get('code', '')}"
        self.answers[f"{answer.status_code}{code}"] += 1
        patient = answer.status_code == 503 and "retry-after" in answer.headers
        if not (answer.is_success or patient):
            self.faults.append(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:300]}")

    def summary(self) -> str:
        """The answers in one line."""
        return ", ".join(f"{count} x {kind}" for kind, count in sorted(self.answers.items()))


class Memory:
    """The acknowledged results of one client, forced to the disk before the client goes on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path.open("a", encoding="ascii")

    def keep(self, verdicts: list[dict[str, Any]]) -> None:
        """Append and fsync."""
        self.file.writelines(f"{verdict['id']} {verdict['paid_seconds']}\n" for verdict in verdicts)
        self.file.flush()
        os.fsync(self.file.fileno())


def remembered(folder: Path) -> list[tuple[str, int]]:
    """Every acknowledged result: its id and the seconds the client was told are paid."""
    lines = (line.split() for path in folder.glob("*.acked") for line in path.read_text().splitlines())
    return [(made, int(paid)) for made, paid in lines]


def client() -> httpx.AsyncClient:
    """A client that follows no proxy settings of the machine."""
    return httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, limits=httpx.Limits(max_connections=64))


@dataclass(slots=True)
class Uploader:
    """One phone: sends batches to either API process until each is answered, or gives one up for good."""

    learner: Learner
    memory: Memory
    tally: Tally
    http: httpx.AsyncClient
    base: Callable[[int], str]
    chance: random.Random
    batch: int = 20
    gives_up: float = 0.1
    pause: float = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Upload until told to stop; a batch under way is still seen to its end."""
        turn = self.chance.randrange(2)
        while not stop.is_set():
            await self.upload([self.learner.next_result() for _ in range(self.batch)], turn)
            turn += 1
            await asyncio.sleep(self.pause)

    async def upload(self, items: list[dict[str, Any]], turn: int) -> None:
        """Send a batch until it is acknowledged. A given-up batch may have taken effect or not, but never half."""
        for attempt in range(ATTEMPTS):
            answer = await self._send(items, turn + attempt)
            self.tally.note(answer)
            if isinstance(answer, httpx.Response) and answer.status_code == 200:
                self._acknowledged(items, answer.json()["items"])
                return
            if self.chance.random() < self.gives_up:
                return
            await asyncio.sleep(PAUSE * (1 + self.chance.random()))
        self.tally.faults.append(f"a batch found no answer in {ATTEMPTS} attempts")

    async def _send(self, items: list[dict[str, Any]], turn: int) -> httpx.Response | Exception:
        try:
            address = f"{self.base(turn)}/v1/attempt-batches"
            return await self.http.post(address, json={"items": items}, headers=self.learner.headers)
        except httpx.TransportError as error:
            return error

    def _acknowledged(self, items: list[dict[str, Any]], verdicts: list[dict[str, Any]]) -> None:
        wrong = [v for v in verdicts if v["verdict"] not in {"created", "exists"}]
        if wrong or [v["id"] for v in verdicts] != [item["id"] for item in items]:
            self.tally.faults.append(f"unexpected verdicts: {wrong[:2]}")
            return
        self.memory.keep(verdicts)
        self.tally.acknowledged += len(verdicts)
        self.tally.existed += sum(v["verdict"] == "exists" for v in verdicts)
