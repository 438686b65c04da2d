"""The parts of a problem written into one flat memory of integers, a plan put in, and the best plan read out."""

from collections import defaultdict
from collections.abc import Sequence
from math import log
from typing import TypeVar

from app.planning.domain.floor import Floor
from app.planning.domain.index import Reach
from app.planning.engine import layout as at
from app.planning.engine.slots import Limit, Parts, PlaceKey
from app.planning.engine.state import add, fits, price
from app.planning.engine.weights import INTERRUPTION, targets

NO_TARGET = -(1 << 40)
Week = tuple[int, int, int]
Name = TypeVar("Name")


class Flat:
    """A memory for the kernel. `items` maps positions of the index to addresses, `slots` addresses to parts."""

    def __init__(self, parts: Parts, fixed: set[int], seed: int) -> None:
        self.parts = parts
        self.memory = [0] * at.HEADER
        self.memory[at.SEED] = (seed * 2_654_435_761 + 1) & 0xFFFFFFFF or 1
        for step in range(1024):
            self.memory[at.LOGARITHM + step] = round(-1024 * log((step + 0.5) / 1024))
        wanted = {pair.slot for pair in parts.pairs}
        self.slots = self._records(sorted(wanted), at.SLOT_SIZE)
        self.places = self._records(parts.places, at.PLACE_SIZE)
        self.items = self._records(sorted(parts.before), at.ITEM_SIZE)
        # The address of each pair, by its number.
        self.pair_of = [0] * len(parts.pairs)
        self._write_pairs()
        self._write_items(fixed)
        self._write_budgets()
        self._write_slots()
        self._write_places()
        self._write_work()

    def _new(self, size: int) -> int:
        address = len(self.memory)
        self.memory += [0] * size
        return address

    def _records(self, names: Sequence[Name], size: int) -> dict[Name, int]:
        """A record for each of these, one behind the other, by name."""
        first = self._new(size * len(names))
        return dict(zip(names, range(first, len(self.memory), size), strict=True))

    def _list(self, record: int, field: int, values: Sequence[int]) -> None:
        """Write a list and where it is: its first address at `field`, its end right behind; from 0 to 0 is none."""
        if values:
            self.memory[record + field] = len(self.memory)
            self.memory += values
            self.memory[record + field + 1] = len(self.memory)

    def _write_pairs(self) -> None:
        pairs, memory, slots = self.parts.pairs, self.memory, self.slots
        by_item: dict[int, list[int]] = defaultdict(list)
        for number, pair in enumerate(pairs):
            by_item[pair.item].append(number)
        falling = [-pair.value for pair in pairs]
        for item, address in self.items.items():
            memory[address + at.PAIRS] = len(memory)
            # What is worth most first, so that whoever looks for the best place may stop early.
            for number in sorted(by_item[item], key=falling.__getitem__):
                _, slot, value, since, until, seconds = pairs[number]
                self.pair_of[number] = len(memory)
                memory += (address, slots[slot], value, since, until, seconds)
            memory[address + at.PAIRS_END] = len(memory)

    def _write_items(self, fixed: set[int]) -> None:
        after: dict[int, list[int]] = defaultdict(list)
        for item, waits in self.parts.before.items():
            for earlier in waits:
                after[earlier].append(item)
        problem = self.parts.index.problem
        for item, address in self.items.items():
            self.memory[address + at.TABLET] = int(problem.items[item].needs_tablet)
            self.memory[address + at.FIXED] = int(item in fixed)
            self.memory[address + at.RANK] = self.parts.rank[item]
            self._list(address, at.BEFORE, [self.items[earlier] for earlier in self.parts.before[item]])
            self._list(address, at.AFTER, [self.items[later] for later in sorted(after[item])])

    def _write_budgets(self) -> None:
        """A cap a day and a week of each worker, with what the plan starts from."""
        index, used = self.parts.index, self.parts.used
        days: dict[tuple[int, int], list[int]] = defaultdict(list)
        weeks: dict[Week, list[int]] = defaultdict(list)
        for slot in self.slots:
            days[self.parts.slots[slot].reach.day].append(slot)
            weeks[self.parts.slots[slot].reach.week].append(slot)
        wanted = targets(index)
        given: Floor = used if used is not None else Floor(index)
        for day, slots in days.items():
            self._budget(at.DAY, slots, index.daily_cap(day) - given.used_day.get(day, 0), NO_TARGET)
        for week, slots in weeks.items():
            done = given.used_week.get(week, 0)
            missing = wanted[week] - done if week in wanted else NO_TARGET
            self._budget(at.WEEK, slots, index.weekly_cap(week[0]) - done, missing)
        self.memory[at.SCORE] = -sum(price(target - given.used_week.get(week, 0)) for week, target in wanted.items())

    def _budget(self, field: int, slots: list[int], allowed: int, missing: int) -> None:
        address = self._new(at.BUDGET_SIZE)
        self.memory[address + at.ALLOWED], self.memory[address + at.MISSING] = allowed, missing
        self._list(address, at.B_SLOTS, [self.slots[slot] for slot in slots])
        for slot in slots:
            self.memory[self.slots[slot] + field] = address

    def _write_slots(self) -> None:
        rank, pairs, slots = self.parts.rank, self.parts.pairs, self.parts.slots
        offers: dict[int, list[int]] = {slot: [] for slot in self.slots}
        tight, most = set(), 1 + max(rank.values(), default=0)
        # The most worth a second first, then by rank, as one number: what is sorted most of all.
        order = [most * (-1000 * pair.value // pair.seconds) + rank[pair.item] for pair in pairs]
        for number, pair in enumerate(pairs):
            offers[pair.slot].append(number)
            if pair.since > slots[pair.slot].opens or pair.until < slots[pair.slot].closes:
                tight.add(pair.slot)
        for slot, address in self.slots.items():
            value = slots[slot]
            self.memory[address + at.PLACE] = self.places[value.place]
            self.memory[address + at.OPENS], self.memory[address + at.CLOSES] = value.opens, value.closes
            self.memory[address + at.ROOM] = value.closes - value.opens
            self.memory[address + at.TIGHT] = int(slot in tight)
            self._list(address, at.OFFERS, [self.pair_of[number] for number in sorted(offers[slot], key=order.__getitem__)])

    def _write_places(self) -> None:
        slots: dict[PlaceKey, list[int]] = defaultdict(list)
        for slot, address in self.slots.items():
            slots[self.parts.slots[slot].place].append(address)
        takes, tablets = self._limits(self.parts.seats), self._limits(self.parts.tablets)
        for place, address in self.places.items():
            self.memory[address + at.HELD] = int(place in self.parts.held)
            self.memory[address + at.TABLET_HELD] = int(place in self.parts.tablet_held)
            self.memory[address + at.COST] = INTERRUPTION
            self._list(address, at.TAKES, takes[place])
            self._list(address, at.CLASHES, [self.places[other] for other in self.parts.clashes.get(place, [])])
            self._list(address, at.TABLET_TAKES, tablets[place])
            self._list(address, at.SLOTS, slots[place])

    def _limits(self, limits: list[Limit]) -> dict[PlaceKey, list[int]]:
        takes: dict[PlaceKey, list[int]] = defaultdict(list)
        for limit in limits:
            address = self._new(at.RESOURCE_SIZE)
            self.memory[address + at.LEFT] = limit.left
            there = [place for place in limit.places if place in self.places]
            self._list(address, at.TAKERS, [self.places[place] for place in there])
            for place in there:
                takes[place].append(address)
        return takes

    def _write_work(self) -> None:
        """Room for the lists that change; a move touches each item a few times at most."""
        addresses = list(self.items.values())
        self.movable = movable = [address for address in addresses if not self.memory[address + at.FIXED]]
        self.memory[at.ITEM_COUNT] = len(movable)
        for field, values in (
            (at.ITEMS, movable),
            (at.URGENT, sorted(movable, key=self._urgency)),
            (at.LOG, [0] * (16 * len(addresses) + 64)),
            (at.DIRTY, [0] * len(addresses)),
        ):
            self.memory[field] = len(self.memory)
            self.memory += values

    def _urgency(self, item: int) -> tuple[int, int]:
        """What a first plan takes first: most worth a second at its best; an item without any place last."""
        memory, best = self.memory, self.memory[item + at.PAIRS]
        if best == memory[item + at.PAIRS_END]:
            return 0, item
        return -memory[best + at.P_VALUE], item

    def put(self, floor: Floor) -> None:
        """Put what a floor has into the memory, as far as it fits the kernel's stricter order within a slot."""
        pairs = self.parts.pairs
        placed = sorted((floor.start[item], item) for item in self.items if floor.place_of[item] is not None)
        by_item: dict[int, list[int]] = {item: [] for _, item in placed}
        for number, pair in enumerate(pairs if placed else ()):
            if pair.item in by_item:
                by_item[pair.item].append(number)
        for start, item in placed:
            reach = floor.place_of[item]
            for number in by_item[item]:
                slot = self.parts.slots[pairs[number].slot]
                if slot.reach is reach and slot.opens <= start < slot.closes and fits(self.memory, self.pair_of[number]):
                    add(self.memory, self.pair_of[number])
                    break
        self.memory[at.LOG_COUNT] = 0

    def best(self, memory: Sequence[int]) -> list[tuple[int, int, Reach]]:
        """Start, item and reach of all that the best plan places, by start."""
        taken = {int(pair) for pair in (memory[address + at.BEST] for address in self.items.values()) if pair}
        by_slot: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)
        for number in (number for number, address in enumerate(self.pair_of) if address in taken):
            found = self.parts.pairs[number]
            by_slot[found.slot].append((self.parts.rank[found.item], found.item, found.since, found.seconds))
        blocks = []
        for slot, entries in by_slot.items():
            now = self.parts.slots[slot].opens
            for _, item, since, seconds in sorted(entries):
                start = max(now, since)
                now = start + seconds
                blocks.append((start, item, self.parts.slots[slot].reach))
        return sorted(blocks, key=lambda block: block[:2])
