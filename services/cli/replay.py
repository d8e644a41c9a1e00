"""`headcount replay`: publish again what the outboxes hold, for a lost bus or a lost gateway."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer

from contracts.vocabulary import Service
from hosting.replay import A_SECOND, MOST_A_SECOND, set_rate
from hosting.replay import replay as list_for_replay
from services.cli.environment import command_trust, connected, fail, kafka_access, saying_why_kafka_fails
from services.cli.replay_progress import show_progress


def replay(
    service: Annotated[
        Service | None,
        typer.Argument(help="Only what this service published: members, seats, billing, notifier or gateway."),
    ] = None,
    agency: Annotated[list[UUID] | None, typer.Option(help="Only this agency's messages; may be repeated.")] = None,
    to: Annotated[Service | None, typer.Option("--to", help="Only for this service, whose schema is empty.")] = None,
    rate: Annotated[
        int | None,
        typer.Option(
            min=0, max=MOST_A_SECOND, help=f"Messages a second of each service; 0 pauses. {A_SECOND} without it."
        ),
    ] = None,
    *,
    go_on: Annotated[
        bool, typer.Option("--continue", help="List nothing new: show, pause or continue what is listed.")
    ] = False,
    watch: Annotated[
        bool | None, typer.Option("--watch/--no-watch", help="Show progress until the end, as on a terminal.")
    ] = None,
) -> None:
    """Publish everything again that the services ever published, oldest first, from their outboxes.

    For a bus that lost its data. A service that handled a message drops it by its number, so nothing happens twice:
    nobody is emailed and nothing is charged again. A message that a service missed is decided now, in order.

    The running services publish at the --rate, and new messages pass. It goes on when this command ends: --continue
    shows it again, --continue --rate 0 pauses it, --continue --rate 1000 goes on. Listing it twice does no harm.

    With --to gateway: for a gateway whose database is lost. Stop it, make its schema anew (headcount migrate), run
    this, start it. The command finds the numbers that the gateway gave, so HEADCOUNT_KAFKA and the keys of commands are
    needed too, and has the events of its read model published again. Sessions, API keys and links that were in no event
    are lost.
    """
    senders = [service] if service is not None else list(Service)
    if rate is not None or not go_on:
        asyncio.run(_set_rate(senders, A_SECOND if rate is None else rate))
    if to is not None:
        _replay_to(to, alone=service is None and not agency)
    elif not go_on:
        for sender in senders:
            count = asyncio.run(_replay(sender, agency or []))
            typer.echo(f"{sender}: {count} messages will be published again.")
    if watch if watch is not None else go_on or sys.stdout.isatty():
        asyncio.run(show_progress(senders))


async def _replay(service: Service, agencies: list[UUID]) -> int:
    from services.cli import store_audit

    async with connected(service, patient=True) as db:
        await store_audit.note(db, "replay", [str(agency) for agency in agencies])
        return await list_for_replay(db, agencies or None)


async def _set_rate(senders: Sequence[Service], rate: int) -> None:
    from services.cli import store_audit

    for sender in senders:
        async with connected(sender) as db:
            await store_audit.note(db, "replay --rate", [str(rate)])
            await set_rate(db, rate)


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
            rebuilt = asyncio.run(rebuild(service, definition().topics, kafka_access(), connected, command_trust()))
    except NotLostError as why:
        fail(str(why), 1)
    for other, count in rebuilt.sent.items():
        typer.echo(f"{other}: {count} messages will be published again.")
    if rebuilt.unbelieved:
        typer.echo(
            f"{rebuilt.unbelieved} records on the bus are not believed, and their numbers do not count. If"
            " HEADCOUNT_COMMAND_KEYS lacks a key of the last 7 days, repeat this with it before gateway starts."
        )
    typer.echo(f"Start {service} now.")
