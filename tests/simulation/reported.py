"""What billing says is what Stripe has done: the charge of a quote, the edits that it overwrote, the planned end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from tests.simulation.invariants import Violation
from tests.simulation.stripe import StripeSide

Message = Mapping[str, Any]
HEARD_FOR = 20 * 86_400
"""Seconds for which Stripe's events are surely listed again, if their webhooks were lost."""


def charges_are_the_quotes(messages: Iterable[Message], stripe: StripeSide) -> None:
    """Check that each change at a quote's price charged what the quote said, unless its payment came later."""
    quotes: dict[str, Message] = {}
    quoted: dict[str, str] = {}
    late: set[str] = set(stripe.raced)
    done: list[Message] = []
    for message in messages:
        data = message["data"]
        match message["type"]:
            case "billing.quoted.v1":
                quotes[data["quote_id"]] = data
            case "billing.set_quantities.v1" if data["quote_id"] is not None:
                quoted[message["id"]] = data["quote_id"]
            case "billing.payment_awaited.v1":
                late.add(data["operation_id"])
            case "billing.quantities_set.v1":
                done.append(data)
    for data in done:
        quote = quotes.get(quoted.get(data["operation_id"], ""))
        if quote is not None and data["operation_id"] not in late and data["charged"] != quote["due_now"]:
            raise Violation(
                "charged as quoted", f"{data['operation_id']}: {data['charged']}, and {quote['due_now']} was quoted"
            )


def overwritten_edits_are_reported(messages: Iterable[Message], operations: Iterable[Any], stripe: StripeSide) -> None:
    """Check that billing published each edit that an update of ours overwrote."""
    reported = {
        (message["data"]["operation_id"], *message["data"]["edited"].values())
        for message in messages
        if message["type"] == "billing.edit_overwritten.v1"
    }
    known = {str(row["id"]): row for row in operations}
    for change in stripe.changes_made:
        row = known.get(str(change.operation))
        if row is None or stripe.now() - change.at > HEARD_FOR:
            continue
        own = {(row["before_base"], row["before_voice"]), (row["after_base"], row["after_voice"])}
        if change.before not in own and (str(change.operation), *change.before) not in reported:
            raise Violation("overwritten edits are reported", f"{change}")


def planned_ends_are_known(accounts: Iterable[Any], stripe: StripeSide) -> None:
    """Check that billing knows the planned end of each subscription that has not ended."""
    held = {row["id"]: row for row in stripe.subscriptions()}
    for account in accounts:
        subscription = held.get(account["subscription_id"])
        if subscription is None or subscription["status"] in {"canceled", "incomplete_expired"}:
            continue
        at = subscription["cancel_at"]
        ends = None if at is None else datetime.fromtimestamp(at, UTC)
        if account["ended"] is None and account["ends_at"] != ends:
            raise Violation("planned ends are known", f"{account['subscription_id']}: {account['ends_at']} / {ends}")
