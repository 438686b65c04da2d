"""The audit trail: who did what, when, from where and why, written in the transaction of the deed itself.

Every unsafe request leaves a line without its feature's effort, because the statement that opens the transaction writes
it; so does every look at somebody else's pay (`app.core.db.Watched`). Use cases outside requests call `record`.
"""

from app.core.audit.lines import ORIGIN, Access, Origin, line_of, record

__all__ = ["ORIGIN", "Access", "Origin", "line_of", "record"]
