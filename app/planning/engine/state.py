"""The kernel's bookkeeping: one item placed or taken off, what is free, and how to go back.

Each function runs as it stands on a list and, compiled, on an array: integers only, no values of other types.
"""

from app.planning.engine.layout import (
    AFTER,
    AFTER_END,
    ALLOWED,
    BEFORE,
    BEFORE_END,
    CLASHES,
    CLASHES_END,
    CLOSES,
    COST,
    COUNT,
    DAY,
    DIRTY,
    DIRTY_COUNT,
    FIRST,
    FIXED,
    HELD,
    IS_DIRTY,
    LEFT,
    LOG,
    LOG_COUNT,
    MISSING,
    NEXT,
    OPENS,
    P_ITEM,
    P_SECONDS,
    P_SINCE,
    P_SLOT,
    P_UNTIL,
    P_VALUE,
    PAIR,
    PINNED,
    PLACE,
    RANK,
    ROOM,
    SCORE,
    SEED,
    SLOT,
    TABLET,
    TABLET_HELD,
    TABLET_TAKES,
    TABLET_TAKES_END,
    TABLETS,
    TAKES,
    TAKES_END,
    TIGHT,
    WEEK,
    WORTH,
)

Memory = list[int]


def below(m: Memory, limit: int) -> int:
    """A number from 0 to `limit` - 1 from a xorshift generator with 32 bits of state."""
    x = m[SEED]
    x ^= (x << 13) & 0xFFFFFFFF
    x ^= x >> 17
    x ^= (x << 5) & 0xFFFFFFFF
    m[SEED] = x
    return (x * limit) >> 32


def price(missing: int) -> int:
    """What seconds missing to the weekly target cost: convex, so that the last served is served first."""
    if missing <= 0:
        return 0
    if missing <= 600:
        return missing
    if missing <= 1200:
        return 3 * missing - 1200
    return 6 * missing - 4800


def take(m: Memory, first: int, end: int, step: int) -> int:
    """Take one of each resource in a list, or give it back."""
    for at in range(first, end):
        m[m[at] + LEFT] -= step
    return 0


def spend(m: Memory, slot: int, seconds: int) -> int:
    """Book seconds on a slot, its day and its week; negative ones give them back."""
    m[slot + ROOM] -= seconds
    m[m[slot + DAY] + ALLOWED] -= seconds
    week = m[slot + WEEK]
    m[week + ALLOWED] -= seconds
    missing = m[week + MISSING]
    m[week + MISSING] = missing - seconds
    m[SCORE] += price(missing) - price(missing - seconds)
    return 0


def note(m: Memory, item: int) -> int:
    """Write down where an item was, so that the move can be taken back."""
    at = m[LOG] + 2 * m[LOG_COUNT]
    m[at] = item
    m[at + 1] = m[item + PAIR]
    m[LOG_COUNT] += 1
    if m[item + IS_DIRTY] == 0:
        m[item + IS_DIRTY] = 1
        m[m[DIRTY] + m[DIRTY_COUNT]] = item
        m[DIRTY_COUNT] += 1
    return 0


def add(m: Memory, pair: int) -> int:
    """Place an item without a place; the caller has made sure that it fits."""
    item, slot = m[pair + P_ITEM], m[pair + P_SLOT]
    place = m[slot + PLACE]
    note(m, item)
    last, rank = 0, m[item + RANK]
    here = m[slot + FIRST]
    while here != 0 and m[here + RANK] < rank:
        last, here = here, m[here + NEXT]
    m[item + NEXT] = here
    if last == 0:
        m[slot + FIRST] = item
    else:
        m[last + NEXT] = item
    m[item + PAIR], m[item + SLOT] = pair, slot
    m[SCORE] += m[pair + P_VALUE]
    m[place + WORTH] += m[pair + P_VALUE]
    m[place + PINNED] += m[item + FIXED]
    spend(m, slot, m[pair + P_SECONDS])
    if m[place + COUNT] == 0 and m[place + HELD] == 0:
        m[SCORE] -= m[place + COST]
        take(m, m[place + TAKES], m[place + TAKES_END], 1)
    m[place + COUNT] += 1
    if m[item + TABLET] != 0:
        if m[place + TABLETS] == 0 and m[place + TABLET_HELD] == 0:
            take(m, m[place + TABLET_TAKES], m[place + TABLET_TAKES_END], 1)
        m[place + TABLETS] += 1
    return 0


