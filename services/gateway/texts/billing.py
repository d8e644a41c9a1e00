"""Seats & Billing in words: paused Auto-Add, failed payments, frozen seats, and what a change came to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from contracts.amounts import currency_name, money, money_per_cycle
from contracts.billing import OtherItem
from contracts.billing_quotes import TierOfType
from contracts.decline_reasons import NO_CARD, known_decline_reason, plain_decline_reason
from contracts.moments import day
from contracts.payment_vocabulary import Debt, DisputeState, InvoiceState, PaymentState
from contracts.vocabulary import BillingCycle, FrozenReason, RejectionCode, StripeFault
from contracts.wording import stripe_fault
from services.gateway.domain.payment_fix import NextStep
from services.gateway.model.plan import InvoiceRow
from services.gateway.texts import payments, stripe_changes
from services.gateway.texts.seat_rejections import NO_INVOICES_TODAY

_AMOUNTS_FIRST = "You see the amounts before anything is charged."
_PORTAL_OPENS = "Stripe's page opens in a new tab"
PORTAL = f"{_PORTAL_OPENS}: the card, the billing email, the upcoming invoice, and every invoice as PDF."
_SAVE_AGAIN = f"{payments.NOTHING_CHARGED} Fix the card at Stripe, then save again."
TRY_AGAIN = "Try again"
_FIX_CARD = "Fix the card at Stripe, then try again."
_AGAIN = "Try again when it can be paid, or use another card."
ANOTHER_CARD = f"{_PORTAL_OPENS}. Put another card in, or confirm the payment with the bank."
_UNPAID = frozenset({PaymentState.PAST_DUE, PaymentState.UNPAID})


_RETRIED = "Auto-Add buys again. Everyone who was Blocked for payment gets in as soon as a seat is paid."
_CONFIRM_YOURSELF = "Add the seats of those who are Blocked yourself, and Stripe's page lets you confirm the payment."


def retried(paid: Debt | None) -> str:
    """The result of Try again: what was paid, and what happens now."""
    return _RETRIED if paid is None else f"{money(paid.amount, paid.currency)} was paid. {_RETRIED}"


def price(tier: TierOfType, cycle: BillingCycle, currency: str) -> str:
    """The price of a seat, and the volume price that is near, if there is one."""
    now = f"{money_per_cycle(tier.unit_amount, cycle, currency)} a seat"
    if tier.next_from is None or tier.next_unit_amount is None:
        return now
    return f"{now}, from {tier.next_from} on {money_per_cycle(tier.next_unit_amount, cycle, currency)}"


def prices(tiers: Iterable[TierOfType], cycle: BillingCycle, currency: str) -> str:
    """The price of each seat type: Base $59.00/mo, Voice $69.00/mo."""
    return ", ".join(f"{tier.seat_type.label} {money_per_cycle(tier.unit_amount, cycle, currency)}" for tier in tiers)


OTHERS_LABEL = "Other items on this subscription"


def others(items: Iterable[OtherItem], total: int, cycle: BillingCycle, currency: str) -> str:
    """The items that are not seats: $50.00/mo (EHR integration); API calls, by use. Those in the plan's total first."""
    listed = list(items)
    names = ", ".join(item.name for item in listed if item.in_total)
    parts = [f"{money_per_cycle(total, cycle, currency)} ({names})"] if names else []
    parts += [f"{item.name}, {_billed(item)}" for item in listed if not item.in_total]
    return "; ".join(parts)


def _billed(item: OtherItem) -> str:
    """How an item outside the plan's total is billed: €600.00 every year, or by use."""
    if item.amount is None:
        return "by use"
    every = item.interval if item.interval_count == 1 else f"{item.interval_count} {item.interval}s"
    return f"{money(item.amount, item.currency)} every {every}"


def discount_label(cycle: BillingCycle) -> str:
    """The label of what volume and the annual cycle save."""
    return "Volume and annual price saves" if cycle is BillingCycle.ANNUAL else "Volume price saves"


def balance_label(cents: int) -> str:
    """The label of the account's balance: a credit, or an amount owed."""
    return "Credit for later invoices" if cents > 0 else "Owed with the next invoice"


