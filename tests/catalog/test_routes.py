"""Reading and publishing the catalog over HTTP."""

from typing import Any

import pytest

from app.catalog.domain import content_hash
from app.catalog.pack.load import load_pack
from app.catalog.schemas.examples import PACK as EXAMPLE
from tests.builders import Plant
from tests.catalog.documents import tiny_document
from tests.catalog.packs import PackFolder
from tests.catalog.test_service import load

# Words of the tiny pack that only somebody who has answered may read.
SECRETS = (b"Others must know first", b"Los dem", b"Who is still inside", b"Not for lunch", b"Pull first", b"Anybody may.")


@pytest.fixture
async def stocked(plant: Plant, folder: PackFolder) -> Plant:
    """A plant that has published the tiny pack."""
    await load(plant, load_pack(folder.path))
    return plant


async def publish(plant: Plant, document: Any, who: str = "author", query: str = "") -> Any:
    return await plant.post(who, f"/v1/packs{query}", document)


async def tag_of(plant: Plant, path: str) -> str:
    answer = await plant.get("worker", path)
    assert answer.status_code == 200, answer.text
    return str(answer.headers["etag"])


async def test_a_worker_reads_a_module_in_their_language(stocked: Plant, folder: PackFolder) -> None:
    answer = await stocked.get("worker", "/v1/modules/stop-the-line?language=es")
    assert answer.status_code == 200
    told = answer.json()
    address = content_hash(load_pack(folder.path).modules[0])
    assert answer.headers["etag"] == f'"{address}"'
    assert answer.headers["cache-control"] == "private, no-cache"
    assert (told["key"], told["hash"], told["language"], told["fallback"]) == ("stop-the-line", address, "es", False)
    assert told["title"] == "Parar la línea"
    assert told["languages"] == ["en", "es"]
    why = told["cards"][0]
    assert why["heading"] == "Por qué importa"
    assert "<strong>minutos</strong>" in why["html"]
    assert "<" not in why["text"]
    assert "minutos" in why["text"]


async def test_a_language_that_was_never_written_falls_back_and_says_so(stocked: Plant) -> None:
    told = (await stocked.get("worker", "/v1/modules/stop-the-line?language=de-AT")).json()
    assert (told["language"], told["fallback"], told["title"]) == ("en", True, "Stop the line")
    assert {card["language"] for card in told["cards"][:2]} == {"en"}
    plain = (await stocked.get("worker", "/v1/modules/stop-the-line")).json()
    assert (plain["language"], plain["fallback"]) == ("en", False)


async def test_a_module_half_translated_says_so(stocked: Plant, folder: PackFolder) -> None:
    await load(stocked, load_pack(folder.remove("modules/stop-the-line/body.es.md").path))
    told = (await stocked.get("worker", "/v1/modules/stop-the-line?language=es")).json()
    assert (told["language"], told["fallback"], told["languages"]) == ("es", True, ["en"])
    assert told["cards"][0]["language"] == "en"


async def test_a_question_card_has_its_choices_and_not_its_answer(stocked: Plant) -> None:
    card = (await stocked.get("worker", "/v1/modules/stop-the-line")).json()["cards"][1]
    assert card["question"]["stem"] == "What comes first?"
    assert {choice["id"] for choice in card["question"]["choices"]} == {"notify", "cut"}
    assert set(card["question"]) == {"item", "type", "language", "stem", "choices"}


async def test_a_quiz_tells_its_size_and_no_question(stocked: Plant) -> None:
    answer = await stocked.get("worker", "/v1/quizzes/stop-quiz?language=es")
    told = answer.json()
    assert (told["title"], told["seconds"], told["draw"], told["items"], told["pass_percent"]) == ("Parar", 120, 3, 4, 67)
    assert answer.headers["etag"] == f'"{told["hash"]}"'


async def test_a_checklist_is_read_whole(stocked: Plant) -> None:
    told = (await stocked.get("worker", "/v1/checklists/start-check?language=es")).json()
    assert told["items"] == [
        {"id": "cord", "text": "La cuerda cuelga libre", "required": True, "photo": "required"},
        {"id": "lamp", "text": "La lámpara funciona", "required": False, "photo": "none"},
    ]


