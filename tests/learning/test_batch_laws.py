"""Laws of the upload: judged without a database over every place of a bad item, then once over HTTP."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from app.catalog.domain import Published
from app.core.ids import new_id
from app.learning.domain.timing import OLDEST, SKEW, longest_paid, paid_span, time_fault
from app.learning.domain.values import ItemDone, ItemState, Outcome, Unreadable, Upload, Work
from app.learning.schemas.batch import BatchOut, batch_schema, read_batch
from app.learning.service.batch import Judged, Known, judge_all
from app.learning.service.recording import fingerprint
from tests.builders import build_plant
from tests.learning.builders import (
    CHECKLIST,
    HASHES,
    MODULE,
    NOW,
    QUIZ,
    School,
    drawn,
    module_result,
    open_school,
    quiz_result,
    run_result,
)

WORKER = UUID(int=7)
VERSIONS: dict[tuple[str, str], Published] = {
    ("module", HASHES[MODULE.id]): MODULE,
    ("quiz", HASHES[QUIZ.id]): QUIZ,
    ("checklist", HASHES[CHECKLIST.id]): CHECKLIST,
}
KNOWN = Known(WORKER, NOW, {}, VERSIONS, frozenset())
LONG_AGO = {"started_at": "2026-01-01T00:00:00Z", "finished_at": "2026-01-01T00:01:00Z"}
BAD: list[dict[str, Any]] = [
    {"hash": "0" * 64}, {"key": "other"}, {"answers": {"none": ["right"]}}, LONG_AGO,
    {"finished_at": "2026-03-18T09:05:01Z"}, {"finished_at": "2026-03-17T09:00:00Z"},
]  # fmt: skip
UNREADABLE: list[Any] = [
    None,
    1,
    "x",
    [],
    {},
    {**quiz_result(), "id": 5},
    {**quiz_result(), "key": ""},
    {**quiz_result(), "x": 1},
]


def uploads(*items: Any) -> list[Upload | Unreadable]:
    return read_batch(orjson.dumps({"items": list(items)}))[0]


def judged(found: list[Upload | Unreadable]) -> list[Judged]:
    return judge_all([item for item in found if isinstance(item, Upload)], KNOWN)


@given(st.integers(1, 50), st.integers(0, 49), st.sampled_from(BAD))
@settings(deadline=None)
def test_one_bad_item_anywhere_is_the_only_one_rejected(count: int, place: int, change: dict[str, Any]) -> None:
    items = [quiz_result() for _ in range(count)]
    items[place % count] = {**items[place % count], **change}
    found = judged(uploads(*items))
    assert [bool(each.faults) for each in found] == [n == place % count for n in range(count)]
    assert [each.prepared is None for each in found] == [n == place % count for n in range(count)]


@given(st.integers(1, 50), st.integers(0, 49), st.sampled_from(UNREADABLE))
@settings(deadline=None)
def test_one_unreadable_item_leaves_the_others_readable(count: int, place: int, bad: Any) -> None:
    items: list[Any] = [quiz_result() for _ in range(count)]
    items[place % count] = bad
    found = uploads(*items)
    assert [isinstance(each, Unreadable) for each in found] == [n == place % count for n in range(count)]
    assert all(each.prepared for each in judged(found))


async def test_verdicts_stand_in_the_order_of_the_items(school: School) -> None:
    kinds: list[Any] = [module_result(-40), {**quiz_result(-30), **BAD[0]}, 7, run_result(-20)]
    expected = {0: "created", 1: "rejected", 2: "rejected", 3: "created"}
    for order in permutations(range(4)):
        fresh = [{**kinds[n], "id": str(new_id())} if n in (0, 3) else kinds[n] for n in order]
        verdicts = await school.upload("worker", *fresh)
        assert [v["verdict"] for v in verdicts] == [expected[n] for n in order]


async def test_the_bytes_are_what_the_document_says(school: School) -> None:
    body = {"items": [module_result(), 5, {**quiz_result(), **BAD[0]}, quiz_result(outcome="interrupted")]}
    answer = await school.plant.post("worker", "/v1/attempt-batches", body)
    assert BatchOut.model_validate_json(answer.content).model_dump(mode="json") == answer.json()
    assert b"$ref" not in orjson.dumps(batch_schema())
    assert batch_schema()["properties"]["items"]["items"]["required"] == [
        "id",
        "kind",
        "key",
        "hash",
        "started_at",
        "finished_at",
    ]


async def test_a_batch_of_fifty_takes_two_statements(school: School) -> None:
    await school.assign()
    await school.upload("worker", module_result(-400), quiz_result(-390), run_result(-380))
    batch = [quiz_result(start=-170 + 3 * n) for n in range(50)]
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = school.plant.runtime.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        await school.upload("worker", *batch)
        first, seen[:] = list(seen), []
        await school.upload("worker", *batch)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    asked, written = first
    assert "begin_recorded" in asked
    assert all(part in written for part in ("insert into attempt", "pay_append", "insert into event", "procrastinate"))
    # Known already: nothing to write, so one read is all.
    assert len(seen) == 1, seen
    assert await school.count("select count(*) from attempt") == 53


async def test_the_same_id_in_two_organizations_is_two_attempts(school: School) -> None:
    other = await open_school(await build_plant(school.plant.runtime, school.plant.http))
    result = quiz_result()
    for place in (school, other):
        (verdict,) = await place.upload("worker", result)
        assert (verdict["verdict"], verdict["paid_seconds"]) == ("created", 120)


async def test_an_idempotency_key_replays_the_answer(school: School) -> None:
    body, headers = {"items": [quiz_result()]}, {"Idempotency-Key": "batch-1"}
    first = await school.plant.post("worker", "/v1/attempt-batches", body, headers=headers)
    again = await school.plant.post("worker", "/v1/attempt-batches", body, headers=headers)
    assert first.content == again.content and again.headers["idempotency-replayed"] == "true"


instants = st.timedeltas(timedelta(days=-80), timedelta(days=20)).map(lambda away: NOW + away)


@given(instants, instants, st.integers(1, 3600))
def test_paid_spans_never_exceed_what_happened_nor_the_cap_nor_now(started: datetime, finished: datetime, planned: int) -> None:
    span = paid_span(started, finished, planned=planned, now=NOW)
    assert 0 <= span.seconds <= longest_paid(planned)
    assert timedelta(seconds=span.seconds) <= max(timedelta(0), finished - started)
    assert span.start.microsecond == 0
    assert span.seconds == 0 or span.end <= NOW


@given(instants, st.timedeltas(timedelta(0), timedelta(minutes=9)), st.timedeltas(timedelta(0), timedelta(minutes=9)))
def test_neighbors_never_share_a_second(start: datetime, first: timedelta, second: timedelta) -> None:
    later = NOW + timedelta(days=60)
    one = paid_span(start, start + first, planned=600, now=later)
    two = paid_span(start + first, start + first + second, planned=600, now=later)
    assert one.end <= two.start


@given(instants, instants)
def test_times_are_believed_within_skew_and_age(started: datetime, finished: datetime) -> None:
    fault = time_fault(started, finished, NOW)
    assert (fault is None) == (started <= finished <= NOW + SKEW and started >= NOW - OLDEST)


def test_the_edges_of_what_is_believed() -> None:
    assert time_fault(NOW - OLDEST, NOW + SKEW, NOW) is None
    instant = timedelta(microseconds=1)
    assert (fault := time_fault(NOW - OLDEST - instant, NOW, NOW)) and fault.code == "too_old"
    assert (fault := time_fault(NOW, NOW + SKEW + instant, NOW)) and fault.code == "in_the_future"


def test_a_fingerprint_sees_content_not_spelling() -> None:
    attempt_id = str(new_id())
    result = quiz_result(id=attempt_id)
    spelled = {
        **result,
        "answers": dict(reversed(result["answers"].items())),
        "started_at": result["started_at"].replace("Z", "+00:00"),
    }
    changed = {**result, "answers": {**result["answers"], drawn(attempt_id)[0]: ["wrong"]}}
    prints = [fingerprint(each) for each in uploads(result, spelled, changed) if isinstance(each, Upload)]
    assert prints[0] == prints[1] != prints[2]
    (upload,) = (each for each in uploads(result) if isinstance(each, Upload))
    assert fingerprint(upload._replace(outcome=Outcome.INTERRUPTED)) != prints[0]


names = st.sampled_from(["a", "b", "c"])
works = st.builds(
    Work,
    st.dictionaries(names, st.lists(names, max_size=2).map(tuple)),
    st.lists(names, max_size=3, unique=True).map(tuple),
    st.dictionaries(names, st.builds(ItemDone, st.sampled_from(ItemState), names)),
)


@given(works, works, works)
def test_work_adds_up_the_same_however_it_is_sent(one: Work, two: Work, three: Work) -> None:
    assert one.merged(two).merged(three) == one.merged(two.merged(three))
    assert one.merged(one) == one and Work().merged(one) == one
    assert set(one.merged(two).cards) == {*one.cards, *two.cards}
