"""Where the kernel keeps what: records in one flat memory of integers, named by their first address.

A field is read as `memory[record + FIELD]`. Lists of addresses are given by a first address and the one after the last.
Address 0 stands for "none": the header lies there.
"""

# The header, at address 0.
SEED = 0  # the state of the xorshift generator, 32 bits, never 0
SCORE = 1  # the objective of what is placed now
BEST_SCORE = 2
ITEMS, ITEM_COUNT = 3, 4  # addresses of the items that may move
GROUP, GROUP_COUNT = 5, 6  # the part of those from which moves are drawn now
LOG, LOG_COUNT = 7, 8  # what a move changed: item, its pair before
DIRTY, DIRTY_COUNT = 9, 10  # items that moved since the best plan
URGENT = 11  # the items that may move, in the order in which a first plan takes them
LOGARITHM = 16  # -1024 * ln of 1,024 steps between 0 and 1, from here on
HEADER = 16 + 1024

# An item.
PAIR = 0  # the pair that places it, or 0
SLOT = 1  # the slot of that pair, or 0
NEXT = 2  # the next item of the same slot, or 0
TABLET = 3  # 1 when it needs one
FIXED = 4  # 1 when it is pinned and stays
RANK = 5  # order within a slot
PAIRS, PAIRS_END = 6, 7  # where it may go, what is worth most first
BEFORE, BEFORE_END = 8, 9  # all it waits for, directly or not, the first to do first
AFTER, AFTER_END = 10, 11  # all that waits for it, directly or not
BEST = 12  # its pair in the best plan, or 0
IS_DIRTY = 13
ITEM_SIZE = 14

# A pair: one item in one slot, where it takes so many seconds.
P_ITEM, P_SLOT, P_VALUE, P_SINCE, P_UNTIL, P_SECONDS, PAIR_SIZE = 0, 1, 2, 3, 4, 5, 6

# A slot: a free stretch of one worker's time in one window.
PLACE, OPENS, CLOSES, ROOM, FIRST, TIGHT = 0, 1, 2, 3, 4, 5  # TIGHT: releases or due dates fall into it
DAY, WEEK, OFFERS, OFFERS_END, SLOT_SIZE = 6, 7, 8, 9, 10

# A place: one worker in one window.
COUNT, HELD, TABLETS, TABLET_HELD, PINNED, COST, WORTH = 0, 1, 2, 3, 4, 5, 6
TAKES, TAKES_END, CLASHES, CLASHES_END = 7, 8, 9, 10  # resources; places of the worker at the same time
TABLET_TAKES, TABLET_TAKES_END, SLOTS, SLOTS_END, PLACE_SIZE = 11, 12, 13, 14, 15

# A resource: learners of a window, people who may leave a floor, tablets.
LEFT, TAKERS, TAKERS_END, RESOURCE_SIZE = 0, 1, 2, 3

# A budget: seconds left under a cap in a day or a week, and seconds missing to the weekly target.
ALLOWED, MISSING, B_SLOTS, B_SLOTS_END, BUDGET_SIZE = 0, 1, 2, 3, 4
