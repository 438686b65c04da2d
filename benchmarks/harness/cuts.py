"""ambiguous-commit: the answer is lost after the request was sent; sending it again with the same ids has one effect."""

import asyncio
import random
from typing import Any

import httpx

from app.core.ids import new_id
from benchmarks.harness.audit import audit
from benchmarks.harness.plant import Learner, Place, seed
from benchmarks.harness.proxy import AnswerCutter
from benchmarks.harness.report import Outcome, Size
from benchmarks.harness.stack import APIS, Stack
from benchmarks.harness.writers import PAUSE, Memory, Tally, client, remembered

CLIENTS, ITEMS, TIMES_CUT = 4, 5, 2
ASSIGNED = "select count(*), count(distinct id) from assignment where organization_id = :org and id = any(cast(:ids as uuid[]))"


async def ambiguous_commit(stack: Stack, size: Size) -> Outcome:
    """Uploads and assignments through the proxy, each cut once or twice before it gets through."""
    place, tally = await seed(stack.postgres.application, CLIENTS), Tally()
    folder = stack.folder / "cuts"
    folder.mkdir()
    chance, assigned = random.Random(size.seed), list[str]()
    async with AnswerCutter(chance, behind=stack.ports[APIS[0]]) as proxy, client() as http:
        async with asyncio.TaskGroup() as group:
            for number, learner in enumerate(place.learners):
                one = Client(place, learner, Memory(folder / f"{number}.acked"), tally, proxy, http, stack.base(1), assigned)
                group.create_task(one.run(size.cuts))
        cuts = proxy.cuts
    found = await asyncio.to_thread(audit, stack.postgres, place.organization_id, remembered(folder))
    stored, _ = stack.postgres.rows(ASSIGNED, org=place.organization_id, ids=assigned)[0]
    missing = len(assigned) - stored
    note = (
        f"{cuts} cuts, {tally.existed} of {tally.acknowledged} results had taken effect before; {found.summary()}; "
        f"{len(assigned)} assignments, {missing} missing; answers: {tally.summary()}"
    )
    return Outcome("ambiguous-commit", cuts, found.total + missing + len(tally.faults), note, tally.faults)


class Client:
    """One device behind a bad network: the same request again and again until it is answered."""

    def __init__(
        self,
        place: Place,
        learner: Learner,
        memory: Memory,
        tally: Tally,
        proxy: AnswerCutter,
        http: httpx.AsyncClient,
        base: str,
        assigned: list[str],
    ) -> None:
        self.place, self.learner, self.memory, self.tally = place, learner, memory, tally
        self.proxy, self.http, self.base, self.assigned = proxy, http, base, assigned

    async def run(self, cuts: int) -> None:
        """Until so many connections were cut in all."""
        turn = 0
        while self.proxy.cuts < cuts:
            turn += 1
            await (self._assign() if turn % 3 == 0 else self._upload())

    async def _upload(self) -> None:
        items = [self.learner.next_result() for _ in range(ITEMS)]
        answer = await self._insist("/v1/attempt-batches", {"items": items}, self.learner.headers)
        verdicts = answer.json()["items"] if answer.status_code == 200 else []
        if [v["id"] for v in verdicts] != [i["id"] for i in items] or {v["verdict"] for v in verdicts} - {"created", "exists"}:
            self.tally.faults.append(f"unexpected answer: {answer.text[:200]}")
            return
        self.memory.keep(verdicts)
        self.tally.acknowledged += len(verdicts)
        self.tally.existed += sum(v["verdict"] == "exists" for v in verdicts)

    async def _assign(self) -> None:
        made = str(new_id())
        body = {"id": made, "kind": "module", "key": "stop-the-line", "workers": [str(self.learner.id)]}
        answer = await self._insist("/v1/assignments", body, self.place.plant.headers["supervisor"])
        if answer.is_success and answer.json()["id"] == made:
            self.assigned.append(made)
        else:
            self.tally.faults.append(f"unexpected answer: {answer.text[:200]}")

    async def _insist(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> httpx.Response:
        """Cut a few times, then let through; a repeat may overtake the request it repeats."""
        for _ in range(TIMES_CUT):
            try:
                answer = await self.http.post(
                    f"http://127.0.0.1:{self.proxy.port}{path}", json=body, headers={**headers, "Connection": "close"}
                )
            except httpx.TransportError as error:
                self.tally.note(error)
            else:
                self.tally.note(answer)
                return answer
        return await self._directly(path, body, headers)

    async def _directly(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> httpx.Response:
        for _ in range(20):
            answer = await self.http.post(self.base + path, json=body, headers=headers)
            self.tally.note(answer)
            if answer.status_code != 503:
                break
            await asyncio.sleep(PAUSE)
        return answer
