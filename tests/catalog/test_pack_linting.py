"""What the linter tells an author."""

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from app.catalog.pack.finding import Finding, Severity, errors
from app.catalog.pack.lint import lint_folder
from app.catalog.pack.lint.durations import bounds
from tests.catalog.packs import BODY_FILE, CHECKLIST_FILE, MODULE, MODULE_FILE, QUIZ_FILE, PackFolder

STARTER = Path(__file__).resolve().parents[2] / "content" / "packs" / "starter"
BODY_ES = "modules/stop-the-line/body.es.md"
ERROR, WARNING = Severity.ERROR, Severity.WARNING


def _told(folder: PackFolder) -> set[tuple[Severity, str, str, str]]:
    findings = lint_folder(folder.path)
    return {(finding.severity, finding.file, finding.pointer, finding.code) for finding in findings}


def test_there_is_nothing_to_say_about_a_faultless_pack(folder: PackFolder) -> None:
    assert lint_folder(folder.path) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (MODULE_FILE, "skills: [stop-line]", "skills: [run-line]", (ERROR, MODULE_FILE, "/skills/0", "unknown_skill")),
        (
            MODULE_FILE,
            "skills: [stop-line]",
            "skills: [stop-line, stop-line]",
            (ERROR, MODULE_FILE, "/skills/1", "repeated"),
        ),
        (
            MODULE_FILE,
            "prerequisites: []",
            "prerequisites: [gone]",
            (ERROR, MODULE_FILE, "/prerequisites/0", "unknown_prerequisite"),
        ),
        (
            MODULE_FILE,
            "prerequisites: []",
            "prerequisites: [stop-the-line]",
            (ERROR, MODULE_FILE, "/prerequisites", "prerequisite_cycle"),
        ),
        (MODULE_FILE, "seconds: 130", "seconds: 300", (ERROR, MODULE_FILE, "/seconds", "duration")),
        (MODULE_FILE, "seconds: 95", "seconds: 125", (ERROR, MODULE_FILE, "/seconds", "duration")),
        (
            MODULE_FILE,
            "summary: {en: When to pull the cord., ",
            "summary: {",
            (ERROR, MODULE_FILE, "/summary/en", "text_missing"),
        ),
        (
            MODULE_FILE,
            ", es: Cuándo tirar de la cuerda.}",
            "}",
            (WARNING, MODULE_FILE, "/summary/es", "translation_missing"),
        ),
        (
            MODULE_FILE,
            "es: Cuándo tirar de la cuerda.",
            "es: When to pull the cord.",
            (WARNING, MODULE_FILE, "/summary/es", "not_translated"),
        ),
        (
            MODULE_FILE,
            "es: [Saber cuándo parar]",
            "es: [Saber, cuándo]",
            (WARNING, MODULE_FILE, "/objectives/es", "uneven_list"),
        ),
        (
            MODULE_FILE,
            "es: Una cuerda amarilla",
            "fr: Une corde jaune",
            (ERROR, MODULE_FILE, "/cards/cord/alt/fr", "unknown_language"),
        ),
        (
            MODULE_FILE,
            "alt: {en: A yellow cord, es",
            "alt: {es",
            (ERROR, MODULE_FILE, "/cards/cord/alt/en", "text_missing"),
        ),
        (MODULE_FILE, "When to pull", "When to <b>pull</b>", (ERROR, MODULE_FILE, "/summary/en", "raw_html")),
        (MODULE_FILE, "When to pull the cord.", "See www.example.com", (ERROR, MODULE_FILE, "/summary/en", "link")),
        (BODY_FILE, "**minutes**", "[minutes](https://example.com)", (ERROR, BODY_FILE, "/why", "link")),
        (BODY_FILE, "**minutes**", "https://example.com", (ERROR, BODY_FILE, "/why", "link")),
        (BODY_FILE, "**minutes**", "<b>minutes</b>", (ERROR, BODY_FILE, "/why", "raw_html")),
        (BODY_FILE, "**minutes**", "![m](m.png)", (ERROR, BODY_FILE, "/why", "image")),
        (BODY_FILE, "**minutes**", "`minutes`", (ERROR, BODY_FILE, "/why", "markdown")),
        (BODY_FILE, "Why it matters", "Why <i>it</i> matters", (ERROR, BODY_FILE, "/why", "raw_html")),
        (QUIZ_FILE, "draw: 3", "draw: 5", (ERROR, QUIZ_FILE, "/draw", "draw_too_large")),
        (QUIZ_FILE, "seconds: 120", "seconds: 300", (WARNING, QUIZ_FILE, "/seconds", "duration")),
        (QUIZ_FILE, "key: [notify]", "key: [shout]", (ERROR, QUIZ_FILE, "/items/first-step/key/0", "unknown_choice")),
        (
            QUIZ_FILE,
            "key: [notify]",
            "key: [notify, cut]",
            (ERROR, QUIZ_FILE, "/items/first-step/key", "too_many_keys"),
        ),
        (
            QUIZ_FILE,
            "key: [pull, tell, wait]",
            "key: [pull, tell]",
            (ERROR, QUIZ_FILE, "/items/steps/key", "incomplete_order"),
        ),
        (QUIZ_FILE, "key: [smoke, noise]", "key: [smoke, smoke]", (ERROR, QUIZ_FILE, "/items/when/key/1", "repeated")),
        (
            QUIZ_FILE,
            "key: [smoke, noise]",
            "key: [smoke, noise, lunch]",
            (WARNING, QUIZ_FILE, "/items/when/key", "no_distractor"),
        ),
        (
            QUIZ_FILE,
            "      true_: {",
            "      yes-it-is: {",
            (ERROR, QUIZ_FILE, "/items/who-may/choices", "true_false_choices"),
        ),
        (
            QUIZ_FILE,
            "      lunch: {",
            "      false_: {",
            (ERROR, QUIZ_FILE, "/items/when/choices", "true_false_choices"),
        ),
        (
            QUIZ_FILE,
            "{en: Lunch, es: Almuerzo}",
            "{en: Smoke, es: Humo}",
            (ERROR, QUIZ_FILE, "/items/when/choices", "same_choice"),
        ),
        (
            QUIZ_FILE,
            "feedback: {cut:",
            "feedback: {notify:",
            (WARNING, QUIZ_FILE, "/items/first-step/feedback/notify", "feedback_on_key"),
        ),
        (
            QUIZ_FILE,
            "{en: Cut the power, es",
            "{es",
            (ERROR, QUIZ_FILE, "/items/first-step/choices/cut/en", "text_missing"),
        ),
        (
            CHECKLIST_FILE,
            ", es: La lámpara funciona",
            "",
            (WARNING, CHECKLIST_FILE, "/items/lamp/text/es", "translation_missing"),
        ),
        ("pack.yaml", "languages: [en, es]", "languages: [es]", (ERROR, "pack.yaml", "/languages", "default_language")),
        (
            "pack.yaml",
            "skills:\n",
            "skills:\n  idle: {title: {en: Idle, es: Ocio}, class: soft}\n",
            (WARNING, "pack.yaml", "/skills/idle", "unused_skill"),
        ),
    ],
)
def test_a_fault_is_told_at_its_place(
    folder: PackFolder, name: str, old: str, new: str, expected: tuple[Severity, str, str, str]
) -> None:
    assert expected in _told(folder.replace(name, old, new))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda folder: folder.remove(BODY_ES), (WARNING, BODY_ES, "/why", "translation_missing")),
        (lambda folder: folder.remove(BODY_FILE), (ERROR, BODY_FILE, "/why", "text_missing")),
        (lambda folder: folder.write(BODY_FILE, "## {#why} Why\n"), (ERROR, BODY_FILE, "/why", "text_missing")),
        (
            lambda folder: folder.write("modules/stop-the-line/body.fr.md", "## {#why} Pourquoi\n\ntexte\n"),
            (ERROR, "modules/stop-the-line/body.fr.md", "/why", "unknown_language"),
        ),
        (lambda folder: folder.write("notes.txt", "x"), (WARNING, "notes.txt", "", "unknown_file")),
        (lambda folder: folder.write("media/old.svg", "<svg/>"), (WARNING, "media/old.svg", "", "unused_media")),
        (lambda folder: folder.write("media/cord.svg", "<html/>"), (ERROR, "media/cord.svg", "", "media")),
        (lambda folder: folder.write(QUIZ_FILE, "[1, 2]"), (ERROR, QUIZ_FILE, "", "shape")),
    ],
)
def test_a_missing_or_extra_file_is_told(
    folder: PackFolder, change: Callable[[PackFolder], PackFolder], expected: tuple[Severity, str, str, str]
) -> None:
    assert expected in _told(change(folder))


