"""Spreadsheets as RFC 4180 CSV, sent a page at a time; no cell of them runs as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from starlette.responses import Response, StreamingResponse

from services.gateway.domain.csv_cells import safe_cell

CSV = "text/csv"
Rows = Iterable[Sequence[str]]
_BOM = "\ufeff"
"""Without this mark Excel reads UTF-8 as the machine's old code page, and garbles Łukasz."""


async def sheet(name: str, header: Sequence[str], pages: AsyncIterator[Rows]) -> Response:
    """A download. The first page is read before the response begins, so that its fault becomes problem details."""
    first = await anext(pages, ())
    return StreamingResponse(
        lines_of(header, first, pages),
        media_type=CSV,
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


async def lines_of(header: Sequence[str], first: Rows, pages: AsyncIterator[Rows]) -> AsyncIterator[str]:
    """The spreadsheet's text in pieces; `first` are the rows before the pages."""
    yield _BOM + _text([header])
    yield _text(first)
    async for page in pages:
        yield _text(page)


def _text(rows: Rows) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


def described(header: Sequence[str], order: str = "newest first") -> dict[int | str, dict[str, Any]]:
    """The description of a spreadsheet's response."""
    content = {CSV: {"schema": {"type": "string"}, "example": _BOM + ",".join(header) + "\r\n"}}
    return {200: {"description": f"A spreadsheet, {order}; times in UTC, amounts as decimals.", "content": content}}
