"""`headcount stripe`: what Stripe has of an agency, beside what billing has."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

import typer

from contracts.vocabulary import SeatType, Service
from hosting.settings import read_settings
from services.cli.environment import connected, fail
from services.cli.printing import AsJson, print_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.billing.domain.snapshots import StripeSubscriptionSnapshot

commands = typer.Typer(help="What Stripe has of an agency, beside what billing has.", no_args_is_help=True)


@commands.callback()
def stripe_commands() -> None:
    """Keeps `diff` a command of its own, also while it is the only one."""


@commands.command("diff")
def diff(agency_id: UUID, *, as_json: AsJson = False) -> None:
    """Compare an agency's subscription at Stripe with billing's account: exit code 1 if they differ.

    It only reads. The nightly comparison takes Stripe's side by itself; a difference that stays is a fault. It needs
    billing's Stripe settings, and HEADCOUNT_POSTGRES with the role's password.
    """
    from services.billing.app import StripeSettings
    from services.billing.clients.stripe_base import StripeFailedError
    from services.cli import store_agencies

    stripe = read_settings(StripeSettings).stripe()

    async def compared() -> list[dict[str, Any]]:
        async with connected(Service.BILLING) as db:
            account = await store_agencies.account(db, agency_id)
        if account is None:
            fail(f"Billing has no account of {agency_id}.", 1)
        return differences(account, await stripe.subscription(account["subscription_id"]))

    try:
        rows = asyncio.run(compared())
    except StripeFailedError as failed:
        fail(f"Stripe does not show the subscription: {type(failed.outcome).__name__}.", 1)
    print_rows(rows, as_json=as_json, nothing="")
    if any(row["billing"] != row["stripe"] for row in rows):
        raise typer.Exit(1)


def differences(account: Mapping[str, Any], snapshot: StripeSubscriptionSnapshot) -> list[dict[str, Any]]:
    """What both sides have, a row each; a row whose sides differ is a difference."""
    at_stripe = {
        "customer_id": snapshot.customer.id,
        "base": snapshot.quantities.of(SeatType.BASE),
        "voice": snapshot.quantities.of(SeatType.VOICE),
        "cycle": snapshot.cycle.value,
        "status": snapshot.status,
    }
    return [{"field": field, "billing": account[field], "stripe": value} for field, value in at_stripe.items()]
