"""`headcount status`: whether all five services are well, and what waits in each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contracts.vocabulary import Service
from services.cli.environment import connected, kafka_access, saying_why_kafka_fails
from services.cli.printing import AsJson, print_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

LATE_SECONDS = 30
"""For how long a message or a failing task may wait until the exit code says so."""
FAR_BEHIND = 1000
"""How many records a consumer group may be behind until the exit code says so."""


def status(
    service: Annotated[list[Service] | None, typer.Argument(help="Only these services.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show of each service what waits: exit code 0 if all is well, 1 if somebody has to look.

    schema: the newest migration. relay: whether a replica publishes. outbox: messages that are not on the bus yet, and
    for how many seconds the oldest waits. lag: records that the service has not read. deferred: messages that wait for
    an earlier one; parked: agencies that wait for `deferred resume`; look at: rejected and quarantined messages.
    refused: messages that Kafka refuses. tasks: calls to Stripe and the mail server that are not done; failing: for how
    many seconds the oldest of those that failed has been tried. Counts end at 10,000.
    """
    services = service or list(Service)
    rows = asyncio.run(_states(services))
    print_rows([_shown(name, row) for name, row in rows.items()], as_json=as_json, nothing="")
    troubles = [trouble for name, row in rows.items() for trouble in troubles_of(name, row)]
    if not as_json:
        for trouble in troubles or ["All is well."]:
            typer.echo(trouble)
    if troubles:
        raise typer.Exit(1)


async def _states(services: Sequence[Service]) -> dict[Service, dict[str, Any]]:
    from services.cli import store_status
    from services.cli.consumer_lag import lag_of

    rows = {}
    for service in services:
        async with connected(service) as db:
            rows[service] = await store_status.state(db)
    with saying_why_kafka_fails("The tables of the services are not shown either."):
        for service in services:
            rows[service]["lag"] = await lag_of(kafka_access(), service.value)
    return rows


def troubles_of(service: Service, row: Mapping[str, Any]) -> list[str]:
    """What somebody has to look at, a sentence each."""
    troubles = []
    if not row["relayed"]:
        troubles.append(f"{service}: no replica publishes. Is it running?")
    if (row["outbox_seconds"] or 0) > LATE_SECONDS:
        troubles.append(f"{service}: a message has waited for the bus for {row['outbox_seconds']} s.")
    if row["lag"] > FAR_BEHIND:
        troubles.append(f"{service}: {row['lag']} records are not read yet.")
    if row["parked"]:
        troubles.append(f"{service}: {row['parked']} agencies are parked: headcount parked {service}")
    if row["refused"]:
        troubles.append(f"{service}: Kafka refuses {row['refused']} messages: headcount refused list {service}")
    if row["to_look_at"]:
        troubles.append(f"{service}: {row['to_look_at']} messages failed: headcount deferred list {service}")
    if row["gaps"]:
        troubles.append(f"{service}: {row['gaps']} streams miss messages; they are requested again by themselves.")
    if (row["failing_seconds"] or 0) > LATE_SECONDS:
        troubles.append(f"{service}: a task has failed for {row['failing_seconds']} s: headcount tasks list {service}")
    return troubles


def _shown(service: Service, row: Mapping[str, Any]) -> dict[str, Any]:
    outbox, seconds = row["outbox"], row["outbox_seconds"]
    return {
        "service": service.value,
        "schema": str(row["schema"]).removeprefix("service/").removesuffix(".sql"),
        "relay": "leads" if row["relayed"] else "nobody",
        "outbox": outbox if seconds is None else f"{outbox} ({seconds} s)",
        "lag": row["lag"],
        "deferred": row["deferred"],
        "parked": row["parked"],
        "look at": row["to_look_at"],
        "refused": row["refused"],
        "tasks": row["tasks"],
        "failing": row["failing_seconds"],
        "last error": row["last_error"],
    }