def remove(m: Memory, item: int) -> int:
    """Take an item off its place."""
    pair, slot = m[item + PAIR], m[item + SLOT]
    place = m[slot + PLACE]
    note(m, item)
    here = m[slot + FIRST]
    if here == item:
        m[slot + FIRST] = m[item + NEXT]
    else:
        while m[here + NEXT] != item:
            here = m[here + NEXT]
        m[here + NEXT] = m[item + NEXT]
    m[item + PAIR], m[item + SLOT] = 0, 0
    m[SCORE] -= m[pair + P_VALUE]
    m[place + WORTH] -= m[pair + P_VALUE]
    m[place + PINNED] -= m[item + FIXED]
    spend(m, slot, -m[pair + P_SECONDS])
    m[place + COUNT] -= 1
    if m[place + COUNT] == 0 and m[place + HELD] == 0:
        m[SCORE] += m[place + COST]
        take(m, m[place + TAKES], m[place + TAKES_END], -1)
    if m[item + TABLET] != 0:
        m[place + TABLETS] -= 1
        if m[place + TABLETS] == 0 and m[place + TABLET_HELD] == 0:
            take(m, m[place + TABLET_TAKES], m[place + TABLET_TAKES_END], -1)
    return 0


def undo(m: Memory) -> int:
    """Go back to where the move began."""
    for at in range(m[LOG_COUNT] - 1, -1, -1):
        # Going back is noted too, further on, where nothing is left to read.
        item = m[m[LOG] + 2 * at]
        pair = m[m[LOG] + 2 * at + 1]
        if m[item + PAIR] != 0:
            remove(m, item)
        if pair != 0:
            add(m, pair)
    m[LOG_COUNT] = 0
    return 0


def all_left(m: Memory, first: int, end: int) -> bool:
    """Whether one of each resource in a list is left."""
    for at in range(first, end):
        if m[m[at] + LEFT] <= 0:
            return False
    return True


def has_time(m: Memory, pair: int) -> bool:
    """Whether the item fits into the slot beside what is there, in the order of ranks."""
    item, slot = m[pair + P_ITEM], m[pair + P_SLOT]
    seconds = m[pair + P_SECONDS]
    if m[slot + ROOM] < seconds or m[slot + TIGHT] == 0:
        return m[slot + ROOM] >= seconds
    now, here, waits = m[slot + OPENS], m[slot + FIRST], True
    while here != 0 or waits:
        if waits and (here == 0 or m[here + RANK] > m[item + RANK]):
            at, waits = pair, False
        else:
            at, here = m[here + PAIR], m[here + NEXT]
        now = max(now, m[at + P_SINCE]) + m[at + P_SECONDS]
        if now > m[at + P_UNTIL]:
            return False
    return True


def in_order(m: Memory, item: int, slot: int) -> bool:
    """Whether all the item waits for is done by then, and nothing that waits for it starts earlier."""
    for at in range(m[item + BEFORE], m[item + BEFORE_END]):
        there = m[m[at] + SLOT]
        if there == 0 or (there != slot and m[there + CLOSES] > m[slot + OPENS]):
            return False
    for at in range(m[item + AFTER], m[item + AFTER_END]):
        there = m[m[at] + SLOT]
        if there not in (0, slot) and m[slot + CLOSES] > m[there + OPENS]:
            return False
    return True


def fits(m: Memory, pair: int) -> bool:
    """Whether an item may go there while everything else stays."""
    item, slot = m[pair + P_ITEM], m[pair + P_SLOT]
    place, seconds = m[slot + PLACE], m[pair + P_SECONDS]
    if m[slot + ROOM] < seconds:
        return False
    if m[place + COUNT] == 0 and m[place + HELD] == 0:
        if not all_left(m, m[place + TAKES], m[place + TAKES_END]):
            return False
        for at in range(m[place + CLASHES], m[place + CLASHES_END]):
            if m[m[at] + COUNT] > 0:
                return False
    if m[m[slot + DAY] + ALLOWED] < seconds or m[m[slot + WEEK] + ALLOWED] < seconds:
        return False
    if m[item + TABLET] != 0 and m[place + TABLETS] == 0 and m[place + TABLET_HELD] == 0:
        if not all_left(m, m[place + TABLET_TAKES], m[place + TABLET_TAKES_END]):
            return False
    return in_order(m, item, slot) and has_time(m, pair)
