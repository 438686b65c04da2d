"""Hypothesis strategies for the values of the catalog."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from app.catalog.domain import (
    Card,
    CardKind,
    Checklist,
    ChecklistItem,
    Choice,
    Item,
    ItemType,
    Localized,
    LocalizedText,
    Media,
    Module,
    PhotoRule,
    Published,
    Question,
    Quiz,
    Source,
)

# A small pool instead of a pattern: laws need ids that meet again, and drawing from a pattern is slow.
ids = st.sampled_from([f"{word}-{number}" for word in ("cut", "pull", "tell", "wait") for number in range(4)])
languages = st.sampled_from(["en", "es", "de", "de-AT", "zh-Hant", "pt-BR"])
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
texts = st.dictionaries(languages, words, min_size=1, max_size=3).map(Localized.of)
maybe_texts = st.dictionaries(languages, words, max_size=2).map(Localized.of)
id_lists = st.lists(ids, max_size=3, unique=True).map(tuple)
PLAIN: st.SearchStrategy[LocalizedText] = st.just(Localized.of({"en": "words", "es": "palabras"}))
sources = st.lists(st.builds(Source, words, words, words), max_size=2).map(tuple)


@st.composite
def items(
    draw: st.DrawFn,
    item_types: tuple[ItemType, ...] = tuple(ItemType),
    wording: st.SearchStrategy[LocalizedText] = PLAIN,
) -> Item:
    """An item with a key that suits its type."""
    kind = draw(st.sampled_from(item_types))
    several = st.lists(ids, min_size=2, max_size=6, unique=True)
    choice_ids = draw(st.just(["true_", "false_"]) if kind is ItemType.TRUE_FALSE else several)
    key = draw(st.permutations(choice_ids))
    if kind is ItemType.MULTIPLE:
        key = key[: draw(st.integers(1, len(key)))]
    elif kind is not ItemType.ORDER:
        key = key[:1]
    choices = tuple(Choice(choice, draw(wording), draw(wording)) for choice in choice_ids)
    return Item(draw(ids), kind, draw(st.integers(1, 5)), draw(wording), choices, tuple(key), draw(wording))


def _common() -> dict[str, Any]:
    return {
        "id": ids,
        "default_language": languages,
        "seconds": st.integers(120, 300),
        "title": texts,
        "skills": id_lists,
        "tags": id_lists,
        "sources": sources,
        "review_by": st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    }


@st.composite
def quizzes(draw: st.DrawFn) -> Quiz:
    """A quiz that draws no more items than it has; only its items and their keys vary."""
    bank = draw(st.lists(items(), min_size=1, max_size=6, unique_by=lambda item: item.id))
    drawn, mark = draw(st.integers(1, len(bank))), draw(st.integers(1, 100))
    return Quiz(
        id="quiz",
        default_language="en",
        seconds=180,
        title=draw(PLAIN),
        skills=(),
        tags=(),
        draw=drawn,
        pass_percent=mark,
        sources=(),
        items=tuple(bank),
    )


worded_items = items(wording=maybe_texts)
questions = st.none() | st.builds(Question, ids, items())
media = st.none() | st.builds(Media, words, words, texts, st.integers(1, 60))
cards = st.builds(Card, ids, st.sampled_from(CardKind), maybe_texts, maybe_texts, questions, media)
line_lists = st.dictionaries(languages, st.lists(words, min_size=1, max_size=3).map(tuple), min_size=1).map(Localized.of)
modules = st.builds(
    Module,
    **_common(),
    summary=texts,
    objectives=line_lists,
    prerequisites=id_lists,
    needs_tablet=st.booleans(),
    cards=st.lists(cards, max_size=3).map(tuple),
)
checklist_items = st.builds(ChecklistItem, ids, texts, st.booleans(), st.sampled_from(PhotoRule))
checklists = st.builds(Checklist, **_common(), items=st.lists(checklist_items, max_size=3).map(tuple))
worded_quizzes = st.builds(
    Quiz,
    **_common(),
    draw=st.integers(1, 20),
    pass_percent=st.integers(1, 100),
    items=st.lists(worded_items, max_size=2).map(tuple),
)
versions: st.SearchStrategy[Published] = st.one_of(modules, worded_quizzes, checklists)
