"""A bound for a plant of any size: everybody in one block, each block with all places within its reach to itself.

What is worth most with fewer people in the way is never worth less, so the blocks' bounds add up to a bound of the whole.
A block's bound is the linear program's, bettered by everybody's exact best week at its prices.
"""

from collections import defaultdict

from app.planning.domain.floor import Floor
from app.planning.domain.index import Index
from app.planning.domain.problem import Id, Problem
from app.planning.engine import compiled
from app.planning.engine.blocks import Plant, Spots
from app.planning.engine.bound import PatternLp, Proof, SeatPrice, bound_of
from app.planning.engine.exact import bettered
from app.planning.engine.garbage import uncollected
from app.planning.engine.master import Master
from app.planning.engine.packing import Packed, pack, unpack
from app.planning.engine.pricing import SCALE, Pricing
from app.planning.engine.progress import Listener, Phase, Progress
from app.planning.engine.slots import Parts, cut
from app.planning.engine.team import Team

# Workers of a block: the fewer, the more people are not in each other's way; the more, the more memory it takes.
PROOF_SIZE = 256
# Rounds in which the program's prices are bettered.
ROUNDS = 6

KeptPins = frozenset[tuple[Id, Id]]


def open_parts(problem: Problem, kept: KeptPins) -> Parts:
    """A problem cut up before anything is decided but these pins; an item with other pins may go to any of their windows."""
    index = Index(problem)
    only: dict[int, set[int]] = defaultdict(set)
    for pin in problem.pins:
        if pin.item_id in index.item_at and pin.window_id in index.window_at:
            only[index.item_at[pin.item_id]].add(index.window_at[pin.window_id])
    held = {index.item_at[item]: index.window_at[window] for item, window in kept if item in index.item_at}
    only |= {item: {window} for item, window in held.items()}
    parts = cut(index, only)
    parts.fixed = held.keys() & parts.before.keys()
    return parts


def kept_pins(problem: Problem, spots: Spots) -> KeptPins:
    """The pins that a plan keeps: its bound is about plans that keep the same."""
    wanted = ((pin.item_id, pin.window_id) for pin in problem.pins)
    return frozenset((item, window) for item, window in wanted if item in spots and spots[item].window_id == window)


@uncollected()
def prove_block(task: tuple[Packed, KeptPins]) -> Proof:
    """The bound of one block. Raises RuntimeError when the LP was not solved to its optimum."""
    return proof_of(open_parts(unpack(task[0]), task[1]))


def proof_of(parts: Parts, rounds: int = ROUNDS) -> Proof:
    """What no plan of these parts is worth more than, and its prices; without rounds the linear program's word.

    Raises RuntimeError when the LP was not solved to its optimum.
    """
    lp = PatternLp(parts)
    if not rounds or not lp.costs:
        return lp.proof()
    best, duals = lp.solved()
    pricing = Pricing(lp, duals, use_compiled=compiled.available())
    bound, prices = bettered(pricing, Master(pricing, Floor(parts.index)), rounds)
    return Proof(min(bound, bound_of(best)), lp.seat_prices({row: price / SCALE for row, price in prices.items()}))


def prove(plant: Plant, team: Team, listener: Listener, spots: Spots, objective: int | None = None) -> Proof:
    """What no plan of a plant that keeps the same pins can be worth more than, and the price of a place in each window.

    Raises Canceled.
    """
    blocks = plant.homes(PROOF_SIZE)
    kept = kept_pins(plant.problem, spots)
    total, prices = 0, dict[str, int]()
    tasks = ((pack(plant.cut(block, {})), kept) for block in blocks)
    for number, found in enumerate(team.map(prove_block, tasks), 1):
        total += found.bound
        for price in found.seat_prices:
            # Blocks that share a window each saw a part of its people.
            prices[price.window_id] = max(prices.get(price.window_id, 0), price.worth)
        listener.tell(Progress(Phase.PROVING, objective, done=number, of=len(blocks)))
    dearest = sorted(prices.items(), key=lambda price: (-price[1], price[0]))
    return Proof(total, tuple(SeatPrice(name, worth) for name, worth in dearest))
