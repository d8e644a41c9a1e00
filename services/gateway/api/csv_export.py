"""Spreadsheets: RFC 4180, sent a page at a time, and no cell of them is run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from starlette.responses import Response, StreamingResponse

from services.gateway.domain.csv_cells import safe_cell

CSV = "text/csv"
Rows = Iterable[Sequence[str]]


async def sheet(name: str, header: Sequence[str], pages: AsyncIterator[Rows]) -> Response:
    """A file to be kept. The first page is read before the answer begins, so that a fault of it is a problem."""
    first = await anext(pages, ())
    return StreamingResponse(
        _lines(header, first, pages),
        media_type=CSV,
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


async def _lines(header: Sequence[str], first: Rows, pages: AsyncIterator[Rows]) -> AsyncIterator[str]:
    yield _text([header])
    yield _text(first)
    async for page in pages:
        yield _text(page)


def _text(rows: Rows) -> str:
    kept = io.StringIO()
    csv.writer(kept, lineterminator="\r\n").writerows([safe_cell(cell) for cell in row] for row in rows)
    return kept.getvalue()


def described(header: Sequence[str]) -> dict[int | str, dict[str, Any]]:
    """What the description says of a sheet."""
    content = {CSV: {"schema": {"type": "string"}, "example": ",".join(header) + "\r\n"}}
    return {200: {"description": "A spreadsheet, newest first; times in UTC, amounts as decimals.", "content": content}}
