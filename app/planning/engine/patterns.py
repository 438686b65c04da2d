"""What one worker may do in one window: the sets of items that fit, for the bound."""

from collections.abc import Iterable, Iterator, Sequence

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


def most_told(counts: Iterable[int], workers: int) -> int:
    """How many patterns a place may have to be described by them, so that those of all such places are not too many.

    `counts` are the patterns of each place, 0 where there are more than MOST_PATTERNS.
    """
    sizes, in_all = sorted(counts), max(MOST_IN_ALL, MOST_EACH * workers)
    for most in FEWER:
        if sum(size for size in sizes if size <= most) <= in_all:
            return most
    return 0


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