async def test_the_key_never_leaves(stocked: Plant) -> None:
    paths = ["/v1/modules", "/v1/quizzes", "/v1/checklists", "/v1/packs", "/v1/skills"]
    for kind, plural in (("module", "modules"), ("quiz", "quizzes"), ("checklist", "checklists")):
        for item in (await stocked.get("worker", f"/v1/{plural}")).json()["items"]:
            paths += [f"/v1/{plural}/{item['key']}?language={language}" for language in ("en", "es", "de")]
            paths.append(f"/v1/content/{kind}/{item['hash']}")
    assert len(paths) == 17
    for who in ("worker", "author", "integration"):
        for path in paths:
            answer = await stocked.get(who, path)
            assert answer.status_code == 200, path
            assert not [secret for secret in SECRETS if secret in answer.content], path
            assert fields_of(answer.json()).isdisjoint({"rationale", "feedback", "correct"}), path


def fields_of(value: Any, inside_item: bool = False) -> set[str]:
    """Every field name in an answer; `key` counts as `correct` where it stands beside choices."""
    found: set[str] = set()
    if isinstance(value, dict):
        found = set(value) | ({"correct"} if "choices" in value and "key" in value else set())
        value = list(value.values())
    for part in value if isinstance(value, list) else ():
        found |= fields_of(part)
    return found


async def test_a_kept_version_has_every_language_and_never_changes(stocked: Plant) -> None:
    address = (await tag_of(stocked, "/v1/quizzes/stop-quiz")).strip('"')
    answer = await stocked.get("worker", f"/v1/content/quiz/{address}")
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    told = answer.json()
    assert (told["kind"], told["hash"], told["content"]["draw"]) == ("quiz", address, 3)
    steps = next(item for item in told["content"]["items"] if item["id"] == "steps")
    assert steps["stem"] == {"en": "Put the steps in order.", "es": "Ordene los pasos."}
    assert set(steps) == {"id", "type", "difficulty", "stem", "choices"}
    assert {choice["id"] for choice in steps["choices"]} == {"wait", "pull", "tell"}
    assert (await stocked.get("worker", f"/v1/content/quiz/{address}")).content == answer.content


