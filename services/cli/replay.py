"""`headcount replay`: publish again what the outboxes hold, for a lost bus or a lost gateway."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

import typer

from contracts.vocabulary import Service
from services.cli.environment import connected, fail, kafka_access, saying_why_kafka_fails


def replay(
    service: Annotated[
        Service | None,
        typer.Argument(help="Only what this service published: members, seats, billing, notifier or gateway."),
    ] = None,
    agency: Annotated[list[UUID] | None, typer.Option(help="Only this agency's messages; may be repeated.")] = None,
    to: Annotated[Service | None, typer.Option("--to", help="Only for this service, whose schema is empty.")] = None,
) -> None:
    """Publish everything again that the services ever published, oldest first, from their outboxes.

    For a bus that lost its data. A service that handled a message drops it by its number, so nothing happens twice:
    nobody is mailed and nothing is charged again. A message that a service missed is decided now, in order.

    With --to gateway: for a gateway whose database is lost. Stop it, make its schema anew (headcount migrate), run
    this, start it. The command finds the numbers that the gateway gave, so HEADCOUNT_KAFKA is needed too, and has the
    events of its read model published again. Sessions, API keys and links that were in no event are lost.
    """
    if to is not None:
        _replay_to(to, alone=service is None and not agency)
        return
    for sender in [service] if service is not None else list(Service):
        count = asyncio.run(_replay(sender, agency or []))
        typer.echo(f"{sender}: {count} messages will be published again.")


async def _replay(service: Service, agencies: list[UUID]) -> int:
    from chassis import outbox

    async with connected(service, patient=True) as db:
        return await outbox.replay(db, agencies or None)


def _replay_to(service: Service, *, alone: bool) -> None:
    from services.cli.rebuilding import NotLostError, rebuild
    from services.gateway.app import definition

    if service is not Service.GATEWAY:
        fail(
            f"{service} decides, so no other service's events hold its state: restore its database from a backup."
            " Only the gateway can be rebuilt from events."
        )
    if not alone:
        fail("--to takes neither a service beside it nor an agency: it needs everything.")
    try:
        with saying_why_kafka_fails("Only the bus knows the last numbers."):
            sent = asyncio.run(rebuild(service, definition().topics, kafka_access(), connected))
    except NotLostError as why:
        fail(str(why), 1)
    for other, count in sent.items():
        typer.echo(f"{other}: {count} messages will be published again.")
    typer.echo(f"Start {service} now.")
