"""A folder becomes a pack, and nothing outside it is ever read."""

import hashlib
import os
from pathlib import Path

import pytest

from app.catalog.domain import CardKind, ItemType, PackOrigin, PhotoRule, SkillClass, content_hash
from app.catalog.pack.finding import PackRefused
from app.catalog.pack.folder import MAX_FILE_BYTES, MAX_FILES, FileRefused, list_files, read_file
from app.catalog.pack.load import load_pack
from app.catalog.pack.media import media_fault
from tests.catalog.packs import BODY_FILE, CHECKLIST_FILE, MODULE_FILE, QUIZ_FILE, SVG, PackFolder


def _codes(folder: PackFolder) -> set[tuple[str, str, str]]:
    with pytest.raises(PackRefused) as caught:
        load_pack(folder.path)
    return {(finding.file, finding.pointer, finding.code) for finding in caught.value.findings}


def test_a_faultless_folder_becomes_a_pack(folder: PackFolder) -> None:
    pack = load_pack(folder.path)
    assert (pack.id, pack.version, pack.origin) == ("tiny", "1.0.0", PackOrigin.OFF_THE_SHELF)
    assert (pack.default_language, pack.languages) == ("en", ("en", "es"))
    assert [(skill.id, skill.skill_class) for skill in pack.skills] == [("stop-line", SkillClass.SAFETY)]
    assert [version.id for version in pack.published] == ["stop-the-line", "stop-quiz", "start-check"]


def test_the_cards_of_a_module_take_their_text_question_and_picture_from_the_pack(folder: PackFolder) -> None:
    (module,) = load_pack(folder.path).modules
    why, check, cord = module.cards
    assert [card.kind for card in module.cards] == [CardKind.TEXT, CardKind.QUESTION, CardKind.MEDIA]
    assert why.heading.by_language() == {"en": "Why it matters", "es": "Por qué importa"}
    assert why.text.by_language()["en"].endswith("- pull\n- wait")
    assert check.question is not None
    assert (check.question.quiz, check.question.item.key) == ("stop-quiz", ("notify",))
    assert cord.media is not None
    assert cord.media.sha256 == hashlib.sha256(SVG.encode()).hexdigest()


def test_the_items_of_a_quiz_keep_their_order_choices_and_feedback(folder: PackFolder) -> None:
    (quiz,) = load_pack(folder.path).quizzes
    assert [item.type for item in quiz.items] == [
        ItemType.SINGLE,
        ItemType.TRUE_FALSE,
        ItemType.MULTIPLE,
        ItemType.ORDER,
    ]
    assert quiz.items[0].choices[1].feedback.by_language()["en"] == "Who is still inside?"
    assert not quiz.items[0].choices[0].feedback


def test_the_items_of_a_checklist_keep_their_rules(folder: PackFolder) -> None:
    (checklist,) = load_pack(folder.path).checklists
    assert [(item.id, item.required, item.photo) for item in checklist.items] == [
        ("cord", True, PhotoRule.REQUIRED),
        ("lamp", False, PhotoRule.NONE),
    ]


def test_loading_twice_gives_the_same_hashes_wherever_the_folder_is(folder: PackFolder, tmp_path: Path) -> None:
    elsewhere = PackFolder(tmp_path / "elsewhere")
    first, second = load_pack(folder.path), load_pack(elsewhere.path)
    assert first == second
    assert [content_hash(version) for version in first.published] == [content_hash(v) for v in second.published]


@pytest.mark.parametrize(
    ("name", "old", "new", "changed"),
    [
        (BODY_FILE, "minutes", "hours", {"stop-the-line"}),
        ("media/cord.svg", "h9", "h8", {"stop-the-line"}),
        (QUIZ_FILE, "What comes first?", "What is first?", {"stop-the-line", "stop-quiz"}),
        (CHECKLIST_FILE, "seconds: 180", "seconds: 200", {"start-check"}),
        ("pack.yaml", '"1.0.0"', '"1.0.1"', set()),
    ],
)
def test_a_change_gives_a_new_hash_to_what_shows_it_and_to_nothing_else(
    folder: PackFolder, name: str, old: str, new: str, changed: set[str]
) -> None:
    before = {version.id: content_hash(version) for version in load_pack(folder.path).published}
    after = {version.id: content_hash(version) for version in load_pack(folder.replace(name, old, new).path).published}
    assert {name for name in before if before[name] != after[name]} == changed


def test_every_error_is_listed_at_once_with_its_file_and_pointer(folder: PackFolder) -> None:
    folder.replace(MODULE_FILE, "seconds: 130", 'seconds: "130"').replace(QUIZ_FILE, "difficulty: 2", "difficulty: 7")
    folder.replace(CHECKLIST_FILE, "photo: required", "photo: maybe, colour: red")
    assert _codes(folder) >= {
        (MODULE_FILE, "/seconds", "shape"),
        (QUIZ_FILE, "/items/first-step/difficulty", "shape"),
        (CHECKLIST_FILE, "/items/cord/photo", "shape"),
        (CHECKLIST_FILE, "/items/cord/colour", "shape"),
    }