def test_a_circle_of_prerequisites_is_told_as_one_reads_it(folder: PackFolder) -> None:
    names = ["alpha", "beta", "gamma"]
    for name, needed in zip(names, [*names[1:], names[0]], strict=True):
        text = MODULE.replace("id: stop-the-line", f"id: {name}").replace("prerequisites: []", f"prerequisites: [{needed}]")
        folder.write(f"modules/{name}/module.yaml", text)
    (finding,) = [finding for finding in lint_folder(folder.path) if finding.code == "prerequisite_cycle"]
    steps = finding.message.split(" needs ")
    assert len(steps) == 4
    assert all(names[(names.index(one) + 1) % 3] == other for one, other in pairwise(steps))


def test_off_the_shelf_content_names_its_sources_and_custom_content_should(folder: PackFolder) -> None:
    old = 'sources:\n  - {title: "29 CFR 1910.147", publisher: OSHA, url: "https://www.osha.gov/laws-regs"}\n'
    folder.replace(CHECKLIST_FILE, old, "")
    assert (ERROR, CHECKLIST_FILE, "/sources", "no_source") in _told(folder)
    folder.replace("pack.yaml", "source: off_the_shelf", "source: custom")
    assert (WARNING, CHECKLIST_FILE, "/sources", "no_source") in _told(folder)


