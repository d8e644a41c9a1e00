"""`headcount restored`: have one service go on whose schema was restored from a backup."""

from __future__ import annotations

import asyncio

import typer

from contracts.vocabulary import Service
from services.cli.environment import (
    ServiceName,
    command_trust,
    connected,
    fail,
    kafka_access,
    saying_why_kafka_fails,
)


def restored(service: ServiceName) -> None:
    """Have a service go on whose schema alone was restored from a backup, while bus and other services are newer.

    Stop the service, restore its schema, run this, start the service. It needs the passwords of all services,
    HEADCOUNT_KAFKA and the keys of commands: what the service has published since the backup is taken back from the
    bus, and the other services publish again what it had handled. Run it before anything on the bus is older than the
    topics' retention of 7 days. members cannot be restored alone, because it gives people their ids.
    """
    from services.cli.access_lists import publications
    from services.cli.rebuilding import NotLostError, records_on
    from services.cli.restoring import catch_up, check_stopped

    if service is Service.MEMBERS:
        fail(
            "members gives people their ids, and would give those who signed up since the backup other ones. Restore it"
            " to its last commit, or restore all services together."
        )
    trust = command_trust()
    try:
        asyncio.run(check_stopped(service, connected))
    except NotLostError as why:
        fail(str(why), 1)
    with saying_why_kafka_fails("Only the bus has what the service published since the backup."):
        records = records_on(kafka_access(), publications(service))
        done = asyncio.run(catch_up(service, records, connected, trust))
    typer.echo(f"{service}: {done.taken_back} messages that it published since the backup are in its outbox again.")
    for other, count in done.again.items():
        typer.echo(f"{other}: {count} messages will be published again.")
    if done.missing:
        fail(
            f"{done.missing} messages of {service} are on no topic anymore: a gateway that is rebuilt later will wait"
            f" for them. Restore {service} to its last commit if you can.",
            1,
        )
    typer.echo(f"Start {service} now.")
