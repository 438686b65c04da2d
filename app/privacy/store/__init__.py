"""Every statement about what is kept of a person."""
