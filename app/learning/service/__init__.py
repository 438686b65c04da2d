"""Use cases of learning; this module is what other features call."""

from app.learning.service.reading import completed_keys, open_items

__all__ = ["completed_keys", "open_items"]
