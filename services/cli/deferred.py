"""`headcount deferred`: the messages that a service has deferred."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from hosting.settings import read_settings
from services.cli.environment import ServiceName, connected, dsn_of, fail

if TYPE_CHECKING:
    from chassis.actor import Definition
    from chassis.deferred_messages import DeferredMessage
    from contracts.vocabulary import Service

commands = typer.Typer(
    help="Messages that were deferred: look at them, resume a parked agency, dismiss messages that were rejected.",
    no_args_is_help=True,
)
Number = Annotated[int, typer.Argument(help="The number in the list.")]


@commands.command("list")
def list_(service: ServiceName) -> None:
    """List what a service has deferred, oldest first.

    ahead: its cause has not arrived yet. gap: an earlier number is missing. Both are decided once they can be.
    parked: an event failed, and its agency waits for `resume`. rejected: a command failed, and its sender knows.
    quarantined: no agency could be read from it.
    """
    from services.cli import store_deferred

    async def rows() -> list[DeferredMessage]:
        async with connected(service) as db:
            return await store_deferred.listing(db)

    deferred = asyncio.run(rows())
    if not deferred:
        typer.echo("Nothing is deferred.")
    for row in deferred:
        typer.echo(
            f"{row.id}  {row.at:%Y-%m-%d %H:%M:%S}  {row.kind}  {row.agency_id or '-'}  {row.type or '-'}  {row.reason}"
        )


@commands.command("show")
def show(service: ServiceName, number: Number) -> None:
    """Show one message whole: where it was read, its headers and its data. It may hold a person's data."""
    from services.cli import store_deferred

    async def found() -> DeferredMessage | None:
        async with connected(service) as db:
            return await store_deferred.show(db, number)

    row = asyncio.run(found())
    if row is None:
        fail(f"{service} has no message {number} deferred.")
    record = row.record
    typer.echo(f"{row.kind}: {row.reason}")
    typer.echo(f"{record.topic}, partition {record.partition}, offset {record.offset}, key {record.key!r}")
    for name, value in record.headers:
        typer.echo(f"{name}: {(value or b'').decode(errors='replace')}")
    typer.echo((record.value or b"").decode(errors="replace"))


@commands.command("resume")
def resume(
    service: ServiceName,
    agency: Annotated[list[UUID] | None, typer.Option(help="Only this agency; may be repeated.")] = None,
) -> None:
    """Decide the messages of parked agencies, in order.

    An agency whose event still fails is parked again, and the command fails.
    """
    from telemetry.logs import configure_logging

    module = importlib.import_module(f"services.{service}.app")
    settings = read_settings(module.Settings)
    configure_logging(settings.log_level, settings.loggable)  # as the service does
    results = asyncio.run(_resume(service, module.build(settings), agency or []))
    for agency_id, caught_up in results.items():
        typer.echo(f"{agency_id}: {'caught up' if caught_up else 'parked again'}")
    if not results:
        typer.echo("No agency is parked.")
    if not all(results.values()):
        raise typer.Exit(1)


async def _resume(service: Service, definition: Definition[Any], agencies: list[UUID]) -> dict[UUID, bool]:
    """Resume these agencies, or all that are parked; True for those that caught up."""
    from chassis.inbox import Inbox
    from chassis.runtime import ActorRuntime
    from database.postgres import connection, open_pool
    from services.cli import store_audit, store_deferred

    pool = await open_pool(dsn_of(service), service, size=2)
    try:
        inbox = Inbox(ActorRuntime(definition, pool))
        async with connection(pool) as db:
            chosen = agencies or [agency for agency, _, _ in await store_deferred.parked_agencies(db)]
            if chosen:
                await store_audit.note(db, "deferred resume", [str(agency) for agency in chosen])
        for agency in chosen:
            await inbox.take_up(agency)
        async with connection(pool) as db:
            still = {agency for agency, _, _ in await store_deferred.parked_agencies(db)}
        return {agency: agency not in still for agency in chosen}
    finally:
        await pool.close()


@commands.command("dismiss")
def dismiss(service: ServiceName, number: Number) -> None:
    """Forget a rejected or quarantined message after a look at it. A message that waits for its decision stays."""
    from chassis import deferred_messages
    from services.cli import store_audit, store_deferred

    async def dismissed() -> bool:
        async with connected(service) as db, db.transaction():
            message = await store_deferred.show(db, number)
            if message is None or message.kind in deferred_messages.WAITING:
                return False
            await deferred_messages.forget(db, [number])
            await store_audit.note(db, "deferred dismiss", [str(number)])
            return True

    if not asyncio.run(dismissed()):
        fail(f"{service} has no message {number} that may be dismissed.")
    typer.echo("Dismissed.")
