"""Interlude: learning that fits into the minutes a shift already has.

1. A feature is a folder; every feature has the same few files.
2. Features call down the list, and tell upwards by events.
3. Money-like facts (paid seconds) are written in the caller's own transaction; everything that may wait is a job.

Layers, high to low: web, integrations, insights, programs, goals, sync, planning, peers, learning, paytime,
downtime, roster, skills, catalog, identity, people, core.
"""

import zoneinfo

__version__ = "0.1.0"

# The pinned tzdata package decides what a clock change is, not whatever the machine happens to have.
zoneinfo.reset_tzpath(to=())
