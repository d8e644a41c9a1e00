"""`headcount agency`: what the operator does for an agency, over the running gateway."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from contracts.vocabulary import SeatType
from services.cli.environment import fail, operator_key, operator_url

commands = typer.Typer(
    help="What the operator does for an agency, over the running gateway: HEADCOUNT_OPERATOR_URL, or else"
    " HEADCOUNT_PUBLIC_URL, says where it is, and HEADCOUNT_OPERATOR_KEY opens it.",
    no_args_is_help=True,
)


@commands.callback()
def agency_commands() -> None:
    """Keeps `add-admin` a command of its own, also while it is the only one."""


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
