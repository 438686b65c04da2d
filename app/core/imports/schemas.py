"""Shapes of imports."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, WithJsonSchema

from app.core.models import ImportStatus, Verdict
from app.core.schemas import Code, Flag, Id, Input, Instant, Name, Output, Text

Cell = Annotated[Any, WithJsonSchema({"description": "A text, number, yes/no, null, or a list of them."})]


ColumnName = Annotated[Text, StringConstraints(max_length=200)]
OurColumn = Annotated[Name, StringConstraints(max_length=64)]
Option = Annotated[Text, StringConstraints(max_length=200)] | bool | Annotated[int, Field(ge=-(10**9), le=10**9)]
Mapping = Annotated[dict[OurColumn, ColumnName], Field(max_length=200)]
Options = Annotated[dict[OurColumn, Option], Field(max_length=50)]


class ImportCreate(Input):
    """Rows to import. `mapping` names, for our columns, the sender's; unmapped ones are looked for under our names."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "workers",
                    "source": "hr",
                    "mapping": {"external_id": "PersNo", "name": "Full name", "site": "Plant"},
                    "rows": [{"PersNo": "4711", "Full name": "Ada Berg", "Plant": "BER", "number": "0815"}],
                    "dry_run": True,
                }
            ]
        }
    )

    id: Id | None = None
    kind: Code
    source: Code
    rows: Annotated[list[dict[str, Cell]], Field(min_length=1, max_length=200_000)]
    mapping: Mapping = Field(default_factory=dict)
    options: Options = Field(default_factory=dict)
    dry_run: Flag = False


class ImportOut(Output):
    """An import and how its rows fared; `row_count` less the five counts still wait; reasons are at `/rows`."""

    id: UUID
    kind: str
    source: str
    status: ImportStatus
    dry_run: bool
    row_count: int
    created: int
    updated: int
    unchanged: int
    flagged: int
    refused: int
    ignored_columns: list[str]
    failure: str | None
    created_by: UUID
    created_at: Instant
    finished_at: Instant | None


class ImportRowOut(Output):
    """The verdict on one row; files count their header as row 1, JSON rows start at 1."""

    row_number: int
    verdict: Verdict
    reason: str
    thing_id: UUID | None


class ImportColumnOut(Output):
    """One column of a kind."""

    name: str
    meaning: str
    required: bool


class ImportOptionOut(Output):
    """One option of a kind."""

    name: str
    meaning: str


class ImportKindOut(Output):
    """A kind of import the caller may use."""

    name: str
    meaning: str
    columns: list[ImportColumnOut]
    options: list[ImportOptionOut]


class ImportKindsOut(Output):
    """Every kind of import the caller may use."""

    items: list[ImportKindOut]
