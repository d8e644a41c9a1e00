"""`headcount asyncapi`: the bus described for other programs."""

from __future__ import annotations

import typer


def asyncapi() -> None:
    """Print the bus as AsyncAPI 3: every topic, every message, every field."""
    from services.cli.asyncapi_document import describe

    typer.echo(describe())
