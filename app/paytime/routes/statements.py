"""Routes of a worker's own statement."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse

from app.core.access import allow
from app.core.db import Read
from app.core.schemas import Language
from app.paytime import service as ledger
from app.paytime.domain import PAY_OWN
from app.paytime.routes.parameters import First, Last
from app.paytime.schemas.statements import StatementOut
from app.paytime.service import statements as service

router = APIRouter(prefix="/v1", tags=["pay time"])
InLanguage = Annotated[Language | None, Query(description="The language; the first one of the worker's by default.")]
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}, "description": "The PDF."}
}


@router.get("/me/pay-statement", summary="Show my statement of paid learning time")
@allow(PAY_OWN)
async def my_pay_statement(tx: Read, first: First = None, last: Last = None, language: InLanguage = None) -> StatementOut:
    return StatementOut.of(await service.statement(tx, ledger.period(tx, first, last), language))


@router.get("/me/pay-statement.html", summary="Show my statement as a page to print", response_class=HTMLResponse)
@allow(PAY_OWN)
async def my_pay_statement_page(tx: Read, first: First = None, last: Last = None, language: InLanguage = None) -> HTMLResponse:
    made = await service.statement(tx, ledger.period(tx, first, last), language)
    return HTMLResponse(service.page(made), headers={"Content-Security-Policy": POLICY, "Content-Language": made.language})


@router.get("/me/pay-statement.pdf", summary="Fetch my statement as PDF", response_class=Response, responses=PDF)
@allow(PAY_OWN)
async def my_pay_statement_pdf(tx: Read, first: First = None, last: Last = None, language: InLanguage = None) -> Response:
    made = await service.statement(tx, ledger.period(tx, first, last), language)
    name = f"statement-{made.period.first.isoformat()}-{made.period.last.isoformat()}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Content-Language": made.language}
    return Response(await service.pdf(made), media_type="application/pdf", headers=headers)