@pytest.mark.parametrize(
    ("name", "old", "new", "pointer"),
    [
        (MODULE_FILE, "seconds: 130", "seconds: 119", "/seconds"),
        (MODULE_FILE, "seconds: 130", "seconds: 301", "/seconds"),
        (MODULE_FILE, "id: stop-the-line", "id: Stop", "/id"),
        (MODULE_FILE, "kind: text", "kind: film", "/cards/why"),
        (MODULE_FILE, "kind: text", "kind: text, text: hi", "/cards/why/text"),
        (MODULE_FILE, "src: media/cord.svg", "src: ../../secret.svg", "/cards/cord/src"),
        (MODULE_FILE, "src: media/cord.svg", "src: media/../pack.yaml", "/cards/cord/src"),
        (MODULE_FILE, "src: media/cord.svg", "src: /etc/passwd", "/cards/cord/src"),
        (MODULE_FILE, "alt: {en: A yellow cord, es: Una cuerda amarilla}, ", "", "/cards/cord/alt"),
        (MODULE_FILE, "alt: {en: A yellow cord", "alt: {en: ' '", "/cards/cord/alt/en"),
        (MODULE_FILE, '"2027-11-01"', '"2027-02-30"', "/review_by"),
        (MODULE_FILE, "https://www.osha.gov/laws-regs", "javascript:alert(1)", "/sources/0/url"),
        (MODULE_FILE, "title: {en:", "title: {english:", "/title/english"),
        (MODULE_FILE, "needs_tablet: false", "needs_tablet: no", "/needs_tablet"),
        (QUIZ_FILE, "draw: 3", "draw: 3.0", "/draw"),
        (QUIZ_FILE, "key: [notify]", "key: []", "/items/first-step/key"),
        (QUIZ_FILE, "  first-step:", "  first step:", "/items/first step"),
        ("pack.yaml", '"1.0.0"', '"1.0"', "/version"),
        ("pack.yaml", "class: safety", "class: magic", "/skills/stop-line/class"),
    ],
)
def test_a_file_of_the_wrong_shape_is_refused_at_the_place(
    folder: PackFolder, name: str, old: str, new: str, pointer: str
) -> None:
    assert (name, pointer, "shape") in _codes(folder.replace(name, old, new))


def test_a_file_that_is_not_yaml_is_refused_with_its_line(folder: PackFolder) -> None:
    folder.replace(QUIZ_FILE, "draw: 3", "draw: 3\ndraw: 4")
    with pytest.raises(PackRefused, match=r"quizzes/stop-quiz.yaml \[yaml\] line 7: duplicate key"):
        load_pack(folder.path)


def test_ids_agree_with_the_names_of_files_and_folders(folder: PackFolder) -> None:
    folder.replace(CHECKLIST_FILE, "id: start-check", "id: end-check").replace("pack.yaml", "id: tiny", "id: big")
    assert _codes(folder) >= {(CHECKLIST_FILE, "/id", "id_differs"), ("pack.yaml", "/id", "id_differs")}


def test_a_folder_without_a_pack_file_is_no_pack(folder: PackFolder, tmp_path: Path) -> None:
    assert ("pack.yaml", "", "file_missing") in _codes(folder.remove("pack.yaml"))
    with pytest.raises(PackRefused, match="not_a_folder"):
        load_pack(tmp_path / "absent")


def test_a_card_without_its_question_or_picture_is_refused(folder: PackFolder) -> None:
    folder.replace(MODULE_FILE, "item: first-step", "item: last-step").remove("media/cord.svg")
    assert _codes(folder) >= {
        (MODULE_FILE, "/cards/check/item", "unknown_item"),
        (MODULE_FILE, "/cards/cord/src", "media_missing"),
    }
    folder.replace(MODULE_FILE, "quiz: stop-quiz", "quiz: other-quiz")
    assert (MODULE_FILE, "/cards/check/quiz", "unknown_quiz") in _codes(folder)


def test_feedback_on_a_choice_that_is_not_there_is_refused(folder: PackFolder) -> None:
    folder.replace(QUIZ_FILE, "feedback: {cut:", "feedback: {burn:")
    assert (QUIZ_FILE, "/items/first-step/feedback/burn", "unknown_choice") in _codes(folder)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Hello\n\n## {#why} Why\n\ntext", "in front of"),
        ("## Why\n\ntext", "headings are written"),
        ("## {#why} Why\n\ntext\n\n### More\n\ntext", "headings are written"),
        ("## {#why} Why\n\ntext\n\n## {#why} Again\n\ntext", "second section"),
    ],
)
def test_a_body_that_cannot_be_cut_into_cards_is_refused(folder: PackFolder, text: str, fault: str) -> None:
    with pytest.raises(PackRefused, match=fault):
        load_pack(folder.write(BODY_FILE, text).path)