async def test_an_old_version_can_still_be_fetched(stocked: Plant, folder: PackFolder) -> None:
    old = (await tag_of(stocked, "/v1/checklists/start-check")).strip('"')
    folder.replace("checklists/start-check.yaml", "hangs free", "hangs loose")
    await load(stocked, load_pack(folder.path))
    new = (await tag_of(stocked, "/v1/checklists/start-check")).strip('"')
    assert new != old
    kept = (await stocked.get("worker", f"/v1/content/checklist/{old}")).json()
    assert kept["content"]["items"][0]["text"]["en"] == "The cord hangs free"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/modules/unheard-of", 404),
        ("/v1/quizzes/stop-the-line", 404),
        ("/v1/modules/Not an id", 422),
        (f"/v1/content/quiz/{'0' * 64}", 404),
        ("/v1/content/quiz/latest", 422),
        (f"/v1/content/poster/{'0' * 64}", 422),
        ("/v1/modules?cursor=rubbish", 400),
        ("/v1/modules?limit=1000", 422),
        ("/v1/modules/stop-the-line?language=klingon!", 422),
    ],
)
async def test_what_is_not_there_is_told_apart_from_what_cannot_be(stocked: Plant, path: str, status: int) -> None:
    answer = await stocked.get("worker", path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_another_organizations_content_is_not_found(stocked: Plant, runtime: Any, http: Any) -> None:
    from tests.builders import build_plant

    address = (await tag_of(stocked, "/v1/modules/stop-the-line")).strip('"')
    await stocked.get("worker", f"/v1/content/module/{address}")
    other = await build_plant(runtime, http)
    for path in ("/v1/modules/stop-the-line", f"/v1/content/module/{address}"):
        assert (await other.get("admin", path)).status_code == 404
    assert (await other.get("worker", "/v1/modules")).json() == {"items": [], "next_cursor": None}


async def test_lists_filter_by_tag_skill_and_language(stocked: Plant) -> None:
    document = tiny_document()
    module = document["modules"][0]["module"]
    document["pack"].update(id="second", languages=["en"], skills={**document["pack"]["skills"]})
    for part in (document["pack"]["title"], document["pack"]["skills"]["stop-line"]["title"]):
        del part["es"]
    del document["modules"], document["quizzes"]
    checklist = document["checklists"][0]
    checklist.update(id="end-check", title={"en": "End of shift"}, tags=["evening"])
    for item in checklist["items"].values():
        del item["text"]["es"]
    assert module["id"] == "stop-the-line"
    answer = await publish(stocked, document)
    assert answer.status_code == 200, answer.text

    async def keys(query: str) -> list[str]:
        return [item["key"] for item in (await stocked.get("worker", f"/v1/checklists{query}")).json()["items"]]

    assert await keys("") == ["end-check", "start-check"]
    assert await keys("?tag=evening") == ["end-check"]
    assert await keys("?language=es") == ["start-check"]
    assert await keys("?skill=stop-line&tag=safety") == ["start-check"]
    assert await keys("?skill=unknown-skill") == []
    skills = (await stocked.get("worker", "/v1/skills")).json()["items"]
    assert skills == [{"key": "stop-line", "title": {"en": "Stopping the line"}, "class": "safety", "packs": ["second", "tiny"]}]


async def test_pages_of_a_list_meet_without_gap_or_overlap(stocked: Plant) -> None:
    document = tiny_document()
    first = document["checklists"][0]
    document["checklists"] = [{**first, "id": f"check-{n:02}"} for n in range(7)]
    document["modules"], document["quizzes"], document["pack"]["id"] = [], [], "many"
    assert (await publish(stocked, document)).status_code == 200
    seen, cursor = [], ""
    while True:
        page = (await stocked.get("worker", f"/v1/checklists?limit=3{cursor}")).json()
        seen += [item["key"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [*(f"check-{n:02}" for n in range(7)), "start-check"]


async def test_an_author_publishes_a_pack_and_workers_see_it_at_once(plant: Plant) -> None:
    answer = await publish(plant, tiny_document())
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [line["verdict"] for line in told["lines"]] == ["added", "added", "added"]
    assert told["warnings"] == []
    assert (await plant.get("worker", "/v1/modules/stop-the-line")).status_code == 200
    packs = (await plant.get("worker", "/v1/packs")).json()["items"]
    assert [(pack["key"], pack["pack_version"], pack["origin"]) for pack in packs] == [("tiny", "1.0.0", "off_the_shelf")]
    again = (await publish(plant, tiny_document(), who="integration")).json()
    assert again["catalog_version"] == told["catalog_version"]
    assert {line["verdict"] for line in again["lines"]} == {"unchanged"}


async def test_a_document_and_a_folder_with_the_same_content_have_the_same_hashes(plant: Plant, folder: PackFolder) -> None:
    await publish(plant, tiny_document())
    pack = load_pack(folder.path)
    assert await tag_of(plant, "/v1/quizzes/stop-quiz") == f'"{content_hash(pack.quizzes[0])}"'
    assert await tag_of(plant, "/v1/checklists/start-check") == f'"{content_hash(pack.checklists[0])}"'


async def test_a_dry_run_says_what_would_happen_and_does_nothing(plant: Plant) -> None:
    told = (await publish(plant, tiny_document(), query="?dry_run=true")).json()
    assert told["dry_run"] is True
    assert [line["verdict"] for line in told["lines"]] == ["added"] * 3
    assert (await plant.get("worker", "/v1/modules/stop-the-line")).status_code == 404
    assert (await plant.get("worker", "/v1/packs")).json()["items"] == []


def no_key(document: Any) -> None:
    document["quizzes"][0]["items"]["first-step"]["key"] = ["nobody"]


def unknown_skill(document: Any) -> None:
    document["modules"][0]["module"]["skills"] = ["flying"]


def unknown_prerequisite(document: Any) -> None:
    document["modules"][0]["module"]["prerequisites"] = ["not-written"]


def raw_html(document: Any) -> None:
    document["modules"][0]["bodies"]["es"] += "\n<script>alert(1)</script>\n"


def no_section(document: Any) -> None:
    document["modules"][0]["bodies"]["en"] = "Text without a section\n"


def rushed(document: Any) -> None:
    document["modules"][0]["module"]["seconds"] = 300


def media_card(document: Any) -> None:
    card = {"kind": "media", "src": "media/cord.svg", "alt": {"en": "A cord", "es": "Una cuerda"}, "seconds": 5}
    document["modules"][0]["module"]["cards"]["cord"] = card


def twice(document: Any) -> None:
    document["checklists"].append(document["checklists"][0])


def untitled(document: Any) -> None:
    document["checklists"][0]["title"] = {"es": "Inicio de turno"}


@pytest.mark.parametrize(
    ("spoil", "pointer", "code"),
    [
        (no_key, "#/quizzes/0/items/first-step/key/0", "unknown_choice"),
        (unknown_skill, "#/modules/0/module/skills/0", "unknown_skill"),
        (unknown_prerequisite, "#/modules/0/module/prerequisites/0", "unknown_prerequisite"),
        (raw_html, "#/modules/0/bodies/es", "raw_html"),
        (no_section, "#/modules/0/bodies/en", "body"),
        (rushed, "#/modules/0/module/seconds", "duration"),
        (media_card, "#/modules/0/module/cards/cord/src", "media_missing"),
        (twice, "#/checklists/1/id", "repeated_id"),
        (untitled, "#/checklists/0/title/en", "text_missing"),
    ],
)
async def test_a_faulty_pack_is_refused_with_a_pointer_and_nothing_is_published(
    plant: Plant, spoil: Any, pointer: str, code: str
) -> None:
    document = tiny_document()
    spoil(document)
    answer = await publish(plant, document)
    assert answer.status_code == 422
    assert answer.json()["code"] == "pack_refused"
    assert (pointer, code) in {(error["pointer"], error["code"]) for error in answer.json()["errors"]}
    assert b"alert(1)" not in answer.content
    assert (await plant.get("worker", "/v1/checklists")).json()["items"] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("pack", "id"), "Not An Id"),
        (("pack", "surprise"), 1),
        (("pack", "title", "en"), "A bell \x07"),
        (("modules", 0, "module", "seconds"), "130"),
        (("modules", 0, "module", "seconds"), 10**300),
        (("modules", 0, "bodies"), {}),
        (("modules", 0, "bodies", "en"), "## {#why} Why\n\x1b[31m"),
        (("quizzes", 0, "items", "when", "key"), []),
        (("checklists", 0, "items"), {}),
        (("checklists", 0, "title", "no language"), "x"),
    ],
)
async def test_a_malformed_pack_is_refused(plant: Plant, path: tuple[Any, ...], value: Any) -> None:
    document: Any = tiny_document()
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    answer = await publish(plant, document)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("#/" + str(path[0]))


