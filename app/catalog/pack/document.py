"""A pack as one document instead of a folder: the same file models, the same linter, and pointers into the document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.catalog.domain import Pack
from app.catalog.domain.grading import escaped
from app.catalog.pack import build
from app.catalog.pack.bodies import Section, split_body
from app.catalog.pack.files import ChecklistFile, ModuleFile, PackFile, QuizFile, ThingFile
from app.catalog.pack.finding import Finding, error
from app.catalog.pack.lint import lint_pack


@dataclass(frozen=True, slots=True)
class ModuleDocument:
    """A module with its Markdown by language."""

    file: ModuleFile
    bodies: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PackDocument:
    """All files of a pack that has no media."""

    head: PackFile
    modules: Sequence[ModuleDocument] = ()
    quizzes: Sequence[QuizFile] = ()
    checklists: Sequence[ChecklistFile] = ()


def read_document(document: PackDocument, today: date | None = None) -> tuple[Pack, list[Finding]]:
    """The pack and the sorted findings on it; each finding's pointer leads into the document, its file is empty."""
    findings = list(_repeated(document))
    bodies: dict[str, dict[str, dict[str, Section]]] = {}
    for module in document.modules:
        for language, text in module.bodies.items():
            sections, faults = _sections(module.file, language, text)
            bodies.setdefault(module.file.id, {})[language] = sections
            findings += faults
    pack, faults = build.pack_of(
        build.Parts(
            head=document.head,
            modules={module.file.id: module.file for module in document.modules},
            bodies=bodies,
            quizzes={quiz.id: quiz for quiz in document.quizzes},
            checklists={checklist.id: checklist for checklist in document.checklists},
            media={},
        )
    )
    places = _places(document)
    return pack, sorted(_placed(finding, places) for finding in [*findings, *faults, *lint_pack(pack, today)])


def _sections(module: ModuleFile, language: str, text: str) -> tuple[dict[str, Section], list[Finding]]:
    body, file = split_body(text), f"modules/{module.id}/body.{language}.md"
    findings = [error(file, f"/line/{line}", "body", fault) for line, fault in body.faults]
    findings += [
        error(file, f"/line/{section.line}", "unknown_card", "the module has no card of this id")
        for section in body.sections
        if section.card not in module.cards
    ]
    return {section.card: section for section in body.sections}, findings


def _repeated(document: PackDocument) -> Iterator[Finding]:
    parts: tuple[tuple[str, str, Sequence[ThingFile]], ...] = (
        ("modules", "/module/id", [module.file for module in document.modules]),
        ("quizzes", "/id", document.quizzes),
        ("checklists", "/id", document.checklists),
    )
    for name, at, things in parts:
        times = Counter(thing.id for thing in things)
        for place, thing in enumerate(things):
            if times[thing.id] > 1:
                yield error("", f"#/{name}/{place}{at}", "repeated_id", "two things of one kind have this id")


def _places(document: PackDocument) -> dict[str, str]:
    """The pointer into the document for each file that a folder would have."""
    places = {"pack.yaml": "#/pack"}
    for place, module in enumerate(document.modules):
        places[f"modules/{module.file.id}/module.yaml"] = f"#/modules/{place}/module"
        for language in {*document.head.languages, *module.bodies}:
            tail = f"/{escaped(language)}" if language in module.bodies else ""
            places[f"modules/{module.file.id}/body.{language}.md"] = f"#/modules/{place}/bodies{tail}"
    for place, quiz in enumerate(document.quizzes):
        places[f"quizzes/{quiz.id}.yaml"] = f"#/quizzes/{place}"
    for place, checklist in enumerate(document.checklists):
        places[f"checklists/{checklist.id}.yaml"] = f"#/checklists/{place}"
    return places


def _placed(finding: Finding, places: Mapping[str, str]) -> Finding:
    if not finding.file:
        return finding
    root = places[finding.file]
    if not finding.file.endswith(".md"):
        return Finding("", root + finding.pointer, finding.severity, finding.code, finding.message)
    # A body is one text: where in it the fault is can only be said in words.
    where = finding.pointer.removeprefix("/").replace("line/", "line ")
    return Finding("", root, finding.severity, finding.code, f"{where}: {finding.message}")