def test_a_section_for_a_card_that_is_not_there_is_refused(folder: PackFolder) -> None:
    folder.write(BODY_FILE, "## {#why} Why\n\ntext\n\n## {#how} How\n\ntext")
    assert (BODY_FILE, "/how", "unknown_card") in _codes(folder)


@pytest.mark.parametrize("body", [b"\xff\xfe", b"## {#why} Why\n\n\x00", b"## {#why} Why\n\n" + b"a " * 100_000])
def test_a_body_that_is_not_a_bearable_text_is_refused(folder: PackFolder, body: bytes) -> None:
    assert (BODY_FILE, "", "body") in _codes(folder.write(BODY_FILE, body))


def test_a_link_inside_a_pack_is_refused_and_not_read(folder: PackFolder, tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text(SVG)
    (folder.path / "media/cord.svg").unlink()
    (folder.path / "media/cord.svg").symlink_to(secret)
    assert _codes(folder) >= {
        ("media/cord.svg", "", "not_a_plain_file"),
        (MODULE_FILE, "/cards/cord/src", "media_missing"),
    }


def test_a_linked_folder_is_refused(folder: PackFolder, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/other.yaml").write_text("id: other")
    (folder.path / "quizzes/more").symlink_to(tmp_path / "outside", target_is_directory=True)
    assert ("quizzes/more", "", "not_a_plain_file") in _codes(folder)
    (tmp_path / "linked").symlink_to(folder.path, target_is_directory=True)
    with pytest.raises(PackRefused, match="not_a_folder"):
        load_pack(tmp_path / "linked")


def test_a_pipe_in_a_pack_is_refused_without_waiting_for_it(folder: PackFolder) -> None:
    os.mkfifo(folder.path / "quizzes/pipe.yaml")
    assert ("quizzes/pipe.yaml", "", "not_a_plain_file") in _codes(folder)


def test_a_file_swapped_for_a_link_or_a_pipe_after_listing_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("secret")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "absent"):
        with pytest.raises(FileRefused):
            read_file(tmp_path, name)


def test_too_many_or_too_large_files_are_refused(tmp_path: Path) -> None:
    for number in range(MAX_FILES + 1):
        (tmp_path / f"{number}.txt").touch()
    assert [finding.code for finding in list_files(tmp_path)[1]] == ["too_many_files"]
    (tmp_path / "large").write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    with pytest.raises(FileRefused, match="larger"):
        read_file(tmp_path, "large")


def _svg(inner: str, attributes: str = "") -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inner}</svg>'.encode()


@pytest.mark.parametrize(
    "picture",
    [
        _svg("<script>alert(1)</script>"),
        _svg("<foreignObject><p/></foreignObject>"),
        _svg('<a href="https://example.com"><path/></a>'),
        _svg('<use href="https://example.com/x.svg#a"/>'),
        _svg('<use xlink:href="data:image/svg+xml;base64,AAAA" xmlns:xlink="http://www.w3.org/1999/xlink"/>'),
        _svg('<image href="https://example.com/x.png"/>'),
        _svg('<animate attributeName="href" to="javascript:alert(1)"/>'),
        _svg("<path/>", 'onload="alert(1)"'),
        _svg("<path/>", 'ONLOAD="alert(1)"'),
        _svg('<path style="fill: url(https://example.com/x)"/>'),
        _svg('<path style="fill: u\\72l(https://example.com/x)"/>'),
        _svg("<style>@import 'https://example.com'</style>"),
        _svg('<h:script xmlns:h="http://www.w3.org/1999/xhtml"/>'),
        b'<?xml-stylesheet href="https://example.com/x.css"?>' + _svg("<path/>"),
        b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + _svg("<text>&a;</text>"),
        b'<!DOCTYPE svg SYSTEM "file:///etc/passwd">' + _svg("<path/>"),
        b"<svg><path></svg>",
        b"<html/>",
        b"",
        b"GIF89a",
    ],
)
def test_a_picture_that_could_do_more_than_be_looked_at_is_refused(picture: bytes) -> None:
    assert media_fault("media/x.svg", picture)


def test_a_plain_picture_is_fine() -> None:
    drawing = '<defs><linearGradient id="g"><stop offset="1"/></linearGradient></defs><path fill="url(#g)"/><use href="#g"/>'
    assert media_fault("media/x.svg", _svg(drawing + '<text style="font-weight: bold">Stop</text>')) is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n1234"),
        ("a.jpg", b"\xff\xd8\xff\xe0"),
        ("a.webp", b"RIFF0000WEBPVP8 "),
        ("a.mp4", b"0000ftypisom"),
        ("a.mp3", b"ID3\x04"),
    ],
)
def test_media_is_what_its_name_says(name: str, content: bytes) -> None:
    assert media_fault(name, content) is None
    assert media_fault(name, b"<html>" + content)
    assert media_fault("a.exe", content)
