"""The planner's engine: a greedy plan improved by annealing with ejection chains, and a proven bound beside it.

The kernel is plain Python on one list of integers. With the optional extra `planner` the same source is compiled, and the
answer is the same bit for bit. `docs/planner.md` has the model and its formulas.
"""
