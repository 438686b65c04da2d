"""Interlude: learning that fits into the minutes a shift already has.

1. A feature is a folder; every feature has the same few files.
2. Features call down the list, and tell upwards by events.
3. Money-like facts (paid seconds) are written in the caller's own transaction; everything that may wait is a job.

Layers, high to low: web, integrations, insights, programs, goals, sync, planning, peers, learning, paytime,
downtime, roster, skills, catalog, identity, people, core.
"""

__version__ = "0.1.0"
