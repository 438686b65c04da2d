"""Request and answer shapes of planning."""
