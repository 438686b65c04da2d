"""Whether a media file is what its name says, and safe to show."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from xml.parsers import expat

_SIGNATURES: dict[str, Callable[[bytes], bool]] = {
    ".png": lambda content: content.startswith(b"\x89PNG\r\n\x1a\n"),
    ".jpg": lambda content: content.startswith(b"\xff\xd8\xff"),
    ".webp": lambda content: content[:4] == b"RIFF" and content[8:12] == b"WEBP",
    ".mp4": lambda content: content[4:8] == b"ftyp",
    ".mp3": lambda content: content[:3] == b"ID3" or content[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
}
_SVG_DRAWING = {
    "svg",
    "g",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "use",
    "symbol",
    "marker",
}
_SVG_PAINT = {"defs", "linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern"}
_SVG_ELEMENTS = _SVG_DRAWING | _SVG_PAINT | {"text", "tspan", "title", "desc"}
_SVG_NAMESPACES = frozenset({"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"})
# What reaches out of the picture: any url() but one of its own, imports and scripts in style attributes.
_REACHES_OUT = re.compile(r"url\(\s*['\"]?\s*(?!#)|@import|expression\s*\(|javascript:|\\", re.IGNORECASE)


class _SvgRefused(ValueError):
    """Raised inside the parser's callbacks."""


def media_fault(name: str, content: bytes) -> str | None:
    """What is wrong with the file, or nothing."""
    kind = PurePosixPath(name).suffix
    if kind == ".svg":
        return _svg_fault(content)
    is_signed = _SIGNATURES.get(kind)
    if is_signed is None:
        return "not a kind of media we show"
    return None if is_signed(content) else f"not a {kind} file"


def _svg_fault(content: bytes) -> str | None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = _check_element
    # Without a document type there are no entities, so nothing can expand.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.ProcessingInstructionHandler = _refuse_instruction
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        return "not well-formed SVG"
    except _SvgRefused as caught:
        return str(caught)
    return None


def _check_element(name: str, attributes: dict[str, str]) -> None:
    if name not in _SVG_ELEMENTS:
        message = f"an element that SVG pictures may not use: {name[:40]}"
        raise _SvgRefused(message)
    for attribute, value in attributes.items():
        if not _is_harmless(attribute, value):
            message = f"an attribute that SVG pictures may not use: {attribute[:40]}"
            raise _SvgRefused(message)


def _is_harmless(attribute: str, value: str) -> bool:
    local = attribute.rpartition(":")[2].lower()
    if attribute == "xmlns" or attribute.startswith("xmlns:"):
        return value in _SVG_NAMESPACES
    if local.startswith("on") or local in ("src", "base"):
        return False
    return value.startswith("#") if local == "href" else not _REACHES_OUT.search(value)


def _refuse_doctype(*_declaration: object) -> None:
    message = "a document type"
    raise _SvgRefused(message)


def _refuse_instruction(*_instruction: object) -> None:
    message = "a processing instruction"
    raise _SvgRefused(message)
