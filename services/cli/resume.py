"""`headcount deferred resume`: have parked agencies go on."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from hosting.settings import read_settings
from services.cli.environment import ServiceName, connected, dsn_of
from services.cli.printing import FIRST_ID, DryRun, progress

if TYPE_CHECKING:
    from chassis.actor import Definition
    from contracts.vocabulary import Service
    from database.postgres import Pool


def resume(
    service: ServiceName,
    agency: Annotated[list[UUID] | None, typer.Option(help="Only this agency; may be repeated.")] = None,
    *,
    dry_run: DryRun = False,
) -> None:
    """Decide the messages of parked agencies, in order.

    Without an agency: of all that are parked. An agency whose event still fails is parked again, and the command fails.
    """
    if dry_run:
        for agency_id in asyncio.run(_would_resume(service, agency or [])):
            typer.echo(f"{agency_id}: would be resumed")
        return
    from telemetry.logs import configure_logging

    module = importlib.import_module(f"services.{service}.app")
    settings = read_settings(module.Settings)
    configure_logging(settings.log_level, settings.loggable)  # as the service does
    results = asyncio.run(_resume(service, module.build(settings), agency or []))
    if not results:
        typer.echo("No agency is parked.")
    if not all(results.values()):
        raise typer.Exit(1)


async def _would_resume(service: Service, agencies: list[UUID]) -> list[UUID]:
    from services.cli import store_deferred

    async with connected(service) as db:
        if agencies:
            still = await store_deferred.still_parked(db, agencies)
            return [agency for agency in agencies if agency in still]
        found: list[UUID] = []
        after = FIRST_ID
        while page := await store_deferred.parked(db, after, store_deferred.PIECE):
            found += [row["agency"] for row in page]
            after = found[-1]
        return found


async def _resume(service: Service, definition: Definition[Any], agencies: list[UUID]) -> dict[UUID, bool]:
    """Resume these agencies, or all that are parked, and print how each ended; True for those that caught up."""
    from chassis.inbox import Inbox
    from chassis.runtime import ActorRuntime
    from database.postgres import connection, open_pool
    from services.cli import store_audit, store_deferred

    pool = await open_pool(dsn_of(service), service, size=2)
    results: dict[UUID, bool] = {}
    try:
        inbox = Inbox(ActorRuntime(definition, pool))
        with progress("resume") as bar:
            async for piece in _pieces(pool, agencies):
                async with connection(pool) as db:
                    await store_audit.note(db, "deferred resume", [str(agency) for agency in piece])
                for agency in piece:
                    await inbox.take_up(agency)
                    async with connection(pool) as db:
                        results[agency] = not await store_deferred.still_parked(db, [agency])
                    typer.echo(f"{agency}: {'caught up' if results[agency] else 'parked again'}")
                    bar(1)
        return results
    finally:
        await pool.close()


async def _pieces(pool: Pool, agencies: list[UUID]) -> AsyncIterator[list[UUID]]:
    """The agencies to resume, some at a time: each once, though it may be parked again behind us."""
    from database.postgres import connection
    from services.cli import store_deferred

    if agencies:
        yield agencies
        return
    after = FIRST_ID
    while True:
        async with connection(pool) as db:
            piece = [row["agency"] for row in await store_deferred.parked(db, after, store_deferred.PIECE)]
        if not piece:
            return
        yield piece
        after = piece[-1]
