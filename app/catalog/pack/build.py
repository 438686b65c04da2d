"""File models as domain values. What a card points at and does not find becomes a finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.catalog.domain import (
    NO_TEXT,
    Card,
    CardKind,
    Checklist,
    ChecklistItem,
    Choice,
    Item,
    LocalizedLines,
    LocalizedText,
    Media,
    Module,
    Pack,
    Question,
    Quiz,
    Skill,
    Source,
)
from app.catalog.pack.bodies import Section
from app.catalog.pack.files import (
    CardFile,
    ChecklistFile,
    ItemFile,
    MediaCardFile,
    ModuleFile,
    PackFile,
    QuestionCardFile,
    QuizFile,
    ThingFile,
)
from app.catalog.pack.finding import Finding, error

Sections = Mapping[str, Section]


@dataclass(frozen=True, slots=True)
class Parts:
    """The readable files of a pack: bodies by module and language, media as sha256 by path."""

    head: PackFile
    modules: Mapping[str, ModuleFile]
    bodies: Mapping[str, Mapping[str, Sections]]
    quizzes: Mapping[str, QuizFile]
    checklists: Mapping[str, ChecklistFile]
    media: Mapping[str, str]


def pack_of(parts: Parts) -> tuple[Pack, list[Finding]]:
    """The pack, and a finding for each question or media file that a card names and the pack does not hold."""
    head = parts.head
    builder = _Builder(parts)
    pack = Pack(
        id=head.id,
        version=head.version,
        title=LocalizedText.of(head.title),
        license=head.license,
        origin=head.source,
        default_language=head.default_language,
        languages=tuple(head.languages),
        skills=tuple(
            Skill(skill_id, LocalizedText.of(skill.title), skill.skill_class) for skill_id, skill in head.skills.items()
        ),
        modules=tuple(map(builder.module, parts.modules.values())),
        quizzes=tuple(map(builder.quiz, parts.quizzes.values())),
        checklists=tuple(map(builder.checklist, parts.checklists.values())),
    )
    return pack, builder.findings


def item_of(item_id: str, file: ItemFile) -> Item:
    """An item of a bank, with each feedback at the choice it belongs to."""
    choices = (
        Choice(choice, LocalizedText.of(texts), LocalizedText.of(file.feedback.get(choice, {})))
        for choice, texts in file.choices.items()
    )
    return Item(
        id=item_id,
        type=file.type,
        difficulty=file.difficulty,
        stem=LocalizedText.of(file.stem),
        choices=tuple(choices),
        key=tuple(file.key),
        rationale=LocalizedText.of(file.rationale),
    )


@dataclass(slots=True)
class _Builder:
    parts: Parts
    findings: list[Finding] = field(default_factory=list)

    def module(self, file: ModuleFile) -> Module:
        return Module(
            **self._common(file),
            summary=LocalizedText.of(file.summary),
            objectives=LocalizedLines.of({language: tuple(lines) for language, lines in file.objectives.items()}),
            prerequisites=tuple(file.prerequisites),
            needs_tablet=file.needs_tablet,
            cards=tuple(self._card(file.id, card_id, card) for card_id, card in file.cards.items()),
        )

    def quiz(self, file: QuizFile) -> Quiz:
        self._check_feedback(file)
        items = tuple(item_of(item_id, item) for item_id, item in file.items.items())
        return Quiz(**self._common(file), draw=file.draw, pass_percent=file.pass_percent, items=items)

    def checklist(self, file: ChecklistFile) -> Checklist:
        items = (
            ChecklistItem(item_id, LocalizedText.of(item.text), item.required, item.photo) for item_id, item in file.items.items()
        )
        return Checklist(**self._common(file), items=tuple(items))

    def _common(self, file: ThingFile) -> dict[str, Any]:
        return {
            "id": file.id,
            "default_language": self.parts.head.default_language,
            "seconds": file.seconds,
            "title": LocalizedText.of(file.title),
            "skills": tuple(file.skills),
            "tags": tuple(file.tags),
            "sources": tuple(Source(source.title, source.publisher, source.url) for source in file.sources),
            "review_by": None if file.review_by is None else date.fromisoformat(file.review_by),
        }

    def _card(self, module_id: str, card_id: str, file: CardFile) -> Card:
        bodies = self.parts.bodies.get(module_id, {})
        sections = {language: body[card_id] for language, body in bodies.items() if card_id in body}
        texts = {language: section.text for language, section in sections.items() if section.text}
        at = f"/cards/{card_id}"
        return Card(
            id=card_id,
            kind=CardKind(file.kind),
            heading=LocalizedText.of({language: section.heading for language, section in sections.items()}),
            text=LocalizedText.of(texts) if texts else NO_TEXT,
            question=self._question(module_id, at, file) if isinstance(file, QuestionCardFile) else None,
            media=self._media(module_id, at, file) if isinstance(file, MediaCardFile) else None,
        )

    def _question(self, module_id: str, at: str, file: QuestionCardFile) -> Question | None:
        quiz = self.parts.quizzes.get(file.quiz)
        item = quiz.items.get(file.item) if quiz else None
        if item is not None:
            return Question(file.quiz, item_of(file.item, item))
        missing = ("/item", "unknown_item", "the quiz has no such item") if quiz else _NO_QUIZ
        self._report(f"modules/{module_id}/module.yaml", at, *missing)
        return None

    def _media(self, module_id: str, at: str, file: MediaCardFile) -> Media | None:
        digest = self.parts.media.get(file.src)
        if digest is None:
            self._report(f"modules/{module_id}/module.yaml", at, "/src", "media_missing", "the pack has no such file")
            return None
        return Media(file.src, digest, LocalizedText.of(file.alt), file.seconds)

    def _check_feedback(self, file: QuizFile) -> None:
        for item_id, item in file.items.items():
            for choice in item.feedback.keys() - item.choices.keys():
                at = f"/items/{item_id}/feedback/{choice}"
                self._report(f"quizzes/{file.id}.yaml", at, "", "unknown_choice", "the item has no such choice")

    def _report(self, file: str, at: str, field_pointer: str, code: str, message: str) -> None:
        self.findings.append(error(file, at + field_pointer, code, message))


_NO_QUIZ = ("/quiz", "unknown_quiz", "the pack has no such quiz")
