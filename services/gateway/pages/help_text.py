"""The help pages' Markdown as sections of HTML: headings, paragraphs, lists, tables, quoted lines and links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

_FOLDER = Path(__file__).parent.parent / "texts" / "help_pages"
_INLINE = re.compile(r"\[([^\]]+)\]\((/[^)]*)\)|\*\*([^*]+)\*\*|`([^`]+)`")
_MARKS = re.compile(r"\]\([^)]*\)|[\[`*|#]")
_FENCE = "```"


@dataclass(frozen=True, slots=True)
class HelpSection:
    """A section of a help page: its heading, the anchor that links name, its HTML, and its words for the search."""

    title: str
    anchor: str
    html: Markup
    text: str


@dataclass(frozen=True, slots=True)
class HelpPage:
    """A help page. `name` is the last part of its address; the first section stands under the page's own title."""

    name: str
    title: str
    sections: tuple[HelpSection, ...]


@cache
def help_pages() -> tuple[HelpPage, ...]:
    """All help pages, in the order of their names."""
    return tuple(_page(path) for path in sorted(_FOLDER.glob("*.md")))


def _page(path: Path) -> HelpPage:
    title, *sections = re.split(r"^#{1,2} ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    heading, _, opening = title.partition("\n")
    return HelpPage(path.stem, heading, (_section(heading, opening), *(_section(*_parted(part)) for part in sections)))


def _parted(part: str) -> tuple[str, str]:
    heading, _, body = part.partition("\n")
    return heading, body


def _section(title: str, body: str) -> HelpSection:
    anchor = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    blocks = [block.strip("\n") for block in re.split(r"\n\n+", body) if block.strip()]
    text = " ".join(_MARKS.sub(" ", body.replace(_FENCE, " ")).split())
    return HelpSection(title, anchor, Markup("\n").join(_block(block) for block in blocks), text)


def _block(block: str) -> Markup:
    lines = block.splitlines()
    if block.startswith(_FENCE):
        return Markup('<pre class="figure" tabindex="0">{}</pre>').format("\n".join(lines[1:-1]))
    if block.startswith("- "):
        return _list("ul", [line.removeprefix("- ") for line in lines])
    if block.startswith("1. "):
        return _list("ol", [line.partition(". ")[2] for line in lines])
    if block.startswith("|"):
        return _table([[cell.strip() for cell in line.strip("|").split("|")] for line in lines])
    return Markup("<p>{}</p>").format(_inline(" ".join(lines)))


def _list(kind: str, items: list[str]) -> Markup:
    inside = Markup().join(Markup("<li>{}</li>").format(_inline(item)) for item in items)
    return Markup("<{0}>{1}</{0}>").format(kind, inside)


def _table(rows: list[list[str]]) -> Markup:
    head, *body = rows
    titles = Markup().join(Markup('<th scope="col">{}</th>').format(cell) for cell in head)
    lines = Markup().join(
        Markup("<tr>{}</tr>").format(Markup().join(Markup("<td>{}</td>").format(cell) for cell in row)) for row in body
    )
    return Markup('<table class="plain-table"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>').format(
        titles, lines
    )


def _inline(text: str) -> Markup:
    marked, at = Markup(), 0
    for match in _INLINE.finditer(text):
        label, address, strong, code = match.groups()
        marked += escape(text[at : match.start()])
        if address is not None:
            marked += Markup('<a href="{}">{}</a>').format(address, label)
        elif strong is not None:
            marked += Markup("<strong>{}</strong>").format(strong)
        else:
            marked += Markup("<code>{}</code>").format(code)
        at = match.end()
    return marked + escape(text[at:])
