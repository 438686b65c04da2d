"""Published versions as JSON and as an address: the same content always has the same hash.

Things that have an order are lists that carry their ids, never objects: PostgreSQL's jsonb forgets the order of keys.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from app.catalog.domain.text import Localized, LocalizedLines, LocalizedText
from app.catalog.domain.values import (
    Card,
    CardKind,
    Checklist,
    ChecklistItem,
    Choice,
    Item,
    ItemType,
    Media,
    Module,
    PhotoRule,
    Published,
    Question,
    Quiz,
    Source,
)

FORMAT = 1
_KINDS: dict[type, str] = {Module: "module", Quiz: "quiz", Checklist: "checklist"}

Json = Mapping[str, Any]


def kind_of(version: Published) -> str:
    """`module`, `quiz` or `checklist`."""
    return _KINDS[type(version)]


def to_json(version: Published) -> dict[str, Any]:
    """The version as JSON values, complete with key and rationale: for storage, never for a learner."""
    encoded: dict[str, Any] = _encode(version)
    return {"format": FORMAT, "kind": kind_of(version), **encoded}


def from_json(stored: Json) -> Published:
    """The version that `to_json` wrote. Raises ValueError for a format or kind this release does not know."""
    decode = _DECODERS.get(str(stored.get("kind")))
    if decode is None or stored.get("format") != FORMAT:
        message = f"cannot read format {stored.get('format')!r} of kind {stored.get('kind')!r}"
        raise ValueError(message)
    return decode(stored)


def canonical_json(value: object) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces. Floats are refused (TypeError): their text is not portable."""
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def content_hash(version: Published) -> str:
    """The address of a version: sha256 over its canonical JSON, as 64 hex digits."""
    return hashlib.sha256(canonical_json(to_json(version))).hexdigest()


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        message = "content has no floats"
        raise TypeError(message)
    for part in _parts(value):
        _refuse_floats(part)


def _parts(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []


def _encode(value: object) -> Any:
    if isinstance(value, Localized):
        return {language: _encode(text) for language, text in value.entries}
    if is_dataclass(value):
        return _encode_fields(value)
    if isinstance(value, tuple):
        return [_encode(part) for part in value]
    if isinstance(value, date):
        return value.isoformat()
    # A plain `str` instead of its enum: what is stored must not depend on our classes.
    return str(value) if isinstance(value, str) else value


def _encode_fields(value: Any) -> dict[str, Any]:
    # Absent optional fields are left out: a field added later must not change the hash of old content.
    present = {field.name: getattr(value, field.name) for field in fields(value)}
    return {name: _encode(part) for name, part in present.items() if part is not None}


def _text(stored: Json) -> LocalizedText:
    return LocalizedText.of({language: str(text) for language, text in stored.items()})


def _lines(stored: Json) -> LocalizedLines:
    return LocalizedLines.of({language: tuple(map(str, lines)) for language, lines in stored.items()})


def _common(stored: Json) -> dict[str, Any]:
    """The fields that modules, quizzes and checklists share."""
    review_by = stored.get("review_by")
    return {
        "id": stored["id"],
        "default_language": stored["default_language"],
        "seconds": stored["seconds"],
        "title": _text(stored["title"]),
        "skills": tuple(stored["skills"]),
        "tags": tuple(stored["tags"]),
        "sources": tuple(Source(**source) for source in stored["sources"]),
        "review_by": None if review_by is None else date.fromisoformat(review_by),
    }


def _choice(stored: Json) -> Choice:
    return Choice(stored["id"], _text(stored["text"]), _text(stored["feedback"]))


def _item(stored: Json) -> Item:
    return Item(
        id=stored["id"],
        type=ItemType(stored["type"]),
        difficulty=stored["difficulty"],
        stem=_text(stored["stem"]),
        choices=tuple(map(_choice, stored["choices"])),
        key=tuple(stored["key"]),
        rationale=_text(stored["rationale"]),
    )


def _card(stored: Json) -> Card:
    question, media = stored.get("question"), stored.get("media")
    return Card(
        id=stored["id"],
        kind=CardKind(stored["kind"]),
        heading=_text(stored["heading"]),
        text=_text(stored["text"]),
        question=question and Question(question["quiz"], _item(question["item"])),
        media=media and Media(media["src"], media["sha256"], _text(media["alt"]), media["seconds"]),
    )


def _module(stored: Json) -> Module:
    return Module(
        **_common(stored),
        summary=_text(stored["summary"]),
        objectives=_lines(stored["objectives"]),
        prerequisites=tuple(stored["prerequisites"]),
        needs_tablet=stored["needs_tablet"],
        cards=tuple(map(_card, stored["cards"])),
    )


def _quiz(stored: Json) -> Quiz:
    return Quiz(
        **_common(stored),
        draw=stored["draw"],
        pass_percent=stored["pass_percent"],
        items=tuple(map(_item, stored["items"])),
    )


def _checklist(stored: Json) -> Checklist:
    items = (
        ChecklistItem(item["id"], _text(item["text"]), item["required"], PhotoRule(item["photo"])) for item in stored["items"]
    )
    return Checklist(**_common(stored), items=tuple(items))


_DECODERS: dict[str, Callable[[Json], Published]] = {"module": _module, "quiz": _quiz, "checklist": _checklist}