async def test_warnings_do_not_keep_a_pack_from_being_published(plant: Plant) -> None:
    document = tiny_document()
    del document["modules"][0]["bodies"]["es"]
    answer = await publish(plant, document)
    assert answer.status_code == 200
    found = [(warning["pointer"], warning["code"]) for warning in answer.json()["warnings"]]
    assert found == [("#/modules/0/bodies", "translation_missing")]


async def test_the_example_of_the_api_document_publishes_cleanly(plant: Plant) -> None:
    answer = await publish(plant, EXAMPLE)
    assert answer.status_code == 200, answer.text
    assert {warning["code"] for warning in answer.json()["warnings"]} <= {"no_source"}


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("author", 200),
        ("learning_manager", 200),
        ("integration", 200),
        ("worker", 403),
        ("supervisor", 403),
        ("payroll", 403),
        ("admin", 403),
        ("nobody", 401),
    ],
)
async def test_who_may_publish(plant: Plant, who: str, status: int) -> None:
    assert (await publish(plant, tiny_document(), who=who)).status_code == status


async def test_a_body_over_the_limit_is_refused(plant: Plant) -> None:
    document = tiny_document()
    document["modules"][0]["bodies"]["en"] += "x" * 1_000_000
    assert (await publish(plant, document)).status_code == 413


