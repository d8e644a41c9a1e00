"""An invoice as a PDF of one page: text in Helvetica, nothing more."""

from collections.abc import Sequence

_TOP, _LEFT, _STEP = 780, 60, 18
_LINES_ON_PAGE = 40


def one_page(lines: Sequence[str]) -> bytes:
    """Return a PDF that shows these lines; lines that do not fit are left out, and the last line counts them."""
    shown = list(lines[:_LINES_ON_PAGE])
    if len(lines) > _LINES_ON_PAGE:
        shown.append(f"... and {len(lines) - _LINES_ON_PAGE} more lines, see the page")
    text = b"".join(b"(" + _escaped(line) + b") Tj T*\n" for line in shown)
    drawn = b"BT /F1 11 Tf %d TL %d %d Td\n" % (_STEP, _LEFT, _TOP) + text + b"ET"
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    return _file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
            b"<< /Length %d >>\nstream\n" % len(drawn) + drawn + b"\nendstream",
            font,
            b"<< /Font << /F1 5 0 R >> >>",
        ]
    )


def _escaped(line: str) -> bytes:
    encoded = line.encode("cp1252", "replace")
    return encoded.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _file(objects: list[bytes]) -> bytes:
    built = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(built))
        built += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(built)
    count = len(objects) + 1
    built += b"xref\n0 %d\n0000000000 65535 f \n" % count + table
    return built + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, start)
