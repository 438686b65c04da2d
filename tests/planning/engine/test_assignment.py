"""Instances that others wrote, expressed in our formulation: a valid assignment, near what HiGHS proves."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.planner.assignment import by_highs, by_kernel, read

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "assignment"
needs_highs = pytest.mark.skipif(find_spec("highspy") is None, reason="the optional extra `planner` (highspy) is not installed")
SMALL = "1\n2 3\n9 1 5\n1 8 4\n2 2 2\n1 1 3\n4 3\n"


def test_a_file_is_read_and_solved_to_its_optimum(tmp_path: Path) -> None:
    """Agent 1 does jobs 1 and 3 for 14, agent 2 does job 2 for 8."""
    path = tmp_path / "gap9.txt"
    path.write_text(SMALL)
    (given,) = read(path)
    assert not given.cost
    assert by_kernel(given, 200, 1, use_compiled=False) == [0, 1, 0]
    assert given.total([0, 1, 0]) == 22


@needs_highs
def test_the_least_cost_is_asked_for_where_values_are_costs(tmp_path: Path) -> None:
    path = tmp_path / "gapa.txt"
    path.write_text(SMALL)
    (given,) = read(path)
    agents = by_kernel(given, 200, 1, use_compiled=False)
    assert given.cost
    assert agents is not None
    assert given.total(agents) == round(by_highs(given, 5.0)[0])


@pytest.mark.parametrize("text", ["1\n2 3\n9 1", SMALL + " 7"])
def test_a_file_that_does_not_hold_what_it_says_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "gap9.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"gap9.txt"):
        read(path)


@pytest.mark.external
@needs_highs
@pytest.mark.parametrize("name", ["gap1", "gap2"])
def test_the_kernel_comes_near_the_optimum_of_the_or_library(name: str) -> None:
    path = DATA / f"{name}.txt"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    for given in read(path):
        agents = by_kernel(given, 300, 2, use_compiled=find_spec("numba") is not None)
        found, proved = by_highs(given, 30.0)
        assert agents is not None, given.name
        assert given.total(agents) <= round(proved) + 0.5
        assert given.total(agents) >= 0.97 * found
