"""Every statement about people and place."""
