"""Whether the planned seconds fit what there is to read, answer and look at.

The rates are a rule of thumb of this project: people at work read 110 to 200 words a minute and take 15 to 40 seconds
a question. The longest language counts, since everybody gets the same minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from app.catalog.domain import CardKind, Item, Module, Pack, Quiz
from app.catalog.pack.finding import Finding, error, warning
from app.catalog.pack.lint.places import file_of
from app.catalog.pack.render import word_count

FAST_WORDS, SLOW_WORDS = 200, 110
FAST_QUESTION_S, SLOW_QUESTION_S = 15, 40


def duration_findings(pack: Pack) -> Iterator[Finding]:
    """Modules that are rushed or padded (errors) and quizzes that are (warnings: people differ more over questions)."""
    for module in pack.modules:
        questions = sum(card.kind is CardKind.QUESTION for card in module.cards)
        media = sum(card.media.seconds for card in module.cards if card.media)
        least, most = bounds(words_of_module(module), questions, media)
        if not least <= module.seconds <= most:
            yield error(file_of(module), "/seconds", "duration", _told(module.seconds, least, most))
    for quiz in pack.quizzes:
        least, most = bounds(words_of_quiz(quiz), quiz.draw, 0)
        if not least <= quiz.seconds <= most:
            yield warning(file_of(quiz), "/seconds", "duration", _told(quiz.seconds, least, most))


def bounds(words: int, questions: int, media: int) -> tuple[int, int]:
    """The least and most seconds to plan for so many words and questions and so many seconds of media."""
    least = ceil(words * 60 / FAST_WORDS) + questions * FAST_QUESTION_S + media
    most = words * 60 // SLOW_WORDS + questions * SLOW_QUESTION_S + media
    return least, most


def words_of_module(module: Module) -> int:
    """The words of headings and texts of all cards in the language that has most of them."""
    words: dict[str, int] = {}
    for card in module.cards:
        for language, text in (*card.heading.entries, *card.text.entries):
            words[language] = words.get(language, 0) + word_count(text)
    return max(words.values(), default=0)


def words_of_quiz(quiz: Quiz) -> int:
    """The words of stems and choices that an attempt is expected to draw, in the wordiest language."""
    words: dict[str, int] = {}
    for item in quiz.items:
        for language, count in _words_of_item(item):
            words[language] = words.get(language, 0) + count
    return max(words.values(), default=0) * quiz.draw // max(1, len(quiz.items))


def _words_of_item(item: Item) -> Iterator[tuple[str, int]]:
    for text in (item.stem, *(choice.text for choice in item.choices)):
        for language, line in text.entries:
            yield language, len(line.split())


def _told(seconds: int, least: int, most: int) -> str:
    return f"{seconds} s planned, its words, questions and media take {least} to {most} s"
