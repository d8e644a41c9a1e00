"""How commands print rows: a table for people, one JSON document for scripts (`--json`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table, for scripts.")]
After = Annotated[str, typer.Option(help="Go on after this row, the last one of the page before.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="Rows of a page.")]
AfterId = Annotated[UUID, typer.Option(help="Go on after this agency, the last one of the page before.")]
FIRST_ID = UUID(int=0)
"""Before every id."""
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would change, and change nothing.")]
_WIDEST = 1000
PAGE = 50
"""Rows of a page, unless `--limit` says otherwise."""


def print_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, nothing: str, last: str | None = None) -> None:
    """Print rows that have the same columns; `last` is where the next page begins, if there is one."""
    if as_json:
        typer.echo(json.dumps({"rows": rows, "next": last}, default=_text))
        return
    if not rows:
        typer.echo(nothing)
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(*rows[0], box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*("-" if value is None else _text(value) for value in row.values()))
    console = Console()
    # An id that is cut cannot be copied.
    console.width = max(console.width, console.measure(table, options=console.options.update(width=_WIDEST)).maximum)
    console.print(table)
    if last is not None:
        typer.echo(f"More: --after {last}")


def print_fields(fields: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one thing, a field a line."""
    if as_json:
        typer.echo(json.dumps(fields, default=_text))
        return
    width = max(len(name) for name in fields)
    for name, value in fields.items():
        typer.echo(f"{name:<{width}}  {'-' if value is None else _text(value)}")


@contextmanager
def progress(name: str) -> Iterator[Callable[[int], None]]:
    """On a terminal, show on stderr how many are done, by the calls of what this yields."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task(name, total=None)
        yield lambda count: bars.advance(task, count)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)
