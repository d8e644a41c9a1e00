"""PDF documents as responses, for programs and for the pages alike."""

from __future__ import annotations

from starlette.responses import Response


class PdfResponse(Response):
    """A PDF that a browser saves. It is a person's, so no cache may keep it."""

    media_type = "application/pdf"


def pdf_response(version: str, pdf: bytes) -> Response:
    """The signed BAA of that version."""
    headers = {"Content-Disposition": f'attachment; filename="baa-{version}.pdf"', "Cache-Control": "no-store"}
    return PdfResponse(pdf, headers=headers)
