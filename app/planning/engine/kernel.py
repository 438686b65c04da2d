"""The kernel: annealing with ejection chains. Iterations, not seconds, are the budget, so the answer is always the same.

A move takes one item to one place, takes off what blocks it, fills the rest of the place, puts what it took off back at
its best free places, and only then asks whether that was worth it.
"""

from app.planning.engine.eject import empty, way_freed
from app.planning.engine.layout import (
    BEFORE,
    BEFORE_END,
    BEST,
    BEST_SCORE,
    COST,
    COUNT,
    DIRTY,
    DIRTY_COUNT,
    FIXED,
    GROUP,
    GROUP_COUNT,
    HELD,
    IS_DIRTY,
    ITEM_COUNT,
    LOG,
    LOG_COUNT,
    LOGARITHM,
    OFFERS,
    OFFERS_END,
    P_ITEM,
    P_SECONDS,
    P_SLOT,
    P_VALUE,
    PAIR,
    PAIR_SIZE,
    PAIRS,
    PAIRS_END,
    PLACE,
    ROOM,
    SCORE,
    SLOT,
    URGENT,
)
from app.planning.engine.state import Memory, add, below, fits, remove, undo

# How often an item is drawn again because it has a place.
DRAWS = 2
# What is worth less than this is tried so much less often, but at least one time in 25: a hundred optional items in a full week
# would take most of the moves and win hardly anything.
WORTHWHILE, LEAST = 2_500, 100
# So often a move goes on with what it could not put back.
DEPTH = 3


def best_free(m: Memory, item: int) -> int:
    """The pair of the most worth that fits while everything else stays, or 0."""
    found, most = 0, -(1 << 60)
    for pair in range(m[item + PAIRS], m[item + PAIRS_END], PAIR_SIZE):
        worth = m[pair + P_VALUE]
        if worth <= most:
            break
        place = m[m[pair + P_SLOT] + PLACE]
        if m[place + COUNT] == 0 and m[place + HELD] == 0:
            worth -= m[place + COST]
        if worth > most and fits(m, pair):
            found, most = pair, worth
    return found


def fill(m: Memory, slot: int) -> int:
    """Put other items of the worker into the rest of a slot, the most worth a second first."""
    for at in range(m[slot + OFFERS], m[slot + OFFERS_END]):
        pair = m[at]
        item = m[pair + P_ITEM]
        if m[item + SLOT] == 0 and m[pair + P_SECONDS] <= m[slot + ROOM] and fits(m, pair):
            add(m, pair)
    return 0


def put_back(m: Memory) -> int:
    """Place what the move took off where it fits best."""
    for at in range(m[LOG_COUNT]):
        item = m[m[LOG] + 2 * at]
        if m[item + SLOT] == 0:
            pair = best_free(m, item)
            if pair != 0:
                add(m, pair)
    return 0


def pick(m: Memory) -> int:
    """An item to move: rather one without a place, and first what it waits for."""
    item = m[m[GROUP] + below(m, m[GROUP_COUNT])]
    for _ in range(DRAWS):
        if m[item + SLOT] == 0:
            break
        item = m[m[GROUP] + below(m, m[GROUP_COUNT])]
    for at in range(m[item + BEFORE], m[item + BEFORE_END]):
        if m[m[at] + SLOT] == 0:
            return m[at]
    return item


def any_pair(m: Memory, item: int) -> int:
    """One of the places an item may go to, by chance."""
    count = (m[item + PAIRS_END] - m[item + PAIRS]) // PAIR_SIZE
    return m[item + PAIRS] + below(m, count) * PAIR_SIZE


def move(m: Memory, pair: int) -> bool:
    """Take an item to a slot; False when something pinned stands in the way."""
    item, slot = m[pair + P_ITEM], m[pair + P_SLOT]
    old = m[item + SLOT]
    if old != 0:
        if below(m, 2) == 0 and m[slot + PLACE] != m[old + PLACE]:
            if not empty(m, m[old + PLACE]):
                return False
        else:
            remove(m, item)
    if not fits(m, pair) and not (way_freed(m, pair) and fits(m, pair)):
        return False
    add(m, pair)
    fill(m, slot)
    put_back(m)
    if old != 0:
        fill(m, old)
    return True


def astray(m: Memory, least: int) -> int:
    """Of what the move took off and could not put back, the item worth most, if it was worth more than so much; or 0."""
    found, most = 0, least
    for at in range(m[LOG], m[LOG] + 2 * m[LOG_COUNT], 2):
        item, pair = m[at], m[at + 1]
        if pair != 0 and m[item + SLOT] == 0 and m[pair + P_VALUE] > most:
            found, most = item, m[pair + P_VALUE]
    return found


def chain(m: Memory, wanted: int) -> bool:
    """Go on with what a move displaced until the plan is worth as much as wanted; False when it is not."""
    for _ in range(DEPTH):
        if m[SCORE] >= wanted:
            return True
        # Less than half of what is missing: most likely in vain.
        item = astray(m, (wanted - m[SCORE]) >> 1)
        if item == 0 or not move(m, any_pair(m, item)):
            return False
    return m[SCORE] >= wanted


def keep_best(m: Memory) -> int:
    """Note what moved since the best plan; the rest of it is noted already."""
    for at in range(m[DIRTY_COUNT]):
        item = m[m[DIRTY] + at]
        m[item + BEST] = m[item + PAIR]
        m[item + IS_DIRTY] = 0
    m[DIRTY_COUNT] = 0
    m[BEST_SCORE] = m[SCORE]
    return 0


def settle_in(m: Memory, item: int) -> int:
    """Place an item without a place where it fits best, if it fits anywhere."""
    if m[item + SLOT] == 0:
        m[LOG_COUNT] = 0
        pair = best_free(m, item)
        if pair != 0:
            add(m, pair)
    return 0


def start(m: Memory) -> int:
    """A first plan: the most urgent first, each after what it waits for."""
    for at in range(m[URGENT], m[URGENT] + m[ITEM_COUNT]):
        item = m[at]
        for before in range(m[item + BEFORE], m[item + BEFORE_END]):
            settle_in(m, m[before])
        settle_in(m, item)
    m[LOG_COUNT] = 0
    return 0


def run(m: Memory, iterations: int, heat: int) -> int:
    """Improve the plan in memory by a number of moves at one temperature, in units of the objective.

    The caller calls `keep_best` once before the first run. The best plan is left in the items' BEST, its objective is the answer.
    """
    for _ in range(iterations):
        item = pick(m)
        pair = any_pair(m, item)
        if m[item + PAIR] == pair or m[item + FIXED] != 0 or m[pair + P_VALUE] + LEAST < below(m, WORTHWHILE):
            continue
        before = m[SCORE]
        m[LOG_COUNT] = 0
        grace = heat * m[LOGARITHM + below(m, 1024)] >> 10
        if not move(m, pair) or not chain(m, before - grace):
            undo(m)
        elif m[SCORE] > m[BEST_SCORE]:
            keep_best(m)
    return m[BEST_SCORE]
