"""What a process remembers, and forgets."""

from hypothesis import given
from hypothesis import strategies as st

from app.catalog.memory import Memory

steps = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 8)))


def test_the_longest_unused_is_forgotten_first() -> None:
    memory: Memory[str, int] = Memory(2)
    memory.put("first", 1)
    memory.put("second", 2)
    assert memory.get("first") == 1
    memory.put("third", 3)
    assert (memory.get("first"), memory.get("second"), memory.get("third")) == (1, None, 3)


def test_what_is_heavier_than_the_memory_is_not_kept() -> None:
    memory: Memory[str, int] = Memory(10)
    memory.put("heavy", 1, weight=11)
    assert (memory.get("heavy"), len(memory), memory.weight) == (None, 0, 0)


def test_a_value_put_again_counts_once() -> None:
    memory: Memory[str, int] = Memory(10)
    memory.put("same", 1, weight=6)
    memory.put("same", 2, weight=7)
    assert (memory.get("same"), len(memory), memory.weight) == (2, 1, 7)


@given(steps)
def test_the_weight_never_passes_the_capacity_and_is_the_sum_of_what_is_kept(puts: list[tuple[int, int]]) -> None:
    memory: Memory[int, int] = Memory(12)
    weights: dict[int, int] = {}
    for key, weight in puts:
        memory.put(key, key, weight=weight)
        weights[key] = weight
        assert memory.get(key) == key
        assert memory.weight <= memory.capacity
        assert memory.weight == sum(weights[kept] for kept in weights if memory.get(kept) is not None)
