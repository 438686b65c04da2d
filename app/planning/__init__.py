"""Plans: which worker learns what in which window, when, and why the rest could not be placed.

The planner places learning into windows that already exist; it must never make windows, change shifts or pay anybody.
"""