def test_content_past_its_review_date_is_told_only_to_who_says_what_day_it_is(folder: PackFolder) -> None:
    assert lint_folder(folder.path, today=date(2027, 11, 1)) == []
    (finding,) = lint_folder(folder.path, today=date(2027, 11, 2))
    assert (finding.severity, finding.file, finding.pointer) == (WARNING, MODULE_FILE, "/review_by")


def test_the_bounds_of_a_duration_follow_the_rule_of_the_pack_format() -> None:
    assert bounds(words=220, questions=0, media=0) == (66, 120)
    assert bounds(words=220, questions=2, media=10) == (66 + 30 + 10, 120 + 80 + 10)
    assert bounds(words=1, questions=0, media=0) == (1, 0)


def test_the_wordiest_language_decides_about_the_duration(folder: PackFolder) -> None:
    folder.replace(BODY_ES, "minutos", "palabra " * 80)
    (finding,) = lint_folder(folder.path)
    assert (finding.file, finding.code) == (MODULE_FILE, "duration")


def test_a_whole_content_folder_is_linted_with_the_pack_in_front_of_each_file(tmp_path: Path) -> None:
    folder = PackFolder(tmp_path / "content" / "packs").replace(QUIZ_FILE, "draw: 3", "draw: 9")
    for path in (tmp_path / "content", tmp_path / "content" / "packs"):
        assert [finding.file for finding in errors(lint_folder(path))] == [f"tiny/{QUIZ_FILE}"]
    assert [finding.file for finding in errors(lint_folder(folder.path))] == [QUIZ_FILE]


def test_a_folder_without_packs_is_told(tmp_path: Path) -> None:
    assert [finding.code for finding in lint_folder(tmp_path)] == ["no_packs"]
    assert [finding.code for finding in lint_folder(tmp_path / "absent")] == ["no_packs"]


def test_a_finding_reads_as_one_line() -> None:
    finding = Finding("pack.yaml", "/id", ERROR, "id_differs", "the folder is named tiny")
    assert str(finding) == "error pack.yaml#/id [id_differs] the folder is named tiny"


@pytest.mark.skipif(not STARTER.is_dir(), reason="the starter library is absent")
def test_the_starter_library_has_no_errors() -> None:
    assert "\n".join(map(str, errors(lint_folder(STARTER)))) == ""
