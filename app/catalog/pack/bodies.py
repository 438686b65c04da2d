"""Body files: Markdown cut into the sections of a module's cards."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADING = re.compile(r"^##[ \t]+\{#(?P<card>[^}\s]+)\}[ \t]+(?P<heading>\S.*?)[ \t]*$")
_ALMOST = re.compile(r"^\s{0,3}#{1,6}(\s|$|\{)")


@dataclass(frozen=True, slots=True)
class Section:
    """The heading and the Markdown of one card; `line` is where it begins, from 1."""

    card: str
    heading: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Body:
    """A body file cut up; `faults` are line numbers with what is wrong there."""

    sections: tuple[Section, ...]
    faults: tuple[tuple[int, str], ...]


def split_body(text: str) -> Body:
    """Cut Markdown at `## {#card-id} Heading` lines. Text in front of the first and any other heading is a fault."""
    sections: list[Section] = []
    faults: list[tuple[int, str]] = []
    lines: list[str] = []
    for number, line in enumerate([*text.splitlines(), None], start=1):
        found = _HEADING.match(line) if line is not None else None
        if line is not None and not found:
            if _ALMOST.match(line):
                faults.append((number, "headings are written `## {#card-id} Heading`"))
            lines.append(line)
            continue
        _close(sections, lines, faults)
        lines = []
        if found:
            if any(section.card == found["card"] for section in sections):
                faults.append((number, f"a second section of the card {found['card']}"))
            sections.append(Section(found["card"], found["heading"], "", number))
    return Body(tuple(sections), tuple(faults))


def _close(sections: list[Section], lines: list[str], faults: list[tuple[int, str]]) -> None:
    text = "\n".join(lines).strip("\n").rstrip()
    if sections:
        last = sections[-1]
        sections[-1] = Section(last.card, last.heading, text, last.line)
    elif text.strip():
        faults.append((1, "text in front of the first section"))
