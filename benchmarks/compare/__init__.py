"""The planner beside general solvers, on the same lines in one run: `make bench-compare`. No part of what ships."""
