"""`headcount catalogue`: the products and prices that are sold."""

from __future__ import annotations

import asyncio

import typer

from hosting.settings import read_settings

commands = typer.Typer(help="What is sold, and for how much.", no_args_is_help=True)


@commands.callback()
def catalogue_commands() -> None:
    """Keeps `push` a command of its own, also while it is the only one."""


@commands.command("push")
def push() -> None:
    """Make Stripe hold the products and prices of the catalogue file. Running it again does nothing.

    A price that differs from the file is never changed: agencies may pay it. It is named, and the command fails.
    """
    from services.billing.app import StripeSettings
    from services.billing.catalogue import read_catalogue
    from services.billing.catalogue_prices import SyncReport, sync

    settings = read_settings(StripeSettings)

    async def synced() -> SyncReport:
        client = settings.stripe()
        try:
            return await sync(client, read_catalogue(settings.catalogue))
        finally:
            await client.close()

    report = asyncio.run(synced())
    for name in report.created:
        typer.echo(f"{name}: made")
    if report.is_true and not report.created:
        typer.echo("Nothing to do: Stripe holds the catalogue.")
    for sentence in report.differing:
        typer.echo(sentence, err=True)
    if not report.is_true:
        raise typer.Exit(1)
