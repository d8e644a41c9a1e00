"""`headcount agency`: find and show agencies, and what the operator does for one over the running gateway."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from contracts.vocabulary import SeatType, Service
from services.cli.environment import connected, fail, operator_key, operator_url
from services.cli.printing import FIRST_ID, PAGE, AfterId, AsJson, Limit, print_fields, print_rows

commands = typer.Typer(
    help="Agencies: find one, show what is known of it, and help one that has lost its admin.",
    no_args_is_help=True,
)


@commands.command("find")
def find(
    text: Annotated[str, typer.Argument(help="A domain, a member's address, the beginning of a name, or a Stripe id.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Find agencies by auto-join domain, a member's email address, the beginning of the name, or an id at Stripe.

    An id at Stripe is that of a customer (cus_), a subscription (sub_) or an invoice (in_). Shows 50 at most.
    """
    print_rows(asyncio.run(_found(text)), as_json=as_json, nothing="No agency is found.")


@commands.command("list")
def list_(
    after: AfterId = FIRST_ID,
    limit: Limit = PAGE,
    *,
    as_json: AsJson = False,
) -> None:
    """List a page of all agencies, by id, with their seats."""
    from services.cli import store_agencies

    async def rows() -> list[dict[str, Any]]:
        async with connected(Service.GATEWAY) as db:
            return await store_agencies.page(db, after, limit)

    found = asyncio.run(rows())
    last = str(found[-1]["agency"]) if len(found) == limit else None
    print_rows(found, as_json=as_json, nothing="There is no agency.", last=last)


@commands.command("show")
def show(agency_id: UUID, *, as_json: AsJson = False) -> None:
    """Show one agency: its seats and settings as the pages show them, and its account at Stripe."""
    from services.cli import store_agencies

    async def fields() -> dict[str, Any]:
        async with connected(Service.GATEWAY) as db:
            agencies = await store_agencies.by_ids(db, [agency_id])
        async with connected(Service.BILLING) as db:
            account = await store_agencies.account(db, agency_id) or {}
        account.pop("agency_id", None)
        return {**agencies[0], **account} if agencies else {}

    found = asyncio.run(fields())
    if not found:
        fail(f"There is no agency {agency_id}.", 1)
    print_fields(found, as_json=as_json)


async def _found(text: str) -> list[dict[str, Any]]:
    from services.cli import store_agencies

    if text.startswith(("cus_", "sub_", "in_")):
        async with connected(Service.BILLING) as db:
            agencies = await store_agencies.of_stripe_id(db, text)
        async with connected(Service.GATEWAY) as db:
            return await store_agencies.by_ids(db, agencies)
    async with connected(Service.GATEWAY) as db:
        return await store_agencies.by_text(db, text, PAGE)


@commands.command("add-admin")
def add_admin(
    agency_id: Annotated[UUID, typer.Option("--agency", help="The agency's id.")],
    email: Annotated[str, typer.Option(help="The address of the new admin, on any email domain.")],
    name: Annotated[str, typer.Option(help="Their name.")],
    seat_type: Annotated[SeatType, typer.Option(help="The seat they are invited to: an admin holds one.")] = (
        SeatType.BASE
    ),
) -> None:
    """Give an agency an admin, when its only one is gone for good.

    Verify first, by a way that cannot be forged, that the request comes from the agency: an admin sees all of its
    people and spends its money. An Active member becomes an admin at once. Anybody else is invited as one, which needs
    a free seat. The agency's activity log shows that it was the operator.

    Prints what happened, or why not (exit code 1). It needs HEADCOUNT_OPERATOR_KEY, and HEADCOUNT_OPERATOR_URL or
    HEADCOUNT_PUBLIC_URL.
    """
    from services.cli import operator_calls

    admin = operator_calls.NewAdmin(agency_id, email, name, seat_type.value)
    try:
        typer.echo(operator_calls.add_admin(operator_url(), operator_key(), admin))
    except operator_calls.NotDoneError as why:
        fail(str(why), 1)


@commands.command("verify")
def verify(
    agency_id: Annotated[UUID, typer.Option("--agency", help="The agency's id.")], *, as_json: AsJson = False
) -> None:
    """Compare an agency's activity log with its seal; exit code 1 if a line was changed, added or taken away.

    Each service's lines are a chain of hashes, which an erasure and a rebuild leave as they are. The newest minute
    is not sealed yet. It takes HEADCOUNT_POSTGRES and the gateway's password.
    """
    from services.gateway.application import activity_sealing
    from services.gateway.model.activity_seal import Verdict

    async def verdict() -> Verdict | None:
        async with connected(Service.GATEWAY) as db:
            return await activity_sealing.verify(db, agency_id)

    found = asyncio.run(verdict())
    if found is None:
        fail(f"Nothing of {agency_id} is sealed yet.", 1)
    owners = sorted({*found.stored, *found.found})
    rows = [found.row(owner) for owner in owners]
    print_rows(rows, as_json=as_json, nothing="Nothing is sealed yet.")
    if not found.is_intact:
        fail("The log is not what was sealed: a line was changed, added or taken away.", 1)


@commands.command("erase")
def erase(
    agency_id: Annotated[UUID, typer.Option("--agency", help="The agency's id.")],
    email: Annotated[str, typer.Option(help="The address of the removed member.")],
) -> None:
    """Erase a removed member: the name and the addresses leave every service, its messages and the bus.

    It cannot be undone. Counts, money and the history of the agency stay. Somebody who is not removed is not erased: an
    admin removes them first. It needs what add-admin needs.
    """
    from services.cli import operator_calls

    try:
        operator_calls.erase(operator_url(), operator_key(), agency_id, email)
    except operator_calls.NotDoneError as why:
        fail(str(why), 1)
    typer.echo(f"{email} is erased. The services finish it within minutes; it cannot be undone.")


@commands.command("export")
def export(
    agency_id: Annotated[UUID, typer.Option("--agency", help="The agency's id.")],
    file: Annotated[Path, typer.Option(help="The ZIP file to write; it must not be there yet.")],
) -> None:
    """Write all data of an agency to a ZIP of CSV and JSON: people, activity log and invoices.

    An admin can download the same in Settings. The file holds names and addresses: send it to nobody but the agency.
    Its size costs neither the gateway nor this command memory. It needs what add-admin needs.
    """
    from services.cli import operator_calls

    if file.exists():
        fail(f"{file} is there already.")
    try:
        size = operator_calls.export(operator_url(), operator_key(), agency_id, file)
    except operator_calls.NotDoneError as why:
        fail(str(why), 1)
    typer.echo(f"{file}: {size} bytes.")
