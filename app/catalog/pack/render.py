"""Card Markdown as safe HTML, as plain text, and what in it is not allowed.

The renderer knows paragraphs, bold, emphasis and lists. Everything else, raw HTML and links above all, comes out as the
text it is, so a pack that was never linted still cannot bring a script, an address or an image of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_NESTING = 20

_ALLOWED = ("list", "emphasis", "newline", "escape", "entity")
_PLAIN = frozenset(
    {
        "paragraph",
        "bullet_list",
        "ordered_list",
        "list_item",
        "inline",
        "text",
        "strong",
        "em",
        "softbreak",
        "hardbreak",
    }
)


@cache
def _renderer() -> MarkdownIt:
    return MarkdownIt("zero", {"html": False, "maxNesting": MAX_NESTING}).enable(_ALLOWED)


@cache
def _full_reader() -> MarkdownIt:
    # For the linter: sees the HTML, links and images that the renderer shows as text.
    return MarkdownIt("commonmark", {"html": True, "maxNesting": MAX_NESTING})


def card_html(markdown: str) -> str:
    """The HTML of a card: only p, strong, em, ul, ol, li and br, with no attribute but the start of a list."""
    html: str = _renderer().render(markdown)
    return html


def card_text(markdown: str) -> str:
    """The words of a card without markup, a paragraph or list entry a line: for reading aloud and for search."""
    return "\n".join(_lines(_renderer().parse(markdown)))


def word_count(markdown: str) -> int:
    """How many words a reader has to read."""
    inline = (token for token in _renderer().parse(markdown) if token.type == "inline")
    return sum(len("".join(_words(token.children or ())).split()) for token in inline)


def forbidden_markup(markdown: str) -> list[tuple[int, str]]:
    """The kinds of markup in a card that packs may not use, each with its line (from 1) in the given text."""
    return sorted(set(_forbidden(_full_reader().parse(markdown), 1)))


def _forbidden(tokens: Sequence[Token], line: int) -> Iterator[tuple[int, str]]:
    for token in tokens:
        at = token.map[0] + 1 if token.map else line
        kind = token.type.removesuffix("_open")
        if token.nesting >= 0 and kind not in _PLAIN:
            yield at, kind
        yield from _forbidden(token.children or (), at)


def _lines(tokens: Sequence[Token]) -> Iterator[str]:
    marks: list[str] = []
    for token in tokens:
        if token.type == "list_item_open":
            marks.append(f"{token.info}. " if token.info else "- ")
        elif token.type == "inline":
            mark = marks.pop() if marks else ""
            yield mark + "".join(_words(token.children or ()))


def _words(children: Sequence[Token]) -> Iterator[str]:
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            yield " "
        else:
            yield child.content
