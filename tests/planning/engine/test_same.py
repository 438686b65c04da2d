"""One plan, byte for byte: in fresh interpreters with hashes of their own, by one process or two, compiled or interpreted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# Fifteen people planned in blocks of five; everything that decides is said here, so that every run is asked the same.
RUN = """
import sys
from dataclasses import astuple
from hashlib import sha256
from app.planning.engine import blocks, compiled, large, solve as solving
from app.planning.engine.exact import Search
from app.planning.engine.solve import Budget, solve
from benchmarks.planner.instances import plant
if __name__ == "__main__":
    runs, look = int(sys.argv[1]), sys.argv[2] == "search"
    solving.LARGEST, blocks.BLOCK_SIZE, large.SEARCH_SIZE = 0, 5, 8
    search = Search(rounds=3, shaken=2, runs=1, each=10, nodes=5, cycles=1) if look else None
    for run in range(runs):
        kind = compiled.available() and run % 2 == 0
        budget = Budget(iterations=900, compile=kind, bound=look, processes=2 if run % 12 in (2, 3) else 1, search=search)
        found = solve(plant(15, 1), 7, budget)
        print(sha256(repr(astuple(found)).encode()).hexdigest())
"""


def digests(tmp_path: Path, interpreters: int, runs: int, search: str) -> list[str]:
    """The digests of the answers of some fresh interpreters, so many runs each."""
    script, found = tmp_path / "run.py", list[str]()
    script.write_text(RUN)
    for number in range(interpreters):
        environment = {**os.environ, "PYTHONHASHSEED": str(number), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, str(script), str(runs), search]
        ran = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True, timeout=3_600)
        found += ran.stdout.split()
    assert len(found) == interpreters * runs
    return found


@pytest.mark.long
@pytest.mark.parametrize(("interpreters", "runs", "search"), [(5, 20, "kernel"), (2, 4, "search")])
def test_a_hundred_runs_give_one_plan(tmp_path: Path, interpreters: int, runs: int, search: str) -> None:
    """Compiled and interpreted in turn, two processes in some; with the search also the exact tier and the bound are the same."""
    assert len(set(digests(tmp_path, interpreters, runs, search))) == 1


def test_a_few_runs_give_one_plan(tmp_path: Path) -> None:
    assert len(set(digests(tmp_path, 2, 4, "kernel"))) == 1
