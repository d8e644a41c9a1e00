"""An agency's plan as Stripe has it: the total and the discount, the renewal, and whether everything is paid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.payment_vocabulary import PaymentState
from contracts.vocabulary import BillingCycle, SeatType
from services.billing.domain.card import StripeCardSnapshot
from services.billing.domain.invoice_budget import budget
from services.billing.domain.payment_state import payment_state
from services.billing.domain.price_tier import PriceTier
from services.billing.domain.scheduled_end import end_of
from services.billing.domain.snapshots import OtherItem, StripeSubscriptionSnapshot


@dataclass(frozen=True, slots=True)
class Priced:
    """One seat type of the plan."""

    seat_type: SeatType
    quantity: int
    tier: PriceTier


@dataclass(frozen=True, slots=True)
class Plan:
    """Amounts in cents. `discount` is what volume and the annual cycle save of the list price per cycle.

    `balance` is the customer's credit (negative: a debt); `invoices_today` counts the last 24 hours. `others` are the
    items that are not seats. `in_total` are the ids of those billed with the seats, `other_total` their part of it.
    `negotiated`: a seat type has a price that is not the catalogue's. `ends_at`: the scheduled end of the subscription.
    `coupons` is what discounts take off a cycle, and `tax` what is added to it. `card` is the payment method on file.
    """

    cycle: BillingCycle
    total: int
    renews_at: datetime
    payment_state: PaymentState
    discount: int
    balance: int
    prices: tuple[Priced, ...]
    invoices_today: int
    invoices_renew_at: datetime | None
    others: tuple[OtherItem, ...] = ()
    in_total: tuple[str, ...] = ()
    other_total: int = 0
    negotiated: bool = False
    ends_at: datetime | None = None
    coupons: int = 0
    tax: int = 0
    currency: str = "usd"
    card: StripeCardSnapshot | None = None


def plan_of(snapshot: StripeSubscriptionSnapshot, invoiced: Iterable[int], now: datetime, *, owes: bool) -> Plan:
    """The plan of a snapshot; `invoiced` are the seconds in which the invoices of the last day were made."""
    prices = tuple(
        Priced(seat_type, item.quantity, item.tier_at(item.quantity, snapshot.cycle))
        for seat_type, item in sorted(snapshot.items.items())
    )
    total = snapshot.total_for(snapshot.quantities)
    today = budget(invoiced, now)
    return Plan(
        cycle=snapshot.cycle,
        total=total,
        renews_at=renews_at(snapshot),
        payment_state=payment_state(snapshot.status, owes=owes),
        discount=sum(price.quantity * price.tier.list_unit for price in prices)
        - (snapshot.list_total(snapshot.quantities) - snapshot.other_total),
        balance=-snapshot.customer.balance,
        prices=prices,
        invoices_today=today.used,
        invoices_renew_at=today.renews_at,
        others=snapshot.others,
        in_total=tuple(item.id for item in snapshot.others if snapshot.bills_with_seats(item)),
        other_total=snapshot.other_total,
        negotiated=snapshot.has_negotiated_price,
        ends_at=end_of(snapshot),
        currency=snapshot.currency,
        coupons=snapshot.recurring.discount if snapshot.recurring is not None else 0,
        tax=snapshot.recurring.tax if snapshot.recurring is not None else 0,
        card=snapshot.customer.details,
    )


def renews_at(snapshot: StripeSubscriptionSnapshot) -> datetime:
    """When the first item's period ends."""
    return datetime.fromtimestamp(min(item.period_end for item in snapshot.items.values()), UTC)


def has_one_period(snapshot: StripeSubscriptionSnapshot) -> bool:
    """False when the items are paid for different periods, because a switch moved only one of them."""
    return len({(item.period_start, item.period_end) for item in snapshot.items.values()}) <= 1
