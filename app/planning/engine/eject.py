"""Ejection chains: what blocks a place is taken off, with all that waits for it, unless it is pinned.

Each function answers whether the way is free afterwards; a move that fails is taken back as a whole.
"""

from app.planning.engine.layout import (
    AFTER,
    AFTER_END,
    ALLOWED,
    B_SLOTS,
    B_SLOTS_END,
    BEFORE,
    BEFORE_END,
    CLASHES,
    CLASHES_END,
    CLOSES,
    COUNT,
    DAY,
    FIRST,
    FIXED,
    HELD,
    LEFT,
    NEXT,
    OPENS,
    P_ITEM,
    P_SECONDS,
    P_SLOT,
    PINNED,
    PLACE,
    SLOT,
    SLOTS,
    SLOTS_END,
    TABLET,
    TABLET_HELD,
    TABLET_TAKES,
    TABLET_TAKES_END,
    TABLETS,
    TAKERS,
    TAKERS_END,
    TAKES,
    TAKES_END,
    WEEK,
    WORTH,
)
from app.planning.engine.state import Memory, below, has_time, remove


def eject(m: Memory, item: int) -> bool:
    """Take an item and all that waits for it off."""
    if m[item + FIXED] != 0:
        return False
    for at in range(m[item + AFTER], m[item + AFTER_END]):
        if m[m[at] + SLOT] != 0:
            if m[m[at] + FIXED] != 0:
                return False
            remove(m, m[at])
    if m[item + SLOT] != 0:
        remove(m, item)
    return True


def empty(m: Memory, place: int) -> bool:
    """Take a whole place away."""
    if m[place + PINNED] != 0:
        return False
    for at in range(m[place + SLOTS], m[place + SLOTS_END]):
        while m[m[at] + FIRST] != 0:
            if not eject(m, m[m[at] + FIRST]):
                return False
    return True


def order_freed(m: Memory, item: int, slot: int) -> bool:
    """What the item waits for must be done by then; what waits for it and would come too early goes."""
    for at in range(m[item + BEFORE], m[item + BEFORE_END]):
        there = m[m[at] + SLOT]
        if there == 0 or (there != slot and m[there + CLOSES] > m[slot + OPENS]):
            return False
    for at in range(m[item + AFTER], m[item + AFTER_END]):
        there = m[m[at] + SLOT]
        if there not in (0, slot) and m[slot + CLOSES] > m[there + OPENS] and not eject(m, m[at]):
            return False
    return True


def clashes_freed(m: Memory, place: int) -> bool:
    """The worker leaves other places at the same time."""
    for at in range(m[place + CLASHES], m[place + CLASHES_END]):
        if m[m[at] + COUNT] > 0 and not empty(m, m[at]):
            return False
    return True


def time_freed(m: Memory, pair: int) -> bool:
    """Items of the slot go, one at random after the other, until this one fits."""
    slot = m[pair + P_SLOT]
    while not has_time(m, pair):
        count, here = 0, m[slot + FIRST]
        victim = 0
        while here != 0:
            if m[here + FIXED] == 0:
                count += 1
                if below(m, count) == 0:
                    victim = here
            here = m[here + NEXT]
        if victim == 0 or not eject(m, victim):
            return False
    return True


def budget_freed(m: Memory, budget: int, seconds: int) -> bool:
    """Items of the same day or week go until the cap allows this many seconds more."""
    first, end = m[budget + B_SLOTS], m[budget + B_SLOTS_END]
    if m[budget + ALLOWED] >= seconds:
        return True
    at = first + below(m, end - first)
    for _ in range(end - first):
        while m[m[at] + FIRST] != 0 and m[budget + ALLOWED] < seconds:
            if not eject(m, m[m[at] + FIRST]):
                break
        if m[budget + ALLOWED] >= seconds:
            return True
        at = at + 1 if at + 1 < end else first
    return False


def seats_freed(m: Memory, place: int) -> bool:
    """Of each resource of which nothing is left, the cheaper of two others gives its place away."""
    for at in range(m[place + TAKES], m[place + TAKES_END]):
        resource = m[at]
        if m[resource + LEFT] > 0:
            continue
        first, end = m[resource + TAKERS], m[resource + TAKERS_END]
        other, victim = first + below(m, end - first), 0
        for _ in range(end - first):
            q = m[other]
            if m[q + COUNT] > 0 and m[q + HELD] == 0 and m[q + PINNED] == 0:
                if victim != 0:
                    if m[q + WORTH] < m[victim + WORTH]:
                        victim = q
                    break
                victim = q
            other = other + 1 if other + 1 < end else first
        if victim == 0 or not empty(m, victim):
            return False
    return True


def tablets_freed(m: Memory, place: int) -> bool:
    """Of each kind of tablet of which none is left, another place gives its one away."""
    for at in range(m[place + TABLET_TAKES], m[place + TABLET_TAKES_END]):
        resource = m[at]
        if m[resource + LEFT] > 0:
            continue
        first, end = m[resource + TAKERS], m[resource + TAKERS_END]
        other, done = first + below(m, end - first), False
        for _ in range(end - first):
            if m[m[other] + TABLETS] > 0 and m[m[other] + TABLET_HELD] == 0 and not done:
                done = tablet_items_ejected(m, m[other])
            other = other + 1 if other + 1 < end else first
        if not done or m[resource + LEFT] <= 0:
            return False
    return True


def tablet_items_ejected(m: Memory, place: int) -> bool:
    """Take the items that need a tablet off a place."""
    for at in range(m[place + SLOTS], m[place + SLOTS_END]):
        here = m[m[at] + FIRST]
        while here != 0:
            if m[here + TABLET] == 0:
                here = m[here + NEXT]
            elif eject(m, here):
                # Others may have gone with it, so the list is read anew.
                here = m[m[at] + FIRST]
            else:
                return False
    return True


def way_freed(m: Memory, pair: int) -> bool:
    """Take off all that keeps an item without a place out of a slot."""
    item, slot = m[pair + P_ITEM], m[pair + P_SLOT]
    place, seconds = m[slot + PLACE], m[pair + P_SECONDS]
    if not order_freed(m, item, slot):
        return False
    if m[place + COUNT] == 0 and m[place + HELD] == 0:
        if not clashes_freed(m, place) or not seats_freed(m, place):
            return False
    if not time_freed(m, pair):
        return False
    if not budget_freed(m, m[slot + DAY], seconds) or not budget_freed(m, m[slot + WEEK], seconds):
        return False
    if m[item + TABLET] != 0 and m[place + TABLETS] == 0 and m[place + TABLET_HELD] == 0:
        return tablets_freed(m, place)
    return True
