"""`headcount operation`: what became of one operation, across all services."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID

import typer

from contracts.vocabulary import Service
from services.cli.environment import connected, fail
from services.cli.printing import AsJson, print_rows

commands = typer.Typer(help="What became of one operation, across all services.", no_args_is_help=True)


@commands.callback()
def operation_commands() -> None:
    """Keeps `show` a command of its own, also while it is the only one."""


@commands.command("show")
def show(
    operation_id: UUID,
    agency: Annotated[
        UUID | None, typer.Option(help="Its agency; needed for an operation that no request began, such as Auto-Add's.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell the story of an operation: its messages in the order of their publication, its tasks, what is deferred.

    The id stands in the answer to each write, in the activity log, and in the log of each service. Messages are shown
    by type, without their data; at most 500 of each service.
    """
    rows = asyncio.run(_story(operation_id, agency))
    print_rows(rows, as_json=as_json, nothing="No service knows this operation any more.")


async def _story(operation_id: UUID, agency: UUID | None) -> list[dict[str, Any]]:
    from services.cli import store_operation

    if agency is None:
        async with connected(Service.GATEWAY) as db:
            agency = await store_operation.agency_of(db, operation_id)
    if agency is None:
        fail(f"The gateway knows no operation {operation_id}. Name its agency with --agency.", 1)
    rows: list[dict[str, Any]] = []
    for service in Service:
        async with connected(service, patient=True) as db:
            story = await store_operation.story(db, agency, operation_id)
            rows += [{"at": row["at"], "service": service.value, **row} for row in story]
    return sorted(rows, key=lambda row: row["at"])
