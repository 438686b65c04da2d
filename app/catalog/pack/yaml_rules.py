"""YAML by the core schema of YAML 1.2, strict enough for files that strangers write.

PyYAML resolves by YAML 1.1 (`no` is False, `22:30` is 1350, `010` is 8), keeps the last of duplicate keys, and its C
composer recurses until the process crashes on deep nesting. So values are built here from the parser's events, with a
stack of our own: duplicate keys, keys that are not text, anchors, aliases, tags and whatever is too large are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
)

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"

MAX_BYTES = 512 * 1024
MAX_DEPTH = 32
MAX_NODES = 50_000

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# Long digit strings are refused below instead of being parsed: int() takes quadratic time over them.
_INT = re.compile(r"[-+]?[0-9]{1,18}\Z")
_OCTAL_OR_HEX = re.compile(r"0(?:o[0-7]{1,20}|x[0-9a-fA-F]{1,15})\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")
# Control characters and lone surrogates: PostgreSQL, JSON clients and screens all disagree about them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class YamlRefused(ValueError):
    """The text is not YAML we accept; the message names the line."""


class CoreLoader(yaml.CSafeLoader):
    """The C parser alone. Composer, resolver and constructors of the base are never asked."""


def parse_yaml(source: bytes) -> Value:
    """The value of one YAML document. Raises YamlRefused; never anything else, whatever the bytes."""
    if len(source) > MAX_BYTES:
        message = f"larger than {MAX_BYTES} bytes"
        raise YamlRefused(message)
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as caught:
        message = "not UTF-8"
        raise YamlRefused(message) from caught
    return _Builder().build(_events(text))


def _events(text: str) -> Iterator[Event]:
    loader = CoreLoader(text)
    try:
        while (event := loader.get_event()) is not None:
            yield event
    except yaml.YAMLError as caught:
        mark = getattr(caught, "problem_mark", None)
        problem = getattr(caught, "problem", None) or "cannot be read"
        where = f"line {mark.line + 1}: " if mark else ""
        raise YamlRefused(where + problem) from caught
    finally:
        loader.dispose()


class _Builder:
    """Builds values from events. A frame of the stack is a list, or a mapping with the key that waits for its value."""

    def __init__(self) -> None:
        self.root: list[Value] = []
        self.frames: list[list[Value] | dict[str, Value]] = [self.root]
        self.keys: list[str | None] = [None]
        self.nodes = 0
        self.documents = 0

    def build(self, events: Iterator[Event]) -> Value:
        for event in events:
            self._take(event)
        return self.root[0] if self.root else None

    def _take(self, event: Event) -> None:
        if isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise _refused(event, "more than one document")
        elif isinstance(event, AliasEvent):
            raise _refused(event, "aliases are not used here")
        elif isinstance(event, ScalarEvent):
            self._check(event)
            self._scalar(event)
        elif isinstance(event, CollectionStartEvent):
            self._check(event)
            self._open(event)
        elif isinstance(event, CollectionEndEvent):
            self.frames.pop()
            self.keys.pop()

    def _check(self, event: ScalarEvent | CollectionStartEvent) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _refused(event, f"more than {MAX_NODES} values")
        if event.anchor is not None:
            raise _refused(event, "anchors are not used here")
        if event.tag is not None:
            raise _refused(event, "tags are not used here")

    def _open(self, event: CollectionStartEvent) -> None:
        if len(self.frames) > MAX_DEPTH:
            raise _refused(event, f"nested more than {MAX_DEPTH} deep")
        if isinstance(self.frames[-1], dict) and self.keys[-1] is None:
            raise _refused(event, "keys are text")
        opened: list[Value] | dict[str, Value] = {} if isinstance(event, MappingStartEvent) else []
        self._put(opened)
        self.frames.append(opened)
        self.keys.append(None)

    def _scalar(self, event: ScalarEvent) -> None:
        value = _resolved(event)
        frame = self.frames[-1]
        if not isinstance(frame, dict) or self.keys[-1] is not None:
            self._put(value)
        elif not isinstance(value, str):
            raise _refused(event, "keys are text: put quotes around it")
        elif value in frame:
            raise _refused(event, "duplicate key")
        else:
            self.keys[-1] = value

    def _put(self, value: Value) -> None:
        frame, key = self.frames[-1], self.keys[-1]
        if isinstance(frame, list):
            frame.append(value)
        elif key is not None:
            frame[key] = value
            self.keys[-1] = None


def _resolved(event: ScalarEvent) -> Value:
    text: str = event.value
    if _UNPRINTABLE.search(text):
        raise _refused(event, "control characters are not allowed")
    # `implicit[0]` is true for plain scalars only: whatever is quoted or in a block is text.
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text)
    if _OCTAL_OR_HEX.match(text):
        return int(text, 0)
    if _NOT_FINITE.match(text):
        raise _refused(event, "numbers are finite")
    return _float(event, text) if _FLOAT.match(text) else text


def _float(event: ScalarEvent, text: str) -> float:
    value = float(text)
    if text.lstrip("-+").isdigit() or value in (float("inf"), float("-inf")):
        raise _refused(event, "the number is too large")
    return value


def _refused(event: Event, problem: str) -> YamlRefused:
    where = f"line {event.start_mark.line + 1}: " if event.start_mark else ""
    return YamlRefused(where + problem)
