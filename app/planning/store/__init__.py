"""Every statement of planning."""
