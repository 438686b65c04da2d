"""Rules of learning as plain functions: who is ready, whether work can be taken, what it is worth, how long is paid."""

from app.learning.domain.values import ItemStatus, OpenItem

__all__ = ["ItemStatus", "OpenItem"]
