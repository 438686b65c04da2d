"""The pure part of planning: frozen values, a deterministic planner, its explanations and an independent checker.

Nothing here reads a clock, a database or a random source; the same problem and seed give the same plan, always.
"""
