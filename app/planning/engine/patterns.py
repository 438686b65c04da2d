"""What one worker may do in one window: the sets of items that fit, for the bound."""

from collections.abc import Iterator, Sequence

# A place with more patterns than this is described by its items instead: a weaker, still valid description.
MOST_PATTERNS = 2_000

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
