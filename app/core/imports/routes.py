"""Routes of imports."""

import hashlib
from email.message import Message
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.errors import AppError, BadRequest
from app.core.imports import service
from app.core.imports.kinds import ImportKind
from app.core.imports.reading import read_delimited, read_objects
from app.core.imports.schemas import (
    ImportColumnOut,
    ImportCreate,
    ImportKindOut,
    ImportKindsOut,
    ImportOptionOut,
    ImportOut,
    ImportRowOut,
    Mapping,
    Options,
)
from app.core.imports.service import IMPORTS_READ, IMPORTS_WRITE, ImportOrder
from app.core.imports.store import ImportRun
from app.core.models import ImportStatus, Verdict
from app.core.pages import LARGEST, Listing, Page, Paged, decode_cursor, listing
from app.core.schemas import Code, Id

router = APIRouter(prefix="/v1", tags=["imports"])
JSON_TYPE, CSV_TYPE = "application/json", "text/csv"
MAPPING: TypeAdapter[dict[str, str]] = TypeAdapter(Mapping)
OPTIONS: TypeAdapter[dict[str, Any]] = TypeAdapter(Options)
BODY = {
    "required": True,
    "content": {
        JSON_TYPE: {"schema": ImportCreate.model_json_schema()},
        CSV_TYPE: {
            "schema": {"type": "string"},
            "example": "external_id;number;name;site\n4711;0815;Ada Berg;BER\n",
        },
    },
}


class UnsupportedMedia(AppError):
    """The body is neither JSON nor a delimited file."""

    status, code, title = 415, "unsupported_media_type", "Send application/json or text/csv"


class FileQuery:
    """What comes with a delimited file as query parameters; JSON bodies say it themselves."""

    def __init__(
        self,
        kind: Annotated[Code | None, Query(description="For a file: the kind of import.")] = None,
        source: Annotated[Code | None, Query(description="For a file: the system it comes from.")] = None,
        import_id: Annotated[Id | None, Query(alias="id", description="For a file: your id of this import.")] = None,
        dry_run: Annotated[bool, Query(description="For a file: report only, change nothing.")] = False,
        mapping: Annotated[str | None, Query(max_length=4000, description="For a file: our columns to yours, as JSON.")] = None,
        options: Annotated[str | None, Query(max_length=2000, description="For a file: options of the kind, as JSON.")] = None,
    ) -> None:
        self.kind, self.source, self.import_id, self.dry_run = kind, source, import_id, dry_run
        self.mapping, self.options = mapping, options


def _fault(location: tuple[str, ...], message: str, kind: str) -> RequestValidationError:
    return RequestValidationError([{"loc": location, "msg": message, "type": kind}])


def _json_query(name: str, given: str | None, shape: TypeAdapter[dict[str, Any]]) -> dict[str, Any]:
    try:
        return shape.validate_python(orjson.loads(given)) if given else {}
    except (orjson.JSONDecodeError, ValidationError) as error:
        raise _fault(("query", name), "must be a JSON object of texts", "json_object") from error


def _file_order(request: Request, body: bytes, given: FileQuery, charset: str | None) -> ImportOrder:
    if given.kind is None or given.source is None:
        missing = "kind" if given.kind is None else "source"
        raise _fault(("query", missing), "must be given with a file", "missing")
    fingerprint = hashlib.sha256(request.scope.get("query_string", b"") + b"\n" + body).digest()
    return ImportOrder(
        given.kind,
        given.source,
        read_delimited(body, charset),
        fingerprint,
        given.import_id,
        _json_query("mapping", given.mapping, MAPPING),
        _json_query("options", given.options, OPTIONS),
        given.dry_run,
    )


