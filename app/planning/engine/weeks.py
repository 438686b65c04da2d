"""The best week of one worker when places have prices: exact, by labels, on integers only.

A column is one set of items in one place. Places come in order of time; a label is the set of items done so far. Labels and
columns that lose more than `allowed` against what the linear program promised are left out; the caller allows more until that
is proved to be right. Each function runs as it stands on lists and, compiled, on arrays.
"""

from app.planning.engine.state import price

# A column: its items as bits, those that must be done before or with them, seconds, seconds toward the target, a tablet,
# worth, what the worker's own rows of the linear program ask for it.
MASK, BEFORE, SECONDS, COUNTED, TABLET, WORTH, OWN, COLUMN_SIZE = 0, 1, 2, 3, 4, 5, 6, 7
# A place: its first column and the one after the last; the price of the place, of a tablet in it, of a second.
FIRST, END, SEAT, DEVICE, SECOND, PLACE_SIZE = 0, 1, 2, 3, 4, 5
# The book: where lists begin and how much is in them. By set of items the worth, the least lost on the way, seconds that count,
# the last step; the sets seen; a copy of what they had before a place; the steps, each a column and the step before.
OF_WORTH, OF_LOST, OF_COUNTED, OF_STEP, SEEN, SEEN_COUNT, SEEN_MOST, OLD, STEPS, STEP_COUNT, STEP_MOST = range(11)
HEADER = 11
NOTHING = -(1 << 60)

Numbers = list[int]


def profit(columns: Numbers, places: Numbers, at: int, column: int) -> int:
    """What a column is worth after paying for its place, a tablet and seconds."""
    paid = places[at + SEAT] + columns[column + TABLET] * places[at + DEVICE] + columns[column + SECONDS] * places[at + SECOND]
    return columns[column + WORTH] - paid


def most(columns: Numbers, places: Numbers, at: int) -> int:
    """What the best column of a place is worth beyond what the worker's own rows ask; 0 for leaving the place."""
    found = 0
    for column in range(places[at + FIRST], places[at + END], COLUMN_SIZE):
        found = max(found, profit(columns, places, at, column) - columns[column + OWN])
    return found


def promised(columns: Numbers, places: Numbers, end: int) -> int:
    """What all places can add at most to what the worker's own rows are worth."""
    total = 0
    for at in range(0, end, PLACE_SIZE):
        total += most(columns, places, at)
    return total


def pass_by(b: Numbers, unused: int) -> int:
    """Copy what the labels have and let them leave the next place, which loses what it could have added."""
    for number in range(b[SEEN_COUNT]):
        mask, copy = b[b[SEEN] + number], b[OLD] + 4 * number
        b[copy], b[copy + 1] = b[b[OF_WORTH] + mask], b[b[OF_LOST] + mask]
        b[copy + 2], b[copy + 3] = b[b[OF_COUNTED] + mask], b[b[OF_STEP] + mask]
        b[b[OF_LOST] + mask] += unused
    return 0


def reach(b: Numbers, mask: int, lost: int, counted: int) -> bool:
    """Note that a set of items is reached, or with less lost; False when there is no room for one more."""
    if b[b[OF_WORTH] + mask] == NOTHING:
        if b[SEEN_COUNT] >= b[SEEN_MOST] or b[STEP_COUNT] >= b[STEP_MOST]:
            return False
        b[b[SEEN] + b[SEEN_COUNT]] = mask
        b[SEEN_COUNT] += 1
        b[b[OF_LOST] + mask], b[b[OF_COUNTED] + mask] = lost, counted
    b[b[OF_LOST] + mask] = min(b[b[OF_LOST] + mask], lost)
    return b[STEP_COUNT] < b[STEP_MOST]


def better(b: Numbers, mask: int, worth: int, column: int, before: int) -> int:
    """Note a better way to a set of items."""
    if worth > b[b[OF_WORTH] + mask]:
        step = b[STEPS] + 2 * b[STEP_COUNT]
        b[step], b[step + 1] = column, before
        b[b[OF_WORTH] + mask], b[b[OF_STEP] + mask] = worth, b[STEP_COUNT]
        b[STEP_COUNT] += 1
    return 0


def labels(b: Numbers, columns: Numbers, places: Numbers, end: int, allowed: int) -> bool:
    """Find every set of items that a week within what is allowed to be lost may end with; False when they are too many.

    The worth of all sets is NOTHING before; `settle` makes it so again.
    """
    b[b[SEEN]], b[SEEN_COUNT], b[STEP_COUNT] = 0, 1, 1
    b[b[OF_WORTH]], b[b[OF_LOST]], b[b[OF_COUNTED]], b[b[OF_STEP]] = 0, 0, 0, 0
    for at in range(0, end, PLACE_SIZE):
        there, unused = b[SEEN_COUNT], most(columns, places, at)
        pass_by(b, unused)
        for column in range(places[at + FIRST], places[at + END], COLUMN_SIZE):
            gain = profit(columns, places, at, column)
            loss = unused - gain + columns[column + OWN]
            items, needed = columns[column + MASK], columns[column + BEFORE]
            for number in range(there if loss <= allowed else 0):
                mask, copy = b[b[SEEN] + number], b[OLD] + 4 * number
                if b[copy + 1] + loss <= allowed and mask & items == 0 and needed & mask == needed:
                    if not reach(b, mask | items, b[copy + 1] + loss, b[copy + 2] + columns[column + COUNTED]):
                        return False
                    better(b, mask | items, b[copy] + gain, column, b[copy + 3])
    return True


def settle(b: Numbers, pinned: int, missing: int, scale: int) -> int:
    """The best of the sets seen that hold what is pinned, less the price of seconds missing to the target; answers its number.

    -1 when there is none. The worth of number n is left in the copy of n; the book is ready for the next `labels`.
    """
    best = -1
    for number in range(b[SEEN_COUNT]):
        mask, copy = b[b[SEEN] + number], b[OLD] + 4 * number
        b[copy] = NOTHING
        if mask & pinned == pinned:
            b[copy] = b[b[OF_WORTH] + mask] - scale * price(missing - b[b[OF_COUNTED] + mask])
            if best == -1 or b[copy] > b[b[OLD] + 4 * best]:
                best = number
        b[b[OF_WORTH] + mask] = NOTHING
    return best


def book(bits: int, most_labels: int, most_steps: int) -> Numbers:
    """A book for workers with so many items."""
    sets = 1 << bits
    seen = min(sets, most_labels)
    sizes = (sets, sets, sets, sets, seen, 4 * seen, 2 * most_steps)
    starts = [HEADER + sum(sizes[:n]) for n in range(len(sizes))]
    b = [NOTHING] * (HEADER + sum(sizes))
    b[OF_WORTH], b[OF_LOST], b[OF_COUNTED], b[OF_STEP], b[SEEN], b[OLD], b[STEPS] = starts
    b[SEEN_COUNT], b[SEEN_MOST], b[STEP_COUNT], b[STEP_MOST] = 0, seen, 0, most_steps
    return b
