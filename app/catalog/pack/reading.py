"""A folder as a Pack, with a finding for everything in it that could not be read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.catalog.domain import Pack
from app.catalog.domain.grading import escaped
from app.catalog.pack import build
from app.catalog.pack.bodies import Section, split_body
from app.catalog.pack.files import (
    ID_PATTERN,
    LANGUAGE_PATTERN,
    ChecklistFile,
    FileModel,
    MediaCardFile,
    ModuleFile,
    PackFile,
    QuizFile,
    ThingFile,
)
from app.catalog.pack.finding import Finding, error, warning
from app.catalog.pack.folder import FileRefused, list_files, read_file
from app.catalog.pack.media import media_fault
from app.catalog.pack.yaml_rules import YamlRefused, parse_yaml

M = TypeVar("M", bound=FileModel)
T = TypeVar("T", bound=ThingFile)

_ID, _LANGUAGE = ID_PATTERN[1:-1], LANGUAGE_PATTERN[1:-1]
_MODULE = re.compile(rf"modules/(?P<id>{_ID})/module\.yaml\Z")
_BODY = re.compile(rf"modules/(?P<id>{_ID})/body\.(?P<language>{_LANGUAGE})\.md\Z")
_QUIZ = re.compile(rf"quizzes/(?P<id>{_ID})\.yaml\Z")
_CHECKLIST = re.compile(rf"checklists/(?P<id>{_ID})\.yaml\Z")
_LAYOUT = (re.compile(r"pack\.yaml\Z"), re.compile(r"media/"), _MODULE, _BODY, _QUIZ, _CHECKLIST)
_MAX_BODY_BYTES = 128 * 1024


@dataclass(frozen=True, slots=True)
class PackReading:
    """What a folder holds. Without a readable `pack.yaml` there is no pack, only findings."""

    pack: Pack | None
    findings: tuple[Finding, ...]


def read_pack(root: Path) -> PackReading:
    """Read a pack's folder. Nothing outside it is opened; unreadable files become findings and are left out."""
    if root.is_symlink() or not root.is_dir():
        return PackReading(None, (error(".", "", "not_a_folder", "a pack is a folder, not a link to one"),))
    names, findings = list_files(root)
    reader = _Reader(root, names, findings)
    return PackReading(reader.pack(), tuple(reader.findings))


@dataclass(slots=True)
class _Reader:
    root: Path
    names: list[str]
    findings: list[Finding] = field(default_factory=list)

    def pack(self) -> Pack | None:
        for name in self.names:
            if not any(pattern.match(name) for pattern in _LAYOUT):
                self.findings.append(warning(name, "", "unknown_file", "no part of a pack"))
        head = self._model("pack.yaml", PackFile)
        if head is None:
            return None
        if head.id != self.root.resolve().name:
            self.findings.append(error("pack.yaml", "/id", "id_differs", f"the folder is named {self.root.name}"))
        modules = self._things(_MODULE, ModuleFile)
        parts = build.Parts(
            head=head,
            modules=modules,
            bodies=self._bodies(modules),
            quizzes=self._things(_QUIZ, QuizFile),
            checklists=self._things(_CHECKLIST, ChecklistFile),
            media=self._media(modules),
        )
        pack, findings = build.pack_of(parts)
        self.findings += findings
        return pack

    def _things(self, pattern: re.Pattern[str], model: type[T]) -> dict[str, T]:
        things = {}
        for name in self.names:
            found = pattern.match(name)
            thing = self._model(name, model) if found else None
            if found and thing is not None:
                things[found["id"]] = thing
                if thing.id != found["id"]:
                    self.findings.append(error(name, "/id", "id_differs", f"the file is named {found['id']}"))
        return things

    def _model(self, name: str, model: type[M]) -> M | None:
        content = self._bytes(name)
        if content is None:
            return None
        try:
            return model.model_validate(parse_yaml(content))
        except YamlRefused as caught:
            self.findings.append(error(name, "", "yaml", str(caught)))
        except ValidationError as caught:
            details = caught.errors(include_url=False, include_input=False, include_context=False)
            self.findings += [error(name, _pointer(detail), "shape", detail["msg"]) for detail in details]
        return None

    def _bodies(self, modules: Mapping[str, ModuleFile]) -> dict[str, dict[str, dict[str, Section]]]:
        """The sections by module, language and card."""
        bodies: dict[str, dict[str, dict[str, Section]]] = {}
        for name in self.names:
            found = _BODY.match(name)
            if not found or found["id"] not in modules:
                continue
            sections = self._sections(name, modules[found["id"]])
            bodies.setdefault(found["id"], {})[found["language"]] = sections
        return bodies

    def _sections(self, name: str, module: ModuleFile) -> dict[str, Section]:
        content = self._bytes(name)
        try:
            text = (content or b"").decode("utf-8-sig")
        except UnicodeDecodeError:
            self.findings.append(error(name, "", "body", "not UTF-8"))
            return {}
        if len(text) > _MAX_BODY_BYTES or "\0" in text:
            self.findings.append(error(name, "", "body", f"longer than {_MAX_BODY_BYTES} characters, or not text"))
            return {}
        body = split_body(text)
        self.findings += [error(name, f"/line/{line}", "body", fault) for line, fault in body.faults]
        for section in body.sections:
            if section.card not in module.cards:
                pointer = f"/{escaped(section.card)}"
                self.findings.append(error(name, pointer, "unknown_card", "the module has no card of this id"))
        return {section.card: section for section in body.sections}

    def _media(self, modules: Mapping[str, ModuleFile]) -> dict[str, str]:
        """The sha256 of every media file that a card shows, by path."""
        shown = {card.src for module in modules.values() for card in module.cards.values() if isinstance(card, MediaCardFile)}
        hashes = {}
        for name in self.names:
            if name.startswith("media/") and name not in shown:
                self.findings.append(warning(name, "", "unused_media", "no card shows it"))
            content = self._bytes(name) if name in shown else None
            if content is not None:
                hashes[name] = hashlib.sha256(content).hexdigest()
                fault = media_fault(name, content)
                self.findings += [error(name, "", "media", fault)] if fault else []
        return hashes

    def _bytes(self, name: str) -> bytes | None:
        if name not in self.names:
            self.findings.append(error(name, "", "file_missing", "the file is missing"))
            return None
        try:
            return read_file(self.root, name)
        except FileRefused as caught:
            self.findings.append(error(name, "", "file", str(caught)))
            return None


def _pointer(detail: ErrorDetails) -> str:
    """A JSON Pointer to the place in the file, without the marks that pydantic puts in between."""
    steps = [str(step) for step in detail["loc"] if step != "[key]"]
    if len(steps) > 2 and steps[0] == "cards":
        del steps[2]
    return "".join(f"/{escaped(step)}" for step in steps)
