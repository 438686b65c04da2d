"""Use cases of learning; this module is what other features call."""

from app.learning.domain import OpenItem
from app.learning.service.reading import begun_since, completed_keys, open_items

__all__ = ["OpenItem", "begun_since", "completed_keys", "open_items"]
