"""Bulk input as one mechanism: a file or rows, a column mapping, a dry run, a verdict for each row.

Features register kinds with `import_kind`; nothing here may know what a kind's rows mean.
"""

from app.core.imports import jobs as jobs
from app.core.imports.cells import Cells
from app.core.imports.kinds import Column, ImportKind, ImportRow, RowVerdict, Verdict, import_kind

__all__ = ["Cells", "Column", "ImportKind", "ImportRow", "RowVerdict", "Verdict", "import_kind"]
