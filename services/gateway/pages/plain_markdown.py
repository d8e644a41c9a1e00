"""The little Markdown that agreements are written in: headings and paragraphs, nothing else."""

from __future__ import annotations

from markupsafe import Markup

_BELOW_THE_PAGE = 2
"""Levels above the text's own headings: the page's heading, and the heading of the section that shows the text."""
_DEEPEST = 6


def to_html(text: str) -> Markup:
    """Headings and paragraphs as HTML, escaped; a blank line ends a paragraph."""
    blocks = [" ".join(block.split()) for block in text.split("\n\n")]
    return Markup("\n").join(_block(block) for block in blocks if block)


def _block(block: str) -> Markup:
    title = block.lstrip("#")
    depth = len(block) - len(title)
    if depth == 0:
        return Markup("<p>{}</p>").format(block)
    level = min(depth + _BELOW_THE_PAGE, _DEEPEST)
    return Markup("<h{}>{}</h{}>").format(level, title.strip(), level)
