"""What a page says of a rejection, a status or a reason: the API's sentences, put anew where they speak of calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from contracts.vocabulary import BlockedReason, FrozenReason, InvoiceState, MemberStatus, PaymentState, RejectionCode
from services.gateway.model.rejected import RejectedError
from services.gateway.texts.problems import NOT_FOUND, problem

_MINUTE = 60
_CARD = "Open the billing portal under Seats & Billing, put the card right, then try again."


@dataclass(frozen=True, slots=True)
class Message:
    """A rejection as a page says it."""

    status: int
    title: str
    sentence: str


_OWN: Mapping[str, tuple[str, str]] = {
    NOT_FOUND: ("There is no page here", "The address may be mistyped, or the page has moved."),
    RejectionCode.LINK_EXPIRED: (
        "This link no longer works",
        "A link signs you in once, and for ten minutes. Ask for a new mail and use the link in it.",
    ),
    RejectionCode.BUS_UNAVAILABLE: (
        "Not available right now",
        "Our systems do not reach each other. Nothing was recorded, nothing is lost. Try again in a minute.",
    ),
    RejectionCode.INTERNAL_ERROR: (
        "Something failed on our side",
        "It was not you. Nothing is half done, and we have been told. Try again in a few minutes.",
    ),
    RejectionCode.LINK_REQUIRED: (
        "Use the link in the mail",
        "There were too many wrong codes today, so codes are off. The link in the same mail still works.",
    ),
    RejectionCode.PAYMENT_DECLINED: (
        "The card was declined",
        f"The card was declined; nothing was charged and nothing has changed. {_CARD}",
    ),
    RejectionCode.PAYMENT_ACTION_REQUIRED: (
        "The bank wants a confirmation",
        f"The bank wants the card's owner to confirm the payment; nothing has changed. {_CARD}",
    ),
    RejectionCode.PAST_DUE: (
        "An invoice is unpaid",
        f"An earlier invoice is unpaid, so no seat can be bought. {_CARD}",
    ),
    RejectionCode.INVALID_REQUEST: ("Something is missing", "Put right what is marked, then send it again."),
    RejectionCode.IDEMPOTENCY_KEY_REUSED: ("Please send it once more", "This form was sent before with other entries."),
    RejectionCode.ALREADY_ANSWERED: ("This was done already", "It was sent twice, and the first one counted."),
    RejectionCode.NOT_AN_ADMIN: (
        "Only for admins",
        "This page is for the admins of your agency. If you need something changed, ask one of them.",
    ),
    RejectionCode.NOT_ACTIVE: (
        "You do not have a seat yet",
        "This page opens once you hold a seat. Your agency's admins can help.",
    ),
}


def message(refused: RejectedError) -> Message:
    """A rejection in words for the person in front of the page."""
    kind = problem(refused.code)
    if refused.code == RejectionCode.INVALID_CODE:
        return Message(kind.status, "That code is not right", _wrong_code(refused.figures.get("tries_left")))
    if refused.code == RejectionCode.TOO_MANY_ATTEMPTS:
        return Message(kind.status, "Too many attempts", _too_many(refused.figures.get("retry_after")))
    if refused.code == RejectionCode.LINK_EXPIRED and "invitation" in refused.figures:
        return Message(kind.status, "This invitation no longer works", kind.detail(refused.figures))
    title, sentence = _OWN.get(refused.code, (kind.title, kind.detail(refused.figures)))
    return Message(kind.status, title, sentence)


def _wrong_code(tries_left: int | str | None) -> str:
    if not isinstance(tries_left, int) or tries_left < 1:
        return "Or it works no longer. Have a new one mailed, below."
    tries = "1 try" if tries_left == 1 else f"{tries_left} tries"
    return f"You have {tries} left with it."


def _too_many(seconds: int | str | None) -> str:
    if not isinstance(seconds, int):
        return "There were too many attempts in a short time. Try again later."
    minutes = -(-seconds // _MINUTE)
    wait = "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"There were too many attempts in a short time. Try again in {wait}."


def status_label(status: MemberStatus) -> str:
    """A status in the product's words."""
    return "Pending login" if status is MemberStatus.PENDING_LOGIN else status.value.capitalize()


