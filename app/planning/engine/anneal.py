"""The kernel's rounds: a temperature that falls, the same moves compiled or interpreted, and somebody who may stop it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from app.planning.engine import compiled, kernel
from app.planning.engine.layout import BEST_SCORE, GROUP, GROUP_COUNT, ITEM_COUNT, ITEMS
from app.planning.engine.state import Memory

STAGES = 128
# Items of a group: what a move reads of them stays in a processor's cache.
GROUP_SIZE = 400
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Heat:
    """Hundredths of a point: what a move may cost at first, and at the end."""

    hot: int
    cold: int

    def stages(self) -> list[int]:
        """The temperature of each stage."""
        factor = round((self.cold / self.hot) ** (1 / STAGES) * (1 << 20))
        found, heat = [], self.hot << 20
        for _ in range(STAGES):
            found.append(heat >> 20)
            heat = (heat * factor) >> 20
        return found


COLD_START, EDGE_START, WARM_START = Heat(400, 30), Heat(400, 30), Heat(150, 30)


def untold(_stage: int, _best: int) -> None:
    """Tell nobody."""


def shares(iterations: int) -> list[int]:
    """The moves of each stage; together they are exactly `iterations`."""
    return [iterations * (stage + 1) // STAGES - iterations * stage // STAGES for stage in range(STAGES)]


def groups_of(count: int) -> list[tuple[int, int]]:
    """Items that are moved for a while before the next ones, so that what a move reads is still in the cache."""
    parts = max(1, round(count / GROUP_SIZE))
    return [(count * part // parts, count * (part + 1) // parts) for part in range(parts) if count]


def anneal(
    memory: Memory,
    iterations: int,
    *,
    use_compiled: bool,
    told: Told = untold,
    heat: Heat = COLD_START,
    fresh: bool = False,
) -> Sequence[int]:
    """Run the kernel on a memory; answers the memory afterwards, an array if compiled.

    `told` hears the stage and the best objective before it.
    A `fresh` memory has no plan yet and gets one first.
    """
    functions = compiled.compiled() if use_compiled else cast(compiled.Kernel, kernel)
    kept: Any = import_module("numpy").array(memory, dtype="int64") if use_compiled else memory
    if fresh:
        functions.start(kept)
    functions.keep_best(kept)
    groups = groups_of(memory[ITEM_COUNT])
    for stage, (degrees, moves) in enumerate(zip(heat.stages(), shares(iterations), strict=True)):
        told(stage, int(kept[BEST_SCORE]))
        for first, end in groups:
            kept[GROUP], kept[GROUP_COUNT] = memory[ITEMS] + first, end - first
            # Rounded so that all groups together make all the moves of the stage.
            functions.run(kept, moves * end // memory[ITEM_COUNT] - moves * first // memory[ITEM_COUNT], degrees)
    after: Sequence[int] = kept
    return after
