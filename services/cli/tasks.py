"""`headcount tasks`: calls to Stripe and to the mail server that are not done yet."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from services.cli.environment import ServiceName, connected, fail
from services.cli.printing import PAGE, AsJson, DryRun, Limit, print_fields, print_rows

if TYPE_CHECKING:
    from contracts.vocabulary import Service

commands = typer.Typer(
    help="Calls to Stripe and to the mail server, and timers, that are not done yet: look at them, try them now.\n\n"
    "There is no way to cancel one: somebody waits for its result, and only its service may end that wait.",
    no_args_is_help=True,
)


@commands.command("list")
def list_(
    service: ServiceName,
    agency: Annotated[UUID | None, typer.Option(help="Only this agency's.")] = None,
    after: Annotated[int, typer.Option(help="Go on after this position.")] = 0,
    limit: Limit = PAGE,
    *,
    as_json: AsJson = False,
) -> None:
    """List a page of the tasks of a service, the oldest first, with how often each was tried and why it failed."""
    from services.cli import store_tasks

    async def rows() -> list[dict[str, Any]]:
        async with connected(service) as db:
            return await store_tasks.listing(db, agency, after, limit)

    found = asyncio.run(rows())
    last = str(found[-1]["position"]) if len(found) == limit else None
    print_rows(found, as_json=as_json, nothing="No task waits.", last=last)


@commands.command("show")
def show(service: ServiceName, task_id: UUID, *, as_json: AsJson = False) -> None:
    """Show one task whole. It may hold a person's data; a code or a link in it is sealed."""
    from services.cli import store_tasks

    async def found() -> dict[str, Any] | None:
        async with connected(service) as db:
            return await store_tasks.show(db, task_id)

    task = asyncio.run(found())
    if task is None:
        fail(f"{service} has no task {task_id}: it is done, or was never recorded.")
    print_fields({**task, "payload": task["payload"] if as_json else json.dumps(task["payload"])}, as_json=as_json)


@commands.command("retry")
def retry(
    service: ServiceName,
    task_id: Annotated[list[UUID], typer.Argument(help="One or more ids from the list.")],
    *,
    dry_run: DryRun = False,
) -> None:
    """Have tasks tried within a minute, that wait for a later time. A running service does it."""
    ids = asyncio.run(_retried(service, task_id, dry_run=dry_run))
    for id_ in ids:
        typer.echo(f"{id_} {'would be' if dry_run else 'is'} due now.")
    if len(ids) < len(task_id):
        fail(f"{len(task_id) - len(ids)} are done, are being tried, or are due already.", 1)


async def _retried(service: Service, ids: list[UUID], *, dry_run: bool) -> list[UUID]:
    from services.cli import store_audit, store_tasks

    async with connected(service) as db, db.transaction():
        waiting = await store_tasks.retry(db, ids, dry_run=dry_run)
        if waiting and not dry_run:
            await store_audit.note(db, "tasks retry", [str(id_) for id_ in waiting])
        return waiting