def status_means(status: MemberStatus) -> str:
    """What a status means, for the row that bears it."""
    match status:
        case MemberStatus.ACTIVE:
            return "holds a seat"
        case MemberStatus.PENDING_LOGIN:
            return "signed up, has not logged in yet; holds no seat"
        case MemberStatus.INVITED:
            return "invited, has not accepted yet; holds no seat"
        case MemberStatus.BLOCKED:
            return "logged in and got no seat"
        case MemberStatus.REMOVED:
            return "has no access; holds no seat"
        case never:
            assert_never(never)


def reason_for_admins(reason: BlockedReason | None) -> str:
    """Why a member is Blocked, for those who can change it."""
    match reason:
        case BlockedReason.NO_SEAT_AVAILABLE | None:
            return "No seat of that type was free, and Auto-Add was off."
        case BlockedReason.PAYMENT_DECLINED:
            return "A seat could not be bought: the card was declined."
        case BlockedReason.PAST_DUE:
            return "A seat could not be bought: an earlier invoice is unpaid."
        case BlockedReason.SEATS_REDUCED_ELSEWHERE:
            return "The number of seats was lowered at Stripe below your Active members."
        case never:
            assert_never(never)


def paused(reason: str) -> str:
    """Why Auto-Add buys nothing at the moment."""
    match reason:
        case RejectionCode.PAYMENT_DECLINED:
            return "The card was declined. Nothing was charged, and Auto-Add buys nothing until the card is fixed."
        case RejectionCode.PAYMENT_ACTION_REQUIRED:
            return "The bank wants the card's owner to confirm a payment. Auto-Add buys nothing until that is done."
        case RejectionCode.PAST_DUE:
            return "An invoice is unpaid. Auto-Add buys nothing until it is paid."
        case RejectionCode.INVOICE_LIMIT:
            return "Stripe takes no more invoices for your plan today. Auto-Add goes on by itself."
        case RejectionCode.SEATS_REDUCED_ELSEWHERE:
            return "The number of seats was lowered at Stripe below your Active members. Auto-Add buys nothing back."
        case _:
            return "Auto-Add buys nothing at the moment. The mail to your admins says why."


def payment_title(paused_for: str | None, state: PaymentState) -> str:
    """What is wrong with the payment, in few words."""
    if paused_for == RejectionCode.PAYMENT_ACTION_REQUIRED:
        return "The bank wants a confirmation"
    if state in {PaymentState.PAST_DUE, PaymentState.UNPAID} or paused_for == RejectionCode.PAST_DUE:
        return "An invoice is unpaid"
    return "The card was declined" if paused_for == RejectionCode.PAYMENT_DECLINED else "Fix the card"


def payment(paused_for: str | None, state: PaymentState) -> str:
    """What is wrong with the payment, and what puts it right."""
    if paused_for is not None:
        return f"{paused(paused_for)} Fix the card at Stripe, then try again."
    if state in {PaymentState.PAST_DUE, PaymentState.UNPAID}:
        return "Stripe could not charge the card for an invoice. Fix the card, and Stripe tries again."
    return "Stripe's page opens in a new tab. Put another card in, or confirm the payment with the bank."


def frozen_title(reason: str) -> str:
    """Why seats are frozen, in few words."""
    if reason == FrozenReason.SEATS_REDUCED_ELSEWHERE:
        return "Stripe has fewer seats than are in use"
    return "The subscription has ended"


def frozen(reason: str) -> str:
    """What frozen seats mean, and what puts it right."""
    if reason == FrozenReason.SEATS_REDUCED_ELSEWHERE:
        return (
            "The number of seats was lowered at Stripe below your Active members. Nobody is suspended, and first logins"
            " are Blocked. Add seats below, or remove members."
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
            return "Given up"
        case never:
            assert_never(never)
