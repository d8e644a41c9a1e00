"""An admin picks new counts of Base and Voice: adds are billed now, removals credited, a mix is netted on one invoice.

You cannot reduce below the Active members of a seat type (`contracts/below_active.py`). Only one change is under way
at a time: while seats are being bought, another admin's change is being made, or one waits for the payment of its
invoice, a change is rejected. While the agency owes an invoice nothing is changed (`past_due.py`), unless the admin has
it paid first (`pay_then_adjust.py`). Changes are locked until the BAA is signed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from contracts import billing_rejections, request_rejections, seat_rejections
from contracts.below_active import below_active
from contracts.rejections import Rejection
from contracts.vocabulary import Quantities
from services.seats.domain.ledger import Account, AdjustRequest, Ledger, Purchase


@dataclass(frozen=True, slots=True)
class Start:
    """The change is under way, or waits for the payment of what is owed, if its request `pays_first`.

    Removed seats are held back at once; added seats count once they are paid.
    """

    ledger: Ledger
    purchase: Purchase


@dataclass(frozen=True, slots=True)
class Reject:
    """The change is rejected, for this reason."""

    rejection: Rejection


def adjust_seats(
    ledger: Ledger, after: Quantities, operation_id: UUID, request: AdjustRequest, *, pay_owed: bool = False
) -> Start | Reject:
    """Decide a change to these counts. `operation_id` would name it, and is Stripe's idempotency key.

    `pay_owed`: the admin has what is owed paid first.
    """
    if (rejection := _why_not(ledger, after)) is not None:
        return Reject(rejection)
    if ledger.owed is not None and not pay_owed:
        return Reject(billing_rejections.PastDue.of(ledger.owed))
    request = replace(request, pays_first=ledger.owed is not None)
    # Members in line now wait for the end of this change, which may have seats for them.
    purchase = Purchase(operation_id, ledger.purchased, after, ledger.last_position, request)
    return Start(replace(ledger, purchase=purchase), purchase)


def _why_not(ledger: Ledger, after: Quantities) -> Rejection | None:
    if not ledger.baa_signed:
        return request_rejections.BaaUnsigned()
    if (no := no_subscription(ledger)) is not None:
        return no.rejection
    if ledger.purchase is not None:
        return seat_rejections.PaymentPending() if ledger.awaits_payment else seat_rejections.PurchaseUnderWay()
    if after == ledger.purchased:
        return seat_rejections.NothingToChange()
    return below_active(after, ledger.purchased, ledger.active)


def no_subscription(ledger: Ledger) -> Reject | None:
    """The rejection for an agency without a subscription (not yet, or no longer); None if it has one."""
    if ledger.gone is not None:
        return Reject(billing_rejections.BillingUnavailable(ledger.gone))
    return None if ledger.account is Account.OPEN else Reject(billing_rejections.BillingUnavailable())
