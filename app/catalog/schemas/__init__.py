"""Shapes of the catalog's requests and answers."""

from typing import Annotated

from pydantic import StringConstraints

from app.catalog.pack.files import ID_PATTERN
from app.catalog.schemas.lists import ItemOut, PackOut, RetiredOut, SkillOut
from app.catalog.schemas.shown import ChecklistOut, ContentOut, ModuleOut, QuizOut, content_bytes, module_bytes
from app.catalog.schemas.uploads import LoadReportOut, PackUpload

Key = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

__all__ = [
    "ChecklistOut",
    "ContentOut",
    "Hash",
    "ItemOut",
    "Key",
    "LoadReportOut",
    "ModuleOut",
    "PackOut",
    "PackUpload",
    "QuizOut",
    "RetiredOut",
    "SkillOut",
    "content_bytes",
    "module_bytes",
]
