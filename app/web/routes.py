"""Pages for people who open the server in a browser."""

from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.core.access import PUBLIC, allow
from app.web.page import front_page
from app.web.reference import reference_page

router = APIRouter()
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
@allow(PUBLIC)
async def home(request: Request) -> HTMLResponse:
    """What this is and where to go next."""
    base = escape(request.app.state.runtime.settings.public_url)
    return HTMLResponse(front_page(base), headers={"Content-Security-Policy": POLICY, "Cache-Control": "max-age=300"})


@router.get("/docs", response_class=HTMLResponse, include_in_schema=False)
@allow(PUBLIC)
async def reference(request: Request) -> HTMLResponse:
    """The API reference, rendered from the API document once a process."""
    memory = request.app.state.runtime.memory
    if "reference_page" not in memory:
        memory["reference_page"] = reference_page(request.app.openapi())
    return HTMLResponse(memory["reference_page"], headers={"Content-Security-Policy": POLICY, "Cache-Control": "max-age=300"})
