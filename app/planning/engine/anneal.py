"""The kernel's rounds: a temperature that falls, the same moves compiled or interpreted, and somebody who may stop it."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from app.planning.engine import compiled
from app.planning.engine.kernel import keep_best, run
from app.planning.engine.layout import BEST_SCORE, GROUP, GROUP_COUNT, ITEM_COUNT, ITEMS
from app.planning.engine.state import Memory

# Hundredths of a point: what a move may cost at first, and at the end.
HOT, COLD = 800, 30
STAGES = 128
GROUP_SIZE = 400
Told = Callable[[int, int], None]


def heats() -> list[int]:
    """The temperature of each stage, from HOT to COLD."""
    factor = round((COLD / HOT) ** (1 / STAGES) * (1 << 20))
    found, heat = [], HOT << 20
    for _ in range(STAGES):
        found.append(heat >> 20)
        heat = (heat * factor) >> 20
    return found


def shares(iterations: int) -> list[int]:
    """The moves of each stage; together they are exactly `iterations`."""
    return [iterations * (stage + 1) // STAGES - iterations * stage // STAGES for stage in range(STAGES)]


def groups_of(count: int) -> list[tuple[int, int]]:
    """Items that are moved for a while before the next ones, so that what a move reads is still in the cache."""
    parts = max(1, round(count / GROUP_SIZE))
    return [(count * part // parts, count * (part + 1) // parts) for part in range(parts) if count]


def anneal(memory: Memory, iterations: int, *, use_compiled: bool, told: Told) -> Memory:
    """Run the kernel on a memory; answers the memory afterwards. `told` hears the stage and the best objective before it."""
    keep_best(memory)
    step: compiled.Kernel = compiled.compiled() if use_compiled else run
    kept: Any = import_module("numpy").array(memory, dtype="int64") if use_compiled else memory
    groups = groups_of(memory[ITEM_COUNT])
    for stage, (heat, moves) in enumerate(zip(heats(), shares(iterations), strict=True)):
        told(stage, int(kept[BEST_SCORE]))
        for first, end in groups:
            kept[GROUP], kept[GROUP_COUNT] = memory[ITEMS] + first, end - first
            # Rounded so that all groups together make all the moves of the stage.
            step(kept, moves * end // memory[ITEM_COUNT] - moves * first // memory[ITEM_COUNT], heat)
    after: Memory = kept.tolist() if use_compiled else kept
    return after
