"""CP-SAT in a process of its own, which cannot hold HiGHS as well: an integer program as JSON in, a value for each column out.

It reads the fields of `program.Program`, a hint and the seconds. It imports nothing of Interlude and runs where only ortools
is installed.
"""

import json
import sys
import time
from importlib import import_module
from typing import Any


def solve(asked: dict[str, Any]) -> dict[str, Any]:
    """The best solution within the seconds, on one thread; `values` is None when there is none."""
    cp = import_module("ortools.sat.python.cp_model")
    model = cp.CpModel()
    columns = [model.new_int_var(0, upper, "") for upper in asked["uppers"]]
    entries: list[list[tuple[Any, int]]] = [[] for _ in asked["limits"]]
    for number, column in enumerate(columns):
        for at in range(asked["starts"][number], asked["starts"][number + 1]):
            entries[asked["rows"][at]].append((column, asked["values"][at]))
    for row, lower, upper in zip(entries, asked["lowers"], asked["limits"], strict=True):
        if row and (lower is not None or upper is not None):
            total = cp.LinearExpr.weighted_sum([column for column, _ in row], [value for _, value in row])
            model.add_linear_constraint(total, -(1 << 40) if lower is None else lower, 1 << 40 if upper is None else upper)
    model.maximize(cp.LinearExpr.weighted_sum(columns, asked["costs"]))
    for column, value in zip(columns, asked["hint"] or [], strict=False):
        model.add_hint(column, value)
    solver = cp.CpSolver()
    solver.parameters.max_time_in_seconds = asked["seconds"]
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    started = time.perf_counter()
    status = solver.solve(model)
    took = time.perf_counter() - started
    found = status in (cp.OPTIMAL, cp.FEASIBLE)
    values = [solver.value(column) for column in columns] if found else None
    return {"values": values, "bound": solver.best_objective_bound, "took": took}


if __name__ == "__main__":
    json.dump(solve(json.load(sys.stdin)), sys.stdout)
