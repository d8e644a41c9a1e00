"""`headcount refused`: the messages of a service that Kafka refuses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.vocabulary import Service
from services.cli.environment import ServiceName, connected, fail
from services.cli.printing import AsJson, print_rows

if TYPE_CHECKING:
    from services.cli.store_refused import RefusedRecord

commands = typer.Typer(
    help="Messages that Kafka refuses: look at them, have them tried again, discard one for good.",
    no_args_is_help=True,
)
Number = Annotated[int, typer.Argument(help="The number in the list.")]


@commands.command("list")
def list_(service: ServiceName, *, as_json: AsJson = False) -> None:
    """List the messages of a service that Kafka refuses, the 1,000 oldest: of each agency the one that it waits for.

    Each is tried again once a minute. One that is only replayed holds back nothing but its agency's replay.
    """
    rows = [
        {
            "number": row.id,
            "refused_at": row.refused_at,
            "lane": "replayed" if row.replayed else "waits",
            "agency": row.agency_id,
            "type": row.type,
            "reason": row.reason,
        }
        for row in asyncio.run(_listing(service))
    ]
    print_rows(rows, as_json=as_json, nothing="Nothing is refused.")


@commands.command("show")
def show(service: ServiceName, number: Number) -> None:
    """Show one message whole: its topic, its headers and its data. It may hold a person's data."""
    row = next(iter(asyncio.run(_listing(service, number))), None)
    if row is None:
        fail(f"Kafka refuses no message {number} of {service}.")
    typer.echo(f"{row.topic}: {row.reason}, {len(row.data.encode())} bytes of data")
    typer.echo(row.headers)
    typer.echo(row.data)


async def _listing(service: Service, number: int | None = None) -> list[RefusedRecord]:
    from services.cli import store_refused

    async with connected(service) as db:
        return await store_refused.listing(db, number)


@commands.command("retry")
def retry(
    services: Annotated[list[Service] | None, typer.Argument(help="These services; without a name, all five.")] = None,
) -> None:
    """Have all of them tried again now. The running services do it."""
    from services.cli import store_audit, store_refused

    async def tried(service: Service) -> None:
        async with connected(service) as db:
            await store_audit.note(db, "refused retry", [])
            await store_refused.retry(db)

    for service in services or Service:
        asyncio.run(tried(service))
        typer.echo(f"{service} tries them again now.")


@commands.command("discard")
def discard(service: ServiceName, number: Number) -> None:
    """Delete the content of a message for good, so that its agency goes on without it.

    Only its number is published. What the message would have caused never happens: a command does not run, and of an
    event nobody learns. Try everything else first.
    """
    from services.cli import store_audit, store_refused

    async def discarded() -> bool:
        async with connected(service) as db, db.transaction():
            await store_audit.note(db, "refused discard", [str(number)])
            return await store_refused.discard(db, number)

    if not asyncio.run(discarded()):
        fail(f"Kafka refuses no message {number} of {service}.")
    typer.echo("Discarded.")
