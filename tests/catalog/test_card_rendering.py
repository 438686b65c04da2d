"""Card Markdown as HTML and as plain text."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.pack.render import card_html, card_text, forbidden_markup, word_count

_TAG = re.compile(r"<[^>]*>")
_ALLOWED_TAG = re.compile(r"</?(p|strong|em|ul|ol|li)>|<br>|<br />|<ol start=\"[0-9]+\">")

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[here](javascript:alert(1))",
    "![x](https://tracker.example/x.png)",
    "<https://example.com>",
    "[ref]\n\n[ref]: javascript:alert(1)",
    "<!-- --><b>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;",
    "**<i>bold</i>**",
    "```html\n<script>\n```",
    "    <script>",
    "> <iframe src=//x>",
    "- <svg onload=alert(1)>",
    "# <h1>",
    "| <a> | b |\n|---|---|\n| <c> | d |",
]


def _only_plain_tags(html: str) -> bool:
    return all(_ALLOWED_TAG.fullmatch(tag) for tag in _TAG.findall(html)) and "<" not in _TAG.sub("", html)


def test_paragraphs_bold_emphasis_and_lists_become_html() -> None:
    assert card_html("A **stop** costs *minutes*.\n\n- pull\n- wait\n\n2. tell\n") == (
        "<p>A <strong>stop</strong> costs <em>minutes</em>.</p>\n"
        "<ul>\n<li>pull</li>\n<li>wait</li>\n</ul>\n"
        '<ol start="2">\n<li>tell</li>\n</ol>\n'
    )


@pytest.mark.parametrize("markdown", HOSTILE)
def test_markup_of_others_comes_out_as_the_text_it_is(markdown: str) -> None:
    assert _only_plain_tags(card_html(markdown))


@given(markdown=st.text(st.sampled_from("ab<>/\"'&;#![](){}*_-`~|:=\\\n\t 1."), max_size=80))
def test_no_markdown_makes_a_tag_that_is_not_ours(markdown: str) -> None:
    assert _only_plain_tags(card_html(markdown))


@pytest.mark.external
def test_strings_known_to_be_naughty_make_no_tag_of_their_own(shared_data: Path) -> None:
    lines: list[str] = json.loads((shared_data / "naughty-strings" / "blns.json").read_text(encoding="utf-8"))
    assert len(lines) > 400
    assert all(_only_plain_tags(card_html(line)) for line in lines)


@pytest.mark.parametrize("markdown", ["*" * 20_000, "- " * 5_000 + "x", "[" * 20_000, "**a " * 5_000, "> " * 5_000])
def test_deep_or_endless_markup_is_rendered_in_bounded_depth(markdown: str) -> None:
    assert _only_plain_tags(card_html(markdown))


def test_plain_text_has_one_line_for_each_paragraph_and_entry() -> None:
    text = card_text("A **stop**\ncosts *minutes*.\n\n- pull\n- wait\n  1. tell\n\n& so < on")
    assert text == "A stop costs minutes.\n- pull\n- wait\n1. tell\n& so < on"


def test_only_words_are_counted() -> None:
    assert word_count("A **stop** costs *minutes*, or more") == 6
    assert word_count("- pull\n- wait\n\n1. then tell") == 4
    assert word_count("") == 0


@pytest.mark.parametrize(
    ("markdown", "kind"),
    [
        ("a <b>b</b>", "html_inline"),
        ("<div>\nx\n</div>", "html_block"),
        ("[a](https://example.com)", "link"),
        ("<https://example.com>", "link"),
        ("![a](b.png)", "image"),
        ("`code`", "code_inline"),
        ("```\ncode\n```", "fence"),
        ("> said", "blockquote"),
        ("a\n\n---\n\nb", "hr"),
        ("### deeper", "heading"),
        ("title\n=====", "heading"),
    ],
)
def test_the_linter_sees_markup_that_cards_may_not_use(markdown: str, kind: str) -> None:
    assert kind in {found for _, found in forbidden_markup(markdown)}


def test_the_line_of_forbidden_markup_is_told() -> None:
    assert forbidden_markup("fine\n\nalso fine\n\n> said") == [(5, "blockquote")]


def test_markup_that_cards_may_use_is_not_forbidden() -> None:
    assert forbidden_markup("A **stop** *now*\nnext  \nline\n\n- pull\n  1. a\n\n5 < 6 & 7 > 2, 4*5") == []