def _json_order(body: bytes) -> ImportOrder:
    try:
        given = ImportCreate.model_validate(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise BadRequest("The body is not valid JSON.", code="malformed_json") from error
    except ValidationError as error:
        raise RequestValidationError([{**e, "loc": ("body", *e["loc"])} for e in error.errors()]) from error
    sheet, fingerprint = read_objects(given.rows), hashlib.sha256(body).digest()
    return ImportOrder(given.kind, given.source, sheet, fingerprint, given.id, given.mapping, given.options, given.dry_run)


async def submitted(request: Request, given: Annotated[FileQuery, Depends()]) -> ImportOrder:
    """The order in a JSON body, or in a delimited file with query parameters."""
    header = Message()
    header["content-type"] = request.headers.get("content-type", "")
    kind, charset = header.get_content_type(), header.get_param("charset")
    body = await request.body()
    if kind == JSON_TYPE:
        return _json_order(body)
    if kind in (CSV_TYPE, "text/tab-separated-values"):
        return _file_order(request, body, given, str(charset) if charset else None)
    raise UnsupportedMedia


async def row_page(
    limit: Annotated[int, Query(ge=1, le=LARGEST, description="How many rows at most.")] = 50,
    cursor: Annotated[str | None, Query(max_length=400, description="`next_cursor` of the page before.")] = None,
) -> tuple[int, int]:
    """How many rows of the report are asked for, and after which row number."""
    after = decode_cursor(cursor, 1)[0] if cursor else "0"
    if not after.isdigit() or not after.isascii() or len(after) > 9:
        raise BadRequest("The cursor is not one of ours.", code="malformed_cursor")
    return limit, int(after)


def _shape(run: ImportRun) -> ImportOut:
    return ImportOut.model_validate({name: getattr(run, name) for name in ImportOut.model_fields})


def _shape_kind(kind: ImportKind) -> ImportKindOut:
    columns = [ImportColumnOut(name=n, meaning=c.meaning, required=c.required) for n, c in kind.columns.items()]
    options = [ImportOptionOut(name=name, meaning=meaning) for name, meaning in kind.options.items()]
    return ImportKindOut(name=kind.name, meaning=kind.meaning, columns=columns, options=options)


@router.post(
    "/imports",
    status_code=201,
    response_model=ImportOut,
    responses={202: {"model": ImportOut, "description": "More than 500 rows: they are applied in the background"}},
    openapi_extra={"requestBody": BODY},
    summary="Import rows or a delimited file",
)
@allow(IMPORTS_WRITE)
async def create_import(tx: Tx, order: Annotated[ImportOrder, Depends(submitted)]) -> Response:
    """Up to 500 rows are applied at once, more answer 202. The same (source, external_id) again never makes a second thing."""
    run = await service.submit(tx, order)
    status = 202 if run.status in (ImportStatus.WAITING, ImportStatus.RUNNING) else 201
    return Response(_shape(run).model_dump_json(), status, media_type=JSON_TYPE)


@router.get("/imports", summary="List imports")
@allow(IMPORTS_READ)
async def list_imports(
    tx: Read, asked: Paged, kind: Annotated[Code | None, Query(description="Only imports of this kind.")] = None
) -> Listing[ImportOut]:
    """Newest last; those of kinds the caller may import."""
    return listing(await service.readable_runs(tx, asked, kind), asked, _shape)


@router.get("/imports/{import_id}", summary="Read an import's progress and counts")
@allow(IMPORTS_READ)
async def read_import(tx: Read, import_id: Id) -> ImportOut:
    """Counts by verdict; what is left to do is `row_count` less their sum."""
    return _shape(await service.readable_run(tx, import_id))


@router.get("/imports/{import_id}/rows", summary="Read what became of each row")
@allow(IMPORTS_READ)
async def list_import_rows(
    tx: Read,
    import_id: Id,
    asked: Annotated[tuple[int, int], Depends(row_page)],
    verdict: Annotated[Verdict | None, Query(description="Only rows with this verdict.")] = None,
) -> Listing[ImportRowOut]:
    """One verdict a row, with the reason for every flagged or refused one."""
    limit, after = asked
    rows = await service.report(tx, import_id, verdict, after, limit)
    return listing(rows, Page(limit), ImportRowOut.model_validate, key="row_number")


@router.get("/import-kinds", summary="List what can be imported")
@allow(IMPORTS_READ)
async def list_import_kinds(tx: Read) -> ImportKindsOut:
    """Each kind with its columns and options, for the kinds the caller may import."""
    return ImportKindsOut(items=[_shape_kind(kind) for kind in service.kinds_for(tx.caller)])
