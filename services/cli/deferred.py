"""`headcount deferred` and `headcount parked`: what a service has deferred, by message and by agency."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from services.cli.environment import ServiceName, connected, fail
from services.cli.printing import FIRST_ID, PAGE, AfterId, AsJson, DryRun, Limit, print_fields, print_rows
from services.cli.resume import resume

if TYPE_CHECKING:
    from chassis.deferred_messages import DeferredMessage
    from contracts.vocabulary import Service

commands = typer.Typer(
    help="Messages that were deferred: look at them, resume a parked agency, dismiss messages that were rejected.",
    no_args_is_help=True,
)
commands.command("resume")(resume)
Number = Annotated[int, typer.Argument(help="The number in the list.")]


class Kind(StrEnum):
    """Why a message is deferred."""

    AHEAD = "ahead"
    GAP = "gap"
    PARKED = "parked"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"


OneAgency = Annotated[UUID | None, typer.Option(help="Only this agency's.")]
OneKind = Annotated[Kind | None, typer.Option(help="Only of this kind.")]


@commands.command("list")
def list_(
    service: ServiceName,
    agency: OneAgency = None,
    kind: OneKind = None,
    after: Annotated[int, typer.Option(help="Go on after this number.")] = 0,
    limit: Limit = PAGE,
    *,
    as_json: AsJson = False,
) -> None:
    """List a page of what a service has deferred, oldest first.

    ahead: its cause has not arrived yet. gap: an earlier number is missing. Both are decided once they can be.
    parked: an event failed, and its agency waits for `resume`. rejected: a command failed, and its sender knows.
    quarantined: no agency could be read from it.
    """
    from services.cli import store_deferred

    async def page() -> list[DeferredMessage]:
        async with connected(service) as db:
            return await store_deferred.listing(db, store_deferred.Choice(agency, kind), after, limit)

    found = [
        {"number": row.id, "at": row.at, "kind": row.kind, "agency": row.agency_id, "type": row.type}
        | {"reason": row.reason}
        for row in asyncio.run(page())
    ]
    last = str(found[-1]["number"]) if len(found) == limit else None
    print_rows(found, as_json=as_json, nothing="Nothing is deferred.", last=last)


@commands.command("agencies")
def agencies(service: ServiceName, after: AfterId = FIRST_ID, limit: Limit = PAGE, *, as_json: AsJson = False) -> None:
    """List a page of agencies that have deferred messages: how many of each kind, and since when.

    A message of which no agency could be read is in `deferred list` only.
    """
    from services.cli import store_deferred

    async def page() -> list[dict[str, Any]]:
        async with connected(service) as db:
            return await store_deferred.agencies(db, after, limit)

    found = asyncio.run(page())
    last = str(found[-1]["agency"]) if len(found) == limit else None
    print_rows(found, as_json=as_json, nothing="Nothing is deferred.", last=last)


def parked(service: ServiceName, after: AfterId = FIRST_ID, limit: Limit = PAGE, *, as_json: AsJson = False) -> None:
    """List a page of agencies that a service has parked: since when, how many messages wait, and which one failed.

    `headcount deferred resume` has them go on, once the cause is gone.
    """
    from services.cli import store_deferred

    async def page() -> list[dict[str, Any]]:
        async with connected(service) as db:
            return await store_deferred.parked(db, after, limit)

    found = asyncio.run(page())
    last = str(found[-1]["agency"]) if len(found) == limit else None
    print_rows(found, as_json=as_json, nothing="No agency is parked.", last=last)


@commands.command("show")
def show(service: ServiceName, number: Number, *, as_json: AsJson = False) -> None:
    """Show one message whole: where it was read, its headers and its data. It may hold a person's data."""
    from services.cli import store_deferred

    async def found() -> DeferredMessage | None:
        async with connected(service) as db:
            return await store_deferred.show(db, number)

    row = asyncio.run(found())
    if row is None:
        fail(f"{service} has no message {number} deferred.")
    record = row.record
    headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    data = (record.value or b"").decode(errors="replace")
    if as_json:
        where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        about = {"number": row.id, "at": row.at, "kind": row.kind, "reason": row.reason}
        print_fields(about | where | {"headers": headers, "data": data}, as_json=True)
        return
    typer.echo(f"{row.kind}: {row.reason}")
    typer.echo(f"{record.topic}, partition {record.partition}, offset {record.offset}, key {record.key!r}")
    for name, value in headers.items():
        typer.echo(f"{name}: {value}")
    typer.echo(data)


@commands.command("dismiss")
def dismiss(
    service: ServiceName,
    number: Annotated[list[int] | None, typer.Argument(help="One or more numbers of the list.")] = None,
    agency: OneAgency = None,
    kind: OneKind = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="All of the service's that may be dismissed.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Forget rejected or quarantined messages after a look at them. A message that waits for its decision stays.

    Name numbers, an agency, a kind, or --all.
    """
    if not (number or agency or kind or all_):
        fail("Name the numbers of messages, --agency, --kind, or --all.")
    gone = asyncio.run(_dismissed(service, number, agency, kind, dry_run=dry_run))
    if number and (left := sorted(set(number) - set(gone))):
        which = ", ".join(map(str, left))
        fail(f"{service} has no message {which} that may be dismissed." + (f" Dismissed: {len(gone)}." if gone else ""))
    typer.echo(f"Would be dismissed: {len(gone)}." if dry_run else f"Dismissed: {len(gone)}.")


async def _dismissed(
    service: Service, numbers: list[int] | None, agency: UUID | None, kind: Kind | None, *, dry_run: bool
) -> list[int]:
    """Forget the messages, each piece in a transaction of its own with its row of the audit; returns their numbers."""
    from chassis import deferred_messages
    from services.cli import store_audit, store_deferred
    from services.cli.printing import progress

    gone: list[int] = []
    choice = store_deferred.Choice(agency, kind)
    async with connected(service) as db:
        with progress("dismiss") as bar:
            while True:
                async with db.transaction():
                    after = gone[-1] if gone else 0
                    piece = await store_deferred.dismissable(db, numbers, choice, after)
                    if piece and not dry_run:
                        await deferred_messages.forget(db, piece)
                        await store_audit.note(db, "deferred dismiss", [str(number) for number in piece])
                if not piece:
                    return gone
                gone += piece
                bar(len(piece))
