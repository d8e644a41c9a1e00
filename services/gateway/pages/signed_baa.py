"""The signed copy of a BAA, as a page and as a PDF: for the agency's admins, and for the person who signed it."""

from __future__ import annotations

from starlette.responses import Response

from services.gateway.api.documents import pdf_response
from services.gateway.application.agreements import SignedBaa
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.plain_markdown import to_html
from services.gateway.pages.routes import Routes


async def show(request: PageRequest) -> Response:
    """The text as it was signed, with the signature."""
    principal = await request.principal()
    baa = await _signed(request)
    return request.page("signed_baa.html", principal=principal, baa=baa, text=to_html(baa.text))


async def download(request: PageRequest) -> Response:
    """The same as a PDF."""
    baa = await _signed(request)
    return pdf_response(baa.signature.version, await request.app.agreements.pdf(baa))


async def _signed(request: PageRequest) -> SignedBaa:
    return await request.app.agreements.signed(await request.principal(), request.request.path_params["version"])


ROUTES = Routes(get={"/baa/{version}.pdf": download, "/baa/{version}": show})
