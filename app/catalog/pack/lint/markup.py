"""Whether texts keep to the markup that packs may use: no HTML, no links, no images; none at all outside the bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.catalog.domain import Module, Pack
from app.catalog.pack.finding import Finding, error
from app.catalog.pack.lint.places import Place, body_of, texts_of
from app.catalog.pack.render import forbidden_markup

_HTML = re.compile(r"<[A-Za-z/!?]|&#|&[a-z]+;")
# A name with a scheme or `www.` is what chat and mail programs turn into a link by themselves.
_ADDRESS = re.compile(r"\b(?:https?|ftp|mailto|javascript|data):\S|\bwww\.\w|\]\(", re.IGNORECASE)


def markup_findings(pack: Pack) -> Iterator[Finding]:
    """Raw HTML, links and images anywhere, and Markdown in card texts beyond paragraphs, bold, emphasis and lists."""
    for place in texts_of(pack):
        yield from _plain(place)
    for module in pack.modules:
        yield from _bodies(module)


def _plain(place: Place) -> Iterator[Finding]:
    for language, text in place.text.by_language().items():
        at = f"{place.pointer}/{language}"
        for line in (text,) if isinstance(text, str) else text:
            if _HTML.search(line):
                yield error(place.file, at, "raw_html", "texts hold no HTML")
            if _ADDRESS.search(line):
                yield error(place.file, at, "link", "texts hold no links: sources are for addresses")


def _bodies(module: Module) -> Iterator[Finding]:
    for card in module.cards:
        for language, text in card.text.entries:
            file, at = body_of(module, language), f"/{card.id}"
            for line, kind in forbidden_markup(text):
                code = "raw_html" if kind.startswith("html") else kind if kind in ("link", "image") else "markdown"
                yield error(file, at, code, f"{kind} in line {line} of the section: not for cards")
            if _ADDRESS.search(text):
                yield error(file, at, "link", "cards hold no links: sources are for addresses")
        for language, heading in card.heading.entries:
            if _HTML.search(heading) or _ADDRESS.search(heading):
                yield error(body_of(module, language), f"/{card.id}", "raw_html", "headings are plain text")
