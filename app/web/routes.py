"""Pages for people who open the server in a browser."""

from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.core.access import PUBLIC, allow
from app.web.page import front_page

router = APIRouter()
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
@allow(PUBLIC)
async def home(request: Request) -> HTMLResponse:
    """What this is and where to go next."""
    base = escape(request.app.state.runtime.settings.public_url)
    return HTMLResponse(front_page(base), headers={"Content-Security-Policy": POLICY, "Cache-Control": "max-age=300"})
