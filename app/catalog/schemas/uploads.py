"""The pack that an author sends, and what publishing it did."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from app.catalog.domain import ContentKind, LoadReport, LoadVerdict
from app.catalog.pack.document import ModuleDocument, PackDocument
from app.catalog.pack.files import ChecklistFile, Language, ModuleFile, PackFile, QuizFile
from app.catalog.schemas.examples import PACK
from app.core.errors import FieldError
from app.core.schemas import CONTROL, Input, Output

Markdown = Annotated[str, StringConstraints(max_length=16_000)]


def _printable(value: Any) -> Any:
    """Refuse control characters anywhere in a document, keys included."""
    if isinstance(value, str):
        if CONTROL.search(value):
            raise ValueError("must not contain control characters")
    elif isinstance(value, dict):
        for key, part in value.items():
            _printable(key)
            _printable(part)
    elif isinstance(value, list):
        for part in value:
            _printable(part)
    return value


class ModuleUpload(Input):
    """What `module.yaml` and the body files of a module hold."""

    model_config = ConfigDict(str_strip_whitespace=False)

    module: ModuleFile
    bodies: Annotated[dict[Language, Markdown], Field(min_length=1, max_length=64, description="Markdown by language")]


class PackUpload(Input):
    """A pack in the file format, as one document. Cards with media need a folder and `interlude content load`."""

    model_config = ConfigDict(str_strip_whitespace=False, json_schema_extra={"examples": [PACK]})

    pack: Annotated[PackFile, BeforeValidator(_printable)]
    modules: Annotated[list[Annotated[ModuleUpload, BeforeValidator(_printable)]], Field(max_length=500, default_factory=list)]
    quizzes: Annotated[list[Annotated[QuizFile, BeforeValidator(_printable)]], Field(max_length=500, default_factory=list)]
    checklists: Annotated[
        list[Annotated[ChecklistFile, BeforeValidator(_printable)]], Field(max_length=500, default_factory=list)
    ]

    def document(self) -> PackDocument:
        """The pack as the linter reads it."""
        modules = tuple(ModuleDocument(upload.module, upload.bodies) for upload in self.modules)
        return PackDocument(self.pack, modules, tuple(self.quizzes), tuple(self.checklists))


class LoadLineOut(Output):
    """What publishing did, or would do, with one item."""

    kind: ContentKind
    key: str
    hash: str
    verdict: LoadVerdict


class WarningOut(Output):
    """Something the author should look at; it did not keep the pack from being published."""

    pointer: str
    detail: str
    code: str


class LoadReportOut(Output):
    """What publishing a pack did, or with `dry_run` would do."""

    pack: str
    pack_version: str
    dry_run: bool
    catalog_version: int
    lines: list[LoadLineOut]
    warnings: list[WarningOut]

    @classmethod
    def of(cls, report: LoadReport, warnings: list[FieldError], *, dry_run: bool) -> Self:
        """The answer for one load."""
        return cls(
            pack=report.pack,
            pack_version=report.pack_version,
            dry_run=dry_run,
            catalog_version=report.catalog_version,
            lines=[LoadLineOut.model_validate(line) for line in report.lines],
            warnings=[WarningOut.model_validate(warning) for warning in warnings],
        )