def without_free_seat(*, auto_add: bool) -> str:
    """The outcome of a first login that finds no free seat."""
    if auto_add:
        return "A first login that finds no free seat buys one."
    return "A first login that finds no free seat is blocked, and nothing is bought."


def ending(at: datetime) -> str:
    """That somebody has scheduled the end of the subscription."""
    return f"The subscription ends on {day(at)}."


ENDING = (
    "Its end was set at Stripe. After that no seat is paid for and none can be bought, but nobody is suspended. If the"
    " end is not meant, ask support to take it back."
)


def cycle_label(cycle: BillingCycle) -> str:
    """Annual or Monthly."""
    return cycle.value.capitalize()


def switching(cycle: BillingCycle, *, negotiated: bool) -> str:
    """The effect of a switch away from this cycle. A negotiated price may not have the annual discount."""
    if negotiated:
        return f"You have a negotiated price, so the 10% annual discount may not apply. {_AMOUNTS_FIRST}"
    match cycle:
        case BillingCycle.ANNUAL:
            effect = "Switching to Monthly loses the 10% annual discount."
        case BillingCycle.MONTHLY:
            effect = "Switching to Annual saves an additional 10% per seat on top of any volume discount."
        case never:
            assert_never(never)
    return f"{effect} {_AMOUNTS_FIRST}"


def save_again(decline_code: str | None) -> str:
    """Why a change was not made, and the way to make it."""
    why = known_decline_reason(decline_code)
    return _SAVE_AGAIN if why is None else f"{why} {_SAVE_AGAIN}"


def paused(reason: str, fault: str | None = None, decline_code: str | None = None) -> str:  # noqa: PLR0911  one sentence for each reason
    """Why Auto-Add buys nothing at the moment. `fault`: why Stripe accepts no change; `decline_code`: a decline's."""
    match reason:
        case RejectionCode.PAYMENT_DECLINED:
            why = plain_decline_reason(decline_code)
            return f"{why} Nothing was charged, and Auto-Add buys nothing until the card is fixed."
        case RejectionCode.PAYMENT_ACTION_REQUIRED:
            return "The bank wants the card's owner to confirm a payment. Auto-Add buys nothing until that is done."
        case RejectionCode.PAST_DUE:
            return f"{payments.INVOICE_UNPAID}. Auto-Add buys nothing until it is paid."
        case RejectionCode.PAYMENT_DISPUTED:
            return payments.DISPUTE_LOST
        case RejectionCode.INVOICE_LIMIT:
            return f"{NO_INVOICES_TODAY} Auto-Add goes on by itself."
        case RejectionCode.BILLING_UNAVAILABLE if fault in set(StripeFault):
            return (
                f"{stripe_fault(StripeFault(fault))}. Nothing was charged, and Auto-Add buys nothing. Put it right at"
                " Stripe, then try again."
            )
        case RejectionCode.SEATS_REDUCED_ELSEWHERE:
            return f"{stripe_changes.SEATS_LOWERED} Auto-Add buys nothing back."
        case _:
            return "Auto-Add buys nothing at the moment. The email to your admins says why."


def payment_title(paused_for: str | None, state: PaymentState, decline_code: str | None = None) -> str:
    """The title of the note about a failed payment."""
    if paused_for == RejectionCode.PAYMENT_ACTION_REQUIRED:
        return payments.BANK_CONFIRMATION
    if paused_for == RejectionCode.PAYMENT_DISPUTED:
        return payments.DISPUTED
    if state in _UNPAID or paused_for == RejectionCode.PAST_DUE:
        return payments.INVOICE_UNPAID
    if paused_for != RejectionCode.PAYMENT_DECLINED:
        return "Fix the card"
    return "A card is missing" if decline_code == NO_CARD else payments.CARD_DECLINED


