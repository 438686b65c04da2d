"""A plant too large for one piece: blocks side by side, then those between the blocks, then the plan as a whole."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from zlib import crc32

from app.planning.domain.problem import Id
from app.planning.engine.anneal import COLD_START, EDGE_START
from app.planning.engine.block_worker import Task, plan_block, search_block
from app.planning.engine.blocks import Block, Plant, Spot
from app.planning.engine.bound import highs_installed
from app.planning.engine.exact import Search
from app.planning.engine.garbage import uncollected
from app.planning.engine.packing import pack
from app.planning.engine.progress import Listener, Phase, Progress
from app.planning.engine.team import Team

# Workers that the exact tier looks at together: a few lines.
SEARCH_SIZE = 48


@dataclass(frozen=True, slots=True)
class Effort:
    """Moves for each item, the seed, how the moves are run, and how long the exact tier looks afterwards, if at all."""

    each: int
    seed: int
    use_compiled: bool
    search: Search | None = None


@uncollected()
def spots_in_blocks(plant: Plant, effort: Effort, team: Team, listener: Listener) -> dict[Id, Spot]:
    """Where the items of a large plant are best, whoever works on it and however many. Raises Canceled."""
    first, between = plant.blocks()
    spots = _pins_between(plant, between, effort)
    rounds = (
        (first, _tasks(plant, first, spots, effort, edge=False)),
        (between, _tasks(plant, between, spots, effort, edge=True)),
    )
    _worked(plant, spots, plan_block, rounds, team, listener)
    return searched(plant, spots, effort, team, listener)


def searched(plant: Plant, spots: dict[Id, Spot], effort: Effort, team: Team, listener: Listener) -> dict[Id, Spot]:
    """The plan after the exact tier has looked at a few lines at a time, then those between them. Raises Canceled."""
    if effort.search is None or not highs_installed():
        return spots
    first, between = plant.blocks(SEARCH_SIZE)
    inside, around = (_tasks(plant, blocks, spots, effort, edge=True) for blocks in (first, between))
    _worked(plant, spots, search_block, ((first, inside), (between, around)), team, listener)
    return spots


Round = tuple[list[Block], Iterator[Task]]


def _worked(
    plant: Plant,
    spots: dict[Id, Spot],
    work: Callable[[Task], dict[Id, Spot]],
    rounds: tuple[Round, Round],
    team: Team,
    listener: Listener,
) -> None:
    """Let the team work on the blocks of each round and note where items are.

    A round's tasks are not cut before the first of them is asked for: from what the round before left.
    """
    done, of = 0, sum(len(blocks) for blocks, _ in rounds)
    for blocks, tasks in rounds:
        for block, found in zip(blocks, team.map(work, tasks), strict=True):
            for worker in block.workers:
                for item in plant.items_of[worker]:
                    spots.pop(item.id, None)
            spots |= found
            done += 1
            listener.tell(Progress(Phase.IMPROVING, done=done, of=of))


def _tasks(plant: Plant, blocks: list[Block], spots: dict[Id, Spot], effort: Effort, *, edge: bool) -> Iterator[Task]:
    """A task for each block. All are cut from the plan as it was before any of them."""
    before = dict(spots)
    for number, block in enumerate(blocks):
        names = [item.id for worker in block.workers for item in plant.items_of[worker]] if edge else []
        there = {name: before[name] for name in names if name in before}
        seed = crc32(f"{effort.seed}:{edge}:{number}".encode())
        heat = EDGE_START if edge else COLD_START
        yield Task(pack(plant.cut(block, before)), there, effort.each, seed, effort.use_compiled, heat, search=effort.search)


def _pins_between(plant: Plant, between: list[Block], effort: Effort) -> dict[Id, Spot]:
    """Where pinned items of people between the blocks stand, before others take their places."""
    pinned = {pin.item_id for pin in plant.problem.pins}
    wanted = tuple(
        worker
        for block in between
        for worker in block.workers
        if any(item.id in pinned for item in plant.items_of[worker]) and worker in plant.between
    )
    if not wanted:
        return {}
    centers = frozenset(center for worker in wanted for center in plant.centers_of[worker])
    packed = pack(plant.cut(Block(wanted, centers), {}))
    return plan_block(Task(packed, {}, 0, effort.seed, effort.use_compiled, COLD_START, only_pins=True))
