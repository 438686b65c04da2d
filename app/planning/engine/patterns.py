"""What one worker may do in one window: the sets of items that fit, for the bound."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

# A place with more patterns than this is described by its items instead: a weaker, still valid description.
MOST_PATTERNS = 2_000
# A program with more patterns than this, or than so many for each worker, takes minutes and gigabytes, so fewer of a place are
# told then. A usual week of a worker has 500.
MOST_IN_ALL, MOST_EACH, FEWER = 60_000, 700, (MOST_PATTERNS, 600, 200, 60, 20)

# Item, seconds, worth.
Offer = tuple[int, int, int]


def patterns(offers: Sequence[Offer], seconds: int) -> list[tuple[int, ...]] | None:
    """Every set of items whose seconds fit together, or None when there are too many."""
    ordered = sorted(offers, key=lambda offer: (offer[1], offer[0]))
    found: list[tuple[int, ...]] = []
    for chosen in _grown(ordered, seconds):
        found.append(chosen)
        if len(found) > MOST_PATTERNS:
            return None
    return found


Place = TypeVar("Place")


def told_by_patterns(found: Mapping[Place, list[tuple[int, ...]] | None], workers: int) -> dict[Place, list[tuple[int, ...]]]:
    """The places of one program that are described by their patterns: those with few enough, so that all are not too many."""
    told: dict[Place, list[tuple[int, ...]]] = {}
    in_all = max(MOST_IN_ALL, MOST_EACH * workers)
    for most in FEWER:
        told = {place: sets for place, sets in found.items() if sets is not None and len(sets) <= most}
        if sum(map(len, told.values())) <= in_all:
            break
    return told


def _grown(ordered: Sequence[Offer], seconds: int) -> Iterator[tuple[int, ...]]:
    stack: list[tuple[int, int, tuple[int, ...]]] = [(0, seconds, ())]
    while stack:
        first, left, chosen = stack.pop()
        for at in range(first, len(ordered)):
            item, needed, _ = ordered[at]
            if needed > left:
                break
            yield (*chosen, item)
            stack.append((at + 1, left - needed, (*chosen, item)))