def payment(paused_for: str | None, state: PaymentState, step: NextStep, decline_code: str | None = None) -> str:
    """The reason why a payment failed, and the way out."""
    if paused_for == RejectionCode.PAYMENT_ACTION_REQUIRED and step is NextStep.CONFIRM_PAYMENT:
        return f"{paused(paused_for)} {_CONFIRM_YOURSELF}"
    if paused_for == RejectionCode.PAYMENT_DISPUTED:
        return paused(paused_for)
    if paused_for is not None:
        way_out = _AGAIN if step is NextStep.TRY_AGAIN else _FIX_CARD
        return f"{paused(paused_for, None, decline_code)} {way_out}"
    if state in _UNPAID:
        return "Stripe could not charge the card for an invoice. Fix the card, and Stripe tries again."
    return ANOTHER_CARD


def debt_title(owed: Debt) -> str:
    """How many invoices are unpaid."""
    return payments.INVOICE_UNPAID if owed.invoices == 1 else f"{owed.invoices:,} invoices are unpaid"


def debt(owed: Debt) -> str:
    """What is owed, the bank's reason where we know it, and what does not happen until it is paid."""
    why = known_decline_reason(owed.decline_code)
    reason = "" if why is None else f" {why}"
    return f"You owe {payments.owed(owed)}.{reason} Until it is paid, no seat is bought, added or removed."


def pay(owed: Debt) -> str:
    """The label of the button that pays what is owed."""
    return f"Pay {money(owed.amount, owed.currency)} now"


def save_label(owed: Debt | None, label: str) -> str:
    """The label of the button that saves: it pays what is owed first."""
    if owed is None:
        return label
    return f"Pay {money(owed.amount, owed.currency)} owed, then {label[0].lower()}{label[1:]}"


def frozen_title(reason: str) -> str:
    """Why seats are frozen, in few words."""
    if reason == FrozenReason.SEATS_REDUCED_ELSEWHERE:
        return "Stripe has fewer seats than are in use"
    return stripe_changes.SUBSCRIPTION_ENDED.capitalize()


def frozen(reason: str) -> str:
    """The effect of frozen seats, and the way out."""
    if reason == FrozenReason.SEATS_REDUCED_ELSEWHERE:
        return (
            f"{stripe_changes.SEATS_LOWERED} Nobody is suspended, and first logins are Blocked. Add seats below, or"
            " remove members."
        )
    return "Nobody is suspended, but no seat can be bought and first logins are Blocked. Ask support what to do."


def invoice_state(state: InvoiceState) -> str:
    """Where an invoice stands, in a word."""
    match state:
        case InvoiceState.DRAFT:
            return "Draft"
        case InvoiceState.OPEN:
            return "Unpaid"
        case InvoiceState.PAID:
            return "Paid"
        case InvoiceState.VOID:
            return "Void"
        case InvoiceState.UNCOLLECTIBLE:
            return "Written off, still payable"
        case never:
            assert_never(never)


def invoice_label(invoice: InvoiceRow) -> str:
    """The badge of an invoice: its state, or Credit where it pays the agency."""
    return "Credit" if invoice.total < 0 and invoice.state is InvoiceState.PAID else invoice_state(invoice.state)


def invoice_more(invoice: InvoiceRow) -> str:
    """What of an invoice's money went back, and where a dispute stands: $10.00 refunded, disputed. Often empty."""
    parts = []
    if invoice.refunded:
        parts.append(f"{money(invoice.refunded, invoice.currency)} refunded")
    if invoice.credited:
        parts.append(f"{money(invoice.credited, invoice.currency)} credited")
    match invoice.dispute:
        case DisputeState.OPEN:
            parts.append("disputed")
        case DisputeState.WON:
            parts.append("dispute won")
        case DisputeState.LOST:
            parts.append("dispute lost")
        case None:
            pass
        case never:
            assert_never(never)
    return ", ".join(parts)


RENEWAL = "Renewal of the plan"
"""What an invoice is for that no change of ours has made."""
CHANGE_OF_PLAN = "A change of the plan"
"""What an invoice is for whose change is not made: it waits for its payment, or is undone."""


def amount_label(currency: str) -> str:
    """The label of the field for an amount that is charged today: US dollars charged today."""
    name = currency_name(currency)
    return f"{name[:1].upper()}{name[1:]} charged today"
