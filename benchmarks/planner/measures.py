"""The planner's figures, of whole plants and of single lines, and the same lines planned by others."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.planning.engine import compiled
from app.planning.engine.bound import highs_installed
from app.planning.engine.exact import Search
from app.planning.engine.team import Team
from benchmarks.compare import run as compare
from benchmarks.figures import Figure
from benchmarks.planner import lines, plants
from benchmarks.planner.plants import Size

# A line has some forty seconds of a processor; without branching, as in the short form, ten.
LINE_SEARCH = Search(rounds=60, shaken=80, runs=10, each=400, nodes=2_000, cycles=5, branching=20)
SHORT_SEARCH = Search(rounds=30, shaken=40, runs=10, each=400, nodes=400, cycles=2)


@dataclass(frozen=True, slots=True)
class Planned:
    """How many lines, events and lines beside others are measured, the sizes of plants, and two sizes for the growth."""

    lines: int
    events: int
    compared: int
    sizes: tuple[Size, ...]
    growth: tuple[int, int]
    search: Search = LINE_SEARCH


SIZES = (Size(50, 3), Size(200, 3), Size(1_000, 3, (5, 60)), Size(5_000, 3), Size(20_000, 3, (20, 120)))
SHORT = Planned(lines=1, events=12, compared=0, sizes=(), growth=(400, 1_200), search=SHORT_SEARCH)
USUAL = Planned(lines=3, events=60, compared=3, sizes=SIZES, growth=(1_000, 20_000))
FULL = Planned(lines=6, events=150, compared=6, sizes=SIZES, growth=USUAL.growth)


def measured(size: Planned) -> Iterator[Figure]:
    """All figures of the planner; none where the compiled kernel or HiGHS is not installed."""
    if not (compiled.available() and highs_installed()):
        print("planner: not measured, the optional extra `planner` (numba, highspy) is not installed")
        return
    compiled.warm()
    with Team(2) as team:
        # Both processes are up and have loaded the kernel before anything is timed.
        list(team.map(abs, range(16)))
        speed, figure = plants.throughput(team)
        yield figure
        yield plants.growth(team, *size.growth)
        for one in size.sizes:
            yield from plants.gaps(team, one, speed)
        if size.sizes and Path("/proc/self/status").exists():
            yield plants.memory(size.sizes[-1].workers)
    yield lines.exact(size.lines, size.search)
    yield from lines.again(size.events)
    if size.compared:
        yield from compare.figures(size.compared)
