"""The signed BAA as a PDF: the exact text, its version, the signer and the moment.

The same signature makes the same bytes. Their number is bounded, because the text is ours and a name has at most
`WORDS_MAX` characters. DejaVu Sans prints the scripts of Europe and the Middle East; for others, only those files of
Noto Sans are opened whose characters a name has.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fpdf import FPDF
from fpdf.fonts import TTFFont

from contracts.moments import exact, machine
from services.gateway.domain.printable import files_for, printable
from services.gateway.texts import baa as texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.gateway.application.agreements import SignedBaa

_FONTS = Path(__file__).parent.parent / "legal" / "made"
_MAIN = "dejavu-sans.ttf"
_TITLE, _HEADING, _TEXT, _SMALL = 18, 12.5, 10.5, 8.5
"""Sizes in points."""
_LINE = 5.6
_BLANK = 2.4
"""Heights in millimeters."""
_SIDE = 22


@cache
def _ranges() -> Mapping[str, str]:
    ranges: dict[str, str] = json.loads((_FONTS / "fonts.json").read_text(encoding="utf-8"))
    return ranges


class _Page(FPDF):
    """Letter pages, each with the version and its number at the foot."""

    foot = ""

    def footer(self) -> None:
        """Print the foot of a page."""
        self.set_y(-16)
        self.set_font("text", size=_SMALL)
        self.cell(0, 6, f"{self.foot} · {self.page_no()}/{{nb}}", align="C")


def pdf_of(baa: SignedBaa) -> bytes:
    """The PDF. It takes tenths of a second of work, so that it is not made on the event loop."""
    signature = baa.signature
    lines = [
        texts.signed_for(baa.agency),
        texts.signed_by(signature.signer_name, signature.signer_title),
        texts.signed_at(exact(signature.signed_at), machine(signature.signed_at)),
        texts.signed_version(signature.version),
    ]
    page = _begun("".join(lines))
    page.set_creation_date(signature.signed_at)
    page.set_title(texts.document_title(signature.version))
    page.foot = texts.document_title(signature.version)
    page.add_page()
    has = _characters(page)
    for block in baa.text.split("\n\n"):
        _block(page, " ".join(block.split()))
    _heading(page, texts.SIGNATURE)
    for line in lines:
        _paragraph(page, printable(line, has))
    return bytes(page.output())


def _begun(names: str) -> _Page:
    page = _Page(format="letter")
    page.set_margins(_SIDE, _SIDE)
    page.set_auto_page_break(auto=True, margin=_SIDE)
    page.add_font("text", fname=_FONTS / _MAIN)
    has = _characters(page)
    others = files_for("".join(character for character in names if not has(ord(character))), _ranges())
    for name in others:
        page.add_font(name, fname=_FONTS / name)
    page.set_fallback_fonts(list(others))
    page.set_text_shaping(use_shaping_engine=True)
    return page


def _characters(page: FPDF) -> Callable[[int], bool]:
    known = frozenset[int]().union(*(font.cmap for font in page.fonts.values() if isinstance(font, TTFFont)))
    return known.__contains__


def _block(page: FPDF, block: str) -> None:
    title = block.lstrip("#")
    match len(block) - len(title):
        case 0:
            _paragraph(page, block)
        case 1:
            _written(page, title.strip(), _TITLE)
        case _:
            _heading(page, title.strip())


def _heading(page: FPDF, text: str) -> None:
    page.ln(_BLANK)
    _written(page, text, _HEADING)


def _paragraph(page: FPDF, text: str) -> None:
    _written(page, text, _TEXT)


def _written(page: FPDF, text: str, size: float) -> None:
    page.set_font("text", size=size)
    page.multi_cell(0, _LINE * size / _TEXT, text, align="L", new_x="LMARGIN", new_y="NEXT")
    page.ln(_BLANK)