async def test_the_same_idempotency_key_answers_the_same(plant: Plant) -> None:
    headers = {"Idempotency-Key": "publish-1"}
    first = await plant.post("author", "/v1/packs", tiny_document(), headers=headers)
    second = await plant.post("author", "/v1/packs", tiny_document(), headers=headers)
    assert second.json() == first.json()
    assert second.headers["idempotency-replayed"] == "true"


async def test_a_learning_manager_retires_a_module_once(stocked: Plant) -> None:
    seen = await tag_of(stocked, "/v1/modules/stop-the-line")
    path, headers = "/v1/modules/stop-the-line/retirement", {"If-Match": seen}
    first = await stocked.post("learning_manager", path, headers=headers)
    assert first.status_code == 200
    assert (first.json()["key"], first.json()["kind"], first.json()["hash"]) == ("stop-the-line", "module", seen.strip('"'))
    assert (await stocked.post("learning_manager", path, headers=headers)).json() == first.json()
    assert (await stocked.get("worker", "/v1/modules/stop-the-line")).status_code == 404
    assert (await stocked.get("worker", "/v1/modules")).json()["items"] == []
    assert (await stocked.get("worker", f"/v1/content/module/{seen.strip(chr(34))}")).status_code == 200


@pytest.mark.parametrize("kind", ["quizzes/stop-quiz", "checklists/start-check"])
async def test_quizzes_and_checklists_retire_too(stocked: Plant, kind: str) -> None:
    seen = await tag_of(stocked, f"/v1/{kind}")
    assert (await stocked.post("author", f"/v1/{kind}/retirement", headers={"If-Match": seen})).status_code == 200
    assert (await stocked.get("worker", f"/v1/{kind}")).status_code == 404


async def test_retiring_needs_the_version_one_has_seen(stocked: Plant) -> None:
    path, stale = "/v1/modules/stop-the-line/retirement", f'"{"0" * 64}"'
    assert (await stocked.post("author", path)).status_code == 428
    assert (await stocked.post("author", path, headers={"If-Match": '"v1"'})).status_code == 400
    assert (await stocked.post("author", path, headers={"If-Match": stale})).status_code == 412
    assert (await stocked.post("author", "/v1/modules/unknown/retirement", headers={"If-Match": stale})).status_code == 404
    assert (await stocked.post("worker", path, headers={"If-Match": stale})).status_code == 403


async def test_a_module_that_others_need_is_not_retired(plant: Plant) -> None:
    document = tiny_document()
    after = {**document["modules"][0]["module"], "id": "after-the-stop", "prerequisites": ["stop-the-line"]}
    document["modules"].append({"module": after, "bodies": document["modules"][0]["bodies"]})
    assert (await publish(plant, document)).status_code == 200
    seen = await tag_of(plant, "/v1/modules/stop-the-line")
    refused = await plant.post("author", "/v1/modules/stop-the-line/retirement", headers={"If-Match": seen})
    assert (refused.status_code, refused.json()["code"]) == (409, "still_required")
    assert "after-the-stop" in refused.json()["detail"]
    seen_after = await tag_of(plant, "/v1/modules/after-the-stop")
    await plant.post("author", "/v1/modules/after-the-stop/retirement", headers={"If-Match": seen_after})
    again = await plant.post("author", "/v1/modules/stop-the-line/retirement", headers={"If-Match": seen})
    assert again.status_code == 200


async def test_a_key_of_another_pack_is_a_conflict(stocked: Plant) -> None:
    document = tiny_document()
    document["pack"]["id"] = "other"
    answer = await publish(stocked, document)
    assert (answer.status_code, answer.json()["code"]) == (409, "key_in_other_pack")
