"""Pure rules of downtime: patterns to windows, a line's log to stoppages, stoppages to proposed patterns."""
