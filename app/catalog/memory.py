"""What a process remembers of the catalog. Everything here is immutable, so nothing can be out of date, only forgotten."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memory(Generic[K, V]):
    """The most recently used values, up to a total weight; a value heavier than that is not kept."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.weight = 0
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value, if it is still remembered."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, weight: int = 1) -> None:
        """Remember a value, forgetting those longest unused."""
        replaced = self._kept.pop(key, None)
        self.weight += weight - (replaced[1] if replaced else 0)
        self._kept[key] = (value, weight)
        while self.weight > self.capacity:
            _, (_, dropped) = self._kept.popitem(last=False)
            self.weight -= dropped

    def __len__(self) -> int:
        return len(self._kept)
