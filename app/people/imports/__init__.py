"""What can be imported about people and place."""

from app.people.imports import places, workers

__all__ = ["places", "workers"]
