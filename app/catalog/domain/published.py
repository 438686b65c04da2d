"""What an organization has published: one line of facts for each item, and what loading a pack would change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from app.catalog.domain.text import LocalizedText
from app.catalog.domain.values import Module, Pack, PackOrigin, Published, Quiz, Skill
from app.catalog.domain.versions import content_hash, kind_of


class ContentKind(StrEnum):
    """The kinds of content that are published as versions of their own."""

    MODULE = "module"
    QUIZ = "quiz"
    CHECKLIST = "checklist"


ContentKey: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PublishedItem:
    """The newest published version of an item, without its content. `languages` are those it is complete in."""

    kind: ContentKind
    key: str
    hash: str
    seconds: int
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    prerequisites: tuple[str, ...]
    needs_tablet: bool
    title: Mapping[str, str]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CurrentItem:
    """Which version of an item is the newest, which pack it belongs to, and whether it is retired."""

    id: UUID
    kind: ContentKind
    key: str
    hash: str
    pack: str
    prerequisites: tuple[str, ...]
    retired: bool


@dataclass(frozen=True, slots=True)
class RetiredItem:
    """An item that is no longer offered."""

    kind: ContentKind
    key: str
    hash: str
    retired_at: datetime


@dataclass(frozen=True, slots=True)
class PackOnOffer:
    """A pack as it was last published, without its content."""

    key: str
    pack_version: str
    title: Mapping[str, str]
    license: str
    origin: PackOrigin
    default_language: str
    languages: tuple[str, ...]
    skills: tuple[Skill, ...]
    published_at: datetime


@dataclass(frozen=True, slots=True)
class SkillOnOffer:
    """A skill that content names, with the packs that do."""

    skill: Skill
    packs: tuple[str, ...]

    @property
    def key(self) -> str:
        """The skill's id."""
        return self.skill.id


class LoadVerdict(StrEnum):
    """What loading a pack did, or would do, with one item."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    RESTORED = "restored"
    RETIRED = "retired"
    KEPT_RETIRED = "kept_retired"


PUBLISHING = frozenset({LoadVerdict.ADDED, LoadVerdict.CHANGED, LoadVerdict.RESTORED})


@dataclass(frozen=True, slots=True)
class LoadLine:
    """The verdict on one item, with the hash it has afterwards."""

    kind: ContentKind
    key: str
    hash: str
    verdict: LoadVerdict


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What loading may do beyond adding versions: retire what the pack dropped, bring back what was retired."""

    retire_missing: bool = False
    restore_retired: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What loading a pack changed. `catalog_version` is the organization's catalog version afterwards."""

    pack: str
    pack_version: str
    catalog_version: int
    lines: tuple[LoadLine, ...]

    def of(self, *verdicts: LoadVerdict) -> tuple[LoadLine, ...]:
        """The lines with one of these verdicts, in the pack's order."""
        return tuple(line for line in self.lines if line.verdict in verdicts)


def languages_of(version: Published) -> tuple[str, ...]:
    """The languages in which everything a learner must read is written."""
    complete: set[str] | None = None
    for text in _read(version):
        complete = set(text.languages) if complete is None else complete & set(text.languages)
    return tuple(sorted(complete or ()))


def plan_load(pack: Pack, current: Mapping[ContentKey, CurrentItem], options: LoadOptions) -> tuple[LoadLine, ...]:
    """A verdict for each item of the pack, then for each item the pack no longer holds, if those are to be retired.

    Content that the organization retired stays retired until somebody asks for it back, so that a nightly load of
    the same pack cannot undo a decision.
    """
    lines = [_verdict(version, current.get((kind_of(version), version.id)), options) for version in pack.published]
    held = {(line.kind, line.key) for line in lines}
    if options.retire_missing:
        lines += [
            LoadLine(item.kind, item.key, item.hash, LoadVerdict.RETIRED)
            for place, item in sorted(current.items())
            if item.pack == pack.id and not item.retired and place not in held
        ]
    return tuple(lines)


def taken_keys(pack: Pack, current: Mapping[ContentKey, CurrentItem]) -> list[CurrentItem]:
    """Items of other packs that have a kind and key of this pack: an organization has each only once."""
    wanted = ((kind_of(version), version.id) for version in pack.published)
    return [item for place in wanted if (item := current.get(place)) is not None and item.pack != pack.id]


def missing_prerequisites(
    pack: Pack, lines: Iterable[LoadLine], current: Mapping[ContentKey, CurrentItem]
) -> list[tuple[str, str]]:
    """Pairs of a module that would be open and its prerequisite that would be retired: nobody could ever start it."""
    verdicts = {(str(line.kind), line.key): line.verdict for line in lines}
    closed = {key for (kind, key), item in current.items() if kind == ContentKind.MODULE and item.retired}
    for (kind, key), verdict in verdicts.items():
        if kind == ContentKind.MODULE:
            (closed.add if verdict in (LoadVerdict.RETIRED, LoadVerdict.KEPT_RETIRED) else closed.discard)(key)
    return [(m.id, wanted) for m in pack.modules if m.id not in closed for wanted in m.prerequisites if wanted in closed]


def skills_on_offer(packs: Iterable[PackOnOffer]) -> list[SkillOnOffer]:
    """The skills of all packs by id; a skill that several packs name has the title of the first."""
    found: dict[str, SkillOnOffer] = {}
    for pack in packs:
        for skill in pack.skills:
            known = found.get(skill.id, SkillOnOffer(skill, ()))
            found[skill.id] = SkillOnOffer(known.skill, (*known.packs, pack.key))
    return [found[key] for key in sorted(found)]


def needed_by(key: str, current: Iterable[CurrentItem]) -> list[str]:
    """The modules on offer that have this module as prerequisite."""
    return sorted(item.key for item in current if not item.retired and key in item.prerequisites)


def _verdict(version: Published, known: CurrentItem | None, options: LoadOptions) -> LoadLine:
    kind, address = ContentKind(kind_of(version)), content_hash(version)
    if known is None:
        return LoadLine(kind, version.id, address, LoadVerdict.ADDED)
    if known.retired and not options.restore_retired:
        return LoadLine(kind, version.id, known.hash, LoadVerdict.KEPT_RETIRED)
    if known.retired:
        return LoadLine(kind, version.id, address, LoadVerdict.RESTORED)
    verdict = LoadVerdict.UNCHANGED if known.hash == address else LoadVerdict.CHANGED
    return LoadLine(kind, version.id, address, verdict)


def _read(version: Published) -> Iterable[LocalizedText]:
    """Every text a learner has to read to do the item."""
    yield version.title
    if isinstance(version, Module):
        for card in version.cards:
            if card.text:
                yield card.text
            if card.question is not None:
                yield card.question.item.stem
                yield from (choice.text for choice in card.question.item.choices)
    elif isinstance(version, Quiz):
        for item in version.items:
            yield item.stem
            yield from (choice.text for choice in item.choices)
    else:
        yield from (entry.text for entry in version.items)
